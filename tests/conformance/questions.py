"""Random requests about a ledger's records, what is compared of their answers, and how a failing one is made small."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any
from unicodedata import normalize

import msgspec

from conformance.ledger import Ledger
from letrics.backend import Searcher
from letrics.model.company import Company
from letrics.model.contact import Contact
from letrics.model.filters import EXCLUDE, SEARCHES, TIMES, Filter, Kind, Search, filters_of
from letrics.query.parse import Fields, Limits, parse_fields
from oracle import Occurrence, Oracle, folded, same_value, time_of
from records import DOMAIN_ENDINGS, PLACE_NAMES, VALUES

Request = dict[str, Any]
TIMEOUT_S = 60.0

_TLDS = (*DOMAIN_ENDINGS, ".de", ".Co.UK", "рф", "中国", "jp", "kawasaki.jp", "zz", "au", "a b", "..", "de.")
_SPELLINGS: tuple[Callable[[str], str], ...] = (
    str.upper,
    str.lower,
    str.title,
    lambda text: text.replace("&", " and "),
    lambda text: text.replace(" and ", "&"),
    lambda text: f" \n{text.replace(' ', chr(0xA0))}\t",
    lambda text: normalize("NFD", text),
    lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
)


class Questioner:
    """Makes requests whose values mostly occur in *ledger*."""

    def __init__(self, chance: random.Random, ledger: Ledger) -> None:
        self.chance = chance
        self.companies = list(ledger.companies.values())
        self.contacts = list(ledger.contacts.values())
        self.values = {(s, f.name): self._values(s, f) for s in SEARCHES for f in filters_of(s)}

    def request(self, search: Search) -> Request:
        """Return a request without faults."""
        chance = self.chance
        request: Request = {}
        filters = filters_of(search)
        for filter in chance.sample(filters, chance.choice((0, 1, 1, 1, 2, 2, 3, 5))):
            exclude = filter.has_twin and chance.random() < 0.35
            request[EXCLUDE + filter.name if exclude else filter.name] = self.given(search, filter)
            if filter.has_twin and chance.random() < 0.1:
                request[filter.name if exclude else EXCLUDE + filter.name] = self.given(search, filter)
        for after, before in (("added_after", "added_before"), ("first_seen_after", "first_seen_before")):
            ends = request.get(after), request.get(before)
            if ends[0] is not None and ends[1] is not None and time_of(ends[0]) > time_of(ends[1]):
                del request[chance.choice((after, before))]
        if chance.random() < 0.7:
            request["per_page"] = chance.choice((1, 2, 3, 7, 25, 99, 100))
        if chance.random() < 0.4:
            request["page"] = chance.choice((1, 2, 3, 5, 10**6))
        return request

    def _values(self, search: Search, filter: Filter) -> list[str]:
        """Return the texts that records offer to *filter*."""
        if filter.kind is Kind.PLACE:
            return list(PLACE_NAMES)
        if filter.kind is Kind.TLD:
            return list(_TLDS)
        texts: list[str] = []
        for record in self.contacts if filter.of == "contact" else self.companies:
            held = getattr(record, filter.field)
            texts += [held] if isinstance(held, str) else held if isinstance(held, tuple) else ()
        return texts or ["1999-12-31" if filter.kind in TIMES else "nothing held"]

    def given(self, search: Search, filter: Filter) -> Any:
        chance, values = self.chance, self.values[search, filter.name]
        if filter.kind is Kind.FLAG:
            return chance.random() < 0.85
        if filter.kind in TIMES:
            return self._time(chance.choice(values))
        many = chance.choice((1, 1, 1, 2, 3, 10, 40))
        return [self._value(filter, chance.choice(values)) for _ in range(many)]

    def _value(self, filter: Filter, text: str) -> str:
        chance = self.chance
        if filter.kind in (Kind.PLACE, Kind.TLD):
            return text
        if chance.random() < 0.1:
            text = chance.choice(("nowhere to be found", chance.choice(VALUES), text + "x", text[:-1]))
        elif filter.kind is Kind.SUBSTRING and chance.random() < 0.8:
            length = chance.choice((1, 2, 3, 4, 6, 12))
            start = chance.randrange(max(1, len(text) - length + 1))
            text = text[start : start + length]
        if chance.random() < 0.5:
            text = chance.choice(_SPELLINGS)(text)
        return text[:256] if folded(text[:256]) else "x"

    def _time(self, text: str) -> str:
        """Return *text*, or a microsecond or an hour beside it, in one of the notations of a time."""
        chance = self.chance
        moment = datetime.fromisoformat(text).replace(tzinfo=None)
        try:
            moment += timedelta(microseconds=chance.choice((0, 0, -1, 1, 3_600_000_000)))
            zone = timezone(timedelta(minutes=chance.choice((0, 330, -480, 845))))
            local = moment.replace(tzinfo=UTC).astimezone(zone)
        except OverflowError:
            return text
        forms = (f"{moment.isoformat()}Z", moment.isoformat(), local.isoformat(), f"{moment:%Y-%m-%d}".zfill(10))
        return chance.choice(forms)


@lru_cache(maxsize=20_000)
def _company(row: bytes) -> Company:
    return msgspec.json.decode(row, type=Company)


@lru_cache(maxsize=20_000)
def _contact(row: bytes) -> Contact:
    return msgspec.json.decode(row, type=Contact)


def decoded(search: Search, row: bytes) -> Company | Contact:
    """Return a row as the record that it is."""
    return _company(row) if search == "companies" else _contact(row)


def difference(searcher: Searcher, ledger: Ledger, oracle: Oracle, search: Search, request: Request) -> str | None:
    """Return how the backend's answer to *request* differs from the oracle's; None if it does not."""
    answer = searcher.search(parse_fields(search, Fields(request), Limits()).query, timeout_s=TIMEOUT_S)
    expected = oracle.search(search, request)
    records = [decoded(search, row) for row in answer.rows]
    ids = [record.id for record in records]
    unknown = {
        Occurrence(EXCLUDE * each.exclude + each.filter.name, same_value(each.filter.name, each.given))
        for each in answer.unknown
    }
    if answer.total != expected.total:
        return f"total {answer.total}, and the oracle counts {expected.total}"
    if ids != expected.ids:
        return f"ids {ids}, and the oracle's are {expected.ids}"
    if records != (held := [ledger.record(search, each) for each in ids]):
        return f"records {records}, and what was put is {held}"
    if unknown != expected.unknown:
        return f"unknown {sorted(unknown)}, and the oracle's are {sorted(expected.unknown)}"
    return None


def smallest(request: Request, fails: Callable[[Request], bool]) -> Request:
    """Return what is left of a failing *request* when every filter and value that it fails without is dropped."""
    while True:
        for smaller in _smaller(request):
            if fails(smaller):
                request = smaller
                break
        else:
            return request


def _smaller(request: Request) -> list[Request]:
    tries: list[Request] = [{n: given for n, given in request.items() if n != name} for name in request]
    for name, given in request.items():
        if isinstance(given, list) and len(given) > 1:
            tries += [{**request, name: [*given[:i], *given[i + 1 :]]} for i in range(len(given))]
    return tries


def hold_to_oracle(searcher: Searcher, ledger: Ledger, chance: random.Random, questions: int, note: str) -> int:
    """
    Ask *questions* random requests; return how many were answered with a record at least.

    Fails with *note* (which seed) and the smallest request whose answer differs from the oracle's.
    """
    oracle, questioner = ledger.oracle(), Questioner(chance, ledger)
    filled = 0
    for _ in range(questions):
        search = chance.choice(SEARCHES)
        request = questioner.request(search)
        if difference(searcher, ledger, oracle, search, request) is not None:

            def fails(smaller: Request, search: Search = search) -> bool:
                return difference(searcher, ledger, oracle, search, smaller) is not None

            least = smallest(request, fails)
            raise AssertionError(f"{note}: {search} {least!r}: {difference(searcher, ledger, oracle, search, least)}")
        filled += bool(oracle.matching(search, request))
    return filled


def walk(searcher: Searcher, search: Search, request: Request, per_page: int) -> list[str]:
    """Return the ids of all pages of that size, one after the other, until a page is empty."""
    ids: list[str] = []
    for page in range(1, 10**6):
        query = parse_fields(search, Fields({**request, "page": page, "per_page": per_page}), Limits()).query
        rows = searcher.search(query, timeout_s=TIMEOUT_S).rows
        if not rows:
            return ids
        ids += [decoded(search, row).id for row in rows]
    raise AssertionError("The pages do not end.")


def total(searcher: Searcher, search: Search, request: Request) -> int:
    """Return how many records *request* finds."""
    query = parse_fields(search, Fields(request), Limits()).query
    return searcher.search(query, timeout_s=TIMEOUT_S).total
