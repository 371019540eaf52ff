"""
The oracle: what the contract says an answer is, by looking at every record.

Sections 4 and 5 of the contract in the plainest code, for every backend to be held to.  It shares no
code with the index, the parser or `model/terms.py`: it folds, reads times and takes domains apart itself.
Two things it takes from the model, which their own tests prove: the vocabularies' aliases and the places.
It expects a request without faults; what is a fault is the parser's to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any, NamedTuple
from unicodedata import normalize

from publicsuffixlist import PublicSuffixList

from letrics.model.company import Company
from letrics.model.contact import Contact
from letrics.model.filters import Search
from letrics.model.location import Location
from letrics.model.places import location_terms, resolve_place
from letrics.model.vocabulary import department, seniority

_SUFFIXES = PublicSuffixList(only_icann=True)

_PAGING = ("page", "per_page")
_TIMES = ("added_after", "added_before", "first_seen_after", "first_seen_before")
_OF_THE_COMPANY = ("locations", "functions", "industries", "tlds", "technologies")
_ARRAYS = ("job_titles", "departments", "seniorities", *_OF_THE_COMPANY)


class Record(NamedTuple):
    """What a search looks at: a contact and its company (None: it has none), or a company alone."""

    contact: Contact | None
    company: Company | None

    @property
    def id(self) -> str:
        """The id of what is answered."""
        if self.contact is not None:
            return self.contact.id
        assert self.company is not None
        return self.company.id


class Occurrence(NamedTuple):
    """A value of a request: the *parameter* it stands in, and its text."""

    parameter: str
    value: str


class Result(NamedTuple):
    """The exact *total*, the *ids* of the asked page in order, and the values that occur nowhere."""

    total: int
    ids: list[str]
    unknown: set[Occurrence]


Claim = Callable[[Record], bool]


class Oracle:
    """
    Answers any request on a fixed set of records; of `contact.company` it reads the id only.

    For each value of a request it looks at every record once and remembers, as the bits of one number, which of
    them the value names: bit i is the i-th record in the order of answers.
    """

    def __init__(self, companies: Iterable[Company], contacts: Iterable[Contact]) -> None:
        by_id = {company.id: company for company in companies}
        people = [Record(each, by_id[each.company.id] if each.company is not None else None) for each in contacts]
        firms = [Record(None, company) for company in by_id.values()]
        self.records: dict[Search, list[Record]] = {
            "contacts": sorted(people, key=_place_in_order),
            "companies": sorted(firms, key=_place_in_order),
        }
        self._bits: dict[tuple[Search, str, Any], int] = {}
        self._times: dict[tuple[Search, str], list[timedelta | None]] = {}
        self._offers: dict[tuple[Search, str], list[frozenset[str]]] = {}

    def matching(self, search: Search, request: Mapping[str, Any]) -> list[Record]:
        """Return every record that *request* keeps, in the order of answers."""
        records = self.records[search]
        kept = (1 << len(records)) - 1
        for name, given in request.items():
            if name in _PAGING or given is None or given is False or given == []:
                continue
            named = self._named(search, name.removeprefix("exclude_"), given)
            # A record that lacks the attribute is not named: no inclusion keeps it, and no exclusion drops it.
            kept &= ~named if name.startswith("exclude_") else named
        # From the last digit on: bit 0 is the first record.
        return [record for record, digit in zip(records, reversed(f"{kept:b}"), strict=False) if digit == "1"]

    def search(self, search: Search, request: Mapping[str, Any]) -> Result:
        """Return what *request*, a body without faults, is answered with."""
        found = self.matching(search, request)
        page, per_page = int(request.get("page") or 1), int(request.get("per_page") or 25)
        ids = [record.id for record in found[(page - 1) * per_page : page * per_page]]
        return Result(len(found), ids, self._unknown(search, request))

    def occurs(self, search: Search, filter: str, value: str) -> bool:
        """Return whether any contact or company has *value*, whether or not a request keeps it."""
        # What contacts have from their companies occurs where a company has it, be it without contacts.
        return self._having("companies" if filter in _OF_THE_COMPANY else search, filter, value) != 0

    def _unknown(self, search: Search, request: Mapping[str, Any]) -> set[Occurrence]:
        """Return the values that occur nowhere."""
        unknown = set()
        for name, given in request.items():
            filter = name.removeprefix("exclude_")
            for value in given or () if filter in _ARRAYS else ():
                is_place = filter != "locations" or resolve_place(value).matches
                if is_place and not self.occurs(search, filter, value):
                    unknown.add(Occurrence(name, same_meaning(filter, value)))
        return unknown

    def _named(self, search: Search, filter: str, given: Any) -> int:
        """Return the bits of the records that have one of the values *given*, the flag, or a time in the range."""
        if filter in _TIMES:
            return self._in_time(search, filter, time_of(given))
        if filter in _FLAGS:
            return self._flagged(search, filter)
        named = 0
        for value in given:
            named |= self._having(search, filter, value)
        return named

    def _flagged(self, search: Search, filter: str) -> int:
        """Return the bits of the records that have the flag."""
        key = (search, filter, True)
        bits = self._bits.get(key)
        if bits is None:
            bits = self._bits[key] = _bits_of(map(_FLAGS[filter], self.records[search]))
        return bits

    def _in_time(self, search: Search, filter: str, bound: timedelta) -> int:
        """Return the bits of the records with a company whose time is on the right side of *bound*, or is it."""
        field = "added_at" if filter.startswith("added") else "first_seen_at"
        times = self._times.get((search, field))
        if times is None:
            companies = (record.company for record in self.records[search])
            times = [time_of(getattr(each, field)) if each is not None else None for each in companies]
            self._times[search, field] = times
        if filter.endswith("_after"):
            return _bits_of(time is not None and time >= bound for time in times)
        return _bits_of(time is not None and time <= bound for time in times)

    def _having(self, search: Search, filter: str, value: str) -> int:
        """Return the bits of the records that have *value*."""
        wanted = same_value(filter, value)
        key = (search, filter, wanted)
        bits = self._bits.get(key)
        if bits is None:
            has = _has(filter, wanted)
            bits = self._bits[key] = _bits_of(map(has, self._offered(search, filter)))
        return bits

    def _offered(self, search: Search, filter: str) -> list[frozenset[str]]:
        """Return what each record offers to *filter*, in the order of answers."""
        offered = self._offers.get((search, filter))
        if offered is None:
            offered = self._offers[search, filter] = [_OFFERED[filter](record) for record in self.records[search]]
        return offered


def _bits_of(answers: Iterable[bool]) -> int:
    """Return the number whose bit i is the i-th of *answers*."""
    digits = ["1" if answer else "0" for answer in answers]
    return int("".join(reversed(digits)) or "0", 2)


def _place_in_order(record: Record) -> tuple[timedelta, bytes, bytes]:
    """Newest company first, then company id, then contact id by bytes; without a company the contact's own time."""
    contact, company = record
    leading = company if company is not None else contact
    assert leading is not None
    return (
        -time_of(leading.added_at),
        company.id.encode() if company is not None else b"",
        contact.id.encode() if contact is not None else b"",
    )


