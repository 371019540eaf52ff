"""
Suppressing: people and domains that go now and never come back.

A person is named by an e-mail address, a LinkedIn profile or a phone number; whoever has it is removed, and
is known from then on by every key of the removed record.  A domain takes its company, the people who work there, and
everyone with an address at it.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, Literal, TypeVar

import msgspec
import numpy as np
from msgspec import UNSET

from letrics.backend import Backend, Change, Coded, Lookup, Writer
from letrics.model.company import Company, Email, Source
from letrics.model.contact import Contact
from letrics.model.fields import COMPANY_FIELDS, CONTACT_FIELDS, Value
from letrics.model.keys import (
    company_keys,
    company_traces,
    contact_keys,
    contact_traces,
    domain_key,
    email_key,
    linkedin_key,
    phone_key,
    traces_in,
)
from letrics.model.location import Location
from letrics.model.values import domain, email, is_shared_host, linkedin_url, phone

IsSuppressed = Callable[[str], bool]  # of a record key, or of what may name a person

_PHONE = re.compile(r"\+?[0-9 ()./-]{6,}")
_Record = TypeVar("_Record", Company, Contact)
_Held = TypeVar("_Held", Email, Source)


def key_of(value: str) -> str:
    """
    Return the record key that *value* names: an e-mail address, a LinkedIn address, a phone number or a domain.

    Raises ValueError where it is none of them, or would take more than it names.
    """
    if "linkedin.com/" in value.lower():
        return linkedin_key(linkedin_url(value))
    if "@" in value:
        return email_key(email(value))
    if _PHONE.fullmatch(value.strip()):
        number = phone(value)
        if not number.startswith("+"):
            raise ValueError(f"{value!r} is a phone number without its country: write it as +49 30 901820.")
        return phone_key(number)
    host = domain(value)
    if is_shared_host(host):
        raise ValueError(f"{host} serves many: its people have nothing to do with each other. Suppress addresses.")
    return domain_key(host)


class Affected(msgspec.Struct):
    """
    The stored records that a suppression concerns, by id, and those *changed*: they lose an address or number only.

    *keys* has, for each record key given, the keys by which the people and companies that it names are recognised.
    """

    companies: list[str]
    contacts: list[str]
    changed: list[Company | Contact]
    keys: dict[str, set[str]]

    def told(self) -> str:
        """Return what goes, in a few words."""
        words = f"{len(self.contacts):,} contacts and {len(self.companies):,} companies are removed"
        return words + (f", {len(self.changed):,} others lose an address or number" if self.changed else "")


def names_of(record: Company | Contact) -> Iterator[str]:
    """Yield all that may name a record: its keys, and its traces."""
    values = msgspec.structs.asdict(record)
    if isinstance(record, Company):
        return chain(company_keys(record), company_traces(values))
    return chain(contact_keys(record), contact_traces(values))


def affected_by(lookup: Lookup, given: Iterable[str]) -> Affected:
    """Return what is stored of those whom the record keys *given* name, and what they are known by."""
    keys: dict[str, set[str]] = {key: set() for key in given}
    found = Affected([], [], [], keys)
    for company in lookup.every_company():
        naming = keys.keys() & set(names_of(company))
        if naming:
            found.companies.append(company.id)
            for key in naming:
                keys[key].update(company_keys(company))
        elif (kept := without_suppressed(company, keys.__contains__)) is not company:
            found.changed.append(kept)
    contacts = dict.fromkeys(lookup.contact_ids_of(found.companies))
    for contact in lookup.every_contact():
        naming = keys.keys() & set(names_of(contact))
        if naming:
            contacts[contact.id] = None
            for key in naming:
                # Who had an address at a domain may come back from elsewhere.
                keys[key].update(contact_keys(contact) if not key.startswith("domain:") else ())
        elif contact.id not in contacts and (kept_of := without_suppressed(contact, keys.__contains__)) is not contact:
            found.changed.append(kept_of)
    found.contacts = list(contacts)
    return found


def suppress(
    backend: Backend, given: Iterable[str], keep: Callable[[dict[str, set[str]]], None], *, at: str, what: str
) -> Affected:
    """
    Remove whom the record keys *given* name, having handed to *keep* what to refuse from now on.

    The change cannot be undone, nor can any before it.
    """
    with backend.writer("suppress") as writer:
        found = affected_by(writer.lookup, given)
        # First: whoever is refused and still stored is seen by the next try, whoever is gone and let in again by none.
        keep(found.keys)
        remove_affected(writer, found)
        changed = sum(isinstance(each, Company) for each in found.changed)
        writer.commit(
            Change(
                kind="suppress",
                at=at,
                what=(what,),
                companies=(0, changed, 0, len(found.companies)),
                contacts=(0, len(found.changed) - changed, 0, len(found.contacts)),
            )
        )
    return found


def remove_affected(writer: Writer, found: Affected) -> None:
    """Remove what a suppression concerns, so that no file holds it any more."""
    for contact_id in found.contacts:
        writer.purge("contacts", contact_id)
    for company_id in found.companies:
        writer.purge("companies", company_id)
    for record in found.changed:
        if isinstance(record, Company):
            writer.purge("companies", record.id)
            writer.put_company(record)
        else:
            writer.purge("contacts", record.id)
            writer.put_contact(record)


def without_suppressed(record: _Record, is_suppressed: IsSuppressed) -> _Record:
    """
    Return *record* without the suppressed addresses and numbers that it holds: itself, if there are none.

    Those in texts are found by their look; such a text is dropped as a whole.
    """
    changes: dict[str, Any] = {}
    for name, free in _FREED[type(record)].items():
        value = getattr(record, name)
        if value and (kept := free(value, is_suppressed)) is not value:
            changes[name] = kept
    if not changes:
        return record
    if "emails" in changes:
        kind: Literal["generic", "personal"] = "generic" if isinstance(record, Company) else "personal"
        changes[f"has_{kind}_email"] = any(each.type == kind for each in changes["emails"])
    return msgspec.structs.replace(record, **changes)


def mentioning(table: Mapping[str, Coded], is_suppressed: IsSuppressed) -> set[int]:
    """Return the places of the contacts of *table* (its columns are fields) whose texts mention what is suppressed."""
    places: set[int] = set()
    for name, free in _FREED[Contact].items():
        # What belongs to one person each is looked at with the person's other traces.
        if name in ("emails", "custom", "sources"):
            continue
        values = enumerate(table[name].values)
        hits = [i for i, value in values if value and free(value, is_suppressed) is not value]
        if hits:
            places.update(np.flatnonzero(np.isin(table[name].codes, hits)).tolist())
    return places


def _free_text(value: str, is_suppressed: IsSuppressed) -> str | None:
    return None if _mentions(value, is_suppressed) else value


def _free_texts(values: tuple[str, ...], is_suppressed: IsSuppressed) -> tuple[str, ...]:
    kept = tuple(each for each in values if not _mentions(each, is_suppressed))
    return kept if len(kept) < len(values) else values


def _free_object(values: dict[str, Any], is_suppressed: IsSuppressed) -> dict[str, Any]:
    kept = {k: v for k, v in values.items() if not (_mentions(v, is_suppressed) or _mentions(k, is_suppressed))}
    return kept if len(kept) < len(values) else values


def _free_location(place: Location, is_suppressed: IsSuppressed) -> Location | None:
    texts = {name: getattr(place, name) for name in Location.__struct_fields__}
    hits = [name for name, text in texts.items() if isinstance(text, str) and _mentions(text, is_suppressed)]
    return msgspec.structs.replace(place, **dict.fromkeys(hits)) if hits else place


def _without(held: _Held, name: str, is_suppressed: IsSuppressed) -> _Held:
    """Return *held* without its text *name*, if that mentions what is suppressed."""
    text = getattr(held, name)
    is_hit = isinstance(text, str) and _mentions(text, is_suppressed)
    return msgspec.structs.replace(held, **{name: UNSET}) if is_hit else held


def _free_emails(emails: tuple[Email, ...], is_suppressed: IsSuppressed) -> tuple[Email, ...]:
    kept = [each for each in emails if not _is_address_suppressed(each.value, is_suppressed)]
    freed = tuple(_without(each, "status", is_suppressed) for each in kept)
    return freed if freed != emails else emails


def _free_phones(phones: tuple[str, ...], is_suppressed: IsSuppressed) -> tuple[str, ...]:
    kept = tuple(each for each in phones if not (is_suppressed(phone_key(each)) or _mentions(each, is_suppressed)))
    return kept if len(kept) < len(phones) else phones


def _free_sources(sources: tuple[Source, ...], is_suppressed: IsSuppressed) -> tuple[Source, ...]:
    freed = tuple(_without(each, "external_id", is_suppressed) for each in sources)
    return freed if freed != sources else sources


# What frees a value of each kind of whoever is suppressed; the other kinds hold no text of a source's own, or are keys.
_FREEING: dict[Value, Callable[[Any, IsSuppressed], Any]] = {
    Value.TEXT: _free_text,
    Value.URL: _free_text,
    Value.SENIORITY: _free_text,
    Value.TEXTS: _free_texts,
    Value.DEPARTMENTS: _free_texts,
    Value.SOCIALS: _free_object,
    Value.CUSTOM: _free_object,
    Value.LOCATION: _free_location,
    Value.EMAILS: _free_emails,
    Value.PHONES: _free_phones,
}
_FREED: dict[type[Company | Contact], dict[str, Callable[[Any, IsSuppressed], Any]]] = {
    record: {**{f.name: _FREEING[f.value] for f in fields if f.value in _FREEING}, "sources": _free_sources}
    for record, fields in ((Company, COMPANY_FIELDS), (Contact, CONTACT_FIELDS))
}


def _is_address_suppressed(address: str, is_suppressed: IsSuppressed) -> bool:
    """Return whether an e-mail address is suppressed, by itself or with all of its domain."""
    if is_suppressed(email_key(address)):
        return True
    try:
        return is_suppressed(domain_key(domain(address)))
    except ValueError:
        return False


def _mentions(value: Any, is_suppressed: IsSuppressed) -> bool:
    """Return whether a text, or any in a custom value, holds what is suppressed."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            if any(map(is_suppressed, traces_in(each))):
                return True
        elif isinstance(each, dict):
            waiting += chain.from_iterable(each.items())
        elif isinstance(each, list | tuple):
            waiting += each
    return False
