"""
Collecting: from the bitmaps of a search to its total and the documents of one page.

Each segment is in the order of answers.  The first document of a page is found by its rank over all
segments, by binary search on the sort key; nothing before it is walked.  The selection is that of
the k-th of several sorted lists: a pivot from the longest one halves what is left of each.
"""

from collections.abc import Iterator, Sequence
from heapq import merge

from pyroaring import BitMap

from letrics.index.found import Found
from letrics.index.segment import Segment
from letrics.model.filters import Search

Hit = tuple[int, int]  # the segment's place in the snapshot, and the doc id


def page_of(search: Search, segments: Sequence[Segment], found: Sequence[Found], first: int, count: int) -> list[Hit]:
    """Return the hits of rank *first* to *first* + *count* - 1, in the order of answers; fewer at the end."""
    filled = [place for place, each in enumerate(found) if each.count]
    if first >= sum(found[place].count for place in filled):
        return []
    if len(filled) == 1:
        place = filled[0]
        return [(place, document) for document in found[place].slice(first, count)]
    starts = [0] * len(filled)
    if first:
        starts = _starts(search, [segments[p] for p in filled], [found[p].documents for p in filled], first)
    hits = []
    for place, start in zip(filled, starts, strict=True):
        documents = found[place].slice(start, count)
        hits += [
            (lead, place, each) for lead, each in zip(segments[place].leads(search, documents), documents, strict=True)
        ]
    # The whole key is read only of those that the lead of the order does not put behind the page.
    last = sorted(lead for lead, _, _ in hits)[:count][-1]
    near = [(place, document) for lead, place, document in hits if lead <= last]
    near.sort(key=lambda hit: segments[hit[0]].sort_key(search, hit[1]))
    return near[:count]


def in_order(search: Search, segments: Sequence[Segment], found: Sequence[Found]) -> Iterator[Hit]:
    """Yield all hits in the order of answers."""

    def of_segment(place: int) -> Iterator[Hit]:
        return ((place, document) for document in found[place])

    filled = [place for place, each in enumerate(found) if each.count]
    if len(filled) == 1:
        return of_segment(filled[0])
    return merge(*map(of_segment, filled), key=lambda hit: segments[hit[0]].sort_key(search, hit[1]))


def _starts(search: Search, segments: list[Segment], found: list[BitMap], rank: int) -> list[int]:
    """Return how many documents of each segment stand before the one of *rank* over all."""
    low, high = [0] * len(found), [min(len(each), rank) for each in found]
    while sum(low) < rank:
        longest = max(range(len(found)), key=lambda i: high[i] - low[i])
        middle = (low[longest] + high[longest]) // 2
        key = segments[longest].sort_key(search, found[longest][middle])
        before = [
            min(max(_rank(segment.first_not_before(search, key), each), least), most)
            for segment, each, least, most in zip(segments, found, low, high, strict=True)
        ]
        before[longest] = middle
        if sum(before) < rank:
            low = before
            low[longest] = middle + 1
        else:
            high = before
    return low


def _rank(document: int, found: BitMap) -> int:
    """Return how many of *found* stand before *document*."""
    return found.rank(document - 1) if document > 0 else 0
