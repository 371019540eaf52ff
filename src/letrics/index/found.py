"""
What a search found in one segment: a set that is counted, and read where a page lies, without being made.

The last step of a search is left undone: the documents of one bitmap that are (or are not) in another.
Counting those, or those of a range, is a fraction of the work of making the bitmap of them.
"""

from collections.abc import Iterator
from functools import cached_property
from itertools import islice

from pyroaring import BitMap

# A range that is looked at is this much larger than the share of documents that are kept suggests ...
_MARGIN = 1.5
_LEAST = 64  # ... and so many documents more,
_GROWTH = 4  # and so many times as large where that was not enough.


class Found:
    """The documents of *base*, of which *other* keeps its own (or drops them); without it, all."""

    def __init__(self, base: BitMap, other: BitMap | None = None, *, keep: bool = True) -> None:
        self._base = base
        self._other = other
        self._keep = keep

    @cached_property
    def count(self) -> int:
        """How many documents there are."""
        return self._counted(self._base)

    @cached_property
    def bounds(self) -> tuple[int, int]:
        """A range of doc ids that holds all documents: the first of it, and the first behind it."""
        return (self._base.min(), self._base.max() + 1) if self._base else (0, 0)

    @cached_property
    def documents(self) -> BitMap:
        """All documents as a bitmap."""
        return self._kept(self._base)

    def __iter__(self) -> Iterator[int]:
        return iter(self.documents)

    def counted(self, first: int, last: int) -> int:
        """Return how many documents there are from *first* to *last* - 1."""
        if self._other is None:
            return self._base.range_cardinality(first, last)
        return self._counted(self._base & BitMap(range(first, last)))

    def ranked(self, first: int, last: int) -> list[int] | None:
        """Return the documents of rank *first* to *last* - 1 where they can be told without counting others."""
        return list(self._base[first:last]) if self._other is None else None

    def between(self, low: int, high: int, part: int, whole: int) -> int:
        """
        Return a document of *low* + 1 to *high* - 1 that has about *part* of *whole* of what is between before it.

        It need not be one that is kept, but exactly so many are before it where all are.  -1 where there is none.
        """
        first, last = (self._base.rank(each - 1) if each else 0 for each in (low, high))
        place = first + (last - first) * part // whole
        if self._base[place] > low:
            return self._base[place]
        return self._base[place + 1] if place + 1 < last else -1

    def after(self, document: int, count: int) -> list[int]:
        """Return the first *count* of the documents from *document* on; fewer at the end."""
        if self._other is None:
            return list(islice(self._base.iter_equal_or_larger(document), count))
        _, end = self.bounds
        window = self._window(count)
        while True:
            kept = self._range(document, document + window)
            if len(kept) >= count or document + window >= end:
                return list(islice(kept, count))
            window *= _GROWTH

    def before(self, document: int, count: int) -> list[int]:
        """Return the last *count* of the documents before *document*; fewer at the beginning."""
        if self._other is None:
            rank = self._base.rank(document - 1) if document else 0
            return list(self._base[max(rank - count, 0) : rank])
        begin, _ = self.bounds
        window = self._window(count)
        while True:
            kept = self._range(max(document - window, 0), document)
            if len(kept) >= count or document - window <= begin:
                return list(kept)[-count:]
            window *= _GROWTH

    def _window(self, count: int) -> int:
        """Return how many doc ids have *count* documents among them, probably."""
        begin, end = self.bounds
        return int(count * (end - begin) / max(self.count, 1) * _MARGIN) + _LEAST

    def _range(self, first: int, last: int) -> BitMap:
        begin, end = self.bounds
        whole = first <= begin and last >= end
        return self._kept(self._base if whole else self._base & BitMap(range(first, last)))

    def _kept(self, some: BitMap) -> BitMap:
        if self._other is None:
            return some
        return some & self._other if self._keep else some - self._other

    def _counted(self, some: BitMap) -> int:
        if self._other is None:
            return len(some)
        return some.intersection_cardinality(self._other) if self._keep else some.difference_cardinality(self._other)
