"""
Place names as they are compared: folded, accents and punctuation ignored.

The folding is for comparison alone; what a user is shown keeps its spelling.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from unicodedata import normalize

from letrics.model.folding import fold

# The accents of Latin, Greek and Cyrillic.  The marks of other scripts tell letters apart (`ka` and
# `ga` in kana) and stay.
_ACCENTS = re.compile("[\u0300-\u036f]+")
_DROPPED = "'’‘ʻʼʿʾ´`."
_SPACED = '-‐‑‒–—_/,;:()[]"“”'
# What no decomposition takes apart, and the usual abbreviations at the head of a name.
_LETTERS = {"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ə": "a"}
_HEADS = {"st": "saint", "ste": "sainte", "ft": "fort", "mt": "mount"}
# How languages write these letters where a keyboard lacks them.
_SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_PLAIN = re.compile("[a-z0-9 ]*")
_UMLAUTS = re.compile("[äöüåø\u0308\u030a]", re.IGNORECASE)

_CHANGES = str.maketrans({**dict.fromkeys(_DROPPED, ""), **dict.fromkeys(_SPACED, " "), **_LETTERS, "&": " and "})


def fold_names(names: Sequence[str]) -> list[str]:
    """
    Return each of *names* as it is compared, in order; a name must hold no line break.

    All are folded as one string: a gazetteer has too many names for a call each.
    """
    if not names:
        return []
    text = "\n".join(names)
    if text.isascii():
        text = text.lower()
    else:
        text = normalize("NFKC", normalize("NFKC", text).casefold())
        text = normalize("NFC", _ACCENTS.sub("", normalize("NFD", text)))
    # A plain name alone, as most places in requests are, has nothing to change.
    if not _PLAIN.fullmatch(text):
        text = text.translate(_CHANGES)
    while "  " in text:
        text = text.replace("  ", " ")
    text = f"\n{text}\n".replace("\n ", "\n").replace(" \n", "\n")
    for short, long in _HEADS.items():
        text = text.replace(f"\n{short} ", f"\n{long} ")
    return text[1:-1].split("\n")


@lru_cache(maxsize=16_384)
def fold_name(name: str) -> str:
    """Return *name* as it is compared; a name of nothing but punctuation is compared as it is written."""
    folded = fold(name)
    return fold_names([folded])[0] or folded


def keys_of(names: Sequence[str]) -> list[tuple[int, str]]:
    """
    Return the keys under which *names* are found, each with its name's place in them.

    A name has its folded key, and one with its umlauts spelled out if it has any.  So `München` meets
    both `Munchen` and `Muenchen`, while `Moers` is never `Mörs`.
    """
    plain: list[int] = []
    accented: list[int] = []
    for i, name in enumerate(names):
        (plain if name.isascii() else accented).append(i)
    found = list(zip(plain, fold_names([names[i] for i in plain]), strict=True))
    found += zip(accented, fold_names([names[i] for i in accented]), strict=True)
    umlauts = [i for i in accented if _UMLAUTS.search(names[i])]
    spelled_out = [normalize("NFC", names[i]).casefold().translate(_SPELLED_OUT) for i in umlauts]
    found += zip(umlauts, fold_names(spelled_out), strict=True)
    return found


@lru_cache(maxsize=16_384)
def name_keys(name: str) -> tuple[str, ...]:
    """Return the keys under which *name* is found, its folded one first."""
    folded = fold(name)
    # Only umlauts give a second one.
    first, *others = (key for _, key in keys_of([folded]))
    return (first or folded, *others)