def _has(filter: str, wanted: str) -> Callable[[frozenset[str]], bool]:
    """Return whether a record with these offers has the value *wanted*, in the form of `same_value`."""
    if filter == "job_titles":
        return lambda titles: any(wanted in title for title in titles)
    if filter == "locations":
        readings = resolve_place(wanted).matches
        return lambda terms: any(all(any(term in terms for term in part) for part in each.terms) for each in readings)
    return lambda values: wanted in values


def same_value(filter: str, value: str) -> str:
    """Return what two spellings of one value have in common, for an array *filter*."""
    if filter == "locations":
        return value.strip()
    if filter == "tlds":
        name = folded(value).removeprefix(".")
        return _punycode(name.rstrip(".") or name)
    if filter == "departments":
        return folded(department(value))
    if filter == "seniorities":
        return folded(seniority(value))
    return folded(value)


def same_meaning(filter: str, value: str) -> str:
    """Return `same_value`; of places what two spellings of one mean, since they are one."""
    return (
        str([each.terms for each in resolve_place(value).matches])
        if filter == "locations"
        else same_value(filter, value)
    )


@lru_cache(maxsize=100_000)
def folded(text: str) -> str:
    """NFKC, casefold, NFKC, `&` as ` and ` with spaces, white space collapsed and trimmed."""
    text = normalize("NFKC", text)
    text = text.casefold()
    text = normalize("NFKC", text)
    text = text.replace("&", " and ")
    return re.sub(r"\s+", " ", text).strip(" ")


