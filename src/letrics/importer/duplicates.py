"""
Duplicates: stored records that are likely one company or one person, with the reasons.

Records that share a trait (a page, a number, a name) are compared with each other; nothing is changed.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from typing import Literal

import msgspec
from cleanco import basename
from rapidfuzz import fuzz

from letrics.backend import Lookup
from letrics.model.company import Company
from letrics.model.contact import Contact
from letrics.model.filters import Search
from letrics.model.folding import fold
from letrics.model.values import is_shared_host

# A trait that more records share tells nothing about any two of them: a switchboard, a name like "John Smith".
_SHARING_MAX = 20
_ALIKE = 85.0  # of 100, by rapidfuzz

Likelihood = Literal["very likely", "likely", "possible"]
_RANK: dict[Likelihood, int] = {"very likely": 0, "likely": 1, "possible": 2}


class Side(msgspec.Struct, frozen=True):
    """One record of a pair: its id, its name, and what else tells a reader which one it is."""

    id: str
    name: str
    hint: str


class Pair(msgspec.Struct, frozen=True):
    """Two records that are likely one, how likely, and why."""

    likelihood: Likelihood
    reasons: tuple[str, ...]
    first: Side
    second: Side


class _Trait(msgspec.Struct, frozen=True):
    """What two records share: *key* tells which trait and value, *reason* how a reader is told."""

    key: str
    likelihood: Likelihood
    reason: str


class _Record(msgspec.Struct, frozen=True):
    side: Side
    name: str  # folded, a company's without its legal form
    place: str  # a company's country code, a contact's company id


def duplicates(lookup: Lookup, search: Search) -> list[Pair]:
    """Return the pairs of records of *search* that are likely one, the likeliest first."""
    if search == "companies":
        return _pairs(((_of_company(each), _company_traits(each)) for each in lookup.every_company()), _same_company)
    return _pairs(((_of_contact(each), _contact_traits(each)) for each in lookup.every_contact()), _same_person)


def _pairs(
    records: Iterable[tuple[_Record, Iterable[_Trait]]], may_be_one: Callable[[_Trait, _Record, _Record], bool]
) -> list[Pair]:
    sharing: dict[str, list[_Record]] = defaultdict(list)
    traits: dict[str, _Trait] = {}
    for record, own in records:
        for trait in own:
            traits.setdefault(trait.key, trait)
            if len(sharing[trait.key]) <= _SHARING_MAX:
                sharing[trait.key].append(record)
    found: dict[tuple[str, str], tuple[Side, Side, dict[str, Likelihood]]] = {}
    for key, sharers in sharing.items():
        if not 2 <= len(sharers) <= _SHARING_MAX:
            continue
        for one, other in combinations(sorted(sharers, key=lambda record: record.side.id), 2):
            if one.side.id != other.side.id and may_be_one(traits[key], one, other):
                pair = found.setdefault((one.side.id, other.side.id), (one.side, other.side, {}))
                pair[2][traits[key].reason] = traits[key].likelihood
    pairs = [
        Pair(min(why.values(), key=_RANK.__getitem__), tuple(sorted(why)), one, other)
        for one, other, why in found.values()
    ]
    return sorted(pairs, key=lambda pair: (_RANK[pair.likelihood], -len(pair.reasons), pair.first.id, pair.second.id))


def _core(name: str | None) -> str:
    """Return a company's name, folded and without its legal form."""
    return fold(basename(name) or name) if name else ""


def _of_company(company: Company) -> _Record:
    country = company.location.country_code if company.location else None
    hint = company.domain or (company.location.raw if company.location else None) or ""
    return _Record(Side(company.id, company.name or "", hint), _core(company.name), country or "")


def _company_traits(company: Company) -> Iterator[_Trait]:
    core = _core(company.name)
    if company.linkedin_url is not None:
        yield _Trait(f"linkedin {company.linkedin_url}", "very likely", "same LinkedIn page")
    if core:
        yield _Trait(f"name {core}", "likely", "same name but for the legal form")
    if company.domain is not None and not is_shared_host(company.domain):
        label = company.domain.partition(".")[0]
        yield _Trait(f"label {label}", "possible", "same domain under another ending")
    for number in company.phones:
        yield _Trait(f"phone {number}", "likely", "same phone number")
    for each in company.emails:
        yield _Trait(f"email {each.value}", "likely", "same mailbox")


def _same_company(trait: _Trait, one: _Record, other: _Record) -> bool:
    """Return whether a trait that two companies share may mean that they are one."""
    if trait.likelihood == "very likely":
        return True
    if one.place and other.place and one.place != other.place and not trait.key.startswith(("phone", "email")):
        return False
    return not one.name or not other.name or fuzz.token_set_ratio(one.name, other.name) >= _ALIKE


def _of_contact(contact: Contact) -> _Record:
    company = contact.company
    hint = ", ".join(part for part in (contact.job_title, company.name if company else None) if part)
    side = Side(contact.id, contact.full_name or "", hint)
    return _Record(side, fold(contact.full_name or ""), company.id if company else "")


def _contact_traits(contact: Contact) -> Iterator[_Trait]:
    name = fold(contact.full_name or "")
    for each in contact.emails:
        yield _Trait(f"email {each.value}", "very likely", "same e-mail address")
    if contact.linkedin_url is not None:
        yield _Trait(f"linkedin {contact.linkedin_url}", "very likely", "same LinkedIn profile")
    for number in contact.phones:
        yield _Trait(f"phone {number}", "likely", "same phone number and a like name")
    company = contact.company
    if company is None or not name:
        return
    core = _core(company.name)
    if core:
        yield _Trait(f"person {name} at {core}", "likely", "same name, at companies of like names")
    last = fold(contact.last_name or "")
    if last:
        yield _Trait(f"last name {last} at {company.id}", "possible", "like names at one company")


def _same_person(trait: _Trait, one: _Record, other: _Record) -> bool:
    """Return whether a trait that two people share may mean that they are one."""
    if trait.likelihood == "very likely":
        return True
    if trait.key.startswith("last name"):
        return one.name != other.name and _alike(one.name, other.name)
    if trait.key.startswith("phone"):
        return not one.name or not other.name or _alike(one.name, other.name)
    return one.place != other.place


def _alike(one: str, other: str) -> bool:
    """Return whether two folded names may be one person's: nearly the same first names, or one an initial."""
    first, second = one.split()[0].rstrip("."), other.split()[0].rstrip(".")
    if len(first) == 1 or len(second) == 1:
        return first[0] == second[0]
    return fuzz.ratio(first, second) >= _ALIKE or fuzz.token_sort_ratio(one, other) > 95
