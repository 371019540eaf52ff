"""
What a search found in one segment: a set that is counted, and read where a page lies, without being made.

The last step of a search is left undone: the documents of one bitmap that are (or are not) in another.
Counting those is a fraction of the work of making the bitmap of them, and a page needs only its own part.
"""

from collections.abc import Iterator
from functools import cached_property

from pyroaring import BitMap

# How many documents of the base are looked at for a page, before the whole is made instead.
_WINDOW_MAX = 8_192
# A window is this much larger than the share of documents that are kept suggests.
_MARGIN = 1.5


class Found:
    """The documents of *base*, of which *other* keeps its own (or drops them); without it, all."""

    def __init__(self, base: BitMap, other: BitMap | None = None, *, keep: bool = True) -> None:
        self._base = base
        self._other = other
        self._keep = keep

    @cached_property
    def count(self) -> int:
        """How many documents there are."""
        if self._other is None:
            return len(self._base)
        if self._keep:
            return self._base.intersection_cardinality(self._other)
        return self._base.difference_cardinality(self._other)

    @cached_property
    def documents(self) -> BitMap:
        """All documents as a bitmap."""
        return self._base if self._other is None else self._kept(self._base)

    def _kept(self, some: BitMap) -> BitMap:
        assert self._other is not None
        return some & self._other if self._keep else some - self._other

    def __iter__(self) -> Iterator[int]:
        return iter(self.documents)

    def slice(self, first: int, count: int) -> list[int]:
        """Return the documents of rank *first* to *first* + *count* - 1; fewer at the end."""
        last = min(first + count, self.count)
        if first >= last:
            return []
        if self._other is not None and "documents" not in self.__dict__:
            # From whichever end is nearer: the last page costs what the first does.
            ahead = last <= self.count - first
            near = self._at_end(last if ahead else self.count - first, ahead)
            if near is not None:
                return list(near[first:last] if ahead else near[: last - first])
        return list(self.documents[first:last])

    def _at_end(self, wanted: int, ahead: bool) -> BitMap | None:
        """Return *wanted* documents from the beginning (*ahead*) or from the end; None where few are kept."""
        size = len(self._base)
        window = int(wanted * size / self.count * _MARGIN) + 64
        while window <= _WINDOW_MAX:
            kept = self._kept(self._base[:window] if ahead else self._base[max(size - window, 0) :])
            if len(kept) >= wanted:
                return kept if ahead else kept[len(kept) - wanted :]
            window *= 2
        return None