@lru_cache(maxsize=100_000)
def time_of(text: str) -> timedelta:
    """Return how long after the beginning of year 1, UTC, an ISO 8601 time or date is."""
    moment = datetime.fromisoformat(text.strip())
    offset = moment.utcoffset() or timedelta()
    return moment.replace(tzinfo=None) - datetime.min - offset


@cache
def _levels(domain: str) -> frozenset[str]:
    """Return the public suffix of *domain* and all that it lies under: co.uk and uk."""
    suffix = _SUFFIXES.publicsuffix(domain)
    assert suffix is not None
    labels = suffix.split(".")
    return frozenset(".".join(labels[i:]) for i in range(len(labels)))


def _punycode(name: str) -> str:
    try:
        return name.encode("idna").decode().lower()
    except UnicodeError:
        return folded(name)


@cache
def _terms(location: Location) -> frozenset[str]:
    return frozenset(location_terms(location))


@lru_cache(maxsize=10_000)
def _folded_all(texts: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(folded, texts))


def _texts_of(owner: Contact | Company | None, field: str) -> tuple[str, ...]:
    """Return the texts of a field; none where the record has no such owner."""
    held = getattr(owner, field) if owner is not None else None
    return (held,) if isinstance(held, str) else held or ()


def _titles(record: Record) -> frozenset[str]:
    return _folded_all(_texts_of(record.contact, "job_title")) - {""}


def _locations(record: Record) -> frozenset[str]:
    company = record.company
    return _terms(company.location) if company is not None and company.location is not None else frozenset()


def _tlds(record: Record) -> frozenset[str]:
    company = record.company
    return _levels(company.domain) if company is not None and company.domain is not None else frozenset()


_OFFERED: dict[str, Callable[[Record], frozenset[str]]] = {
    "job_titles": _titles,
    "departments": lambda record: _folded_all(_texts_of(record.contact, "departments")),
    "seniorities": lambda record: _folded_all(_texts_of(record.contact, "seniority")),
    "locations": _locations,
    "functions": lambda record: _folded_all(_texts_of(record.company, "functions")),
    "industries": lambda record: _folded_all(_texts_of(record.company, "industries")),
    "technologies": lambda record: _folded_all(_texts_of(record.company, "technologies")),
    "tlds": _tlds,
}


def _personal_email(record: Record) -> bool:
    return record.contact is not None and any(email.type == "personal" for email in record.contact.emails)


def _generic_email(record: Record) -> bool:
    return record.company is not None and any(email.type == "generic" for email in record.company.emails)


def _own_profile(record: Record) -> bool:
    """Of the contact on contacts, of the company on companies."""
    owner = record.contact if record.contact is not None else record.company
    return owner is not None and owner.linkedin_url is not None


def _company_profile(record: Record) -> bool:
    return record.company is not None and record.company.linkedin_url is not None


def _decision_maker(record: Record) -> bool:
    return record.contact is not None and record.contact.is_decision_maker


_FLAGS: dict[str, Claim] = {
    "has_personal_email": _personal_email,
    "has_linkedin_profile": _own_profile,
    "is_decision_maker": _decision_maker,
    "company_has_generic_email": _generic_email,
    "company_has_linkedin_profile": _company_profile,
    "has_generic_email": _generic_email,
}
