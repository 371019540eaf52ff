"""Refusing what is stored already: data that comes back from elsewhere loses everyone who is suppressed now."""

from collections.abc import Iterator
from itertools import chain

from letrics.backend import Backend, Change
from letrics.importer.suppressions import IsSuppressed, without_suppressed
from letrics.model.company import Company
from letrics.model.contact import Contact
from letrics.model.keys import company_keys, company_traces, contact_keys, contact_traces


def remove_suppressed(backend: Backend, is_suppressed: IsSuppressed, *, at: str) -> tuple[int, int]:
    """Remove every stored record that *is_suppressed* knows; return how many companies and contacts were."""
    with backend.writer() as writer:
        lookup = writer.lookup
        companies, contacts = [], {}
        changed: list[Company | Contact] = []
        for company in lookup.every_company():
            if any(map(is_suppressed, _names_of(company))):
                companies.append(company.id)
            elif (kept := without_suppressed(company, is_suppressed)) is not company:
                changed.append(kept)
        contacts = dict.fromkeys(lookup.contact_ids_of(companies))
        for contact in lookup.every_contact():
            if any(map(is_suppressed, _names_of(contact))):
                contacts[contact.id] = None
            elif contact.id not in contacts and (rest := without_suppressed(contact, is_suppressed)) is not contact:
                changed.append(rest)
        for contact_id in contacts:
            writer.delete("contacts", contact_id)
        for company_id in companies:
            writer.delete("companies", company_id)
        for each in changed:
            if isinstance(each, Company):
                writer.put_company(each)
            else:
                writer.put_contact(each)
        if companies or contacts or changed:
            gone = (0, 0, 0, len(companies)), (0, 0, 0, len(contacts))
            what = ("suppressed since the backup",)
            writer.commit(Change(kind="suppress", at=at, what=what, companies=gone[0], contacts=gone[1]))
    return len(companies), len(contacts)


def _names_of(record: Company | Contact) -> Iterator[str]:
    """Yield all that may name a record: its keys, and its traces."""
    values = {"linkedin_url": record.linkedin_url, "emails": record.emails, "phones": record.phones}
    if isinstance(record, Company):
        return chain(company_keys(record), company_traces(values))
    return chain(contact_keys(record), contact_traces(values))
