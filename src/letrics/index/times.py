"""
Times: which documents lie in a range of one time field.

Documents are kept in order of time; at every 64th part of that order stands the bitmap of all the
documents before it.  A range is the difference of two such prefixes, each the nearest kept bitmap
and at most a 128th of the documents more or less.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from letrics.index.format import Container, ContainerWriter
from letrics.index.postings import PostingCache, Postings, bitmap, write_postings

_PARTS = 64


def write_times(writer: ContainerWriter, name: str, times_us: NDArray[Any], documents: NDArray[Any]) -> None:
    """Write the times of *documents*, which need not be all documents, nor in any order."""
    order = np.argsort(times_us, kind="stable")
    documents = documents[order].astype("<u4")
    writer.add_array(f"{name}/times", times_us[order].astype("<i8"))
    writer.add_array(f"{name}/documents", documents)
    ends = np.linspace(0, len(documents), _PARTS + 1).astype(int)
    write_postings(writer, name, [bitmap(documents[:end]) for end in ends])


class Times:
    """One time field of a segment."""

    def __init__(self, container: Container, name: str, cache: PostingCache) -> None:
        self._times = container.array(f"{name}/times", "<i8")
        self._documents = container.array(f"{name}/documents", "<u4")
        self._prefixes = Postings(container, name, cache)
        self._ends = np.linspace(0, len(self._documents), _PARTS + 1).astype(int)

    def within(self, after_us: int | None, before_us: int | None) -> BitMap:
        """Return the documents from *after_us* to *before_us*, both included; None is open."""
        first = 0 if after_us is None else int(np.searchsorted(self._times, after_us, side="left"))
        last = len(self._times)
        if before_us is not None:
            last = int(np.searchsorted(self._times, before_us, side="right"))
        if last - first <= len(self._documents) // _PARTS:
            return bitmap(self._documents[first:last])
        return self._prefix(last) - self._prefix(first)

    def _prefix(self, end: int) -> BitMap:
        """Return the first *end* documents in order of time."""
        part = int(np.abs(self._ends - end).argmin())
        kept, kept_end = self._prefixes[part], int(self._ends[part])
        if kept_end == end:
            return kept
        if kept_end < end:
            return kept | bitmap(self._documents[kept_end:end])
        return kept - bitmap(self._documents[end:kept_end])
