"""
Substrings: which terms of a dictionary contain a text, without looking at the rest.

A positional trigram index over the dictionary's bytes: for each three bytes, where they stand.  A
needle stands at p when its first three bytes stand at p, its next three at p + 3, and so on (the
last three may overlap the ones before).  Bytes serve as well as characters, because in valid UTF-8 a
character never begins inside another.  The idea is that of Cox, "Regular Expression Matching with a
Trigram Index" (2012); positions make the answer exact, so that no term is read to check it.
"""

from bisect import bisect_left
from typing import Any

import numpy as np
from numpy.typing import NDArray

from letrics.index import kernels
from letrics.index.format import Container, ContainerWriter
from letrics.index.strings import Strings

# Stands behind each term, so that no needle matches across two; no folded term holds white space but " ".
_SEPARATOR = b"\n"


def write_substrings(writer: ContainerWriter, name: str, terms: list[bytes]) -> None:
    """Write the index over *terms* (in ordinal order; none holds a line feed)."""
    text = np.frombuffer(_SEPARATOR.join([*terms, _SEPARATOR]), dtype=np.uint8)
    # Trigram before position in one number: sorting these takes less time and memory than sorting places.
    pairs = text[:-2].astype(np.uint64)
    for behind in (text[1:-1], text[2:]):
        pairs <<= np.uint64(8)
        pairs |= behind
    pairs <<= np.uint64(32)
    pairs |= np.arange(len(pairs), dtype=np.uint32)
    pairs.sort()
    positions = pairs.astype(np.uint32)
    pairs >>= np.uint64(32)
    is_first = np.ones(len(pairs), dtype=bool)
    is_first[1:] = pairs[1:] != pairs[:-1]
    first = np.flatnonzero(is_first)
    lengths = np.fromiter(map(len, terms), dtype=np.int64, count=len(terms)) + 1
    writer.add_array(f"{name}/grams/distinct", pairs[first].astype("<u4"))
    writer.add_array(f"{name}/grams/first", np.append(first, len(positions)).astype("<u4"))
    writer.add_array(f"{name}/grams/positions", positions.astype("<u4"))
    writer.add_array(f"{name}/grams/starts", (np.cumsum(lengths) - lengths).astype("<u4"))


# From one position to so many terms on, marking the terms beats sorting them.
_MARKED = 100
# From so many places on it pays to look for fewer.
_MANY = 1_000
# Looking at so many places takes a fraction of a millisecond.
_NEAR_PLACES_MAX = 4_000


class Substrings:
    """The substring index of one dictionary."""

    def __init__(self, container: Container, name: str, terms: Strings) -> None:
        self._terms = terms
        self._distinct = container.array(f"{name}/grams/distinct", "<u4")
        self._first = container.array(f"{name}/grams/first", "<u4")
        self._positions = container.array(f"{name}/grams/positions", "<u4")
        self._starts = container.array(f"{name}/grams/starts", "<u4")

    def containing(self, wanted: bytes) -> NDArray[Any]:
        """Return the ordinals, ascending, of the terms that contain *wanted* (not empty)."""
        if len(wanted) < 3:
            return self.ordinals(self._prefix(wanted))
        letters = np.frombuffer(wanted, dtype=np.uint8)
        rare = kernels.rarest(letters, self._distinct, self._first, _MANY)
        if rare[0] < 0:
            return np.empty(0, dtype=np.int64)
        return kernels.holders(letters, self._distinct, self._first, self._positions, self._starts, rare)

    def near(self, text: str, limit: int) -> NDArray[Any]:
        """Return up to *limit* ordinals of the terms that share most trigrams with *text*, most first."""
        wanted = text.encode()
        grams = {wanted[i : i + 3] for i in range(len(wanted) - 2)}
        # Rare trigrams tell most, and common ones cost most: beyond a number of places the rest is left out.
        lists = sorted((self._standing(gram) for gram in sorted(grams)), key=len)
        places = np.cumsum([0, *(len(each) for each in lists)])
        shared = [
            self.ordinals(each[:_NEAR_PLACES_MAX])
            for each, before in zip(lists, places[:-1], strict=True)
            if before < _NEAR_PLACES_MAX
        ]
        if not shared:
            return np.empty(0, dtype=np.int64)
        ordinals, counts = np.unique(np.concatenate(shared), return_counts=True)
        # Of terms that share as much, the one of the nearest length is the likelier.
        lengths = np.abs((self._terms.offsets[ordinals + 1] - self._terms.offsets[ordinals]).astype(int) - len(wanted))
        return ordinals[np.lexsort((lengths, -counts))[:limit]]

    def ordinals(self, positions: NDArray[Any]) -> NDArray[Any]:
        """Return the distinct ordinals of the terms that stand at *positions*."""
        if len(positions) == 0:
            return np.empty(0, dtype=np.int64)
        ordinals = np.searchsorted(self._starts, positions, side="right") - 1
        if len(ordinals) * _MARKED < len(self._starts):
            ordinals.sort()
            distinct: NDArray[Any] = ordinals[np.append(True, ordinals[1:] != ordinals[:-1])]
            return distinct
        marked = np.zeros(len(self._starts), dtype=bool)
        marked[ordinals] = True
        return np.flatnonzero(marked)

    def _standing(self, gram: bytes) -> NDArray[Any]:
        """Return where the three bytes *gram* stand, ascending."""
        number = int.from_bytes(gram)
        # Over the buffer, which gives plain numbers: numpy takes longer to take one in than to find it.
        distinct = self._distinct.data
        place = bisect_left(distinct, number)
        if place == len(distinct) or distinct[place] != number:
            return self._positions[:0]
        return self._positions[self._first[place] : self._first[place + 1]]

    def _prefix(self, wanted: bytes) -> NDArray[Any]:
        """Return where one or two bytes stand: they begin neighbouring trigrams."""
        low = int.from_bytes(wanted.ljust(3, b"\x00"))
        high = int.from_bytes(wanted.ljust(3, b"\xff"))
        first, last = (
            np.searchsorted(self._distinct, low),
            np.searchsorted(self._distinct, high, side="right"),
        )
        return self._positions[self._first[first] : self._first[last]]
