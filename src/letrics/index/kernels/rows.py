"""
Rows: those of a page read in one go, and many written.

A stored row is its length, seven bits a byte and the lowest first, each but the last with its highest bit set; then
its text as a block (see `blocks.py`); and the CRC-32 of these bytes, four, the lowest first.
"""

from typing import Any

import numpy as np

from letrics.index.kernels import blocks, checksums
from letrics.index.kernels.compiled import fetch, inner, kernel, kernel_beside, signed
from letrics.index.kernels.encoding import BROKEN, CHECKSUM_BYTES, NO_OWNER, SLACK, TOO_SMALL

# The processor reads memory in lines of so many bytes; so many rows are fetched at once, 10 KiB or so.
_LINE, _FETCHED = 64, 32
_SEVEN = 7
_LOW, _HIGH = 0x7F, 0x80
_NULL = np.frombuffer(b"null", dtype=np.uint8)


@inner
def _length(rows: Any, number: int) -> Any:
    """Return how long the text of a row is, and where its block begins; what is no row is long, or ends early."""
    data, offsets, _ = rows
    at, length, shift = signed(offsets[number]), 0, 0
    last = signed(offsets[number + 1]) - CHECKSUM_BYTES
    while at < last:
        byte = signed(data[at])
        at += 1
        length |= (byte & _LOW) << shift
        shift += _SEVEN
        if not byte & _HIGH:
            break
    return length, at


@inner
def _is_whole(rows: Any, number: int) -> Any:
    """Return whether a row is what was written."""
    data, offsets, _ = rows
    first, last = signed(offsets[number]), signed(offsets[number + 1]) - CHECKSUM_BYTES
    told = 0
    for i in range(CHECKSUM_BYTES):
        told |= signed(data[last + i]) << (8 * i)
    return checksums.crc32(data, first, last) == told


@inner
def _unpacked(rows: Any, number: int, into: Any, to: int) -> int:
    """Write the text of a row from *to* on; return where it ends, -1 where it cannot be read."""
    data, offsets, dictionary = rows
    length, at = _length(rows, number)
    last, end = signed(offsets[number + 1]) - CHECKSUM_BYTES, to + signed(length)
    return end if blocks.unpacked(data, at, last, dictionary, into, to, end) else -1


@inner
def _fetch_row(rows: Any, number: int) -> None:
    data, offsets, _ = rows
    for at in range(signed(offsets[number]), signed(offsets[number + 1]), _LINE):
        fetch(data, at)


@inner
def _fetch(numbers: Any, rows: Any, owners: Any, others: Any) -> None:
    """
    Have rows read into the processor's caches, step by step all of them at once.

    To wait for one after the other would take longer than all the rest.
    """
    for number in numbers:
        fetch(rows[1], signed(number))
        if len(owners):
            fetch(owners, signed(number))
    for number in numbers:
        _fetch_row(rows, number)
        if len(owners) and owners[number] != NO_OWNER:
            fetch(others[1], signed(owners[number]))
    if len(owners):
        for number in numbers:
            if owners[number] != NO_OWNER:
                _fetch_row(others, signed(owners[number]))


@inner
def _needed(numbers: Any, rows: Any, owners: Any, others: Any, end: Any) -> int:
    """Return how many bytes rows take; BROKEN where one is not what was written."""
    needed = len(numbers) * len(end)
    for i in range(len(numbers)):
        if i % _FETCHED == 0:
            _fetch(numbers[i : i + _FETCHED], rows, owners, others)
        number = numbers[i]
        if not _is_whole(rows, number):
            return BROKEN
        needed += _length(rows, number)[0]
        if len(owners):
            owner = signed(owners[number])
            if owner == NO_OWNER:
                needed += len(_NULL)
            elif _is_whole(others, owner):
                needed += _length(others, owner)[0]
            else:
                return BROKEN
    return needed


@inner
def _put(text: Any, into: Any, to: int) -> int:
    for at in range(len(text)):
        into[to + at] = text[at]
    return to + len(text)


@inner
def _read(numbers: Any, rows: Any, owners: Any, others: Any, end: Any, into: Any, ends: Any) -> int:
    """
    Write the rows *numbers* into *into*, one after the other, and where each ends into *ends*.

    *rows* are bytes, where each row begins in them, and the dictionary, with its SLACK bytes behind it.  If there are
    *owners*, they tell for each row which of *others* follows it, if any, and `null` follows where none does.  *end*
    follows each.

    Returns how many bytes these are, or BROKEN, or TOO_SMALL: so many bytes as `ends[0]` says are needed.
    """
    needed = _needed(numbers, rows, owners, others, end)
    if needed < 0:
        return needed
    if needed + SLACK > len(into):
        ends[0] = needed + SLACK
        return TOO_SMALL
    to = 0
    for i in range(len(numbers)):
        to = _unpacked(rows, numbers[i], into, to)
        if to >= 0 and len(owners):
            owner = signed(owners[numbers[i]])
            to = _put(_NULL, into, to) if owner == NO_OWNER else _unpacked(others, owner, into, to)
        if to < 0:
            return BROKEN
        to = _put(end, into, to)
        ends[i] = to
    return to


@kernel
def read(numbers: Any, rows: Any, owners: Any, others: Any, end: Any, into: Any, ends: Any) -> int:
    """Read a page."""
    return _read(numbers, rows, owners, others, end, into, ends)


@kernel_beside
def read_many(numbers: Any, rows: Any, owners: Any, others: Any, end: Any, into: Any, ends: Any) -> int:
    """Read thousands."""
    return _read(numbers, rows, owners, others, end, into, ends)


@kernel
def index(dictionary: Any, known: Any) -> None:
    """Note in *known* what `pack` asks of a dictionary, which has its SLACK bytes behind it."""
    blocks.index(dictionary, len(dictionary), known)


@kernel_beside
def pack(data: Any, bounds: Any, dictionary: Any, known: Any, recent: Any, into: Any, ends: Any) -> int:
    """
    Write the rows between *bounds* of *data* as they are stored, and where each ends into *ends*; return the last.

    *recent* is room to note in, zeros.
    """
    to = 0
    for i in range(len(ends)):
        begin, length = to, bounds[i + 1] - bounds[i]
        while length > _LOW:
            into[to] = np.uint8((length & _LOW) | _HIGH)
            to += 1
            length >>= _SEVEN
        into[to] = np.uint8(length)
        to = blocks.packed(data, bounds[i], bounds[i + 1], dictionary, len(dictionary), known, recent, into, to + 1)
        checksum = checksums.crc32(into, begin, to)
        for _ in range(CHECKSUM_BYTES):
            into[to] = np.uint8(checksum & 0xFF)
            checksum >>= 8
            to += 1
        ends[i] = to
    return to
