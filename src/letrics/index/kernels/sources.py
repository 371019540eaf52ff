"""
Sources: how the documents of a clause are read in one container.

Posting lists are read as they are serialized, see the format specification of Roaring bitmaps.  What the arguments
are stands in `encoding.py`.
"""

from typing import Any

import numpy as np

from letrics.index.kernels import bits
from letrics.index.kernels.bits import reached
from letrics.index.kernels.compiled import inner, signed
from letrics.index.kernels.encoding import (
    AT,
    CONTAINER,
    DESCRIBED,
    FIRST,
    FLAT,
    HOLDER,
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
def _u16(data: Any, at: int) -> int:
    return signed(data[at]) | (signed(data[at + 1]) << 8)


@inner
def _u32(data: Any, at: int) -> int:
    return _u16(data, at) | (_u16(data, at + 2) << 16)


@inner
def open_all(buffers: Any, sources: Any, state: Any) -> None:
    """Read the heads of all bitmaps."""
    for s in range(len(sources)):
        state[s, AT] = 0
        if sources[s, KIND] == SORTED:
            state[s, AT] = state[s, UNTIL] = sources[s, FIRST]
        if sources[s, KIND] != ROARING:
            continue
        data, at = buffers[sources[s, HOLDER]], sources[s, FIRST]
        cookie = _u32(data, at)
        if cookie & 0xFFFF == _WITH_RUNS:
            size = (cookie >> 16) + 1
            state[s, RUNS] = at + 4
            described = at + 4 + (size + 7) // 8
            offsets = described + 4 * size if size >= _OFFSETS_FROM else -1
        else:
            size = _u32(data, at + 4)
            state[s, RUNS] = -1
            described = at + 8
            offsets = described + 4 * size
        state[s, SIZE], state[s, DESCRIBED], state[s, OFFSETS] = size, described, offsets


@inner
def reach(buffers: Any, documents: Any, sources: Any, state: Any, s: int, container: int) -> Any:
    """Go on to *container*, which is not before the last one; return whether source *s* may have documents in it."""
    kind = sources[s, KIND]
    if kind == SORTED:
        last = sources[s, LAST]
        begin = reached(documents, state[s, AT], last, container * CONTAINER)
        state[s, AT] = begin
        state[s, UNTIL] = reached(documents, begin, last, (container + 1) * CONTAINER)
        return state[s, UNTIL] > begin
    if kind == PLAIN:
        return sources[s, FIRST] + (container + 1) * (CONTAINER // 8) <= sources[s, LAST]
    if kind != ROARING:
        return True
    data, described, size = buffers[sources[s, HOLDER]], state[s, DESCRIBED], state[s, SIZE]
    at = state[s, AT]
    while at < size and _u16(data, described + 4 * at) < container:
        at += 1
    state[s, AT] = at
    return at < size and _u16(data, described + 4 * at) == container


@inner
def _begin(data: Any, source: Any, state: Any, at: int) -> int:
    """Return where container number *at* of a bitmap begins."""
    if state[OFFSETS] >= 0:
        return signed(source[FIRST] + _u32(data, state[OFFSETS] + 4 * at))
    begin = signed(state[DESCRIBED] + 4 * state[SIZE])
    for before in range(at):
        size = _u16(data, state[DESCRIBED] + 4 * before + 2) + 1
        if (signed(data[state[RUNS] + (before >> 3)]) >> (before & 7)) & 1:
            begin += 2 + 4 * _u16(data, begin)
        else:
            begin += 2 * size if size <= _ARRAY_MAX else _BYTES
    return begin


@inner
def _held(buffers: Any, flats: Any, source: Any, state: Any, container: int) -> Any:
    """
    Return what a source that is not of sorted doc ids has in the *container* reached: the form, a number, and bytes.

    That is the bits; or so many places, 16 bits each; or so many runs, each its first place and how many follow.
    """
    if source[KIND] == FLAT:
        return _BITS, 0, flats[source[HOLDER], container * _BYTES : (container + 1) * _BYTES]
    data = buffers[source[HOLDER]]
    if source[KIND] == PLAIN:
        begin = source[FIRST] + container * _BYTES
        return _BITS, 0, data[begin : begin + _BYTES]
    at = state[AT]
    begin = _begin(data, source, state, at)
    if state[RUNS] >= 0 and (signed(data[state[RUNS] + (at >> 3)]) >> (at & 7)) & 1:
        size = _u16(data, begin)
        return _RUNS, size, data[begin + 2 : begin + 2 + 4 * size]
    size = _u16(data, state[DESCRIBED] + 4 * at + 2) + 1
    if size > _ARRAY_MAX:
        return _BITS, 0, data[begin : begin + _BYTES]
    return _ARRAY, size, data[begin : begin + 2 * size]


@inner
def few(buffers: Any, flats: Any, source: Any, state: Any, container: int, most: int) -> int:
    """Return how many documents a source has in the container if they are a list of *most* at most, else -1."""
    if source[KIND] == SORTED:
        size = signed(state[UNTIL] - state[AT])
        return size if size <= most else -1
    form, size, _ = _held(buffers, flats, source, state, container)
    return size if form == _ARRAY and size <= most else -1


@inner
def listed(
    buffers: Any, documents: Any, flats: Any, source: Any, state: Any, container: int, size: int, found: Any
) -> None:
    """Write the places of the *size* documents of a source, of which `few` has told, into *found*."""
    if source[KIND] == SORTED:
        for i in range(size):
            found[i] = np.uint16(documents[state[AT] + i] & np.uint32(0xFFFF))
        return
    _, _, held = _held(buffers, flats, source, state, container)
    places = held.view(np.uint16)
    for i in range(size):
        found[i] = places[i]


@inner
def put(
    buffers: Any, documents: Any, flats: Any, source: Any, state: Any, container: int, words: Any, off: Any
) -> None:
    """Set the bits of the documents of a source in *words*, or clear them if they are to be taken *off*."""
    if source[KIND] == SORTED:
        for i in range(state[AT], state[UNTIL]):
            bits.put(words, signed(documents[i]) & 0xFFFF, off)
        return
    form, size, held = _held(buffers, flats, source, state, container)
    if form == _ARRAY:
        places = held.view(np.uint16)
        for i in range(size):
            bits.put(words, signed(places[i]), off)
    elif form == _RUNS:
        runs = held.view(np.uint16)
        for run in range(size):
            first = signed(runs[2 * run])
            bits.put_range(words, first, first + signed(runs[2 * run + 1]) + 1, off)
    elif off:
        into = words.view(np.uint8)
        for i in range(_BYTES):
            into[i] &= ~held[i]
    else:
        into = words.view(np.uint8)
        for i in range(_BYTES):
            into[i] |= held[i]


@inner
def begin(buffers: Any, documents: Any, flats: Any, source: Any, state: Any, container: int, words: Any) -> None:
    """Make *words* the bits of the documents of a source."""
    if source[KIND] != SORTED:
        form, _, held = _held(buffers, flats, source, state, container)
        if form == _BITS:
            into = words.view(np.uint8)
            for i in range(_BYTES):
                into[i] = held[i]
            return
    bits.fill(words, np.uint64(0))
    put(buffers, documents, flats, source, state, container, words, False)


@inner
def intersect(buffers: Any, flats: Any, source: Any, state: Any, container: int, words: Any) -> Any:
    """Clear the bits of documents that a source has not in *words*; False where that takes its own set of bits."""
    if source[KIND] == SORTED:
        return False
    form, size, held = _held(buffers, flats, source, state, container)
    if form == _BITS:
        into = words.view(np.uint8)
        for i in range(_BYTES):
            into[i] &= held[i]
    elif form == _RUNS:
        behind, runs = 0, held.view(np.uint16)
        for run in range(size):
            first = signed(runs[2 * run])
            bits.put_range(words, behind, first, True)
            behind = first + signed(runs[2 * run + 1]) + 1
        bits.put_range(words, behind, CONTAINER, True)
    return form != _ARRAY


@inner
def mark(query: Any, source: Any, state: Any, container: int, places: Any, size: int, flags: Any) -> None:
    """Give the flag of each of the first *size* of *places* that a source has: 1, or 0 where it takes off."""
    buffers, documents, flats, (texts, ranks), marks, _, _ = query
    kind, flag = source[KIND], np.uint8(1 - source[TAKES_OFF])
    if kind == TEXTS:
        of_texts, base, last = marks[source[HOLDER]], container * CONTAINER, len(texts) - 1
        for i in range(size):
            if of_texts[texts[min(base + signed(places[i]), last)]]:
                flags[i] = flag
    elif kind == RANKS:
        first, behind, base = source[FIRST], source[LAST], container * CONTAINER
        for i in range(size):
            rank = signed(ranks[base + signed(places[i])])
            flags[i] |= np.uint8((first <= rank) & (rank < behind))
    elif kind == SORTED:
        low, high, base = state[AT], state[UNTIL], container * CONTAINER
        for i in range(size):
            place = base + signed(places[i])
            low = reached(documents, low, high, place)
            if low < high and signed(documents[low]) == place:
                flags[i] = flag
    else:
        form, number, held = _held(buffers, flats, source, state, container)
        _mark_held(form, number, held, places, size, flags, flag)


@inner
def _mark_held(form: Any, number: int, held: Any, places: Any, size: int, flags: Any, flag: Any) -> None:
    if form == _BITS:
        # Whether a bit is set cannot be foreseen, so nothing branches on it.
        for i in range(size):
            place = signed(places[i])
            bit = np.uint8((held[place >> 3] >> np.uint8(place & 7)) & np.uint8(1))
            flags[i] = (flags[i] | bit) if flag else (flags[i] & (bit ^ np.uint8(1)))
    elif form == _ARRAY:
        array, low = held.view(np.uint16), 0
        for i in range(size):
            low = reached(array, low, number, signed(places[i]))
            if low < number and array[low] == places[i]:
                flags[i] = flag
    else:
        run, runs = 0, held.view(np.uint16)
        for i in range(size):
            place = signed(places[i])
            while run + 1 < number and signed(runs[2 * run + 2]) <= place:
                run += 1
            first = signed(runs[2 * run])
            if first <= place <= first + signed(runs[2 * run + 1]):
                flags[i] = flag
