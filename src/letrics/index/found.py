"""
What a search found in one segment: how many documents each container has, and which they are where a page lies.

Counting takes one walk over the clauses, on which the page that is known to be asked for is read, too.  Whatever else
is asked is read from the containers where it lies, found by their counts; a set of all documents is never made.
"""

from collections.abc import Iterator
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from letrics.deadline import CheckTime
from letrics.index import kernels
from letrics.index.kernels.encoding import CONTAINER, INT64, Query

# Containers that are counted before the time is looked at, 16 million documents, and fewer where each is made of more
# than so many sources: some 20 ms.
_COUNTED = 256
_COUNTED_SOURCES = 100_000
_NONE = np.empty(0, dtype=np.int64)


class Found:
    """
    The documents of *query* among those of *span*; *check_time* raises when finding them has taken too long.

    The documents of the ranks of *page* are read at once.
    """

    def __init__(self, query: Query, span: range, check_time: CheckTime, page: range = range(0)) -> None:
        self._query = query
        self._span = span.start, span.stop
        self._begin = span.start // CONTAINER
        self._counts = np.zeros(-(-span.stop // CONTAINER) - self._begin, dtype=INT64)
        self.count = 0
        page = page if page.start < len(span) else range(0)
        self._page, self._read = page, np.empty(len(page), dtype=INT64)
        at_once = min(_COUNTED, _COUNTED_SOURCES // (len(query.sources) + 1) + 1)
        for at in range(0, len(self._counts), at_once):
            check_time()
            skipped = page.start - self.count
            counts = self._counts[at : at + at_once]
            self.count += kernels.walk(query, self._span, self._begin + at, counts, skipped, self._read)

    def blocks(self, count: int) -> Iterator[NDArray[np.int64]]:
        """Yield all documents, ascending, *count* at once."""
        for first in range(0, self.count, count):
            yield self._selected(first, min(first + count, self.count))

    def page(self, first: int, last: int) -> NDArray[np.int64]:
        """Return the documents of rank *first* to *last* - 1; fewer at the end."""
        return self._selected(first, min(last, self.count))

    def ranked(self, first: int, last: int) -> list[int]:
        """Return `page` as plain numbers."""
        documents: list[int] = self.page(first, last).tolist()
        return documents

    def documents(self) -> NDArray[np.uint32]:
        """Return all documents, ascending."""
        return self._selected(0, self.count).astype(np.uint32)

    def _selected(self, first: int, last: int) -> NDArray[np.int64]:
        page = self._page
        if page.start <= first <= last <= page.stop:
            return self._read[first - page.start : last - page.start]
        found = np.empty(max(last - first, 0), dtype=np.int64)
        if len(found):
            kernels.walk(self._query, self._span, self._begin, self._counts, first, found, is_counted=True)
        return found

    def rank(self, document: int) -> int:
        """Return how many documents are before *document*."""
        first, last = self._span
        if document >= last:
            return self.count
        if document <= first:
            return 0
        container = document // CONTAINER
        counts = np.zeros(1, dtype=np.int64)
        counted = kernels.walk(self._query, (first, document), container, counts, 0, _NONE)
        return int(self._before[container - self._begin]) + counted

    @cached_property
    def _before(self) -> NDArray[np.int64]:
        """How many documents are before each container."""
        return np.cumsum(self._counts) - self._counts

    @cached_property
    def bounds(self) -> tuple[int, int]:
        """A range of doc ids that holds all documents: the first of it, and the first behind it."""
        if not self.count:
            return 0, 0
        return self.ranked(0, 1)[0], self.ranked(self.count - 1, self.count)[0] + 1

    def counted(self, first: int, last: int) -> int:
        """Return how many documents there are from *first* to *last* - 1."""
        return self.rank(last) - self.rank(first)

    def between(self, low: int, high: int, part: int, whole: int) -> int:
        """
        Return the document of *low* + 1 to *high* - 1 that has about *part* of *whole* of what is between before it.

        -1 where there is none.
        """
        first, last = self.rank(low), self.rank(high)
        place = first + (last - first) * part // whole
        for document in self.ranked(place, min(place + 2, last)):
            if document > low:
                return document
        return -1

    def after(self, document: int, count: int) -> list[int]:
        """Return the first *count* of the documents from *document* on; fewer at the end."""
        rank = self.rank(document)
        return self.ranked(rank, rank + count)

    def before(self, document: int, count: int) -> list[int]:
        """Return the last *count* of the documents before *document*; fewer at the beginning."""
        rank = self.rank(document)
        return self.ranked(max(rank - count, 0), rank)
