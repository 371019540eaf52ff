"""
Collecting: from what a search found to its total and the documents of one page (of all: `sequence.py`).

Each segment is in the order of answers.  A page of several is read from the nearest cut: a place in that order, of
which it is known how many documents stand before it.  The two ends are cuts; others are found by guessing which
document stands where the page begins, and counting what is before it in each segment, so that nothing on the way
is walked.  What leads the order is compared as numbers; the rest of a sort key is read only of documents of
several segments that are alike in it.
"""

from bisect import bisect_left
from collections.abc import Sequence
from functools import partial
from heapq import merge
from itertools import chain, groupby, islice, pairwise
from typing import NamedTuple

import numpy as np

from letrics.index.found import Found
from letrics.index.segment import Segment, SortKey
from letrics.model.filters import Search

Hit = tuple[int, int]  # the segment's place in the snapshot, and the doc id

# A cut so many documents away is near enough: reading them takes less time than finding a nearer one.
_NEAR = 150


class _Cut(NamedTuple):
    """A place in the order of answers: by segment the first doc id behind it, and how many hits are before it."""

    documents: list[int]
    ranks: list[int]
    rank: int  # over all segments


class _Several(NamedTuple):
    """The segments in which something was found."""

    search: Search
    segments: list[Segment]
    found: list[Found]


def page_of(search: Search, segments: Sequence[Segment], found: Sequence[Found], first: int, count: int) -> list[Hit]:
    """Return the hits of rank *first* to *first* + *count* - 1, in the order of answers; fewer at the end."""
    places, several = _filled(search, segments, found)
    last = min(first + count, sum(each.count for each in several.found))
    if first >= last:
        return []
    if len(places) == 1:
        return [(places[0], document) for document in several.found[0].ranked(first, last)]
    cut = _nearest_cut(several, first, last)
    read, start = [], first - cut.rank
    for each, at in zip(several.found, cut.documents, strict=True):
        before = each.before(at, cut.rank - first) if first < cut.rank else []
        # More is read of each segment than is needed, at both ends: the cut stands behind all that is before it.
        start += len(before)
        read.append(before + each.after(at, last - cut.rank) if cut.rank < last else before)
    hits = _in_order(several, read, start, start + last - first)
    return [(places[i], document) for i, document in hits]


def _filled(search: Search, segments: Sequence[Segment], found: Sequence[Found]) -> tuple[list[int], _Several]:
    """Return the places of the segments in which something was found, and these."""
    places = [place for place, each in enumerate(found) if each.count]
    return places, _Several(search, [segments[place] for place in places], [found[place] for place in places])


def _nearest_cut(several: _Several, first: int, last: int) -> _Cut:
    """Return a cut near the hits of rank *first* to *last* - 1."""

    def distance(cut: _Cut) -> int:
        return max(cut.rank - first, last - cut.rank)

    counts = [each.count for each in several.found]
    low = _Cut([0] * len(counts), [0] * len(counts), 0)
    high = _Cut([each.bounds[1] for each in several.found], counts, sum(counts))
    left, halve = min(distance(low), distance(high)), False
    while left > max(_NEAR, last - first):
        cut = _cut_between(several, low, high, (1, 2) if halve else (first - low.rank, high.rank - low.rank))
        if cut is None:
            break
        low, high = (cut, high) if cut.rank <= first else (low, cut)
        # Where a guess was bad, as in documents that are unevenly strewn, the next one is the middle.
        halve = not halve and 2 * distance(cut) > left
        left = min(left, distance(cut))
    return min(low, high, key=distance)


