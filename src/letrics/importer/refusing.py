"""Refusing what is stored already: data that comes back from elsewhere loses everyone who is suppressed now."""

from letrics.backend import Backend, Change, Lookup
from letrics.importer.suppressions import Affected, IsSuppressed, names_of, remove_affected, without_suppressed


def remove_suppressed(backend: Backend, is_suppressed: IsSuppressed, *, at: str) -> tuple[int, int]:
    """Remove every stored record that *is_suppressed* knows; return how many companies and contacts were."""
    with backend.writer("removal of whoever is suppressed") as writer:
        found = _known(writer.lookup, is_suppressed)
        remove_affected(writer, found)
        if found.companies or found.contacts or found.changed:
            gone = (0, 0, 0, len(found.companies)), (0, 0, 0, len(found.contacts))
            what = ("suppressed since the backup",)
            writer.commit(Change(kind="suppress", at=at, what=what, companies=gone[0], contacts=gone[1]))
    return len(found.companies), len(found.contacts)


def _known(lookup: Lookup, is_suppressed: IsSuppressed) -> Affected:
    """Return what is stored of those whom *is_suppressed* knows."""
    found = Affected([], [], [], {})
    for company in lookup.every_company():
        if any(map(is_suppressed, names_of(company))):
            found.companies.append(company.id)
        elif (kept := without_suppressed(company, is_suppressed)) is not company:
            found.changed.append(kept)
    contacts = dict.fromkeys(lookup.contact_ids_of(found.companies))
    for contact in lookup.every_contact():
        if any(map(is_suppressed, names_of(contact))):
            contacts[contact.id] = None
        elif contact.id not in contacts and (rest := without_suppressed(contact, is_suppressed)) is not contact:
            found.changed.append(rest)
    found.contacts = list(contacts)
    return found
