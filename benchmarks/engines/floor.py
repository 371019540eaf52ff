"""
The floor: bare bitmap plans over posting lists that are in memory already, of each question the fastest.

Nothing is parsed, no title is looked for and no row is read; what remains is what any engine of this kind must do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from pathlib import Path
from time import perf_counter

import numpy as np
from pyroaring import BitMap

from benchmarks.conditions import conditions
from benchmarks.engines import Found, FoundRows, Question
from benchmarks.engines.scan import Scan
from benchmarks.files import Dataset
from letrics.index.postings import bitmap


@dataclass(frozen=True)
class Lists:
    """The posting lists of a question, those of one filter together."""

    wanted: list[list[BitMap]]
    unwanted: list[list[BitMap]]
    first: int
    count: int


class Floor:
    """Tries each plan on every question; the time of the fastest counts (`elapsed_s`)."""

    name = "floor"
    kept_in = "."
    configuration = (
        "pyroaring on posting lists in memory: smallest first, or distributed, or cardinality only; the fastest counts"
    )

    def build(self, data: Dataset, folder: Path) -> None:
        """Do nothing: lists are made for each question, before its time is taken."""

    def open(self, data: Dataset, folder: Path) -> None:
        """Take the arrays."""
        self._scan = Scan()
        self._scan.open(data, folder)
        self._everything = BitMap(range(data.contacts))

    def prepare(self, question: Question) -> Lists:
        """Return the posting lists of *question*."""
        wanted: list[list[BitMap]] = []
        unwanted: list[list[BitMap]] = []
        for condition in conditions(question.query):
            lists = [bitmap(np.flatnonzero(mask)) for mask in self._scan.alternatives(condition)]
            for each in lists:
                each.run_optimize()
            (unwanted if condition.exclude else wanted).append(lists)
        wanted.sort(key=lambda lists: sum(map(len, lists)))
        query = question.query
        return Lists(wanted, unwanted, (query.page - 1) * query.per_page, query.per_page)

    def ask(self, prepared: Lists) -> Found:
        """Run every plan, and say what the fastest took."""
        times = []
        for plan in _PLANS:
            started = perf_counter()
            total, ranks = plan(prepared, self._everything)
            times.append(perf_counter() - started)
        self.elapsed_s = min(times)
        return FoundRows(total, self._scan.rows(np.array(ranks, dtype=np.int64)))

    def peak_bytes(self) -> int:
        """Return this process's."""
        return self._scan.peak_bytes()

    def close(self) -> None:
        """Do nothing."""


Page = tuple[int, list[int]]


def _page(found: BitMap, lists: Lists) -> Page:
    return len(found), list(found[lists.first : lists.first + lists.count])


def _smallest_first(lists: Lists, everything: BitMap) -> Page:
    unions = sorted((reduce(or_, each) for each in lists.wanted), key=len)
    return _page(_without(reduce(and_, unions) if unions else everything, lists), lists)


def _distributed(lists: Lists, everything: BitMap) -> Page:
    found = reduce(or_, lists.wanted[0]) if lists.wanted else everything
    for each in lists.wanted[1:]:
        found = reduce(or_, [found & one for one in each])
    return _page(_without(found, lists), lists)


def _counted(lists: Lists, everything: BitMap) -> Page:
    """Count the last intersection without making it; walk the smaller side for the page."""
    if len(lists.wanted) < 2:
        return _smallest_first(lists, everything)
    unions = sorted((reduce(or_, each) for each in lists.wanted), key=len)
    found, last = _without(reduce(and_, unions[:-1]), lists), unions[-1]
    total = found.intersection_cardinality(last)
    if lists.first + lists.count > total // 50:
        return _page(found & last, lists)
    ranks: list[int] = []
    for document in found:
        if document in last:
            ranks.append(document)
            if len(ranks) == lists.first + lists.count:
                break
    return total, ranks[lists.first :]


def _without(found: BitMap, lists: Lists) -> BitMap:
    for each in lists.unwanted:
        for one in each:
            found = found - one
    return found


_PLANS: tuple[Callable[[Lists, BitMap], Page], ...] = (_smallest_first, _distributed, _counted)

engine = Floor
