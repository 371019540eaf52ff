"""
The plan of a search in one segment: its clauses as the kernels read them, in the order in which they meet.

The clause with fewest documents comes first, then the others that are wanted, then the unwanted.  Documents
that have one of many texts are marked first, as a row of bits; where other clauses leave few documents, each of
these is asked for its text instead, after everything else, and so it is with ranges of time.
"""

from collections.abc import Sequence
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from letrics.deadline import CheckTime
from letrics.index.alternatives import Clause
from letrics.index.found import Found
from letrics.index.kernels.encoding import (
    BUFFERS,
    CONTAINER,
    FLAT,
    RANKS,
    ROARING,
    SORTED,
    TEXTS,
    WORDS,
    Query,
    clause_row,
    query_of,
    source_row,
    taking_off,
)
from letrics.index.postings import PostingList, Serialized
from letrics.index.segment import Documents
from letrics.index.texts import Texts
from letrics.index.times import TimeRange

# Fewer than one document in so many are sorted; more are marked in a row of bits.
_SORTED = 1_000
# Marking a document costs so many times what asking one does.
_ASKED = 2
# Where other clauses are likely to leave less than one document in so many, these are asked for their time.
_ASKED_TIME = 96
_UNUSED = (np.frombuffer(b"", dtype=np.uint8),) * BUFFERS
_NO_COLUMN = np.frombuffer(b"", dtype=np.uint32)
_NO_QUERY = Query(())
_most = attrgetter("most")


def found(
    documents: Documents,
    span: range | None,
    wanted: Sequence[Clause | TimeRange],
    unwanted: Sequence[Clause],
    check_time: CheckTime,
    page: range = range(0),
) -> Found:
    """
    Return the *documents* within *span* that are in all of *wanted* and in none of *unwanted*.

    *check_time* is called between steps; the longest marks all documents of many texts.  The documents of the
    ranks of *page* will be asked for.
    """
    within = range(documents.count) if span is None else span
    in_order = sorted(wanted, key=_most)
    left = in_order[0].most if in_order else len(within)
    if not (left and within):
        return Found(_NO_QUERY, range(0), check_time)
    plan = _Plan(documents, min(len(within), left))
    earlier: list[Clause] = []
    for clause in in_order:
        if isinstance(clause, TimeRange):
            earlier += plan.add_range(clause, _likely(documents.count, within, in_order))
        else:
            plan.add(clause, is_unwanted=False)
    for each in (*unwanted, *earlier):
        plan.add(each, is_unwanted=True)
    check_time()
    return Found(plan.query(), within, check_time, page)


def _likely(count: int, within: range, in_order: Sequence[Clause | TimeRange]) -> float:
    """
    Return how many of *count* documents the clauses that are not of time are likely to leave.

    The first one leaves its share, the next the root of its, and so on: clauses that hold for the same documents are
    common, and nobody knows which (as SQL Server's optimiser estimates, "exponential backoff").
    """
    likely, exponent = float(len(within)), 1.0
    for clause in in_order:
        if isinstance(clause, Clause):
            likely *= (clause.most / count) ** exponent
            exponent /= 2
    return likely


class _Plan:
    """Clauses of *documents*, put down one by one; other clauses leave *left* documents at most."""

    def __init__(self, documents: Documents, left: int) -> None:
        self._documents = documents
        self._left = left
        self._own: list[NDArray[np.uint8]] = []
        self._sources: list[bytes] = []
        self._clauses: list[bytes] = []
        # Those that ask come last, when few documents are left to be asked.
        self._asking: list[bytes] = []
        self._sorted: list[NDArray[np.uint32]] = []
        self._sorted_count = 0
        self._flats: list[NDArray[np.uint8]] = []
        self._marks: list[NDArray[np.bool_]] = []
        self._texts = self._ranks = _NO_COLUMN

    def add(self, clause: Clause, *, is_unwanted: bool) -> None:
        """Put down the next clause."""
        rows, marks = self._sources, len(self._marks)
        first = len(rows)
        for each in clause.sources:
            rows.append(each.row if isinstance(each, PostingList) else self._row(each, clause))
        for place in clause.taken_off:
            rows[first + place] = taking_off(rows[first + place])
        asks = len(self._marks) > marks
        into = self._asking if asks else self._clauses
        into.append(clause_row(first, len(rows), is_unwanted, not clause.taken_off, asks))

    def add_range(self, times: TimeRange, likely: float) -> list[Clause]:
        """Put down the next clause, which is wanted; return what is unwanted for it.  Others leave *likely* so many."""
        ranks = times.times.ranks
        is_known = self._ranks is _NO_COLUMN or self._ranks is ranks
        if not self._is_lead(times.most) and is_known and likely * _ASKED_TIME < self._documents.count:
            self._ranks = ranks
            self._asking.append(clause_row(len(self._sources), len(self._sources) + 1, False, True, True))
            self._sources.append(source_row(RANKS, 0, times.first, times.last))
            return []
        until, before = times.times.between(times.first, times.last)
        if until is not None:
            self.add(until, is_unwanted=False)
        return [] if before is None else [before]

    def _is_lead(self, most: int) -> bool:
        """Return whether the clause to put down, of *most* documents, leads: it leaves so many itself."""
        return not self._clauses and not self._asking and most == self._left

    def _row(self, source: Serialized | Texts | NDArray[np.uint32], clause: Clause) -> bytes:
        if isinstance(source, Serialized):
            self._own.append(source.data)
            return source_row(ROARING, len(self._own))
        if isinstance(source, Texts):
            return self._of_texts(source, clause)
        return self._of_sorted(source)

    def _of_sorted(self, documents: NDArray[np.uint32]) -> bytes:
        begin = self._sorted_count
        self._sorted.append(documents)
        self._sorted_count += len(documents)
        return source_row(SORTED, 0, begin, self._sorted_count)

    def _of_texts(self, texts: Texts, clause: Clause) -> bytes:
        column = texts.field.column
        is_known = self._texts is _NO_COLUMN or self._texts is column
        if not self._is_lead(clause.most) and is_known and self._left * _ASKED < texts.size:
            self._texts = column
            self._marks.append(texts.field.marked(texts.ordinals))
            return source_row(TEXTS, len(self._marks) - 1)
        if texts.size * _SORTED < self._documents.count:
            return self._of_sorted(texts.sorted())
        words = np.zeros(-(-self._documents.count // CONTAINER) * WORDS, dtype=np.uint64)
        texts.flag(words)
        self._flats.append(words.view(np.uint8))
        return source_row(FLAT, len(self._flats) - 1)

    def query(self) -> Query:
        """Return all clauses."""
        own = (self._documents.data, *self._own, *_UNUSED)[:BUFFERS]
        clauses = self._clauses + self._asking
        return query_of(own, self._sorted, self._flats, (self._texts, self._ranks), self._marks, clauses, self._sources)
