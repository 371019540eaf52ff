"""
Sources: how the documents of a clause are read in one container.

Posting lists are read as they are serialized, see the format specification of Roaring bitmaps.  What the numbers of a
*source* are stands in `encoding.py`.
"""

from typing import Any

import numpy as np

from letrics.index.kernels import bits
from letrics.index.kernels.bits import reached
from letrics.index.kernels.compiled import bytes_at, inner, numbers_at, shorts_at, signed
from letrics.index.kernels.encoding import (
    AT,
    COLUMN,
    CONTAINER,
    DATA,
    DESCRIBED,
    KIND,
    LAST,
    OFFSETS,
    PLAIN,
    RANKS,
    ROARING,
    RUNS,
    SIZE,
    SORTED,
    TAKES_OFF,
    TEXTS,
    UNTIL,
)

_WITH_RUNS = 12_347
_OFFSETS_FROM = 4  # containers; with fewer, a bitmap with runs does not say where they are
_ARRAY_MAX = 4_096
_BYTES = CONTAINER // 8
# Forms of what a container holds.
_ARRAY, _BITS, _RUNS = 0, 1, 2


@inner
def _u16(address: int) -> int:
    return signed(shorts_at(address, 1)[0])


@inner
def _u32(address: int) -> int:
    return signed(numbers_at(address, 1)[0])


@inner
def open_all(sources: Any) -> None:
    """Read the heads of all bitmaps."""
    for source in sources:
        if source[KIND] != ROARING:
            continue
        at = source[DATA]
        cookie = _u32(at)
        if cookie & 0xFFFF == _WITH_RUNS:
            size = (cookie >> 16) + 1
            source[RUNS] = at + 4
            described = at + 4 + (size + 7) // 8
            offsets = described + 4 * size if size >= _OFFSETS_FROM else 0
        else:
            size = _u32(at + 4)
            described = at + 8
            offsets = described + 4 * size
        source[SIZE], source[DESCRIBED], source[OFFSETS] = size, described, offsets


@inner
def reach(source: Any, container: int) -> Any:
    """Go on to *container*, which is not before the last one; return whether a source may have documents in it."""
    kind = source[KIND]
    if kind == SORTED:
        last = source[LAST]
        documents = numbers_at(source[DATA], last)
        begin = reached(documents, source[AT], last, container * CONTAINER)
        source[AT] = begin
        source[UNTIL] = reached(documents, begin, last, (container + 1) * CONTAINER)
        return source[UNTIL] > begin
    if kind == PLAIN:
        return source[DATA] + (container + 1) * _BYTES <= source[LAST]
    if kind != ROARING:
        return True
    described, size, at = source[DESCRIBED], source[SIZE], source[AT]
    while at < size and _u16(described + 4 * at) < container:
        at += 1
    source[AT] = at
    return at < size and _u16(described + 4 * at) == container


@inner
def _is_runs(source: Any, at: int) -> Any:
    """Return whether container number *at* of a bitmap is runs."""
    return source[RUNS] != 0 and (signed(bytes_at(source[RUNS], at + 1)[at >> 3]) >> (at & 7)) & 1 == 1


@inner
def _begin(source: Any, at: int) -> int:
    """Return where container number *at* of a bitmap begins."""
    if source[OFFSETS] != 0:
        return signed(source[DATA] + _u32(source[OFFSETS] + 4 * at))
    begin = signed(source[DESCRIBED] + 4 * source[SIZE])
    for before in range(at):
        size = _u16(source[DESCRIBED] + 4 * before + 2) + 1
        if _is_runs(source, before):
            begin += 2 + 4 * _u16(begin)
        else:
            begin += 2 * size if size <= _ARRAY_MAX else _BYTES
    return begin


@inner
def _held(source: Any, container: int) -> Any:
    """
    Return what a source that is not of doc ids has in the *container* reached: the form, a number, and where.

    There are the bits; or so many places, 16 bits each; or so many runs, each its first place and how many follow.
    """
    if source[KIND] == PLAIN:
        return _BITS, 0, signed(source[DATA] + container * _BYTES)
    at = source[AT]
    begin = _begin(source, at)
    if _is_runs(source, at):
        return _RUNS, _u16(begin), begin + 2
    size = _u16(source[DESCRIBED] + 4 * at + 2) + 1
    return _BITS if size > _ARRAY_MAX else _ARRAY, size, begin


@inner
def few(source: Any, container: int, most: int) -> int:
    """Return how many documents a source has in the container if they are a list of *most* at most, else -1."""
    if source[KIND] == SORTED:
        size = signed(source[UNTIL] - source[AT])
        return size if size <= most else -1
    form, size, _ = _held(source, container)
    return size if form == _ARRAY and size <= most else -1


