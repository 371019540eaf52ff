"""
Times: which documents lie in a range of one time field.

Documents are kept in order of time.  At every 64th part of that order stands the bitmap of all the
documents before it, and of each 1,024th part the bitmap of the documents in it.  A range is the
difference of two prefixes, each the nearest kept one and a few small parts more or less.  Where other
clauses leave few documents, each of these is asked for its rank in the order instead.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from letrics.index.alternatives import Clause, Source, any_of
from letrics.index.format import Container, ContainerWriter
from letrics.index.kernels.encoding import address_of
from letrics.index.postings import PostingList, Postings, bitmap, write_postings

_PREFIXES = 64
_PARTS = 1_024
_PARTS_OF_PREFIX = _PARTS // _PREFIXES


def _ends(count: int, parts: int) -> NDArray[Any]:
    return np.linspace(0, count, parts + 1).astype(int)


def _ranks(documents: NDArray[Any], count: int) -> NDArray[np.uint32]:
    """Return the place of each of *count* documents among *documents*, or behind them all."""
    ranks = np.full(count, len(documents), dtype="<u4")
    ranks[documents] = np.arange(len(documents), dtype="<u4")
    ranks.setflags(write=False)
    return ranks


def write_times(
    writer: ContainerWriter, name: str, times_us: NDArray[Any], documents: NDArray[Any], count: int
) -> None:
    """Write the times of *documents*, which need not be all *count* there are, nor in any order."""
    order = np.argsort(times_us, kind="stable")
    documents = documents[order].astype("<u4")
    writer.add_array(f"{name}/times", times_us[order].astype("<i8"))
    writer.add_array(f"{name}/documents", documents)
    writer.add_array(f"{name}/ranks", _ranks(documents, count))
    prefixes = (bitmap(documents[:end]) for end in _ends(len(documents), _PREFIXES).tolist())
    write_postings(writer, name, prefixes)
    ends = _ends(len(documents), _PARTS).tolist()
    write_postings(writer, f"{name}/parts", (bitmap(documents[a:b]) for a, b in pairwise(ends)))


# Every so many times one is kept aside, where all of those fit the processor's caches.
_GUIDED = 512


class Ascending:
    """Numbers that ascend, in which places are found with one or two looks at memory that is far away."""

    def __init__(self, numbers: NDArray[np.int64]) -> None:
        self._numbers = numbers.data
        self._guide: list[int] = numbers[::_GUIDED].tolist()

    def first_from(self, number: int) -> int:
        """Return how many are less than *number*."""
        block = bisect_left(self._guide, number)
        return bisect_left(self._numbers, number, *self._between(block))

    def first_behind(self, number: int) -> int:
        """Return how many are not greater than *number*."""
        block = bisect_right(self._guide, number)
        return bisect_right(self._numbers, number, *self._between(block))

    def _between(self, block: int) -> tuple[int, int]:
        return max(0, (block - 1) * _GUIDED), min(block * _GUIDED, len(self._numbers))


class Times:
    """One time field of a segment of *count* documents."""

    def __init__(self, container: Container, name: str, count: int) -> None:
        self._all = count
        self._times = Ascending(container.array(f"{name}/times", "<i8"))
        self._documents = container.array(f"{name}/documents", "<u4")
        # The first files of this format have none.
        ranks = f"{name}/ranks"
        self._ranks = container.array(ranks, "<u4") if container.has(ranks) else _ranks(self._documents, count)
        self.ranks_address = address_of(self._ranks)
        self._prefix: Callable[[int], PostingList] = lru_cache(None)(Postings(container, name).__getitem__)
        self._part: Callable[[int], PostingList] = lru_cache(None)(Postings(container, f"{name}/parts").__getitem__)
        # Each end of a prefix is one of a part, too.
        self._part_ends: list[int] = _ends(len(self._documents), _PARTS).tolist()

    def within(self, after_us: int | None, before_us: int | None) -> "TimeRange":
        """Return the documents in the range; both ends are included, None is open."""
        first = 0 if after_us is None else self._times.first_from(after_us)
        last = len(self._documents) if before_us is None else self._times.first_behind(before_us)
        return TimeRange(max(last - first, 0), self, first, max(first, last))

    def between(self, first: int, last: int) -> tuple[Clause | None, Clause | None]:
        """
        Return two sets: the documents of rank *first* to *last* - 1 are in the one (None: all), and not in the other.
        """
        if last - first <= len(self._documents) // _PREFIXES:
            return any_of(self._all, self._few(first, last)), None
        return self._earlier(last) if last < self._all else None, self._earlier(first) if first else None

    def _earlier(self, end: int) -> Clause:
        """
        Return the first *end* documents in order of time.

        They are those of a prefix, to which each of the other sources adds documents, or takes them off.
        """
        ends = self._part_ends
        part = bisect_right(ends, end) - 1
        if part < _PARTS and ends[part + 1] - end < end - ends[part]:
            part += 1
        place = (part + _PARTS_OF_PREFIX // 2) // _PARTS_OF_PREFIX
        kept = place * _PARTS_OF_PREFIX
        sources: list[Source] = [self._prefix(place), *map(self._part, range(min(kept, part), max(kept, part)))]
        taken_off = [*range(1, len(sources))] if part < kept else []
        near = ends[part]
        if near > end:
            taken_off.append(len(sources))
        if near != end:
            sources.append(self._sorted(min(near, end), max(near, end)))
        return Clause(end, sources, taken_off)

    def _few(self, first: int, last: int) -> list[Source]:
        """Return the documents of a short range of ranks: whole parts, and what is left at both ends one by one."""
        ends = self._part_ends
        begin, end = bisect_left(ends, first), bisect_right(ends, last) - 1
        if begin >= end:
            return [self._sorted(first, last)]
        return [self._sorted(first, ends[begin]), *map(self._part, range(begin, end)), self._sorted(ends[end], last)]

    def _sorted(self, first: int, last: int) -> NDArray[np.uint32]:
        documents = self._documents[first:last].copy()
        documents.sort()
        return documents


class TimeRange(msgspec.Struct, frozen=True):
    """The *most* documents of rank *first* to *last* - 1 in the order of *times*."""

    most: int
    times: Times
    first: int
    last: int
