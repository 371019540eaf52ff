"""What is compared of a backend's answer with the oracle's, and how a random suite holds the one to the other."""

import random
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from conformance.ledger import Ledger
from conformance.questions import TIMEOUT_S, Questioner, Request, decoded, query_of
from letrics.backend import Answer, Searcher, UnknownValue
from letrics.model.filters import EXCLUDE, SEARCHES, Filter, Kind, Search
from oracle import Occurrence, Result, folded, same_meaning

_NEAR_MAX, _NEAR_LOOKUPS_MAX = 3, 10


class Mismatch(NamedTuple):
    """A request whose answer is not the oracle's, and *what* differs."""

    search: Search
    request: Request
    what: str


class Comparison:
    """Holds answers to what a *ledger* holds, as it is now."""

    def __init__(self, ledger: Ledger) -> None:
        self.oracle = ledger.oracle()
        self.total = 0  # of the last request, as the oracle counts it
        self._ledger = ledger
        self._right: dict[tuple[Search, bytes], str] = {}
        self._values: dict[str, set[str]] = {}

    def ask(self, searcher: Searcher, search: Search, request: Request) -> str | None:
        """Return how the backend's answer to *request* differs from the oracle's; None if it does not."""
        try:
            answer = searcher.search(query_of(search, request), timeout_s=TIMEOUT_S)
        except Exception as error:  # noqa: BLE001  # no answer is a wrong one, and is made small like any other
            return f"no answer, but {error!r}"
        return self.difference(search, request, answer)

    def difference(self, search: Search, request: Request, answer: Answer) -> str | None:
        """Return how *answer* differs from the oracle's; None if it does not."""
        expected = self.oracle.search(search, request)
        self.total = expected.total
        ids = [self._id_of(search, row) for row in answer.rows]
        if answer.total != expected.total:
            return f"total {answer.total}, and the oracle counts {expected.total}"
        if ids != expected.ids:
            return f"ids {ids}, and the oracle's are {expected.ids}"
        return self._different_unknown(search, answer.unknown, expected)

    def _id_of(self, search: Search, row: bytes) -> str:
        """Return the id of a row that is as its record was put; of another one, what is wrong."""
        found = self._right.get((search, row))
        if found is None:
            record = decoded(search, row)
            held = self._ledger.companies if search == "companies" else self._ledger.contacts
            if record.id not in held:
                return f"{record.id}, which is not held"
            if record != (put := self._ledger.record(search, record.id)):
                return f"{record}, where {put} was put"
            found = self._right[search, row] = record.id
        return found

    def _different_unknown(self, search: Search, unknown: Sequence[UnknownValue], expected: Result) -> str | None:
        found = {
            Occurrence(EXCLUDE * each.exclude + each.filter.name, same_meaning(each.filter.name, each.given))
            for each in unknown
        }
        if found != expected.unknown or len(unknown) != len(found):
            return f"unknown {sorted(found)}, and the oracle's are {sorted(expected.unknown)}"
        for place, each in enumerate(unknown):
            most = _NEAR_MAX if place < _NEAR_LOOKUPS_MAX and each.filter.kind is not Kind.SUBSTRING else 0
            if len(set(each.near)) < len(each.near) or len(each.near) > most:
                return f"near values {each.near}; at most {most} different ones are due"
            strange = [n for n in each.near if not self._is_held(each.filter, n)]
            if strange:
                return f"near values {strange}, which no record has"
        return None

    def _is_held(self, filter: Filter, near: str) -> bool:
        if filter.kind is Kind.PLACE:
            return self.oracle.occurs("companies", filter.name, near)
        return folded(near) in self._held(filter)

    def _held(self, filter: Filter) -> set[str]:
        """Return all values that records have of *filter*, folded."""
        if filter.name not in self._values:
            of_contacts = filter.of == "contact"
            records = (self._ledger.contacts if of_contacts else self._ledger.companies).values()
            held = (getattr(record, filter.field) or () for record in records)
            texts = (text for each in held for text in ((each,) if isinstance(each, str) else each))
            self._values[filter.name] = set(map(folded, texts))
        return self._values[filter.name]


def mismatches(searcher: Searcher, ledger: Ledger, chance: random.Random, questions: int) -> Iterator[Mismatch | bool]:
    """Ask random requests; yield for each the mismatch, or whether it was answered with a record at least."""
    comparison, questioner = Comparison(ledger), Questioner(chance, ledger)
    for _ in range(questions):
        search = chance.choice(SEARCHES)
        request = questioner.request(search)
        what = comparison.ask(searcher, search, request)
        yield Mismatch(search, request, what) if what is not None else comparison.total > 0


def hold_to_oracle(
    searcher: Searcher,
    ledger: Ledger,
    chance: random.Random,
    questions: int,
    note: str,
    explain: Callable[[Mismatch], str] = str,
) -> int:
    """
    Ask *questions* random requests; return how many were answered with a record at least.

    Fails with *note* (which seed) and what *explain* makes of the first mismatch.
    """
    filled = 0
    for each in mismatches(searcher, ledger, chance, questions):
        if isinstance(each, Mismatch):
            raise AssertionError(f"{note}: {explain(each)}")
        filled += each
    return filled
