"""Looks up stored records by key or id in one snapshot."""

from collections.abc import Iterator, Sequence
from itertools import chain

import msgspec

from letrics.index.keys import key_hash
from letrics.index.snapshot import Part, Snapshot
from letrics.model.company import Company
from letrics.model.contact import Contact
from letrics.model.filters import Search
from letrics.model.keys import id_key

_COMPANY = msgspec.json.Decoder(Company)
_CONTACT = msgspec.json.Decoder(Contact)


class SnapshotLookup:
    """Finds the live records of a snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def find(self, search: Search, keys: Sequence[str]) -> list[tuple[str, ...]]:
        """Return, for each of *keys*, the ids of the records that hold it, sorted."""
        found: list[set[str]] = [set() for _ in keys]
        for i, part, document in self._live(search, keys):
            found[i].add(part.documents(search).ids[document].decode())
        return [tuple(sorted(each)) for each in found]

    def rows(self, search: Search, ids: Sequence[str]) -> list[bytes | None]:
        """Return the record of each id as a JSON object, None where there is none."""
        rows: list[bytes | None] = [None] * len(ids)
        for i, part, document in self._live(search, [id_key(each) for each in ids]):
            rows[i] = part.segment.row(search, document)
        return rows

    def companies(self, ids: Sequence[str]) -> list[Company | None]:
        """Return the company of each id, None where there is none."""
        return [None if row is None else _COMPANY.decode(row) for row in self.rows("companies", ids)]

    def contacts(self, ids: Sequence[str]) -> list[Contact | None]:
        """Return the contact of each id, None where there is none."""
        return [None if row is None else _CONTACT.decode(row) for row in self.rows("contacts", ids)]

    def documents(self, search: Search, ids: Sequence[str]) -> Iterator[tuple[Part, int]]:
        """Yield where the records of *ids* stand."""
        for _, part, document in self._live(search, [id_key(each) for each in ids]):
            yield part, document

    def contacts_of(self, company_ids: Sequence[str]) -> Iterator[Contact]:
        """Yield the contacts of the companies."""
        hashes = [key_hash(id_key(each)) for each in company_ids]
        for part in self._snapshot.parts:
            summaries = part.segment.summaries
            for numbers in summaries.keys.documents(hashes):
                for number in numbers:
                    first = int(summaries.first[number])
                    for document in range(first, first + int(summaries.counts[number])):
                        if not part.is_deleted("contacts", document):
                            yield _CONTACT.decode(part.segment.row("contacts", document))

    def contact_ids_of(self, company_ids: Sequence[str]) -> Iterator[str]:
        """Yield the ids of the contacts of these companies."""
        return (contact.id for contact in self.contacts_of(company_ids))

    def every_company(self) -> Iterator[Company]:
        """Yield all companies, in no order."""
        return chain.from_iterable(map(self.companies_in, self._snapshot.parts))

    def every_contact(self) -> Iterator[Contact]:
        """Yield all contacts, in no order."""
        return chain.from_iterable(map(self.contacts_in, self._snapshot.parts))

    def companies_in(self, part: Part) -> Iterator[Company]:
        """Yield the companies of one segment."""
        return map(_COMPANY.decode, _live_rows(part, "companies"))

    def contacts_in(self, part: Part) -> Iterator[Contact]:
        """Yield the contacts of one segment."""
        return map(_CONTACT.decode, _live_rows(part, "contacts"))

    def _live(self, search: Search, keys: Sequence[str]) -> Iterator[tuple[int, Part, int]]:
        """Yield, for each key that a live document holds, the key's place, and where the document stands."""
        hashes = [key_hash(key) for key in keys]
        for part in self._snapshot.parts if hashes else ():
            for i, documents in enumerate(part.documents(search).keys.documents(hashes)):
                for document in documents:
                    if not part.is_deleted(search, document):
                        yield i, part, document


def _live_rows(part: Part, search: Search) -> Iterator[bytes]:
    for document in range(part.documents(search).count):
        if not part.is_deleted(search, document):
            yield part.segment.row(search, document)
