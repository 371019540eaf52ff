"""
Record keys: by what an import recognises that two rows, or a row and a record, are one.

A key is text, its kind before the first colon.  Keys are listed strongest first (data.md, Identity).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import UNSET

from letrics.model.company import Company, Email, Source
from letrics.model.contact import Contact
from letrics.model.folding import fold
from letrics.model.location import Location
from letrics.model.values import domain as registrable_domain
from letrics.model.values import email, linkedin_url, phone
from letrics.packed import digests_of

HASH_BYTES = 16
_LETRICS_ID = re.compile(r"(co|ct)_[A-Za-z0-9_-]{1,64}")
# The fields of a contact that name the person in words of the source's own.
_NAMES = ("full_name", "first_name", "last_name", "external_id")
# What a mailbox in a text may be made of, from the narrowest on: where it begins is not told by spaces alone.
_MAILBOXES = (r"A-Za-z0-9_.+-", r"A-Za-z0-9_.+'’-", r"\w.+-", r"\w.+'’-", r"\w.!#$%&'*+/=?^`{}~-")
_PARTINGS = [re.compile(f"[^{letters}]") for letters in _MAILBOXES]
_HOSTS = [re.compile(rf"[{each}]{{1,63}}(?:\.[{each}]{{1,63}})+") for each in (r"A-Za-z0-9-", r"\w-")]
_MAILBOX_MAX = 64  # as mail allows (RFC 5321)
_PROFILE = re.compile(r"linkedin\.com/[^\s<>\"'(),;|\[\]]+", re.IGNORECASE)
_PHONE = re.compile(r"(?:\+|\b00)[0-9][0-9 ()./-]{5,}")


def key_hash(key: str) -> bytes:
    """Return the 16 bytes that stand for *key*: at 10^9 keys the odds of one false meeting are below 10^-20."""
    return blake2b(key.encode(), digest_size=HASH_BYTES).digest()


def key_hashes(keys: Iterable[str]) -> bytes:
    """Return `key_hash` of each of *keys*, end to end."""
    return digests_of([key.encode() for key in keys], HASH_BYTES)


def is_letrics_id(text: str) -> bool:
    """Return whether *text* is an id as Letrics gives them; any other id in a file is the source's own."""
    return _LETRICS_ID.fullmatch(text) is not None


def id_key(record_id: str) -> str:
    """Return the key of a record's own id."""
    return f"id:{record_id}"


def external_key(source: str, external_id: str) -> str:
    """Return the key of a source's own id; the same id of another source is another key."""
    return f"external:{source}\x00{external_id}"


def domain_key(domain: str) -> str:
    """Return the key of a registrable domain."""
    return f"domain:{domain}"


def email_key(address: str) -> str:
    """Return the key of a person's e-mail address."""
    return f"email:{address}"


def email_keys(emails: Sequence[Email]) -> list[str]:
    """Return the keys of a person's addresses, of which those of a role are none."""
    return [email_key(each.value) for each in emails if each.type == "personal"]


def linkedin_key(url: str) -> str:
    """Return the key of a LinkedIn address."""
    return f"linkedin:{url}"


def phone_key(number: str) -> str:
    """Return what stands for a phone number, which is no key of a record: several may share it."""
    return f"phone:{number}"


def company_keys(company: Company) -> tuple[str, ...]:
    """Return the keys of *company*, strongest first."""
    return (
        id_key(company.id),
        *_external_keys(company.sources),
        *company_value_keys(company.domain, company.domain_aliases, company.name, company.location),
    )


def company_value_keys(
    domain: str | None, domain_aliases: Sequence[str], name: str | None, location: Location | None
) -> tuple[str, ...]:
    """
    Return the keys that a company's values give.

    Its folded name and location are a key only while it has no domain: two firms of one name in one
    town are told apart by their domains.
    """
    domains = [domain, *domain_aliases] if domain is not None else domain_aliases
    keys = [domain_key(each) for each in dict.fromkeys(domains)]
    if domain is None and name is not None:
        place = location
        parts = (place.country_code or place.country, place.region_code or place.region, place.city) if place else ()
        keys.append("name:" + "|".join(fold(part or "") for part in (name, *parts)).rstrip("|"))
    return tuple(keys)


