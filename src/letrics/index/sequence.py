"""
The sequence of answers: all documents that were found in several segments, some thousands at once, as arrays.

Each segment is in the order of answers.  What comes next over all is among as many that come next in each, so no more
than these are held.  They are sorted by what leads the order; the rest of a sort key is read only of documents of
several segments that are alike in what is before it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from letrics.index.segment import Segment
from letrics.model.filters import Search

# Two rows: the place of each document's segment, and its doc id there.
Hits = NDArray[np.int64]

# Gives a part of the sort key of each of some documents.
_Key = Callable[[Segment, NDArray[Any]], NDArray[Any]]


def in_order(
    search: Search, segments: Sequence[Segment], found: Sequence[Iterable[NDArray[Any]]], count: int
) -> Iterator[Hits]:
    """Yield what is *found* in each segment (blocks of ascending doc ids) in the order of answers, *count* at once."""
    keys = _keys_behind_lead(search)
    coming = [_Coming(each) for each in found]
    while coming:
        next_ones = [each.first(count) for each in coming]
        leads = np.concatenate([segment.leads(search, each) for segment, each in zip(segments, next_ones, strict=True)])
        if not len(leads):
            return
        places = np.repeat(np.arange(len(segments)), [len(each) for each in next_ones])
        # Documents that are alike in the lead stay by segment, and in a segment's own order.
        order = leads.argsort(kind="stable")
        leads = leads[order]
        # Whatever is alike with the last of them may come before it.
        order = order[: leads.searchsorted(leads[:count][-1], side="right")]
        hits = np.stack((places[order], np.concatenate(next_ones)[order]))
        hits = _settled(segments, keys, leads[: len(order)], hits)[:, :count]
        for each, taken in zip(coming, np.bincount(hits[0], minlength=len(coming)).tolist(), strict=True):
            each.take(taken)
        yield hits


class _Coming:
    """The documents of one segment that come next."""

    def __init__(self, blocks: Iterable[NDArray[Any]]) -> None:
        self._blocks = iter(blocks)
        self._held = np.empty(0, dtype=np.int64)

    def first(self, count: int) -> NDArray[Any]:
        """Return the first *count*; fewer at the end."""
        held, size = [self._held], len(self._held)
        while size < count and (block := next(self._blocks, None)) is not None:
            held.append(block)
            size += len(block)
        self._held = np.concatenate(held)
        return self._held[:count]

    def take(self, count: int) -> None:
        """Go on behind the first *count*."""
        self._held = self._held[count:]


def _keys_behind_lead(search: Search) -> list[_Key]:
    def company_ids(segment: Segment, documents: NDArray[Any]) -> NDArray[Any]:
        return segment.padded_company_ids(documents)

    def ids(segment: Segment, documents: NDArray[Any]) -> NDArray[Any]:
        return segment.padded_ids(search, documents)

    return [ids] if search == "companies" else [company_ids, ids]


def _settled(segments: Sequence[Segment], keys: Sequence[_Key], alike: NDArray[Any], hits: Hits) -> Hits:
    """
    Return *hits* in order.

    They are in order up to *alike*, numbers that ascend; where these are the same, they stand by segment, and *keys*
    tell their order.
    """
    if len(segments) == 1 or not keys:
        return hits
    places, is_other = hits[0], np.append(True, alike[1:] != alike[:-1])
    groups = np.cumsum(is_other) - 1
    is_of_several = np.zeros(groups[-1] + 1, dtype=bool)
    is_of_several[groups[1:][(places[1:] != places[:-1]) & ~is_other[1:]]] = True
    tied = np.flatnonzero(is_of_several[groups])
    if len(tied):
        ranks = groups[tied] * len(tied) + _ranks(segments, keys[0], hits[:, tied])
        order = ranks.argsort(kind="stable")
        hits[:, tied] = _settled(segments, keys[1:], ranks[order], hits[:, tied[order]])
    return hits


def _ranks(segments: Sequence[Segment], key: _Key, hits: Hits) -> NDArray[np.int64]:
    """Return numbers below that of *hits* that are in order as the *key* of each is, and the same where that is."""
    of_segments = [np.flatnonzero(hits[0] == place) for place in range(len(segments))]
    texts = np.concatenate([key(segment, hits[1, own]) for segment, own in zip(segments, of_segments, strict=True)])
    # Those of a segment are mostly in order already, which this sort makes use of.
    order = texts.argsort(kind="stable")
    texts = texts[order]
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[np.concatenate(of_segments)[order]] = np.cumsum(np.append(False, texts[1:] != texts[:-1]))
    return ranks
