"""
Folding: the form in which two spellings of one value are equal.

Imports, filters and the index compare folded values; what a user is shown is never folded.
"""

from functools import lru_cache
from unicodedata import normalize


def fold_once(text: str) -> str:
    """Return `fold` of *text*, and do not remember it: what clients send has no end."""
    if text.isascii():
        folded = text.lower()
    else:
        folded = normalize("NFKC", normalize("NFKC", text).casefold())
    if "&" in folded:
        folded = folded.replace("&", " and ")
    return " ".join(folded.split())


@lru_cache(maxsize=65_536)
def fold(text: str) -> str:
    """
    Return *text* as it is compared: NFKC, casefold, NFKC, ``&`` as `` and ``, white space collapsed.

    ``R&D``, ``r & d`` and ``R and D`` fold to one value.  Nothing is stemmed and no accent is dropped.
    """
    return fold_once(text)


def compatible(text: str) -> str:
    """Return *text* in the letters that its own stand for (NFKC): `ＤＥ` is DE."""
    return text if text.isascii() else normalize("NFKC", text)
