"""
From what rows say to records: grouped by identity, merged with what is stored, and handed to the writer.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Any

import msgspec
from msgspec import UNSET

from letrics.backend import NOTHING_SAID, Writer
from letrics.importer.identity import Group, group_rows
from letrics.importer.replacing import Replacing
from letrics.importer.report import Outcome, Progress, Report
from letrics.importer.said import CompanySaid, ContactSaid
from letrics.importer.suppressions import IsSuppressed, without_suppressed
from letrics.model.company import Company, Source, only_named
from letrics.model.contact import Contact
from letrics.model.fields import COMPANY_FIELDS, CONTACT_FIELDS, Merge
from letrics.model.keys import (
    company_value_keys,
    contact_keys,
    contact_traces,
    contact_value_keys,
    external_key,
    id_key,
)
from letrics.model.merging import merged_company, merged_contact, new_company, new_contact
from letrics.model.values import timestamp

_BATCH = 5_000
_ANY_TIME = "1970-01-01T00:00:00Z"
_SCALARS = {
    "company": frozenset(f.name for f in COMPANY_FIELDS if f.merge is Merge.REPLACE),
    "contact": frozenset(f.name for f in CONTACT_FIELDS if f.merge is Merge.REPLACE),
}
# Stands for the id of a company that is kept out; no id is like this.
SUPPRESSED = "suppressed"


class Writing(msgspec.Struct, frozen=True, kw_only=True):
    """
    What both kinds of records are written with; *names* and *sources* are those of the files, in their order.

    *is_suppressed* tells what record keys must not come in; None where there are no such.  *replacing* is told,
    where a source is replaced, what was spoken of.
    """

    sources: Sequence[str]
    now: str
    writer: Writer
    report: Report
    names: Sequence[str]
    progress: Progress
    is_suppressed: IsSuppressed | None = None
    replacing: Replacing | None = None

    def is_kept_out(self, keys: Iterable[str]) -> bool:
        """Return whether any of *keys*, or of what else may name a record, is suppressed."""
        return self.is_suppressed is not None and any(map(self.is_suppressed, keys))

    def keep_company_out(self, stored: Company | None) -> None:
        """Count a company that is suppressed; one that is stored, and only now known by a suppressed key, goes."""
        self.report.companies.suppressed += 1
        if stored is not None:
            for contact in self.writer.lookup.contact_ids_of([stored.id]):
                self.writer.delete("contacts", contact)
            self.writer.delete("companies", stored.id)

    def source_of(self, said: CompanySaid | ContactSaid) -> Source:
        """Return the source entry that a row gives its record."""
        return Source(self.source_name(said), self.now, said.external_id if said.external_id is not None else UNSET)

    def source_name(self, said: CompanySaid | ContactSaid) -> str:
        """Return the name of the source that a row is from."""
        return self.sources[said.place[0]]

    def where(self, said: CompanySaid | ContactSaid) -> str:
        """Return the file and line of a row, as a report names them."""
        file, line = said.place
        return f"{self.names[file]}:{line}"

    def clash_of(self, rows: Sequence[CompanySaid | ContactSaid]) -> Callable[[int, str], None]:
        """Return what reports a clash of one of *rows*, by its number."""
        return lambda row, sentence: self.report.clash(f"{self.where(rows[row])} {sentence}")

    def clash_over(self, record: str, rows: Sequence[CompanySaid | ContactSaid]) -> None:
        """Report the rows of one record that say different things of it; the later one wins."""
        said_by: dict[str, CompanySaid | ContactSaid] = {}
        for row in rows:
            for name in (each for each in row.changes if each in _SCALARS[record]):
                before = said_by.get(name)
                if before is not None and before.changes[name] != row.changes[name]:
                    places = f"{self.where(before)} and {self.where(row)}"
                    self.report.clash(f"{places} differ in {record}.{name}; the later one is kept")
                said_by[name] = row


def company_keys_of(said: CompanySaid, source: str) -> tuple[str, ...]:
    """Return the record keys of what a row of *source* says of a company, strongest first."""
    keys = [id_key(said.id)] if said.id is not None else []
    if said.external_id is not None:
        keys.append(external_key(source, said.external_id))
    said_of = said.changes
    values = (said_of.get("domain"), said_of.get("domain_aliases") or (), said_of.get("name"), said_of.get("location"))
    return (*keys, *company_value_keys(*values))


def write_company(
    run: Writing, record_id: str, rows: list[CompanySaid], before: Company | None, digest: bytes = NOTHING_SAID
) -> Company | None:
    """
    Merge and write one company; None where rows only refer to it by a key that leads nowhere.

    *digest* stands for what is said of it, if one row says it.
    """
    saying = [row for row in rows if not row.is_reference]
    if before is None and not saying and not any("domain" in row.changes for row in rows):
        return None
    if before is not None and not saying:
        return before
    company = before or new_company(record_id, run.now, _first_times(rows))
    for row in rows if before is None else saying:
        company = merged_company(company, row.changes, run.source_of(row))
    if run.is_suppressed is not None:
        company = without_suppressed(company, run.is_suppressed)
    if len(saying) > 1:
        run.clash_over("company", saying)
    outcome = run.report.companies
    if before is not None and company == before:
        outcome.unchanged += 1
        return before
    if company.updated_at != run.now:
        company = msgspec.structs.replace(company, updated_at=run.now)
    run.writer.put_company(company, digest)
    _count(outcome, is_new=before is None)
    return company


def _first_times(rows: Sequence[CompanySaid | ContactSaid]) -> dict[str, Any]:
    """Return the earliest times that rows give for a record that is created."""
    times: dict[str, Any] = {}
    for name in ("added_at", "first_seen_at"):
        given = [row.changes[name] for row in rows if row.changes.get(name) is not None]
        if given:
            times[name] = min(given, key=timestamp)
    return times


def _count(outcome: Outcome, *, is_new: bool) -> None:
    if is_new:
        outcome.created += 1
    else:
        outcome.updated += 1


def write_contacts(run: Writing, rows: Sequence[ContactSaid], company_ids: Sequence[str | None]) -> None:
    """Write contacts of which several rows may speak, or that are stored; *company_ids* are the rows' companies."""
    keys = [contact_keys_of(said, each, run.source_name(said)) for said, each in zip(rows, company_ids, strict=True)]
    names = [said.changes.get("full_name") for said in rows]
    groups = group_rows("contacts", keys, names, run.writer.lookup, run.clash_of(rows))
    for start in range(0, len(groups), _BATCH):
        batch = groups[start : start + _BATCH]
        stored = run.writer.lookup.contacts([group.record_id for group in batch])
        if run.replacing is not None:
            for group in batch:
                named = [each for row in group.rows if (each := company_ids[row]) is not None]
                run.replacing.contacts[group.record_id] = named[-1] if named else None
        for group, before in zip(batch, stored, strict=True):
            saying = [(rows[row], company_ids[row]) for row in group.rows]
            traces = (trace for row, _ in saying for trace in contact_traces(row.changes))
            if run.is_kept_out(chain(group.keys, traces)):
                run.report.contacts.suppressed += 1
                if before is not None:
                    run.writer.delete("contacts", before.id)
                continue
            _write_contact(run, group, saying, before)


