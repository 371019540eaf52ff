"""
Key index: which documents hold a record key (`letrics.model.keys`), for imports to find them by.

Keys are kept as 128-bit hashes (`model.keys.key_hash`), sorted by bytes.
"""

from collections.abc import Callable, Iterator, Sequence
from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from letrics.index.format import Container, ContainerWriter
from letrics.model.keys import HASH_BYTES

_TEXT = f"S{HASH_BYTES}"


# Hashes are sorted a partition at a time, told by their first bits, so that sorting never needs memory for all of them.
PARTITIONS = 16
# With so many hashes on both sides it pays to guess where they stand: within so many standard deviations they all do.
_MANY = 256
_DEVIATIONS = 8

Held = tuple[NDArray[Any], NDArray[Any]]


def partitions_of(hashes: NDArray[Any]) -> NDArray[Any]:
    """Return the partition of each of *hashes* (of type V16)."""
    return hashes.view(np.uint8)[::HASH_BYTES] >> 4


def write_keys(
    writer: ContainerWriter, name: str, held: Sequence[Held], put_aside: Callable[[int], Held] | None = None
) -> None:
    """
    Write hashes (of type V16) and the documents that hold them, given in pieces.

    What was *put_aside* comes first, a partition at a time.
    """
    documents: list[NDArray[Any]] = []

    def sorted_hashes() -> Iterator[bytes]:
        partitions = [partitions_of(hashes) for hashes, _ in held]
        for number in range(PARTITIONS):
            chosen = [np.flatnonzero(each == number) for each in partitions]
            parts = [(hashes[own], owners[own]) for (hashes, owners), own in zip(held, chosen, strict=True)]
            parts = [put_aside(number), *parts] if put_aside is not None else parts
            hashes = np.concatenate([each for each, _ in parts])
            order = order_of_hashes(hashes)
            documents.append(np.concatenate([each for _, each in parts])[order].astype("<u4"))
            yield hashes[order].tobytes()

    writer.add(f"{name}/keys/hashes", sorted_hashes())
    writer.add(f"{name}/keys/documents", (each.view(np.uint8).data for each in documents))


def order_of_hashes(hashes: NDArray[Any]) -> NDArray[Any]:
    """Return the places of *hashes* (of type V16) in the order of their bytes."""
    halves = hashes.view(">u8").reshape(-1, 2)
    first = halves[:, 0].astype(np.uint64)
    order: NDArray[Any] = np.argsort(first)
    ordered = first[order]
    # Sorting numbers is many times faster than sorting bytes; the second half decides only where the first one ties.
    if (ordered[1:] == ordered[:-1]).any():
        order = np.lexsort((halves[:, 1].astype(np.uint64), first))
    return order


class KeyIndex:
    """The keys of the documents of one search in a segment."""

    def __init__(self, container: Container, name: str) -> None:
        self._hashes = container.array(f"{name}/keys/hashes", _TEXT)
        self._halves = self._hashes.view(">u8")[::2]
        self._documents = container.array(f"{name}/keys/documents", "<u4")

    def ranges(self, hashes: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return, for each of *hashes* (of type V16), where among `owners` those that hold it begin and end."""
        # In their order, so that each look begins where the one before it ended.
        order = order_of_hashes(hashes)
        wanted = hashes.view(_TEXT)[order]
        first, last = np.empty((2, len(hashes)), dtype=np.int64)
        begin = self._begin(wanted)
        # Most are held once or not at all, which the next two hashes tell.
        end = begin + self._are(begin, wanted)
        more = np.flatnonzero((end > begin) & self._are(end, wanted))
        end[more] = np.searchsorted(self._hashes, wanted[more], side="right")
        first[order], last[order] = begin, end
        return first, last

    def _are(self, places: NDArray[Any], wanted: NDArray[Any]) -> NDArray[Any]:
        """Return whether the hashes at *places*, which may be behind the last one, are those *wanted*."""
        are = np.zeros(len(wanted), dtype=bool)
        inside = places < len(self._hashes)
        are[inside] = self._hashes[places[inside]] == wanted[inside]
        return are

    def _begin(self, wanted: NDArray[Any]) -> NDArray[Any]:
        """
        Return where each of *wanted* stands or would stand.

        Hashes are spread evenly, so where one stands is known nearly, and a binary search of that neighbourhood does.
        """
        count = len(self._hashes)
        if min(count, len(wanted)) < _MANY:
            return np.searchsorted(self._hashes, wanted)
        halves = wanted.view(">u8")[::2].astype(np.uint64)
        # How many hashes are smaller deviates from its mean by a normal distribution.
        deviation = isqrt(count) // 2 + 1
        place = np.maximum((halves * (count / 2.0**64)).astype(np.int64) - _DEVIATIONS * deviation, 0)
        step = 1 << (2 * _DEVIATIONS * deviation).bit_length()
        while step:
            last = place + step - 1
            is_less = (last < count) & (self._halves[np.minimum(last, count - 1)] < halves)
            place += step * is_less
            step >>= 1
        is_begin = (place == 0) | (self._hashes[place - 1] < wanted)
        is_begin &= (place == count) | (self._hashes[np.minimum(place, count - 1)] >= wanted)
        # The neighbourhood was another, or only the second half of the hash tells.
        others = np.flatnonzero(~is_begin)
        place[others] = np.searchsorted(self._hashes, wanted[others])
        return place

    @property
    def owners(self) -> NDArray[Any]:
        """The doc ids that hold the hashes, in the order of these."""
        return self._documents

    def documents(self, hashes: Sequence[bytes]) -> list[list[int]]:
        """Return, for each of *hashes*, the doc ids that hold it."""
        first, last = self.ranges(np.frombuffer(b"".join(hashes), dtype=f"V{HASH_BYTES}"))
        found: list[list[int]] = [[]] * len(hashes)
        for i in np.flatnonzero(last > first):
            found[i] = self._documents[first[i] : last[i]].tolist()
        return found
