"""Looks up stored records by key or id in one snapshot."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from letrics.index.postings import documents_of
from letrics.index.snapshot import Part, Snapshot
from letrics.index.texts import ranges
from letrics.model.company import Company
from letrics.model.contact import Contact
from letrics.model.filters import SEARCHES, Search
from letrics.model.keys import HASH_BYTES, id_key, key_hash, key_hashes

_COMPANY = msgspec.json.Decoder(Company)
_CONTACT = msgspec.json.Decoder(Contact)
_FEW = 1_000  # documents are looked for among the deleted ones one by one


class SnapshotLookup:
    """Finds the live records of a snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        # A record's number is its doc id, counted on over all segments.
        self._firsts = {
            search: [0, *accumulate(part.documents(search).count for part in snapshot.parts)][: len(snapshot.parts)]
            for search in SEARCHES
        }

    def find(self, search: Search, keys: Sequence[str]) -> list[tuple[str, ...]]:
        """Return, for each of *keys*, the ids of the records that hold it, sorted."""
        found: list[set[str]] = [set() for _ in keys]
        for i, part, document in self._live(search, keys):
            found[i].add(part.documents(search).ids[document].decode())
        return [tuple(sorted(each)) for each in found]

    def rows(self, search: Search, ids: Sequence[str]) -> list[bytes | None]:
        """Return the record of each id as a JSON object, None where there is none."""
        rows: list[bytes | None] = [None] * len(ids)
        if not ids or not self._snapshot.parts:
            return rows
        hashes = np.frombuffer(key_hashes(map(id_key, ids)), dtype=f"V{HASH_BYTES}")
        for part in self._snapshot.parts:
            places, documents = _live_holders(part, search, hashes)
            for place, row in zip(places.tolist(), part.segment.rows_one_by_one(search, documents), strict=True):
                rows[place] = row
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

    def contacts_of(self, company_ids: Sequence[str]) -> Iterator[tuple[Contact, bytes]]:
        """Yield the contacts of the companies, each with what stands for all that was said of it."""
        hashes = [key_hash(id_key(each)) for each in company_ids]
        for part in self._snapshot.parts:
            summaries = part.segment.summaries
            for numbers in summaries.keys.documents(hashes):
                for number in numbers:
                    first = int(summaries.first[number])
                    for document in range(first, first + int(summaries.counts[number])):
                        if not part.is_deleted("contacts", document):
                            said = part.documents("contacts").said[document].tobytes()
                            yield _CONTACT.decode(part.segment.row("contacts", document)), said

    def contact_ids_of(self, company_ids: Sequence[str]) -> Iterator[str]:
        """Yield the ids of the contacts of these companies."""
        return (contact.id for contact, _ in self.contacts_of(company_ids))

    def is_empty(self, search: Search) -> bool:
        """Return whether there are no records at all."""
        return not any(part.documents(search).count for part in self._snapshot.parts)

    def made_of(self, search: Search, said: NDArray[Any]) -> NDArray[Any]:
        """Return, for each of *said* (V16), the number of the record that was made of just that, -1 for none."""
        made = np.full(len(said), -1, dtype=np.int64)
        places, numbers = self.holders(search, said)
        made[places] = numbers
        return made

    def holders(self, search: Search, keys: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return, side by side, the places of those *keys* (hashes, V16) that records hold, and their numbers."""
        found = [(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))]
        for part, first in zip(self._snapshot.parts, self._firsts[search], strict=True):
            places, documents = _live_holders(part, search, keys)
            found.append((places, documents + first))
        return np.concatenate([places for places, _ in found]), np.concatenate([numbers for _, numbers in found])

    def identity(self, search: Search, number: int) -> tuple[str, str | None]:
        """Return the id of the record *number*, and for a contact the id of its company."""
        place = bisect_right(self._firsts[search], number) - 1
        return self._snapshot.parts[place].segment.identity(search, number - self._firsts[search][place])

    def ids(self, search: Search, numbers: NDArray[Any]) -> list[str]:
        """Return the ids of the records *numbers*."""
        found = np.empty(len(numbers), dtype=object)
        places = np.searchsorted(self._firsts[search], numbers, side="right") - 1
        for place in np.unique(places).tolist():
            own = np.flatnonzero(places == place)
            ids = self._snapshot.parts[place].segment.padded_ids(search, numbers[own] - self._firsts[search][place])
            found[own] = [each.decode() for each in ids.tolist()]
        return list(found.tolist())

    def located(self, search: Search, numbers: NDArray[Any]) -> Iterator[tuple[Part, NDArray[Any]]]:
        """Yield, for each part that has any of the records *numbers*, their doc ids there."""
        for place, documents in self._located(search, numbers):
            yield self._snapshot.parts[place], documents

    def _located(self, search: Search, numbers: NDArray[Any]) -> Iterator[tuple[int, NDArray[Any]]]:
        places = np.searchsorted(self._firsts[search], numbers, side="right") - 1
        for place in np.unique(places).tolist():
            yield place, numbers[places == place] - self._firsts[search][place]

    def contacts_at(self, numbers: Sequence[int]) -> list[tuple[Contact, str | None]]:
        """Return the contacts *numbers*, each without its company, and the id of that."""
        found: dict[int, tuple[Contact, str | None]] = {}
        for place, documents in self._located("contacts", np.array(numbers, dtype=np.int64)):
            segment = self._snapshot.parts[place].segment
            contacts = map(_CONTACT.decode, segment.rows_without_company(documents))
            own = (documents + self._firsts["contacts"][place]).tolist()
            found |= zip(own, zip(contacts, segment.company_ids(documents), strict=True), strict=True)
        return [found[each] for each in numbers]

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


def _live_holders(part: Part, search: Search, keys: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return, side by side, the places of those *keys* (hashes, V16) that live documents hold, and the documents."""
    index = part.documents(search).keys
    first, last = index.ranges(keys)
    documents = index.owners[ranges(first, last - first)].astype(np.int64)
    places = np.repeat(np.arange(len(keys)), last - first)
    deletes = part.deletes[search]
    if deletes and len(documents) < _FEW:
        alive = [i for i, document in enumerate(documents.tolist()) if document not in deletes]
        places, documents = places[alive], documents[alive]
    elif deletes:
        dead = np.zeros(part.documents(search).count, dtype=bool)
        dead[documents_of(deletes)] = True
        places, documents = places[~dead[documents]], documents[~dead[documents]]
    return places, documents


def _live_rows(part: Part, search: Search) -> Iterator[bytes]:
    for document in range(part.documents(search).count):
        if not part.is_deleted(search, document):
            yield part.segment.row(search, document)
