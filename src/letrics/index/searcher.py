"""The searcher of the embedded index: a query in, an answer from one snapshot out."""

import os
from collections.abc import Callable, Sequence
from time import perf_counter

import msgspec
import numpy as np
from numpy.typing import NDArray

from letrics.backend import Answer, Counts, Overview, Scan, UnknownValue, joined
from letrics.deadline import CheckTime, deadline
from letrics.index import kernels
from letrics.index.collect import page_of
from letrics.index.found import Found
from letrics.index.match import Wanted, match
from letrics.index.near import near_values, occurs
from letrics.index.overview import counts_of, overview_of
from letrics.index.scan import SnapshotScan
from letrics.index.snapshot import Snapshot
from letrics.model.filters import Kind
from letrics.query.query import PlacesClause, Query, TermsClause, TimeClause

# For how many unknown values of a request near ones are looked up.
_NEAR_LOOKUPS_MAX = 10
# When no further look-up is begun; one takes a millisecond or so, and all of them 5 ms at most.
_NEAR_BUDGET_S = 0.003

# Rows are read before anybody asks for them where all together take no more than this part of the machine's memory.
_AHEAD_PART = 4
_ROWS_AHEAD_BYTES_MAX = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // _AHEAD_PART

# Pages that begin so far behind the first document are looked for, if there are several segments.
_READ_AT_ONCE_MAX = 200


class EmbeddedSearcher:
    """Answers from the snapshot that *current* gives when a search begins; *clock* tells when near values took long."""

    def __init__(self, current: Callable[[], Snapshot], clock: Callable[[], float] = perf_counter) -> None:
        self._current = current
        self._clock = clock

    def prepare(self) -> None:
        """Open the index, and load the compiled code."""
        self._current()
        kernels.prepare()

    def read_ahead(self) -> None:
        """Verify and read what searches need of segments that are new; large ones take a tenth of a second or more."""
        segments = [part.segment for part in self._current().parts]
        with_rows = sum(segment.rows_bytes for segment in segments) <= _ROWS_AHEAD_BYTES_MAX
        for segment in segments:
            segment.open(with_rows=with_rows)

    def search(self, query: Query, *, timeout_s: float) -> Answer:
        """Return the exact total and one page; raises SearchTimeout when *timeout_s* is over."""
        started = perf_counter()
        check_time = deadline(timeout_s)
        snapshot = self._current()
        opened = perf_counter()
        first = (query.page - 1) * query.per_page
        last = first + query.per_page
        # Of several segments it is not known what each has on a page, unless that is one of the first.
        begin = first if len(snapshot.parts) == 1 else 0
        page = range(begin, last) if last - begin <= _READ_AT_ONCE_MAX else range(0)
        found, missing, total = [], [], 0
        for part in snapshot.parts:
            matched = match(query, part, check_time, page)
            found.append(matched.found)
            missing.append(matched.missing)
            total += matched.found.count
        unknown = _unknown(query, snapshot, missing, self._clock, check_time)
        met = perf_counter()
        records, ends = _page(query, snapshot, found, first)
        ended = perf_counter()
        return Answer(
            total=total,
            page=records,
            ends=ends,
            generation=snapshot.generation,
            unknown=unknown,
            timings=(("searcher", opened - started), ("match", met - opened), ("collect", ended - met)),
        )

    def scan(self, *queries: Query) -> Scan:
        """Return every record that *queries* find, in the order of answers, from one generation however often."""
        return SnapshotScan(self._current(), queries)

    def counts(self) -> Counts:
        """Return how many records the newest generation holds."""
        return counts_of(self._current())

    def overview(self) -> Overview:
        """Return what the newest generation holds."""
        return overview_of(self._current())


def _page(query: Query, snapshot: Snapshot, found: Sequence[Found], first: int) -> tuple[bytes, NDArray[np.int64]]:
    """Return the records of the page, which begins with rank *first*, as an `Answer` has them."""
    search, count = query.search, query.per_page
    if len(found) == 1:
        return snapshot.parts[0].segment.page(search, found[0].page(first, first + count))
    segments = [part.segment for part in snapshot.parts]
    documents: dict[int, list[int]] = {}
    hits = page_of(search, segments, found, first, count)
    for place, document in hits:
        documents.setdefault(place, []).append(document)
    if len(documents) == 1:
        ((place, each),) = documents.items()
        return segments[place].page(search, each)
    rows_of = {place: iter(segments[place].rows(search, each)) for place, each in documents.items()}
    return joined([next(rows_of[place]) for place, _ in hits])


def _unknown(
    query: Query,
    snapshot: Snapshot,
    missing: Sequence[set[Wanted]],
    clock: Callable[[], float],
    check_time: CheckTime,
) -> tuple[UnknownValue, ...]:
    """Return the wanted values that occur nowhere: *missing* in each segment, and not among the companies."""
    nowhere = set.intersection(*missing) if missing else None
    if nowhere is not None and not nowhere:
        return ()
    unknown: list[UnknownValue] = []
    started = clock()
    for i, clause in enumerate(query.clauses):
        if isinstance(clause, TimeClause) or clause.filter.kind is Kind.FLAG:
            continue
        for j, (term, given) in enumerate(_values(clause)):
            if nowhere is not None and (i, j) not in nowhere:
                continue
            only = _only(clause, j)
            if _names_no_place(only) or (
                clause.filter.of == "company" and occurs(snapshot, "companies", only, check_time)
            ):
                continue
            look = len(unknown) < _NEAR_LOOKUPS_MAX and clock() - started < _NEAR_BUDGET_S
            search = "companies" if clause.filter.of == "company" else query.search
            near = near_values(snapshot, search, clause.filter, term, given, check_time) if look else ()
            unknown.append(UnknownValue(clause.filter, clause.exclude, given, near))
    return tuple(unknown)


def _values(clause: TermsClause | PlacesClause) -> list[tuple[str, str]]:
    if isinstance(clause, PlacesClause):
        return [(place.input, place.input) for place in clause.places]
    return [(value.term, value.given) for value in clause.values]


def _only(clause: TermsClause | PlacesClause, place: int) -> TermsClause | PlacesClause:
    """Return *clause* with one of its values."""
    if isinstance(clause, PlacesClause):
        return msgspec.structs.replace(clause, places=(clause.places[place],))
    return msgspec.structs.replace(clause, values=(clause.values[place],))


def _names_no_place(clause: TermsClause | PlacesClause) -> bool:
    """Return whether it is two letters that are no country's: the parser has said so already."""
    return isinstance(clause, PlacesClause) and not clause.places[0].matches
