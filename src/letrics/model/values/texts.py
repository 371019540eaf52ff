"""Text as files have it: cleaned, and split where a cell holds several values."""

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from unicodedata import is_normalized, normalize

from letrics.model.folding import fold

# How files say "nothing".  "NA" is not among them: it is Namibia.
NOTHING = frozenset(
    {
        "n/a",
        "#n/a",
        "null",
        "none",
        "nil",
        "nan",
        "-",
        "--",
        "---",
        "—",
        "–",
        ".",
        "?",
        "(blank)",
        "(none)",
        "(empty)",
    }
    | {"not available", "not applicable", "not specified", "undefined", "\\n", "#value!", "#ref!"}
)
# Of these, names of people are some where they are written as names are; what databases write is NULL and nan.
_NAMES = frozenset({"Null", "Nil", "Nan"})
_NOTHING_LENGTH = max(map(len, NOTHING))
# Of a column whose cells occur so often on average, each distinct one is looked at once.
_REPEATED = 2
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\ufeff]")
_PARTING, _PARTING_NO_COMMA = re.compile(r"[;|,]"), re.compile(r"[;|]")
_SPACES = re.compile(r"[^\S\n]+")


@lru_cache(maxsize=65_536)
def text(value: str) -> str | None:
    """
    Return *value* in NFC, without control characters and outer or doubled spaces.

    None stands for a cell that says nothing: empty, or a mark such as `N/A`, `NULL` or `-`.
    """
    cleaned = value
    if not value.isascii() or not value.isprintable():
        cleaned = _CONTROL.sub("", normalize("NFC", value).replace("\r\n", "\n"))
    cleaned = _SPACES.sub(" ", cleaned).strip()
    return None if not cleaned or cleaned.casefold() in NOTHING else cleaned


def person_name(value: str) -> str | None:
    """Return `text` of a person's name: Null, Nil and Nan are names of some."""
    cleaned = text(value)
    return value.strip() if cleaned is None and value.strip() in _NAMES else cleaned


def person_names(cells: Sequence[str]) -> list[str | None]:
    """Return `person_name` of each of *cells*, a column."""
    told = cleaned(cells)
    return [person_name(cell) if each is None and cell else each for cell, each in zip(cells, told, strict=True)]


def cleaned(cells: Sequence[str]) -> list[str | None]:
    """Return `text` of each of *cells*, a column: at once where none of them needs more than a look."""
    distinct = set(cells)
    if len(distinct) * _REPEATED <= len(cells):
        values = list(distinct)
        known = dict(zip(values, _cleaned(values, distinct), strict=True))
        return list(map(known.__getitem__, cells))
    return _cleaned(cells, distinct)


def _cleaned(cells: Sequence[str], distinct: set[str]) -> list[str | None]:
    joined = "\n".join(cells)
    is_tidy = "  " not in joined and " \n" not in f"{joined}\n" and "\n " not in f"\n{joined}"
    if not is_tidy or joined.count("\n") >= len(cells) or not joined.replace("\n", "").isprintable():
        return list(map(text, cells))
    # What can be printed has no white space but plain spaces; no letter joins with one of another line.
    if not joined.isascii() and not is_normalized("NFC", joined):
        return list(map(text, cells))
    nothing = {c for c in distinct if len(c) <= _NOTHING_LENGTH and (not c or c.casefold() in NOTHING)}
    return [None if c in nothing else c for c in cells] if nothing else list(cells)


def several(cell: str, *, comma: bool = False) -> tuple[str, ...]:
    """
    Return the values of a cell that may hold several: a JSON array, or parts between `;` or `|`.

    A comma parts values only where *comma* says so: `Mail, Package and Freight Delivery` is one.
    Empty parts and repetitions (by folding) are left out.
    """
    parts = _json_array(cell)
    if parts is None:
        parts = (_PARTING if comma else _PARTING_NO_COMMA).split(cell)
    kept: dict[str, str] = {}
    for part in parts:
        cleaned, folded = _both(part)
        if cleaned is not None:
            kept.setdefault(folded, cleaned)
    return tuple(kept.values())


@lru_cache(maxsize=65_536)
def _both(part: str) -> tuple[str | None, str]:
    """Return `text` of *part*, and that folded."""
    cleaned = text(part)
    return cleaned, fold(cleaned) if cleaned is not None else ""


def _json_array(cell: str) -> list[str] | None:
    if not cell.startswith("[") or not cell.endswith("]"):
        return None
    try:
        parts = json.loads(cell)
    except (ValueError, RecursionError):
        return None
    return [part if isinstance(part, str) else json.dumps(part) for part in parts if part is not None]
