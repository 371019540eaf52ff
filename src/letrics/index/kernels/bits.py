"""The documents of one container as bits: 1,024 words of 64, and as sorted places in it."""

from typing import Any

import numpy as np

from letrics.index.kernels.compiled import inlined, inner, lowest, ones, signed
from letrics.index.kernels.encoding import WORDS

_ALL = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
_ONE = np.uint64(1)
_NONE = np.uint64(0)
# Places are taken without a sign, or each would be asked whether it counts from the end.
_WITHIN, _WORD = np.uint64(63), np.uint64(6)
_BLOCK = 128  # words


@inner
def fill(words: Any, word: Any) -> None:
    """Make every word *word*."""
    for i in range(WORDS):
        words[i] = word


@inner
def count(words: Any) -> int:
    """Return how many bits are set."""
    found = _NONE
    for i in range(WORDS):
        found += ones(words[i])
    return signed(found)


@inner
def count_to(words: Any, most: int) -> int:
    """Return how many bits are set, or any larger number than *most* if they are more than that."""
    found = _NONE
    for block in range(0, WORDS, _BLOCK):
        for i in range(block, block + _BLOCK):
            found += ones(words[i])
        if signed(found) > most:
            break
    return signed(found)


@inlined
def put(words: Any, place: int, off: Any) -> None:
    """Set one bit, or clear it if it is to be taken *off*."""
    at = np.uint64(place)
    _put_word(words, at >> _WORD, _ONE << (at & _WITHIN), off)


@inlined
def has(words: Any, place: int) -> Any:
    """Return whether a bit is set."""
    at = np.uint64(place)
    return ((words[at >> _WORD] >> (at & _WITHIN)) & _ONE) != _NONE


@inlined
def _put_word(words: Any, i: Any, mask: Any, off: Any) -> None:
    if off:
        words[i] &= ~mask
    else:
        words[i] |= mask


@inlined
def put_range(words: Any, first: int, last: int, off: Any) -> None:
    """Set the bits *first* to *last* - 1, or clear them if they are to be taken *off*."""
    if first < last:
        begin, end = np.uint64(first), np.uint64(last - 1)
        low, high = begin >> _WORD, end >> _WORD
        mask, last_mask = _ALL << (begin & _WITHIN), _ALL >> (_WITHIN - (end & _WITHIN))
        while low < high:
            _put_word(words, low, mask, off)
            low, mask = low + _ONE, _ALL
        _put_word(words, high, mask & last_mask, off)


@inner
def places(words: Any, found: Any) -> int:
    """Write the places of all bits that are set into *found*; return how many."""
    size = 0
    for i in range(WORDS):
        word = words[i]
        while word != _NONE:
            found[size] = np.uint16((i << 6) + signed(lowest(word)))
            size += 1
            word &= word - _ONE
    return size


@inner
def select(words: Any, skipped: int, wanted: int, base: int, found: Any, size: int) -> None:
    """
    Write *base* and the place of each of *wanted* bits, but for the first *skipped* ones, into *found* from *size* on.
    """
    last = size + wanted
    for i in range(WORDS):
        word = words[i]
        held = signed(ones(word))
        if skipped >= held:
            skipped -= held
            continue
        while word != _NONE and size < last:
            if skipped:
                skipped -= 1
            else:
                found[size] = base + (i << 6) + signed(lowest(word))
                size += 1
            word &= word - _ONE
        if size == last:
            break


@inner
def merged(some: Any, some_size: int, others: Any, others_size: int, found: Any) -> int:
    """Write into *found* the places, ascending, that are among either of two sorted lists; return how many."""
    i = j = size = 0
    while i < some_size and j < others_size:
        one, other = some[i], others[j]
        # Which is less cannot be foreseen, so nothing branches on it.
        found[size] = min(one, other)
        i += one <= other
        j += other <= one
        size += 1
    while i < some_size:
        found[size] = some[i]
        i, size = i + 1, size + 1
    while j < others_size:
        found[size] = others[j]
        j, size = j + 1, size + 1
    return size


@inner
def reached(sorted_places: Any, low: int, high: int, place: int) -> int:
    """Return the first of *low* to *high* - 1 at which *sorted_places* is not before *place*, or *high*."""
    step = 1
    # What is looked for is mostly near: steps that double, then halving between the last two.
    while low + step < high and signed(sorted_places[low + step]) < place:
        low += step
        step *= 2
    high = min(high, low + step)
    while low < high:
        middle = (low + high) >> 1
        if signed(sorted_places[middle]) < place:
            low = middle + 1
        else:
            high = middle
    return low
