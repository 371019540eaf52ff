"""
Record keys: by what an import recognises that two rows, or a row and a record, are one.

A key is text, its kind before the first colon.  Keys are listed strongest first (data.md, Identity).
"""

import re
from hashlib import blake2b

import msgspec
from msgspec import UNSET

from letrics.model.company import Company
from letrics.model.contact import Contact
from letrics.model.folding import fold

_LETRICS_ID = re.compile(r"(co|ct)_[A-Za-z0-9_-]{1,64}")


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


def company_keys(company: Company) -> tuple[str, ...]:
    """
    Return the keys of *company*, strongest first.

    Its folded name and location are a key only while it has no domain: two firms of one name in one
    town are told apart by their domains.
    """
    keys = [id_key(company.id)]
    keys += (external_key(s.name, s.external_id) for s in company.sources if s.external_id is not UNSET)
    if company.domain is not None:
        keys.append(domain_key(company.domain))
    keys += (domain_key(alias) for alias in company.domain_aliases if alias != company.domain)
    if company.domain is None and company.name is not None:
        place = company.location
        parts = (place.country_code or place.country, place.region_code or place.region, place.city) if place else ()
        keys.append("name:" + "|".join(fold(part or "") for part in (company.name, *parts)).rstrip("|"))
    return tuple(keys)


def contact_keys(contact: Contact) -> tuple[str, ...]:
    """
    Return the keys of *contact*, strongest first.

    A contact that has none of the others (no source id, profile, personal email, nor a company to go
    with its name) is recognised only by being the same in all that a source said of it.
    """
    keys = [id_key(contact.id)]
    keys += (external_key(s.name, s.external_id) for s in contact.sources if s.external_id is not UNSET)
    if contact.linkedin_url is not None:
        keys.append(f"linkedin:{contact.linkedin_url}")
    keys += (f"email:{email.value}" for email in contact.emails if email.type == "personal")
    if contact.company is not None and contact.full_name is not None:
        keys.append(f"name:{contact.company.id}|{fold(contact.full_name)}")
    if len(keys) == 1:
        keys.append(f"whole:{_fingerprint(contact)}")
    return tuple(keys)


def _fingerprint(contact: Contact) -> str:
    said = (
        contact.first_name,
        contact.last_name,
        contact.full_name,
        contact.job_title,
        contact.emails,
        contact.phones,
        sorted(contact.socials.items()),
        contact.location,
        contact.company.id if contact.company is not None else None,
        sorted(contact.custom.items()),
    )
    return blake2b(msgspec.json.encode(said), digest_size=16).hexdigest()