def _cut_between(several: _Several, low: _Cut, high: _Cut, share: tuple[int, int]) -> _Cut | None:
    """Return a cut that has about that *share* of what is between *low* and *high* before it, None where none is."""
    ranks = list(zip(low.ranks, high.ranks, strict=True))
    fullest = max(range(len(ranks)), key=lambda i: ranks[i][1] - ranks[i][0])
    document = several.found[fullest].between(low.documents[fullest], high.documents[fullest], *share)
    if document < 0:
        return None
    documents = _documents_before(several, fullest, document, low, high)
    counted = [_rank(each, i, at, low, high) for i, (each, at) in enumerate(zip(several.found, documents, strict=True))]
    return _Cut(documents, counted, sum(counted))


def _documents_before(several: _Several, place: int, document: int, low: _Cut, high: _Cut) -> list[int]:
    """Return by segment the first doc id that is not before *document* of the segment at *place*."""
    if len(several.segments) == 1:
        return [document]
    documents, key = [], None
    lead = several.segments[place].leads(several.search, [document])[0]
    for i, segment in enumerate(several.segments):
        tied = segment.with_lead(several.search, lead, low.documents[i], high.documents[i])
        if i == place or not tied:
            documents.append(document if i == place else tied.start)
            continue
        key = key or several.segments[place].sort_key(several.search, document)
        documents.append(tied.start + bisect_left(tied, key, key=partial(segment.sort_key, several.search)))
    return documents


def _rank(found: Found, place: int, document: int, low: _Cut, high: _Cut) -> int:
    """Return how many are before *document*, which is between the two cuts; the nearer one is counted from."""
    begin, end = low.documents[place], high.documents[place]
    if document - begin <= end - document:
        return low.ranks[place] + found.counted(begin, document)
    return high.ranks[place] - found.counted(document, end)


def _in_order(several: _Several, documents: Sequence[list[int]], start: int, stop: int) -> list[Hit]:
    """Return what stands at *start* to *stop* - 1 when the *documents* of all segments are put in order."""
    if len(documents) == 1:
        return [(0, document) for document in documents[0][start:stop]]
    pairs = zip(several.segments, documents, strict=True)
    leads = np.concatenate([segment.leads(several.search, each) for segment, each in pairs])
    owners = np.repeat(np.arange(len(documents)), [len(each) for each in documents])
    stop = min(stop, len(leads))
    if start >= stop:
        return []
    # Documents that are alike in the lead stay by segment, and in a segment's own order.
    order = leads.argsort(kind="stable")
    leads, owners = leads[order], owners[order]
    flat = list(chain.from_iterable(documents))

    def hits(begin: int, end: int) -> list[Hit]:
        return list(zip(owners[begin:end].tolist(), [flat[i] for i in order[begin:end].tolist()], strict=True))

    first, last = int(leads.searchsorted(leads[start])), int(leads.searchsorted(leads[stop - 1], side="right"))
    alike = leads[first : last - 1] == leads[first + 1 : last]
    if not (alike & (owners[first : last - 1] != owners[first + 1 : last])).any():
        return hits(start, stop)
    found: list[Hit] = []
    ends = first + 1 + np.flatnonzero(~alike)
    for begin, end in pairwise([first, *ends.tolist(), last]):
        found += _settled(several, hits(begin, end), max(start - begin, 0), min(stop, end) - begin)
    return found


def _settled(several: _Several, hits: list[Hit], start: int, stop: int) -> list[Hit]:
    """Return what stands at *start* to *stop* - 1 of *hits*, alike in the lead, when they are put in order."""
    if hits[0][0] == hits[-1][0]:
        return hits[start:stop]
    of_segments = [list(own) for _, own in groupby(hits, key=lambda hit: hit[0])]

    def key(hit: Hit) -> SortKey:
        return several.segments[hit[0]].sort_key(several.search, hit[1])

    # From whichever end is nearer, so that no more keys are read than that.
    if start <= len(hits) - stop:
        return list(islice(merge(*of_segments, key=key), start, stop))
    backwards = merge(*(own[::-1] for own in of_segments), key=key, reverse=True)
    return list(islice(backwards, len(hits) - stop, len(hits) - start))[::-1]
