"""
Suppressing: people and domains that go now and never come back.

A person is named by an e-mail address, a LinkedIn profile or a phone number; whoever has it is removed, and
is known from then on by every key of the removed record.  A domain takes its company, the people who work there, and
everyone with an address at it.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, TypeVar

import msgspec

from letrics.backend import Backend, Change, Lookup, Writer
from letrics.model.company import Company
from letrics.model.contact import Contact
from letrics.model.keys import (
    company_keys,
    company_traces,
    contact_keys,
    contact_traces,
    domain_key,
    email_key,
    linkedin_key,
    phone_key,
)
from letrics.model.values import domain, email, is_shared_host, linkedin_url, phone

IsSuppressed = Callable[[str], bool]  # of a record key, or of what may name a person

# What in a text may name somebody: an address, a LinkedIn profile, a phone number with its country.
_NAMING = re.compile(
    r"(?P<email>[^\s<>\"'(),;:|\[\]]+@[^\s<>\"'(),;:|\[\]]+\.[^\s<>\"'(),;:|\[\]]+)"
    r"|(?P<profile>linkedin\.com/[^\s<>\"'(),;|\[\]]+)"
    r"|(?P<phone>(?:\+|\b00)[0-9][0-9 ()./-]{5,})",
    re.IGNORECASE,
)
_PHONE = re.compile(r"\+?[0-9 ()./-]{6,}")
_Record = TypeVar("_Record", Company, Contact)


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
    values = {"linkedin_url": record.linkedin_url, "emails": record.emails, "phones": record.phones}
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

    Addresses in free text and `custom` are found by their look; such a text is dropped as a whole.
    """
    changes: dict[str, Any] = {}
    emails = tuple(each for each in record.emails if not _is_address_suppressed(each.value, is_suppressed))
    phones = tuple(each for each in record.phones if not is_suppressed(phone_key(each)))
    custom = {name: value for name, value in record.custom.items() if not _mentions(value, is_suppressed)}
    if len(emails) < len(record.emails):
        changes["emails"] = emails
        if isinstance(record, Company):
            changes["has_generic_email"] = any(each.type == "generic" for each in emails)
        else:
            changes["has_personal_email"] = any(each.type == "personal" for each in emails)
    if len(phones) < len(record.phones):
        changes["phones"] = phones
    if len(custom) < len(record.custom):
        changes["custom"] = custom
    if isinstance(record, Company) and record.description and _mentions(record.description, is_suppressed):
        changes["description"] = None
    return msgspec.structs.replace(record, **changes) if changes else record


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
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    for found in _NAMING.finditer(text):
        try:
            if found["email"] is not None:
                hit = _is_address_suppressed(email(found["email"]), is_suppressed)
            elif found["profile"] is not None:
                hit = is_suppressed(linkedin_key(linkedin_url(found["profile"].rstrip(".!?"))))
            else:
                hit = is_suppressed(phone_key(phone(found["phone"])))
        except ValueError:
            continue
        if hit:
            return True
    return False
