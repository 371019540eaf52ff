"""
A scan: every record that some queries find, in the order of answers, of one generation.

Records are read some hundred at once, by a few threads: the next ones while somebody writes the ones before.
"""

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from letrics.index.collect import in_order
from letrics.index.match import match
from letrics.index.segment import Segment
from letrics.index.snapshot import Snapshot
from letrics.model.filters import Search
from letrics.query.query import Query

# Records that are read at once: some hundred kilobytes of lines, which memory near the processor holds.
_READ = 500
# Most of the work is decompression, which several threads do at once; more than these wait for each other.
_THREADS = min(os.cpu_count() or 1, 3)


class _Piece(msgspec.Struct, frozen=True):
    """Neighbours in the order of answers: the segment of each by its place, and its doc id there."""

    search: Search
    places: NDArray[Any]
    documents: NDArray[Any]


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
        pieces = self._pieces(segments)
        with ThreadPoolExecutor(_THREADS) as threads:
            read: deque[tuple[int, Future[bytes]]] = deque()

            def begin(piece: _Piece) -> None:
                read.append((len(piece.documents), threads.submit(_lines, segments, piece)))

            for piece in islice(pieces, _THREADS):
                begin(piece)
            while read:
                count, lines = read.popleft()
                yield count, lines.result()
                for piece in islice(pieces, 1):
                    begin(piece)

    def _pieces(self, segments: Sequence[Segment]) -> Iterator[_Piece]:
        for query in self.queries:
            search, parts = query.search, self.snapshot.parts
            if len(parts) == 1 and not query.clauses and not parts[0].deletes[search]:
                # For all of a segment nothing is searched, and no kernel loaded.
                documents = np.arange(parts[0].documents(search).count)
                for first in range(0, len(documents), _READ):
                    own = documents[first : first + _READ]
                    yield _Piece(search, np.zeros_like(own), own)
                continue
            hits = in_order(search, segments, [match(query, part, lambda: None).found for part in parts])
            while piece := list(islice(hits, _READ)):
                places, documents = np.array(piece, dtype=np.int64).T
                yield _Piece(search, places, documents)


def _lines(segments: Sequence[Segment], piece: _Piece) -> bytes:
    """Return the records of *piece* as lines."""
    parts: list[Any] = [b""] * (2 * len(piece.documents))
    for place in np.unique(piece.places).tolist():
        own = np.flatnonzero(piece.places == place)
        stored, ends = segments[place].halves(piece.search, piece.documents[own])
        if len(own) == len(piece.documents):
            parts[::2], parts[1::2] = stored, ends
            continue
        for i, row, end in zip(own.tolist(), stored, ends, strict=True):
            parts[2 * i], parts[2 * i + 1] = row, end
    return b"".join(parts)