def contact_keys(contact: Contact) -> tuple[str, ...]:
    """
    Return the keys of *contact*, strongest first.

    A contact that has none of the others (no source id, profile, personal email, nor a company to go
    with its name) is recognised only by being the same in all that a source said of it.
    """
    return contact_keys_at(contact, contact.company.id if contact.company is not None else None)


def contact_keys_at(contact: Contact, company_id: str | None) -> tuple[str, ...]:
    """Return the keys of *contact* as one of the company of that id, whatever company it holds itself."""
    keys = (
        *_external_keys(contact.sources),
        *contact_value_keys(contact.linkedin_url, contact.emails, contact.full_name, company_id),
    )
    return (id_key(contact.id), *(keys or (f"whole:{_fingerprint(contact, company_id)}",)))


def contact_value_keys(
    linkedin_url: str | None, emails: Sequence[Email], full_name: str | None, company_id: str | None
) -> tuple[str, ...]:
    """Return the keys that a contact's values give."""
    keys = [linkedin_key(linkedin_url)] if linkedin_url is not None else []
    keys += email_keys(emails)
    if company_id is not None and full_name is not None:
        keys.append(f"name:{company_id}|{fold(full_name)}")
    return tuple(keys)


def company_traces(changes: Mapping[str, Any]) -> Iterator[str]:
    """Yield what could name a company beside its keys, of its values by field name."""
    if changes.get("linkedin_url") is not None:
        yield linkedin_key(changes["linkedin_url"])


def contact_traces(changes: Mapping[str, Any]) -> Iterator[str]:
    """Yield what could name a person beside the contact's keys, of its values by field name."""
    if changes.get("linkedin_url") is not None:
        yield linkedin_key(changes["linkedin_url"])
    for each in changes.get("emails") or ():
        yield email_key(each.value)
        with suppress(ValueError):
            yield domain_key(registrable_domain(each.value))
    yield from map(phone_key, changes.get("phones") or ())
    for name in _NAMES:
        yield from traces_in(changes.get(name) or "")


def traces_in(text: str) -> Iterator[str]:
    """Yield what in *text* may name somebody: its addresses with their domains, profiles, numbers with a country."""
    if "@" in text:
        yield from _addresses_in(text)
    if "/" in text:
        for found in _PROFILE.findall(text):
            with suppress(ValueError):
                yield linkedin_key(linkedin_url(found.rstrip(".!?")))
    if "+" in text or "00" in text:
        for found in _PHONE.findall(text):
            with suppress(ValueError):
                yield phone_key(phone(found))


def _addresses_in(text: str) -> Iterator[str]:
    """Yield the keys of addresses in *text*, each found from its `@`, so that no text takes long."""
    told: set[str] = set()
    at = text.find("@")
    while at >= 0:
        hosts = {found[0] for each in _HOSTS if (found := each.match(text, at + 1))}
        if hosts:
            before = text[max(0, at - _MAILBOX_MAX) : at]
            mailboxes = {each.split(before)[-1] for each in _PARTINGS}
            mailboxes |= {each.lstrip(".+'’-") for each in mailboxes}
            told.update(f"{mailbox}@{host}" for mailbox in mailboxes for host in hosts)
        at = text.find("@", at + 1)
    for each in told:
        with suppress(ValueError):
            yield email_key(email(each))
        with suppress(ValueError):
            yield domain_key(registrable_domain(each))


def _external_keys(sources: Sequence[Source]) -> tuple[str, ...]:
    return tuple(external_key(s.name, s.external_id) for s in sources if s.external_id is not UNSET)


def _fingerprint(contact: Contact, company_id: str | None) -> str:
    said = (
        contact.first_name,
        contact.last_name,
        contact.full_name,
        contact.job_title,
        contact.emails,
        contact.phones,
        sorted(contact.socials.items()),
        contact.location,
        company_id,
        sorted(contact.custom.items()),
    )
    return blake2b(msgspec.json.encode(said), digest_size=16).hexdigest()
