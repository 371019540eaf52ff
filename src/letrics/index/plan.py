"""
The plan of a search in one segment: its clauses as the kernels read them, in the order in which they meet.

The clause with fewest documents comes first, then the others that are wanted, then the unwanted.  Documents
that have one of many texts are marked first, as a row of bits; where other clauses leave few documents, each of
these is asked for its text instead, after everything else, and so it is with ranges of time.
"""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from letrics.deadline import CheckTime
from letrics.index.alternatives import Clause
from letrics.index.found import Found
from letrics.index.kernels.encoding import (
    CONTAINER,
    PLAIN,
    RANKS,
    SORTED,
    TEXTS,
    WORDS,
    Query,
    address_of,
    clause_row,
    query_of,
    source_row,
    taking_off,
)
from letrics.index.segment import Documents
from letrics.index.texts import Texts
from letrics.index.times import TimeRange

# Fewer than one document in so many are sorted; more are marked in a row of bits.
_SORTED = 1_000
# Marking a document costs so many times what asking one does.
_ASKED = 2
# Where other clauses are likely to leave less than one document in so many, these are asked for their time.
_ASKED_TIME = 96
_NO_QUERY = query_of((), (), None)
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
        self._count = documents.count
        self._left = left
        self._sources: list[bytes] = []
        self._clauses: list[bytes] = []
        # Those that ask come last, when few documents are left to be asked.
        self._asking: list[bytes] = []
        # What has the documents of sources in memory.
        self._kept: list[Any] = [documents]

    def add(self, clause: Clause, *, is_unwanted: bool) -> None:
        """Put down the next clause."""
        rows, asks = self._sources, False
        first = len(rows)
        self._kept.append(clause)
        for each in clause.sources:
            if isinstance(each, Texts):
                row, is_asked = self._of_texts(each, clause)
                asks = asks or is_asked
            elif isinstance(each, np.ndarray):
                row = source_row(SORTED, address_of(each), len(each))
            else:
                row = each.row
            rows.append(row)
        for place in clause.taken_off:
            rows[first + place] = taking_off(rows[first + place])
        into = self._asking if asks else self._clauses
        into.append(clause_row(first, len(rows), is_unwanted, not clause.taken_off, asks))

    def add_range(self, times: TimeRange, likely: float) -> list[Clause]:
        """Put down the next clause, which is wanted; return what is unwanted for it.  Others leave *likely* so many."""
        if not self._is_lead(times.most) and likely * _ASKED_TIME < self._count:
            self._asking.append(clause_row(len(self._sources), len(self._sources) + 1, False, True, True))
            self._sources.append(source_row(RANKS, times.first, times.last, times.times.ranks_address))
            self._kept.append(times)
            return []
        until, before = times.times.between(times.first, times.last)
        if until is not None:
            self.add(until, is_unwanted=False)
        return [] if before is None else [before]

    def _is_lead(self, most: int) -> bool:
        """Return whether the clause to put down, of *most* documents, leads: it leaves so many itself."""
        return not self._clauses and not self._asking and most == self._left

    def _of_texts(self, texts: Texts, clause: Clause) -> tuple[bytes, bool]:
        """Return the documents of *texts*, and whether documents are to be asked for their text."""
        if not self._is_lead(clause.most) and self._left * _ASKED < texts.size:
            field, marked = texts.field, self._keep(texts.field.marked(texts.ordinals))
            return source_row(TEXTS, address_of(marked), len(field.column) - 1, field.column_address), True
        if texts.size * _SORTED < self._count:
            documents = self._keep(texts.sorted())
            return source_row(SORTED, address_of(documents), len(documents)), False
        words = self._keep(np.zeros(-(-self._count // CONTAINER) * WORDS, dtype=np.uint64))
        texts.flag(words)
        begin = address_of(words)
        return source_row(PLAIN, begin, begin + words.nbytes), False

    def _keep(self, array: NDArray[Any]) -> NDArray[Any]:
        self._kept.append(array)
        return array

    def query(self) -> Query:
        """Return all clauses."""
        return query_of(self._clauses + self._asking, self._sources, self._kept)
