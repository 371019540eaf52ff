"""
Merging: how what an import says changes a record, and what is derived from the result.

Reads no clock: the caller says when "now" is.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from letrics.model.company import Company, Email, Source
from letrics.model.contact import Contact
from letrics.model.fields import COMPANY_FIELDS, CONTACT_FIELDS, Field, Merge, Value
from letrics.model.values import public_suffix, timestamp, tld
from letrics.model.vocabulary import DECISION_MAKER_SENIORITIES, TitleReading, from_title

# What a row says of a record: field name -> canonical value, None where it says explicitly "none".
Changes = Mapping[str, Any]

_EMPTY: dict[Value, Any] = {
    Value.TEXTS: (),
    Value.DOMAINS: (),
    Value.EMAILS: (),
    Value.PHONES: (),
    Value.DEPARTMENTS: (),
    Value.SOCIALS: {},
    Value.CUSTOM: {},
    Value.FLAG: False,
}
# At hand sooner than members of an enum, and asked for each field of each row.
_REPLACE, _UNITE, _EARLIEST = Merge.REPLACE, Merge.UNITE, Merge.EARLIEST
_COMPANY = {field.name: field for field in COMPANY_FIELDS}
_CONTACT = {field.name: field for field in CONTACT_FIELDS}
_DERIVABLE = ("departments", "seniority", "is_decision_maker")
# A derivable field that holds one of these was neither said by a source nor derived.
_UNSAID: tuple[Any, ...] = ((), None)
_NOTHING_READ = TitleReading(None, ())


def united_emails(stored: tuple[Email, ...], new: tuple[Email, ...]) -> tuple[Email, ...]:
    """Return the addresses of both, once each; the newer word counts, but a status stays while none comes."""
    if len(new) == 1 and new == stored:
        return stored
    united = {email.value: email for email in stored}
    for email in new:
        known = united.get(email.value)
        if known is not None and email.status is UNSET:
            email = msgspec.structs.replace(email, status=known.status)
        united[email.value] = email
    return tuple(united.values())


def _united(field: Field, stored: Any, new: Any) -> Any:
    if field.value is Value.EMAILS:
        return united_emails(stored, new)
    if isinstance(new, Mapping):
        return {**stored, **new}
    return (*stored, *(each for each in new if each not in stored))


def _earliest(stored: str, new: str) -> str:
    return min(stored, new, key=timestamp)


def _changed(fields: dict[str, Field], stored: Company | Contact, changes: Changes) -> dict[str, Any]:
    """Return what becomes of the fields of *stored* that *changes* speak of, by each field's merge rule."""
    values: dict[str, Any] = {}
    for name, new in changes.items():
        field = fields[name]
        merge = field.merge
        if merge is _REPLACE:
            values[name] = new if new is not None else _EMPTY.get(field.value)
        elif merge is _UNITE:
            values[name] = _united(field, getattr(stored, name), new) if new is not None else _EMPTY.get(field.value)
        elif merge is _EARLIEST and new is not None:
            values[name] = _earliest(getattr(stored, name), new)
    return values


def _with_source(sources: tuple[Source, ...], new: Source) -> tuple[Source, ...]:
    """Return *sources* with *new* among them; a source that is there keeps its first import."""
    for i, known in enumerate(sources):
        if known.name == new.name:
            if new.external_id is UNSET or known.external_id == new.external_id:
                return sources
            updated = msgspec.structs.replace(known, external_id=new.external_id)
            return (*sources[:i], updated, *sources[i + 1 :])
    return (*sources, new)


def new_company(record_id: str, now: str, changes: Changes) -> Company:
    """Return a company that holds nothing yet; its two times are those of *changes*, else *now*."""
    first_seen_at = changes.get("first_seen_at") or now
    return Company(id=record_id, first_seen_at=first_seen_at, added_at=changes.get("added_at") or now, updated_at=now)


def new_contact(record_id: str, now: str, changes: Changes) -> Contact:
    """Return a contact that holds nothing yet, added at the time of *changes*, else *now*."""
    return Contact(
        id=record_id, added_at=changes.get("added_at") or now, updated_at=now, derived=("is_decision_maker",)
    )


def merged_company(stored: Company, changes: Changes, source: Source) -> Company:
    """Return *stored* as changed by one row of *source*; `updated_at` is left to the caller."""
    values = _changed(_COMPANY, stored, changes)
    values["sources"] = _with_source(stored.sources, source)
    merged = msgspec.structs.replace(stored, **values)
    return msgspec.structs.replace(merged, **_derived(merged))


def _derived(company: Company) -> dict[str, Any]:
    """Return what is derived of a *company*."""
    own_tld, own_suffix = suffixes_of(company.domain)
    return {
        "tld": own_tld,
        "public_suffix": own_suffix,
        "has_generic_email": has_generic(company.emails),
        "has_linkedin_profile": company.linkedin_url is not None,
    }


def suffixes_of(domain: str | None) -> tuple[str | None, str | None]:
    """Return the top level and the public suffix of a company's *domain*."""
    return (tld(domain), public_suffix(domain)) if domain is not None else (None, None)


def has_generic(emails: tuple[Email, ...]) -> bool:
    """Return whether one of a company's *emails* is a role mailbox."""
    return any(email.type == "generic" for email in emails)


def standing(job_title: str | None, said: Changes) -> dict[str, Any]:
    """
    Return a contact's departments, seniority and decision-making as *said*, else as the title tells.

    With them comes `derived`, the names of those that the title told.
    """
    values = dict(said)
    if "departments" not in said or "seniority" not in said:
        reading = from_title(job_title) if job_title is not None else _NOTHING_READ
        values.setdefault("departments", reading.departments)
        values.setdefault("seniority", reading.seniority)
    values.setdefault("is_decision_maker", values["seniority"] in DECISION_MAKER_SENIORITIES)
    values["derived"] = tuple(name for name in _DERIVABLE if name not in said and values[name] not in _UNSAID)
    return values


def _is_said(stored: Contact, name: str) -> bool:
    """Return whether a source has said a derivable field of *stored*."""
    return name not in stored.derived and getattr(stored, name) not in _UNSAID


def merged_contact(stored: Contact, changes: Changes, source: Source) -> Contact:
    """
    Return *stored* as changed by one row of *source*; `updated_at` and `company` are left to the caller.

    Departments, seniority and decision maker are derived anew as long as no source has said them.
    """
    values = _changed(_CONTACT, stored, changes)
    said = {}
    for name in _DERIVABLE:
        if name in changes:
            if changes[name] is not None:
                said[name] = values[name]
        elif _is_said(stored, name):
            said[name] = getattr(stored, name)
    values |= standing(values.get("job_title", stored.job_title), said)
    values["sources"] = _with_source(stored.sources, source)
    merged = msgspec.structs.replace(stored, **values)
    has_email = any(email.type == "personal" for email in merged.emails)
    has_profile = merged.linkedin_url is not None
    if has_email is merged.has_personal_email and has_profile is merged.has_linkedin_profile:
        return merged
    return msgspec.structs.replace(merged, has_personal_email=has_email, has_linkedin_profile=has_profile)
