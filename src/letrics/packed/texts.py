"""
Loops over packed texts, compiled: text i is the bytes of *data* from *starts*[i] to *ends*[i].

Whoever calls gives room for the results.
"""

from typing import Any

import numpy as np

from letrics.packed.compiled import copied, inner, kernel

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


@inner
def _hash(data: Any, at: int, end: int) -> Any:
    mixed = np.uint64(end - at)
    for place in range(at, end):
        mixed = (mixed ^ np.uint64(data[place])) * _MULTIPLIER
    return mixed ^ (mixed >> np.uint64(32))


@inner
def _are_equal(data: Any, at: int, end: int, other: int, other_end: int) -> bool:
    if end - at != other_end - other:
        return False
    same = 0
    while same < end - at and data[at + same] == data[other + same]:
        same += 1
    return same == end - at


@kernel
def distinct(data: Any, starts: Any, ends: Any, table: Any, codes: Any, firsts: Any) -> int:
    """
    Number the distinct texts in the order in which they first appear, and return how many there are.

    *codes* is the number of each, *firsts* the text that each number appeared as first; *table* is room for more than
    all of them, zeros, a power of two.
    """
    count, mask = 0, np.uint64(len(table) - 1)
    for text in range(len(starts)):
        at, end = starts[text], ends[text]
        place = _hash(data, at, end) & mask
        while True:
            known = table[place]
            if known == 0:
                table[place] = count + 1
                firsts[count] = text
                codes[text] = count
                count += 1
                break
            other = firsts[known - 1]
            if _are_equal(data, at, end, starts[other], ends[other]):
                codes[text] = known - 1
                break
            place = (place + np.uint64(1)) & mask
    return count


@kernel
def wrap(
    data: Any, starts: Any, ends: Any, before: Any, after: Any, after_bounds: Any, kinds: Any, out: Any, bounds: Any
) -> None:
    """
    Put each text to *out*, with *before* before it and one of *after* behind it, that of its kind; *bounds* says where.

    The *after* of a kind is between two of *after_bounds*.
    """
    at = 0
    for text in range(len(starts)):
        at = copied(before, 0, len(before), out, at)
        at = copied(data, starts[text], ends[text], out, at)
        kind = kinds[text] if len(kinds) else 0
        at = copied(after, after_bounds[kind], after_bounds[kind + 1], out, at)
        bounds[text + 1] = at


@kernel
def join(
    data: Any,
    starts: Any,
    ends: Any,
    others: Any,
    other_starts: Any,
    other_ends: Any,
    between: int,
    out: Any,
    bounds: Any,
) -> None:
    """Put each text and the one beside it to *out*, with the byte *between* between them unless one is empty."""
    at = 0
    for text in range(len(starts)):
        at = copied(data, starts[text], ends[text], out, at)
        if starts[text] < ends[text] and other_starts[text] < other_ends[text]:
            out[at] = between
            at += 1
        at = copied(others, other_starts[text], other_ends[text], out, at)
        bounds[text + 1] = at


@kernel
def splice(data: Any, starts: Any, ends: Any, pieces: Any, out: Any, bounds: Any) -> None:
    """Put the texts of each row of *pieces* to *out*, end to end, and where the row ends into *bounds*."""
    at = 0
    for row in range(len(pieces)):
        for column in range(pieces.shape[1]):
            text = pieces[row, column]
            at = copied(data, starts[text], ends[text], out, at)
        bounds[row + 1] = at


_FIXED, _BYTE, _WORD = 32, 1 << 8, 1 << 16


@inner
def _put_number(out: Any, at: int, number: int, size: int) -> int:
    for place in range(size):
        out[at + place] = (number >> (8 * (size - 1 - place))) & 0xFF
    return at + size


@kernel
def msgpack(data: Any, starts: Any, ends: Any, width: int, out: Any, bounds: Any) -> None:
    """Put each row of *width* texts to *out* as MessagePack has a list of texts, and where it ends into *bounds*."""
    at = 0
    for row in range(len(bounds) - 1):
        if width < 16:
            at = _put_number(out, at, 0x90 | width, 1)
        elif width < _WORD:
            at = _put_number(out, at, 0xDC, 1)
            at = _put_number(out, at, width, 2)
        else:
            at = _put_number(out, at, 0xDD, 1)
            at = _put_number(out, at, width, 4)
        for text in range(row * width, (row + 1) * width):
            size = ends[text] - starts[text]
            if size < _FIXED:
                at = _put_number(out, at, 0xA0 | size, 1)
            elif size < _BYTE:
                at = _put_number(out, at, 0xD9, 1)
                at = _put_number(out, at, size, 1)
            elif size < _WORD:
                at = _put_number(out, at, 0xDA, 1)
                at = _put_number(out, at, size, 2)
            else:
                at = _put_number(out, at, 0xDB, 1)
                at = _put_number(out, at, size, 4)
            at = copied(data, starts[text], ends[text], out, at)
        bounds[row + 1] = at
