"""
LZ4 blocks: short texts, each compressed by itself, with a dictionary that all of them share.

A block is what "LZ4 Block Format Description" (of the LZ4 project) says: literals and matches in turns, where a match
may begin in the dictionary as if that stood before the text.  So the library `lz4` reads and writes the same.

Bytes are copied sixteen at once, so behind all that is read from or written to are `SLACK` bytes more.
"""

from typing import Any

import numpy as np

from letrics.index.kernels.compiled import copy_16, inner, lowest, signed, word_at
from letrics.index.kernels.encoding import DICTIONARY_BITS, RECENT_BITS

_STEP = 16
# A length or a number of literals that fills its four bits goes on in the bytes that follow.
_LONG = 15
_MORE = 255
_MATCH_MIN = 4
# Shorter ones save nothing here.
_MATCH_WORTH = 5
_OFFSET_MAX = 65_535
# A block ends with so many literals, and its last match begins so many bytes before the end.
_LAST_LITERALS, _LAST_MATCH = 5, 12
_NONE = np.uint64(0)
# Of eight bytes five are hashed, by multiplying with a large odd number (Knuth, The Art of Computer Programming, 6.4).
_LEFT_OUT = np.uint64(24)
_FACTOR = np.uint64(0x9E37_79B9_7F4A_7C15)


@inner
def _copied(into: Any, to: int, data: Any, place: int, count: int) -> None:
    copy_16(into, to, data, place)
    for at in range(_STEP, count, _STEP):
        copy_16(into, to + at, data, place + at)


@inner
def unpacked(data: Any, at: int, last: int, dictionary: Any, into: Any, begin: int, end: int) -> Any:
    """
    Write the text of the block from *at* to *last* to where *into* has room for it, *begin* to *end*.

    Return whether it is a block of just so long a text.  The dictionary has its `SLACK` bytes behind it.
    """
    to, held = begin, len(dictionary)
    while at < last:
        token = signed(data[at])
        at, count = _length(data, at + 1, last, token >> 4)
        if count > last - at or count > end - to:
            return False
        _copied(into, to, data, at, count)
        to += count
        at += count
        if at + 2 > last:
            return at == last and to == end
        offset = signed(data[at]) | (signed(data[at + 1]) << 8)
        at, count = _length(data, at + 2, last, token & _LONG)
        count += _MATCH_MIN
        origin = to - offset
        if offset == 0 or count > end - to or origin < begin - held:
            return False
        if origin < begin:
            of_dictionary = min(count, begin - origin)
            _copied(into, to, dictionary, held + origin - begin, of_dictionary)
            to += of_dictionary
            count -= of_dictionary
            origin = begin
        if to - origin >= _STEP:
            _copied(into, to, into, origin, count)
        else:
            # What is copied begins within what is written: a text that repeats itself.
            for i in range(count):
                into[to + i] = into[origin + i]
        to += count
    return False


@inner
def _length(data: Any, at: int, last: int, length: int) -> Any:
    """Return where a length ends that begins with the four bits *length*, and what it is."""
    if length == _LONG:
        while at < last:
            more = signed(data[at])
            at += 1
            length += more
            if more != _MORE:
                break
    return at, length


@inner
def _hashed(word: Any, bits: Any) -> int:
    return signed(((word << _LEFT_OUT) * _FACTOR) >> np.uint64(64 - bits))


@inner
def index(dictionary: Any, held: int, found: Any) -> None:
    """Note in *found* where in the first *held* bytes of a dictionary bytes of each hash stand last, from 1 on."""
    for place in range(held):
        found[_hashed(word_at(dictionary, place), DICTIONARY_BITS)] = place + 1


@inner
def _alike(data: Any, place: int, other: Any, at: int, most: int) -> int:
    """Return how many bytes, *most* at most, are the same in both."""
    count = 0
    while count < most:
        differing = word_at(data, place + count) ^ word_at(other, at + count)
        if differing != _NONE:
            return min(most, count + (signed(lowest(differing)) >> 3))
        count += 8
    return most


@inner
def _match(data: Any, begin: int, place: int, end: int, dictionary: Any, held: int, known: Any, recent: Any) -> Any:
    """Return how long the best match at *place* is that is known of, and how far back it begins."""
    word, best, offset = word_at(data, place), 0, 0
    slot = _hashed(word, RECENT_BITS)
    before = signed(recent[slot]) - 1
    recent[slot] = place + 1
    if before >= begin and place - before <= _OFFSET_MAX:
        best, offset = _alike(data, place, data, before, end - place), place - before
    before = signed(known[_hashed(word, DICTIONARY_BITS)]) - 1
    if before >= 0 and place - begin + held - before <= _OFFSET_MAX:
        length = _alike(data, place, dictionary, before, min(end - place, held - before))
        if length > best:
            best, offset = length, place - begin + held - before
    return best, offset


@inner
def packed(
    data: Any, begin: int, end: int, dictionary: Any, held: int, known: Any, recent: Any, into: Any, to: int
) -> int:
    """
    Write the text from *begin* to *end* as a block into *into*, from *to* on; return where it ends.

    *known* is what `index` has noted of the *held* bytes of the dictionary; *recent* tells where bytes of each hash
    stood last in *data*, from 1 on, and is kept for the texts that follow.
    """
    place = literals = begin
    while place < end - _LAST_MATCH:
        length, offset = _match(data, begin, place, end - _LAST_LITERALS, dictionary, held, known, recent)
        if length < _MATCH_WORTH:
            place += 1
            continue
        # It may begin earlier: nothing was known of the bytes before it.
        while place > literals:
            origin = place - 1 - offset
            if origin < begin - held:
                break
            byte = data[origin] if origin >= begin else dictionary[held + origin - begin]
            if byte != data[place - 1]:
                break
            place -= 1
            length += 1
        to = _put(data, literals, place, length - _MATCH_MIN, into, to)
        into[to], into[to + 1] = np.uint8(offset & 0xFF), np.uint8(offset >> 8)
        to = _put_more(length - _MATCH_MIN, into, to + 2)
        place += length
        literals = place
    return _put(data, literals, end, 0, into, to)


@inner
def _put(data: Any, first: int, last: int, length: int, into: Any, to: int) -> int:
    """Write the token of a match of some *length*, and the literals before it."""
    count = last - first
    into[to] = np.uint8((min(count, _LONG) << 4) | min(length, _LONG))
    to = _put_more(count, into, to + 1)
    _copied(into, to, data, first, count)
    return to + count


@inner
def _put_more(length: int, into: Any, to: int) -> int:
    if length >= _LONG:
        length -= _LONG
        while length >= _MORE:
            into[to] = np.uint8(_MORE)
            to += 1
            length -= _MORE
        into[to] = np.uint8(length)
        to += 1
    return to