@inner
def listed(source: Any, container: int, size: int, found: Any) -> None:
    """Write the places of the *size* documents of a source, of which `few` has told, into *found*."""
    if source[KIND] == SORTED:
        documents, at = numbers_at(source[DATA], source[LAST]), source[AT]
        for i in range(size):
            found[i] = np.uint16(documents[at + i] & np.uint32(0xFFFF))
        return
    _, _, held = _held(source, container)
    places = shorts_at(held, size)
    for i in range(size):
        found[i] = places[i]


@inner
def put(source: Any, container: int, words: Any, off: Any) -> None:
    """Set the bits of the documents of a source in *words*, or clear them if they are to be taken *off*."""
    if source[KIND] == SORTED:
        documents = numbers_at(source[DATA], source[LAST])
        for i in range(source[AT], source[UNTIL]):
            bits.put(words, signed(documents[i]) & 0xFFFF, off)
        return
    form, size, held = _held(source, container)
    if form == _ARRAY:
        places = shorts_at(held, size)
        for i in range(size):
            bits.put(words, signed(places[i]), off)
    elif form == _RUNS:
        runs = shorts_at(held, 2 * size)
        for run in range(size):
            first = signed(runs[2 * run])
            bits.put_range(words, first, first + signed(runs[2 * run + 1]) + 1, off)
    else:
        into, own = words.view(np.uint8), bytes_at(held, _BYTES)
        if off:
            for i in range(_BYTES):
                into[i] &= ~own[i]
        else:
            for i in range(_BYTES):
                into[i] |= own[i]


@inner
def begin(source: Any, container: int, words: Any) -> None:
    """Make *words* the bits of the documents of a source."""
    if source[KIND] != SORTED:
        form, _, held = _held(source, container)
        if form == _BITS:
            into, own = words.view(np.uint8), bytes_at(held, _BYTES)
            for i in range(_BYTES):
                into[i] = own[i]
            return
    bits.fill(words, np.uint64(0))
    put(source, container, words, False)


@inner
def intersect(source: Any, container: int, words: Any) -> Any:
    """Clear the bits of documents that a source has not in *words*; False where that takes its own set of bits."""
    if source[KIND] == SORTED:
        return False
    form, size, held = _held(source, container)
    if form == _BITS:
        into, own = words.view(np.uint8), bytes_at(held, _BYTES)
        for i in range(_BYTES):
            into[i] &= own[i]
    elif form == _RUNS:
        behind, runs = 0, shorts_at(held, 2 * size)
        for run in range(size):
            first = signed(runs[2 * run])
            bits.put_range(words, behind, first, True)
            behind = first + signed(runs[2 * run + 1]) + 1
        bits.put_range(words, behind, CONTAINER, True)
    return form != _ARRAY


@inner
def mark(source: Any, container: int, places: Any, size: int, flags: Any) -> None:
    """Give the flag of each of the first *size* of *places* that a source has: 1, or 0 where it takes off."""
    kind, flag, base = source[KIND], np.uint8(1 - source[TAKES_OFF]), container * CONTAINER
    if kind == TEXTS:
        last = source[LAST]
        texts = numbers_at(source[COLUMN], last + 1)
        # A flag for each text, however many these are: no place is asked of that is none.
        of_texts = bytes_at(source[DATA], CONTAINER)
        for i in range(size):
            if of_texts[texts[min(base + signed(places[i]), last)]]:
                flags[i] = flag
    elif kind == RANKS:
        first, behind, ranks = source[DATA], source[LAST], numbers_at(source[COLUMN], base + CONTAINER)
        for i in range(size):
            rank = signed(ranks[base + signed(places[i])])
            flags[i] |= np.uint8((first <= rank) & (rank < behind))
    elif kind == SORTED:
        documents, low, high = numbers_at(source[DATA], source[LAST]), source[AT], source[UNTIL]
        for i in range(size):
            place = base + signed(places[i])
            low = reached(documents, low, high, place)
            if low < high and signed(documents[low]) == place:
                flags[i] = flag
    else:
        form, number, held = _held(source, container)
        _mark_held(form, number, held, places, size, flags, flag)


@inner
def _mark_held(form: Any, number: int, held: Any, places: Any, size: int, flags: Any, flag: Any) -> None:
    if form == _BITS:
        own = bytes_at(held, _BYTES)
        # Whether a bit is set cannot be foreseen, so nothing branches on it.
        for i in range(size):
            place = signed(places[i])
            bit = np.uint8((own[place >> 3] >> np.uint8(place & 7)) & np.uint8(1))
            flags[i] = (flags[i] | bit) if flag else (flags[i] & (bit ^ np.uint8(1)))
    elif form == _ARRAY:
        array, low = shorts_at(held, number), 0
        for i in range(size):
            low = reached(array, low, number, signed(places[i]))
            if low < number and array[low] == places[i]:
                flags[i] = flag
    else:
        run, runs = 0, shorts_at(held, 2 * number)
        for i in range(size):
            place = signed(places[i])
            while run + 1 < number and signed(runs[2 * run + 2]) <= place:
                run += 1
            first = signed(runs[2 * run])
            if first <= place <= first + signed(runs[2 * run + 1]):
                flags[i] = flag
