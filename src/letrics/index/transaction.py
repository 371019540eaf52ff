"""
One writer's changes: collected into a new segment and new deletes, made visible by one manifest.

What a crash leaves behind of an unfinished one is files that no manifest names; the next commit
removes them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from numpy.typing import NDArray
from pyroaring import BitMap

from letrics.backend import NOTHING_SAID, Change, ManyCompanies, ManyContacts, StoredChange
from letrics.errors import InternalError
from letrics.index import files, manifest
from letrics.index.lookup import SnapshotLookup
from letrics.index.manifest import Manifest, SegmentEntry
from letrics.index.postings import bitmap
from letrics.index.segment_writer import SegmentWriter
from letrics.index.snapshot import Part, Snapshot, write_deletes
from letrics.model.company import Company, CompanySummary
from letrics.model.contact import Contact
from letrics.model.filters import SEARCHES, Search
from letrics.packed import Packed

_SUMMARY = msgspec.json.Decoder(CompanySummary)


class EmbeddedWriter:
    """The one writer of an embedded index (see `letrics.backend.Writer`)."""

    def __init__(self, folder: Path, snapshot: Snapshot) -> None:
        self.lookup = SnapshotLookup(snapshot)
        self._folder = folder
        self._snapshot = snapshot
        self._step = snapshot.manifest.step + 1
        self._file = f"segment-{self._step:08d}.letrics"
        self._segment = SegmentWriter(folder / self._file)
        self._deleted: dict[Search, set[str]] = {search: set() for search in SEARCHES}
        self._purged: set[tuple[Search, str]] = set()
        # The stored contacts that were replaced many at once: their numbers, and their ids.
        self._replaced: list[NDArray[Any]] = []
        self._replaced_ids: set[str] = set()

    def put_company(self, company: Company, said: bytes = NOTHING_SAID) -> None:
        """Create or replace a company; its stored contacts show its new values after the commit."""
        self._segment.add_company(company, said)
        self._deleted["companies"].discard(company.id)

    def keep_rows(self, search: Search, rows: Packed) -> int:
        """Put aside the rows of records that may be put many at once; return the number of the first."""
        return self._segment.keep_rows(search, rows)

    def put_companies(self, companies: ManyCompanies) -> None:
        """Create many companies, none of which is stored or put otherwise."""
        self._segment.add_companies(companies)

    def put_contact(self, contact: Contact, said: bytes = NOTHING_SAID) -> None:
        """Create or replace a contact; of `contact.company` only the id is read, and it must exist."""
        self._segment.add_contact(contact, said)
        self._deleted["contacts"].discard(contact.id)

    def put_contacts(self, contacts: ManyContacts) -> None:
        """Create or replace many contacts, none of which is put otherwise; their companies must exist."""
        self._segment.add_contacts(contacts)
        if contacts.replaced is not None:
            self._replaced.append(contacts.replaced)
            self._replaced_ids.update(contacts.ids)
            self._deleted["contacts"].difference_update(contacts.ids)

    def delete(self, search: Search, record_id: str) -> None:
        """Remove a record; the contacts of a removed company stay, without a company."""
        self._segment.drop(search, record_id)
        self._deleted[search].add(record_id)

    def purge(self, search: Search, record_id: str) -> None:
        """Remove a record as `delete` does, so that after the commit no file holds it, in this version or an older."""
        self.delete(search, record_id)
        self._purged.add((search, record_id))

    def commit(self, change: Change | None = None) -> int:
        """Make all changes durable and visible at once; return the generation that now answers."""
        if self._purged:
            self._write_anew()
        self._take_contacts_along()
        replaced = {search: self._documents_of(search) for search in SEARCHES}
        counts = {search: self._segment.count(search) for search in SEARCHES}
        is_change = any(counts.values()) or any(replaced["companies"] + replaced["contacts"])
        entries = [
            entry
            for part, companies, contacts in zip(
                self._snapshot.parts, replaced["companies"], replaced["contacts"], strict=True
            )
            if (entry := self._entry(part, {"companies": companies, "contacts": contacts})) is not None
        ]
        if any(counts.values()):
            self._segment.finish(self._stored_company_rows)
            entries.append(SegmentEntry(self._file, None, counts["companies"], counts["contacts"]))
        else:
            self.abandon()
        generation = self._snapshot.generation + is_change
        if is_change or change is not None:
            self._save(tuple(entries), generation, change)
        return generation

    def _save(self, segments: tuple[SegmentEntry, ...], generation: int, change: Change | None) -> None:
        before = self._snapshot.manifest
        changes = before.changes
        if change is not None:
            number = len(changes) + 1
            changes += (StoredChange(number=number, change=change, generation=generation, before=before.step),)
        files.sync_folder(self._folder)
        after = Manifest(step=self._step, generation=generation, segments=segments, changes=changes)
        manifest.save(self._folder, after)

    def abandon(self) -> None:
        """Discard the changes."""
        self._segment.abandon()

    def _write_anew(self) -> None:
        """
        Take what stays of each segment that holds a purged record into the new one, so that its file goes.

        One that has any deletes may hold an older version.
        """
        holding = {
            part.entry.file
            for search in SEARCHES
            for part, _ in self.lookup.documents(search, [each for kind, each in self._purged if kind == search])
        }
        for part in self._snapshot.parts:
            if part.entry.file not in holding and part.entry.deletes is None:
                continue
            for company in self.lookup.companies_in(part):
                if not self._is_settled("companies", company.id):
                    self._segment.add_company(company)
            for contact in self.lookup.contacts_in(part):
                if not self._is_settled("contacts", contact.id):
                    self._segment.add_contact(contact)

    def _is_settled(self, search: Search, record_id: str) -> bool:
        """Return whether this transaction has put or deleted the record."""
        if search == "contacts" and record_id in self._replaced_ids:
            return True
        return self._segment.holds(search, record_id) or record_id in self._deleted[search]

    def _take_contacts_along(self) -> None:
        """Add the stored contacts of every company that looks different now, or is gone."""
        put = self._segment.ids("companies")
        changed = [
            company_id
            for company_id, before in zip(put, self.lookup.rows("companies", put), strict=True)
            if before is not None and self._looks_different(company_id, before)
        ]
        gone = self._deleted["companies"]
        for contact, said in self.lookup.contacts_of([*changed, *sorted(gone)]):
            if self._is_settled("contacts", contact.id):
                continue
            if contact.company is not None and contact.company.id in gone:
                contact, said = msgspec.structs.replace(contact, company=None), NOTHING_SAID
            self._segment.add_contact(contact, said)

    def _looks_different(self, company_id: str, before: bytes) -> bool:
        after = self._segment.company_row(company_id)
        return after is not None and _SUMMARY.decode(before) != _SUMMARY.decode(after)

    def _stored_company_rows(self, company_ids: Sequence[str]) -> list[bytes | None]:
        """Return the rows of stored companies; None for one that this transaction removes."""
        rows = self.lookup.rows("companies", company_ids)
        for place, (company_id, row) in enumerate(zip(company_ids, rows, strict=True)):
            if company_id in self._deleted["companies"]:
                rows[place] = None
            elif row is None:
                raise InternalError(f"A contact names the company {company_id}, which does not exist.")
        return rows

    def _documents_of(self, search: Search) -> list[BitMap]:
        """Return, for each stored segment, the documents that this transaction replaces or deletes."""
        found = {part.entry.file: BitMap() for part in self._snapshot.parts}
        ids = [*self._segment.ids(search), *sorted(self._deleted[search])]
        for part, document in self.lookup.documents(search, ids):
            found[part.entry.file].add(document)
        for numbers in self._replaced if search == "contacts" else ():
            for part, documents in self.lookup.located(search, numbers):
                found[part.entry.file] |= bitmap(documents)
        return [found[part.entry.file] for part in self._snapshot.parts]

    def _entry(self, part: Part, replaced: dict[Search, BitMap]) -> SegmentEntry | None:
        """Return the entry of a stored segment after this transaction, None if nothing of it is left."""
        if not any(replaced.values()):
            return part.entry
        deletes = {search: part.deletes[search] | replaced[search] for search in SEARCHES}
        left = {search: part.documents(search).count - len(deletes[search]) for search in SEARCHES}
        if not any(left.values()):
            return None
        number = part.entry.file.removeprefix("segment-").removesuffix(".letrics")
        name = f"deletes-{self._step:08d}-{number}.letrics"
        write_deletes(self._folder / name, deletes)
        return SegmentEntry(part.entry.file, name, left["companies"], left["contacts"])
