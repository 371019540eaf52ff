"""
The oracle: what the contract says an answer is, by looking at every record.

Sections 4 and 5 of the contract in the plainest code, for every backend to be held to.  It shares no
code with the index, the parser or `model/terms.py`: it folds, reads times and takes domains apart itself.
Two things it takes from the model, which their own tests prove: the vocabularies' aliases and the places.
It expects a request without faults; what is a fault is the parser's to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
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
    """Answers any request on a fixed set of records; of `contact.company` it reads the id only."""

    def __init__(self, companies: Iterable[Company], contacts: Iterable[Contact]) -> None:
        by_id = {company.id: company for company in companies}
        people = [Record(each, by_id[each.company.id] if each.company is not None else None) for each in contacts]
        firms = [Record(None, company) for company in by_id.values()]
        self.records: dict[Search, list[Record]] = {
            "contacts": sorted(people, key=_place_in_order),
            "companies": sorted(firms, key=_place_in_order),
        }

    def matching(self, search: Search, request: Mapping[str, Any]) -> list[Record]:
        """Return every record that *request* keeps, in the order of answers."""
        claims = [claim for name, given in request.items() if (claim := _claim(name, given)) is not None]
        return [record for record in self.records[search] if all(claim(record) for claim in claims)]

    def search(self, search: Search, request: Mapping[str, Any]) -> Result:
        """Return what *request*, a body without faults, is answered with."""
        found = self.matching(search, request)
        page, per_page = int(request.get("page") or 1), int(request.get("per_page") or 25)
        ids = [record.id for record in found[(page - 1) * per_page : page * per_page]]
        return Result(len(found), ids, self._unknown(search, request))

    def _unknown(self, search: Search, request: Mapping[str, Any]) -> set[Occurrence]:
        """Return the values that no contact or company has, whether or not the rest of the request keeps it."""
        unknown = set()
        for name, given in request.items():
            filter = name.removeprefix("exclude_")
            if filter not in _ARRAYS:
                continue
            # What contacts have from their companies occurs where a company has it, be it without contacts.
            records = self.records["companies" if filter in _OF_THE_COMPANY else search]
            for value in given or ():
                if not any(map(_names(filter, [value]), records)):
                    unknown.add(Occurrence(name, same_value(filter, value)))
        return unknown


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


def _claim(name: str, given: Any) -> Claim | None:
    """Return what a record must fulfil for this parameter; None where it restricts nothing."""
    if name in _PAGING or given is None or given is False or given == []:
        return None
    if name in _TIMES:
        return _in_time(name, time_of(given))
    filter = name.removeprefix("exclude_")
    named = _names(filter, given) if filter in _ARRAYS else _FLAGS[filter]
    # A record that lacks the attribute is not named: no inclusion keeps it, and no exclusion drops it.
    return (lambda record: not named(record)) if name.startswith("exclude_") else named


def _in_time(name: str, bound: timedelta) -> Claim:
    field = "added_at" if name.startswith("added") else "first_seen_at"

    def claim(record: Record) -> bool:
        if record.company is None:
            return False
        time = time_of(getattr(record.company, field))
        return time >= bound if name.endswith("_after") else time <= bound

    return claim


def _names(filter: str, values: Sequence[str]) -> Claim:
    """Return whether a record has one of *values*."""
    if filter == "locations":
        return _located(values)
    wanted = {same_value(filter, value) for value in values}
    if filter == "job_titles":
        return lambda record: any(value in title for title in _titles(record) for value in wanted)
    if filter == "tlds":
        return lambda record: any(value in wanted for value in _tlds(record))
    held = _HELD[filter]
    return lambda record: any(folded(value) in wanted for value in held(record))


def same_value(filter: str, value: str) -> str:
    """Return what two spellings of one value have in common, for an array *filter*."""
    if filter == "locations":
        return value.strip()
    if filter == "tlds":
        return _punycode(value.strip().removeprefix("."))
    if filter == "departments":
        return folded(department(value))
    if filter == "seniorities":
        return folded(seniority(value))
    return folded(value)


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


def _titles(record: Record) -> list[str]:
    if record.contact is None or record.contact.job_title is None:
        return []
    title = folded(record.contact.job_title)
    return [title] if title else []


def _departments(record: Record) -> tuple[str, ...]:
    return record.contact.departments if record.contact is not None else ()


def _seniorities(record: Record) -> tuple[str, ...]:
    contact = record.contact
    return (contact.seniority,) if contact is not None and contact.seniority is not None else ()


_HELD: dict[str, Callable[[Record], tuple[str, ...]]] = {
    "departments": _departments,
    "seniorities": _seniorities,
    "functions": lambda record: record.company.functions if record.company is not None else (),
    "industries": lambda record: record.company.industries if record.company is not None else (),
    "technologies": lambda record: record.company.technologies if record.company is not None else (),
}


@cache
def _levels(domain: str) -> tuple[str, ...]:
    """Return the public suffix of *domain* and all that it lies under: co.uk and uk."""
    suffix = _SUFFIXES.publicsuffix(domain)
    assert suffix is not None
    labels = suffix.split(".")
    return tuple(".".join(labels[i:]) for i in range(len(labels)))


def _punycode(name: str) -> str:
    try:
        return name.encode("idna").decode().lower()
    except UnicodeError:
        return folded(name)


def _tlds(record: Record) -> tuple[str, ...]:
    company = record.company
    return _levels(company.domain) if company is not None and company.domain is not None else ()


@cache
def _terms(location: Location) -> frozenset[str]:
    return frozenset(location_terms(location))


def _located(values: Sequence[str]) -> Claim:
    """Return whether a record's company is in one of the places that *values* may mean."""
    readings = [match for value in values for match in resolve_place(value.strip()).matches]

    def claim(record: Record) -> bool:
        if record.company is None or record.company.location is None:
            return False
        terms = _terms(record.company.location)
        return any(all(any(term in terms for term in part) for part in reading.terms) for reading in readings)

    return claim


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
