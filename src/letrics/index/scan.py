"""
A scan: every record that some queries find, in the order of answers, of one generation.

Records are read some thousands at once, by a few threads: the next ones while somebody writes the ones before.
"""

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from letrics.index.match import match
from letrics.index.postings import documents_of
from letrics.index.rows import Room
from letrics.index.segment import Segment
from letrics.index.sequence import Hits, in_order
from letrics.index.snapshot import Part, Snapshot
from letrics.model.filters import Search
from letrics.query.query import Query

# Documents that are put in order at once.
_ORDERED = 16_384
# Lines that are made at once: what a piece costs by itself is little beside them, and few are under way.
_BYTES, _RECORDS = 2_000_000, 4_096
# How large a record is taken for until some were read.
_RECORD_BYTES = 8_000
# Most of the work is reading rows, which several threads do at once; more than these wait for each other.
_THREADS = min(os.cpu_count() or 1, 3)


class SnapshotScan(msgspec.Struct, frozen=True):
    """Every record that *queries* find in one snapshot (see `letrics.backend.Scan`)."""

    snapshot: Snapshot
    queries: tuple[Query, ...]

    def __iter__(self) -> Iterator[bytes]:
        for _, lines in self.lines():
            # JSON has no line break in it.
            yield from bytes(lines).split(b"\n")[:-1]

    def lines(self) -> Iterator[tuple[int, memoryview]]:
        """Yield the records as lines, many at once, and how many that are; what was yielded before is gone then."""
        segments = [part.segment for part in self.snapshot.parts]
        under_way: deque[tuple[int, _Rooms, Future[memoryview]]] = deque()
        free: list[_Rooms] = []
        record_bytes = _RECORD_BYTES

        def done(left: int) -> Iterator[tuple[int, memoryview]]:
            nonlocal record_bytes
            while len(under_way) > left:
                count, rooms, read = under_way.popleft()
                with read.result() as lines:
                    record_bytes = len(lines) // count
                    yield count, lines
                free.append(rooms)

        with ThreadPoolExecutor(_THREADS) as threads:
            for search, hits in self._hits(segments):
                first, found = 0, hits.shape[1]
                while first < found:
                    last = min(first + min(max(_BYTES // record_bytes, 1), _RECORDS), found)
                    rooms = free.pop() if free else _Rooms(len(segments))
                    read = threads.submit(_lines, segments, search, hits[:, first:last], rooms)
                    under_way.append((last - first, rooms, read))
                    first = last
                    yield from done(_THREADS)
            yield from done(0)

    def _hits(self, segments: Sequence[Segment]) -> Iterator[tuple[Search, Hits]]:
        for query in self.queries:
            found = [_found(query, part) for part in self.snapshot.parts]
            for hits in in_order(query.search, segments, found, _ORDERED):
                yield query.search, hits


def _found(query: Query, part: Part) -> Iterator[NDArray[Any]]:
    """Return the documents that *query* finds in *part*, in blocks."""
    if query.clauses:
        return match(query, part, lambda: None).found.blocks(_ORDERED)
    # For all that is left of a segment nothing is searched.
    return _live(part, query.search)


def _live(part: Part, search: Search) -> Iterator[NDArray[Any]]:
    count, deleted = part.documents(search).count, documents_of(part.deletes[search])
    for first in range(0, count, _ORDERED):
        last = min(first + _ORDERED, count)
        begin, end = deleted.searchsorted((first, last))
        yield np.delete(np.arange(first, last), deleted[begin:end] - first)


class _Rooms:
    """Where some records are read to: a room for what is read of each of *count* segments, and one for all of it."""

    def __init__(self, count: int) -> None:
        self.of = [Room() for _ in range(count)]
        self.joined = Room()


def _lines(segments: Sequence[Segment], search: Search, hits: Hits, rooms: _Rooms) -> memoryview:
    """Return the records of *hits* as lines, which stand in *rooms*."""
    places, documents = hits
    read = {
        place: segments[place].lines(search, documents[places == place], rooms.of[place])
        for place in np.unique(places).tolist()
    }
    if len(read) == 1:
        ((whole, _),) = read.values()
        lines: memoryview = whole.data
        return lines
    size, at = sum(len(each) for each, _ in read.values()), 0
    joined: memoryview = rooms.joined.of(size)[:size].data
    # What follows each other in one segment does so in what was read of it.
    begins = np.flatnonzero(np.diff(places, prepend=-1)).tolist()
    texts = {place: (each.data, ends.tolist()) for place, (each, ends) in read.items()}
    taken = dict.fromkeys(read, (0, 0))
    for begin, end in pairwise([*begins, len(places)]):
        place = int(places[begin])
        (text, ends), (count, start) = texts[place], taken[place]
        count += end - begin
        stop = ends[count - 1]
        joined[at : at + stop - start] = text[start:stop]
        at += stop - start
        taken[place] = count, stop
    return joined
