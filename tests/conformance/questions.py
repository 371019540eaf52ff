"""Random requests about a ledger's records, and how they are put to a backend."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from unicodedata import normalize

import msgspec

from conformance.ledger import Ledger
from letrics.backend import Searcher
from letrics.model.company import Company
from letrics.model.contact import Contact
from letrics.model.filters import EXCLUDE, SEARCHES, TIMES, Filter, Kind, Search, filters_of
from letrics.model.values import public_suffix
from letrics.query.parse import Fields, Limits, parse_fields
from letrics.query.query import Query
from oracle import Record, folded, same_value, time_of
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
        self.records = ledger.oracle().records
        self.values = {(s, f.name): self._values(s, f) for s in SEARCHES for f in filters_of(s)}

    def request(self, search: Search) -> Request:
        """Return a request without faults: of no filter up to all of them, or made of what one record has."""
        chance = self.chance
        request = self._pivot(search) if chance.random() < 0.1 else self._filters(search)
        for after, before in (("added_after", "added_before"), ("first_seen_after", "first_seen_before")):
            ends = request.get(after), request.get(before)
            if ends[0] is not None and ends[1] is not None and time_of(ends[0]) > time_of(ends[1]):
                del request[chance.choice((after, before))]
        if chance.random() < 0.7:
            request["per_page"] = chance.choice((1, 2, 3, 7, 25, 99, 100))
        if chance.random() < 0.4:
            request["page"] = chance.choice((1, 2, 3, 5, 12, 40, 10**6))
        return request

    def _filters(self, search: Search) -> Request:
        """Return random filters with random values."""
        chance = self.chance
        request: Request = {}
        filters = filters_of(search)
        for filter in chance.sample(filters, chance.choice((0, 1, 1, 1, 1, 2, 2, 2, 3, 5, len(filters)))):
            exclude = filter.has_twin and chance.random() < 0.35
            request[EXCLUDE + filter.name if exclude else filter.name] = self.given(search, filter)
            if filter.has_twin and chance.random() < 0.1:
                request[filter.name if exclude else EXCLUDE + filter.name] = self.given(search, filter)
        return request

    def _pivot(self, search: Search) -> Request:
        """Return what finds one record: a value for every filter that it has an attribute for, or for some of them."""
        records = self.records[search]
        if not records:
            return {}
        request = own_attributes(self.chance, search, self.chance.choice(records))
        return {name: given for name, given in request.items() if self.chance.random() < 0.8}

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
        many = chance.choice((1, 1, 1, 1, 2, 2, 3, 3, 5, 30))
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


def own_attributes(chance: random.Random, search: Search, record: Record) -> Request:
    """Return a request that names one value of *record* for every filter that it has an attribute for."""
    request: Request = {}
    for filter in filters_of(search):
        owner = record.contact if filter.of == "contact" else record.company
        held = getattr(owner, filter.field) if owner is not None else None
        if held not in (None, (), False):
            request |= _own_attribute(chance, filter, held)
    return request


def _own_attribute(chance: random.Random, filter: Filter, held: Any) -> Request:
    if filter.kind is Kind.PLACE:
        return {filter.name: [held.country_code]} if held.country_code is not None else {}
    if filter.kind is Kind.TLD:
        return {filter.name: [chance.choice((held.rpartition(".")[2], public_suffix(held)))]}
    if filter.kind is Kind.SUBSTRING:
        title = folded(held)
        start = chance.randrange(len(title)) if title else 0
        part = title[start : start + chance.randint(1, 9)]
        return {filter.name: [part]} if folded(part) and folded(part) in title else {}
    if filter.kind is Kind.TERM:
        # What an import stores has passed the vocabulary; what was drawn here may be one of its aliases.
        texts = [held] if isinstance(held, str) else held
        usable = [text for text in texts if folded(text) and same_value(filter.name, text) == folded(text)]
        return {filter.name: [chance.choice(usable)]} if usable else {}
    return {filter.name: held}


def decoded(search: Search, row: bytes) -> Company | Contact:
    """Return a row as the record that it is."""
    return msgspec.json.decode(row, type=Company) if search == "companies" else msgspec.json.decode(row, type=Contact)


def query_of(search: Search, request: Request) -> Query:
    """Return what *request*, which has no faults, asks for."""
    return parse_fields(search, Fields(request), Limits()).query


def walk(searcher: Searcher, search: Search, request: Request, per_page: int) -> list[str]:
    """Return the ids of all pages of that size, one after the other, until a page is empty."""
    ids: list[str] = []
    for page in range(1, 10**6):
        query = query_of(search, {**request, "page": page, "per_page": per_page})
        rows = searcher.search(query, timeout_s=TIMEOUT_S).rows
        if not rows:
            return ids
        ids += [decoded(search, row).id for row in rows]
    raise AssertionError("The pages do not end.")


def total(searcher: Searcher, search: Search, request: Request) -> int:
    """Return how many records *request* finds."""
    return searcher.search(query_of(search, request), timeout_s=TIMEOUT_S).total