def contact_keys_of(said: ContactSaid, company_id: str | None, source: str) -> tuple[str, ...]:
    """Return the record keys of what a row of *source* says of a contact of a company, strongest first."""
    keys = [id_key(said.id)] if said.id is not None else []
    if said.external_id is not None:
        keys.append(external_key(source, said.external_id))
    said_of = said.changes
    values = (said_of.get("linkedin_url"), said_of.get("emails") or (), said_of.get("full_name"), company_id)
    keys += contact_value_keys(*values)
    if keys:
        return tuple(keys)
    # Being the same in all that is said is the key of those that have no other; no time is among it.
    made = merged_contact(new_contact("", _ANY_TIME, {}), said_of, Source(source, _ANY_TIME))
    company = only_named(company_id) if company_id is not None else None
    return contact_keys(msgspec.structs.replace(made, company=company))[1:]


def _write_contact(
    run: Writing, group: Group, rows: list[tuple[ContactSaid, str | None]], before: Contact | None
) -> None:
    said = [row for row, _ in rows]
    contact = before or new_contact(group.record_id, run.now, _first_times(said))
    for row, company_id in rows:
        contact = merged_contact(contact, row.changes, run.source_of(row))
        if company_id is not None:
            contact = msgspec.structs.replace(contact, company=only_named(company_id))
    if run.is_suppressed is not None:
        contact = without_suppressed(contact, run.is_suppressed)
    run.clash_over("contact", said)
    outcome = run.report.contacts
    if before is not None and _is_same(contact, before):
        outcome.unchanged += 1
        return
    run.writer.put_contact(msgspec.structs.replace(contact, updated_at=run.now))
    _count(outcome, is_new=before is None)


def _is_same(contact: Contact, before: Contact) -> bool:
    """Return whether nothing of a contact changed; what its company looks like is the company's."""
    if (contact.company.id if contact.company else None) != (before.company.id if before.company else None):
        return False
    return msgspec.structs.replace(contact, company=None) == msgspec.structs.replace(before, company=None)
