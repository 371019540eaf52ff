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
            yield from lines.split(b"\n")[:-1]

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Yield the records as lines, many at once, and how many that are."""
        segments = [part.segment for part in self.snapshot.parts]
        under_way: deque[tuple[int, Future[bytes]]] = deque()
        record_bytes = _RECORD_BYTES
        with ThreadPoolExecutor(_THREADS) as threads:
            for search, hits in self._hits(segments):
                first, found = 0, hits.shape[1]
                while first < found:
                    last = min(first + min(max(_BYTES // record_bytes, 1), _RECORDS), found)
                    under_way.append((last - first, threads.submit(_lines, segments, search, hits[:, first:last])))
                    first = last
                    if len(under_way) > _THREADS:
                        count, read = under_way.popleft()
                        lines = read.result()
                        record_bytes = len(lines) // count
                        yield count, lines
            while under_way:
                count, read = under_way.popleft()
                yield count, read.result()

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


def _lines(segments: Sequence[Segment], search: Search, hits: Hits) -> bytes:
    """Return the records of *hits* as lines."""
    places, documents = hits
    read = {place: segments[place].lines(search, documents[places == place]) for place in np.unique(places).tolist()}
    if len(read) == 1:
        ((whole, _),) = read.values()
        return bytes(whole)
    # What follows each other in one segment does so in what was read of it.
    begins = np.flatnonzero(np.diff(places, prepend=-1)).tolist()
    parts: list[memoryview] = []
    taken = dict.fromkeys(read, (0, 0))
    for begin, end in pairwise([*begins, len(places)]):
        place = int(places[begin])
        (lines, ends), (count, start) = read[place], taken[place]
        count += end - begin
        parts.append(memoryview(lines)[start : ends[count - 1]])
        taken[place] = count, ends[count - 1]
    return b"".join(parts)
