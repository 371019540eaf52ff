"""Trigrams: where a text stands, told from where each three bytes of it do (see `substrings.py`)."""

from typing import Any

from letrics.index.kernels.bits import reached
from letrics.index.kernels.compiled import inner, kernel, signed

_GRAM = 3  # bytes


@inner
def _place(wanted: Any, step: int, distinct: Any) -> int:
    """Return which of the *distinct* trigrams is the one of *wanted* from *step* on, -1 where none is."""
    gram = (signed(wanted[step]) << 16) | (signed(wanted[step + 1]) << 8) | signed(wanted[step + 2])
    place = reached(distinct, 0, len(distinct), gram)
    return place if place < len(distinct) and signed(distinct[place]) == gram else -1


@inner
def _is_needed(step: int, last: int) -> Any:
    """Return whether the trigram at *step* is one of those that cover all bytes."""
    return step % _GRAM == 0 or step == last


@kernel
def rarest(wanted: Any, distinct: Any, first: Any, many: int) -> Any:
    """
    Return the rarest trigram of *wanted*: which of the *distinct* ones, how often it stands, and where in *wanted*.

    Only those that cover all bytes are looked at, unless all of these stand more than *many* times.  -1 if one of them
    stands nowhere.
    """
    found, least, where, last = -1, 0, 0, len(wanted) - _GRAM
    for is_any in range(2):
        for step in range(last + 1):
            if _is_needed(step, last) == (is_any == 1):
                continue
            place = _place(wanted, step, distinct)
            if place < 0:
                return -1, 0, 0
            size = signed(first[place + 1]) - signed(first[place])
            if found < 0 or size < least:
                found, least, where = place, size, step
        if least <= many:
            break
    return found, least, where


@kernel
def holders(
    wanted: Any, distinct: Any, first: Any, positions: Any, starts: Any, rare: int, where: int, found: Any
) -> int:
    """
    Write into *found* the ordinals of the terms that contain *wanted*, ascending; return how many.

    The trigram *rare*, which is at *where* of it, has as many *positions* as *found* has room for.
    """
    size, last = 0, len(wanted) - _GRAM
    for i in range(signed(first[rare]), signed(first[rare + 1])):
        begin = signed(positions[i]) - where
        if begin >= 0:
            found[size] = begin
            size += 1
    for step in range(last + 1):
        if size and step != where and _is_needed(step, last):
            place = _place(wanted, step, distinct)
            size = _met(found, size, step, positions[signed(first[place]) : signed(first[place + 1])])
    return _owners(starts, found, size)


@inner
def _met(found: Any, size: int, step: int, positions: Any) -> int:
    """Keep what of the first *size* of *found* is *step* before one of *positions*, both ascending; return how many."""
    kept = at = 0
    for i in range(size):
        wanted = found[i] + step
        at = reached(positions, at, len(positions), wanted)
        if at == len(positions):
            break
        if signed(positions[at]) == wanted:
            found[kept] = found[i]
            kept += 1
    return kept


@inner
def _owners(starts: Any, found: Any, size: int) -> int:
    """Put in place of the first *size* of *found* which of *starts* are the last before them, once each."""
    kept = at = 0
    for i in range(size):
        at = reached(starts, at, len(starts), found[i] + 1)
        if kept == 0 or found[kept - 1] != at - 1:
            found[kept] = at - 1
            kept += 1
    return kept
