"""
Times: which documents lie in a range of one time field.

Documents are kept in order of time.  At every 64th part of that order stands the bitmap of all the
documents before it, and of each 1,024th part the bitmap of the documents in it.  A range is the
difference of two prefixes, each the nearest kept one and a few small parts more or less; they are put
together only where that is cheaper than meeting each of them with what other clauses have left.
"""

from bisect import bisect_left, bisect_right
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from letrics.index.format import Container, ContainerWriter
from letrics.index.postings import PostingCache, Postings, bitmap, write_postings

_PREFIXES = 64
_PARTS = 1_024
_PARTS_OF_PREFIX = _PARTS // _PREFIXES
# Putting a prefix together costs what meeting so small a share of the documents with its parts does.
_DISTRIBUTED = 128


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


class Earlier:
    """
    The *most* documents, of *count*, before one rank in the order of time.

    They are those of *kept*, to which each of *steps* adds a list or takes it off, one after the other.
    """

    def __init__(self, count: int, most: int, kept: BitMap, steps: list[tuple[BitMap, bool]]) -> None:
        self._all = count
        self.most = most
        self._kept = kept
        self._steps = steps

    def united(self) -> BitMap:
        """Return all documents; not to be changed."""
        found = self._kept
        for step, (documents, is_added) in enumerate(self._steps):
            if step == 0:
                found = found | documents if is_added else found - documents
            elif is_added:
                found |= documents
            else:
                found -= documents
        return found

    def of(self, documents: BitMap) -> BitMap:
        """Return those of *documents* that are among these."""
        if not self._is_distributed(documents):
            return documents & self.united()
        found = documents & self._kept
        for step, is_added in self._steps:
            found = found | (documents & step) if is_added else found - step
        return found

    def outside(self, documents: BitMap) -> BitMap:
        """Return those of *documents* that are not among these."""
        if not self._is_distributed(documents):
            return documents - self.united()
        found = documents - self._kept
        for step, is_added in self._steps:
            found = found - step if is_added else found | (documents & step)
        return found

    def _is_distributed(self, documents: BitMap) -> bool:
        return len(documents) * _DISTRIBUTED < self._all


class Times:
    """One time field of a segment of *count* documents."""

    def __init__(self, container: Container, name: str, count: int, cache: PostingCache) -> None:
        self._all = count
        self._times = container.array(f"{name}/times", "<i8")
        self._documents = container.array(f"{name}/documents", "<u4")
        self._prefixes = Postings(container, name, cache)
        self._parts = Postings(container, f"{name}/parts", cache)
        # Each end of a prefix is one of a part, too.
        self._part_ends: list[int] = _ends(len(self._documents), _PARTS).tolist()

    def within(self, after_us: int | None, before_us: int | None) -> tuple[Earlier | None, Earlier | None]:
        """
        Return two sets: the documents in the range are those of the first (None: all) that are not in the second.

        Both ends are included; None is open.
        """
        first = 0 if after_us is None else int(np.searchsorted(self._times, after_us, side="left"))
        last = len(self._times)
        if before_us is not None:
            last = int(np.searchsorted(self._times, before_us, side="right"))
        if last - first <= len(self._documents) // _PREFIXES:
            few = self._few(first, max(first, last))
            return Earlier(self._all, len(few), few, []), None
        return self._earlier(last) if last < self._all else None, self._earlier(first) if first else None

    def _earlier(self, end: int) -> Earlier:
        """Return the first *end* documents in order of time."""
        ends = self._part_ends
        part = bisect_right(ends, end) - 1
        if part < _PARTS and ends[part + 1] - end < end - ends[part]:
            part += 1
        place = (part + _PARTS_OF_PREFIX // 2) // _PARTS_OF_PREFIX
        kept = place * _PARTS_OF_PREFIX
        steps = [(self._parts[each].documents, True) for each in range(kept, part)]
        steps += [(self._parts[each].documents, False) for each in range(part, kept)]
        near = ends[part]
        if near != end:
            steps.append((bitmap(self._documents[min(near, end) : max(near, end)]), near < end))
        return Earlier(self._all, end, self._prefixes[place].documents, steps)

    def _few(self, first: int, last: int) -> BitMap:
        """Return the documents of a short range of ranks: whole parts, and what is left at both ends one by one."""
        ends = self._part_ends
        begin, end = bisect_left(ends, first), bisect_right(ends, last) - 1
        if begin >= end:
            return bitmap(self._documents[first:last])
        found = bitmap(self._documents[first : ends[begin]])
        found |= bitmap(self._documents[ends[end] : last])
        for part in range(begin, end):
            found |= self._parts[part].documents
        return found
