"""
Times: which documents lie in a range of one time field.

Documents are kept in order of time.  At every 64th part of that order stands the bitmap of all the
documents before it, and of each 1,024th part the bitmap of the documents in it.  A range is the
difference of two prefixes, each the nearest kept one and a few small parts more or less.
"""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from letrics.index.format import Container, ContainerWriter
from letrics.index.postings import PostingCache, Postings, bitmap, write_postings

_PREFIXES = 64
_PARTS = 1_024


def _ends(count: int, parts: int) -> NDArray[Any]:
    return np.linspace(0, count, parts + 1).astype(int)


def write_times(writer: ContainerWriter, name: str, times_us: NDArray[Any], documents: NDArray[Any]) -> None:
    """Write the times of *documents*, which need not be all documents, nor in any order."""
    order = np.argsort(times_us, kind="stable")
    documents = documents[order].astype("<u4")
    writer.add_array(f"{name}/times", times_us[order].astype("<i8"))
    writer.add_array(f"{name}/documents", documents)
    prefixes = [bitmap(documents[:end]) for end in _ends(len(documents), _PREFIXES).tolist()]
    write_postings(writer, name, prefixes)
    ends = _ends(len(documents), _PARTS).tolist()
    write_postings(writer, f"{name}/parts", [bitmap(documents[a:b]) for a, b in pairwise(ends)])


class Times:
    """One time field of a segment."""

    def __init__(self, container: Container, name: str, cache: PostingCache) -> None:
        self._times = container.array(f"{name}/times", "<i8")
        self._documents = container.array(f"{name}/documents", "<u4")
        self._prefixes = Postings(container, name, cache)
        self._parts = Postings(container, f"{name}/parts", cache)
        self._prefix_ends = _ends(len(self._documents), _PREFIXES)
        self._part_ends = _ends(len(self._documents), _PARTS)

    def within(self, after_us: int | None, before_us: int | None) -> tuple[BitMap, BitMap | None]:
        """
        Return two bitmaps: the documents in the range are those of the first that are not in the second.

        Both ends are included; None is open.
        """
        first = 0 if after_us is None else int(np.searchsorted(self._times, after_us, side="left"))
        last = len(self._times)
        if before_us is not None:
            last = int(np.searchsorted(self._times, before_us, side="right"))
        if last - first <= len(self._documents) // _PREFIXES:
            return self._few(first, max(first, last)), None
        return self._prefix(last), self._prefix(first) if first else None

    def _prefix(self, end: int) -> BitMap:
        """Return the first *end* documents in order of time."""
        place = int(np.abs(self._prefix_ends - end).argmin())
        kept, kept_end = self._prefixes[place].documents, int(self._prefix_ends[place])
        if kept_end == end:
            return kept
        return kept | self._few(kept_end, end) if kept_end < end else kept - self._few(end, kept_end)

    def _few(self, first: int, last: int) -> BitMap:
        """Return the documents of a short range of ranks: whole parts, and what is left at both ends one by one."""
        begin, end = np.searchsorted(self._part_ends, first), np.searchsorted(self._part_ends, last, side="right") - 1
        if begin >= end:
            return bitmap(self._documents[first:last])
        inner_first, inner_last = int(self._part_ends[begin]), int(self._part_ends[end])
        edges = (self._documents[first:inner_first], self._documents[inner_last:last])
        return BitMap.union(*(self._parts[part].documents for part in range(int(begin), int(end))), *map(bitmap, edges))
