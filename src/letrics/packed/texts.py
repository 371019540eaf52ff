"""Loops over packed texts (the bytes of *data* between two of *ends*), compiled; the caller gives room for results."""

from typing import Any

import numpy as np

from letrics.packed.compiled import inner, kernel

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
def distinct(data: Any, ends: Any, first: int, step: int, table: Any, codes: Any, firsts: Any) -> int:
    """
    Number the distinct ones of every *step*-th text from *first* on, in the order in which they first appear.

    *codes* is the number of each, *firsts* the text that each number appeared as first; *table* is room for more than
    all of them, zeros, a power of two.  Returns how many there are.
    """
    count, mask = 0, np.uint64(len(table) - 1)
    for i in range(len(codes)):
        text = first + i * step
        at, end = ends[text], ends[text + 1]
        place = _hash(data, at, end) & mask
        while True:
            known = table[place]
            if known == 0:
                table[place] = count + 1
                firsts[count] = text
                codes[i] = count
                count += 1
                break
            other = firsts[known - 1]
            if _are_equal(data, at, end, ends[other], ends[other + 1]):
                codes[i] = known - 1
                break
            place = (place + np.uint64(1)) & mask
    return count


@kernel
def gather(data: Any, ends: Any, which: Any, separator: int, gathered: Any) -> int:
    """Put the texts *which* into *gathered*, each with *separator* behind it; return how long they are together."""
    at = 0
    for i in range(len(which)):
        for place in range(ends[which[i]], ends[which[i] + 1]):
            gathered[at] = data[place]
            at += 1
        gathered[at] = separator
        at += 1
    return at


_FIXED, _BYTE, _WORD = 32, 1 << 8, 1 << 16


@inner
def _put_number(out: Any, at: int, number: int, size: int) -> int:
    for place in range(size):
        out[at + place] = (number >> (8 * (size - 1 - place))) & 0xFF
    return at + size


@kernel
def msgpack(data: Any, ends: Any, width: int, out: Any, out_ends: Any) -> None:
    """Put each row of *width* texts into *out* as MessagePack has a list of texts; *out_ends* are where they end."""
    at = 0
    for row in range(len(out_ends) - 1):
        if width < 16:
            out[at] = 0x90 | width
            at += 1
        elif width < _WORD:
            out[at] = 0xDC
            at = _put_number(out, at + 1, width, 2)
        else:
            out[at] = 0xDD
            at = _put_number(out, at + 1, width, 4)
        for text in range(row * width, (row + 1) * width):
            first, end = ends[text], ends[text + 1]
            size = end - first
            if size < _FIXED:
                out[at] = 0xA0 | size
                at += 1
            elif size < _BYTE:
                out[at] = 0xD9
                at = _put_number(out, at + 1, size, 1)
            elif size < _WORD:
                out[at] = 0xDA
                at = _put_number(out, at + 1, size, 2)
            else:
                out[at] = 0xDB
                at = _put_number(out, at + 1, size, 4)
            for place in range(size):
                out[at + place] = data[first + place]
            at += size
        out_ends[row + 1] = at
