"""
Writes a segment: records in, in any order; one file out, its documents in the order of answers.

Rows go to spool files as they come; what stays in memory are numbers and the distinct terms.
"""

from array import array
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from letrics.backend import NOTHING_SAID, ManyCompanies, ManyContacts
from letrics.index.company_side import CompanySide, StoredRows
from letrics.index.format import ContainerWriter
from letrics.index.incoming import Incoming, answer_order
from letrics.index.keys import write_keys
from letrics.index.layout import IndexedField, Structure, fields_of
from letrics.index.rows import sampled, write_rows
from letrics.index.segment import NO_COMPANY
from letrics.index.strings import write_strings
from letrics.index.times import write_times
from letrics.model.company import Company
from letrics.model.contact import Contact
from letrics.model.filters import Search
from letrics.model.keys import company_keys, contact_keys
from letrics.packed import Packed

_encode = msgspec.json.Encoder().encode
# A contact's row is stored up to its company, its last field; a reader appends the summary.
_NO_COMPANY_YET = b"null}"


class SegmentWriter:
    """
    Collects records and writes them as one segment.

    A record added twice counts as it came last.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        # Contacts have their company's fields, so these are collected for both searches at once.
        fields = {each.name: each for search in ("contacts", "companies") for each in _fields(search, "company")}
        self._companies = Incoming("companies", path, fields.values())
        self._contacts = Incoming("contacts", path, _fields("contacts", "contact"))
        self._company_ids: dict[str, int] = {}
        self._company_of = array("I")

    def add_company(self, company: Company, said: bytes = NOTHING_SAID) -> None:
        """Add *company*."""
        self._companies.add(company, _encode(company), company_keys(company), said)

    def keep_rows(self, search: Search, rows: Packed) -> int:
        """Put aside the rows of records that may be added; return the number of the first."""
        if search == "contacts":
            rows = Packed(rows.data, rows.starts, rows.ends - len(_NO_COMPANY_YET)).compact()
        return self._incoming(search).keep(rows)

    def add_companies(self, companies: ManyCompanies) -> None:
        """Add many companies, none of which is added otherwise."""
        self._companies.add_many(companies)

    def add_contact(self, contact: Contact, said: bytes = NOTHING_SAID) -> None:
        """Add *contact*; of its company only the id is read."""
        company_id = contact.company.id if contact.company is not None else None
        row = _encode(msgspec.structs.replace(contact, company=None))
        self._contacts.add(contact, row.removesuffix(_NO_COMPANY_YET), contact_keys(contact), said)
        self._company_of.append(self._number_of(company_id))

    def add_contacts(self, contacts: ManyContacts) -> None:
        """Add many contacts, none of which is added otherwise."""
        self._contacts.add_many(contacts)
        self._company_of.extend(map(self._number_of, contacts.company_ids))

    def _number_of(self, company_id: str | None) -> int:
        known = self._company_ids
        return NO_COMPANY if company_id is None else known.setdefault(company_id, len(known))

    def holds(self, search: Search, record_id: str) -> bool:
        """Return whether the record is a company, or a contact added by itself."""
        return self._incoming(search).number_of(record_id) is not None

    def ids(self, search: Search) -> list[str]:
        """Return the ids of the records added one by one."""
        return list(self._incoming(search).numbers)

    def count(self, search: Search) -> int:
        """Return how many records there are."""
        return len(self._incoming(search))

    def drop(self, search: Search, record_id: str) -> None:
        """Take back a record that was added, if it was."""
        self._incoming(search).numbers.pop(record_id, None)

    def company_row(self, company_id: str) -> bytes | None:
        """Return the row of a company that was added, None where it was not."""
        number = self._companies.number_of(company_id)
        return None if number is None else self._companies.row(number)

    def _incoming(self, search: Search) -> Incoming:
        return self._companies if search == "companies" else self._contacts

    def finish(self, stored_rows: StoredRows) -> None:
        """
        Write the segment.

        *stored_rows* gives the rows of companies that contacts name and that were not added; None
        leaves a contact without a company.
        """
        writer = ContainerWriter(self.path)
        try:
            self._companies.spool.rewind()
            self._contacts.spool.rewind()
            self._write_companies(writer)
            self._write_contacts(writer, stored_rows)
            writer.finish({"counts": {"companies": len(self._companies), "contacts": len(self._contacts)}})
        except BaseException:
            writer.abandon()
            raise
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Remove what was put aside."""
        self._companies.spool.close()
        self._contacts.spool.close()

    def _write_companies(self, writer: ContainerWriter) -> None:
        incoming = self._companies
        numbers = incoming.live()
        ids, added_us = incoming.ids()[numbers], incoming.added_us()[numbers]
        order = answer_order(added_us, ids)
        _write_documents(writer, incoming, numbers[order], ids[order], -added_us[order])
        for name in (each.name for each in _fields("companies", "company") if each.structure is Structure.TIMES):
            _, times = incoming.times[name]
            write_times(
                writer, f"companies/{name}", np.frombuffer(times, np.int64)[numbers[order]], np.arange(len(order))
            )

    def _write_contacts(self, writer: ContainerWriter, stored_rows: StoredRows) -> None:
        incoming = self._contacts
        numbers = incoming.live()
        ids = incoming.ids()[numbers]
        company_of = np.array(self._company_of, dtype=np.uint32)[numbers]
        # Only companies that a contact still names: a contact that came twice may have changed sides.
        used = np.unique(company_of)
        used = used[used != NO_COMPANY]
        names = list(self._company_ids)
        side = CompanySide([names[i] for i in used.tolist()], self._companies, stored_rows)
        has_company = company_of != NO_COMPANY
        place = side.places[np.where(has_company, np.searchsorted(used, company_of), -1)]
        has_company = place != NO_COMPANY
        own_us = incoming.added_us()[numbers]
        # A contact without a company stands where its own time and an empty id put it.
        company_us, company_ids = np.append(side.added_us(), 0), np.array([*(i.encode() for i in side.ids), b""])
        place_or_last = np.where(has_company, place, len(side.ids))
        added_us = np.where(has_company, company_us[place_or_last], own_us)
        rank = np.empty(len(company_ids), dtype=np.int64)
        rank[np.argsort(company_ids, kind="stable")] = np.arange(len(company_ids))
        order = answer_order(added_us, rank[place_or_last], ids)
        _write_documents(writer, incoming, numbers[order], ids[order], -added_us[order])
        side.write(writer, place[order])


def _fields(search: Search, of: str) -> list[IndexedField]:
    """Return the fields of a search that are written, of the records themselves or of their companies."""
    return [f for f in fields_of(search) if f.filter.of == of and f.structure is not Structure.ORDER]


def _write_documents(
    writer: ContainerWriter, incoming: Incoming, in_order: NDArray[Any], ids: NDArray[Any], order: NDArray[Any]
) -> None:
    """Write what documents have of their own: ids, rows, keys and fields; *in_order* are their numbers of arrival."""
    search = incoming.search
    identifiers = ids.tolist()
    write_strings(writer, f"{search}/ids", identifiers, map(len, identifiers))
    writer.add_array(f"{search}/order", order.astype("<i8"))
    sample = [incoming.row(number) for number in in_order[sampled(len(in_order))].tolist()]
    write_rows(writer, f"{search}/rows", incoming.rows(in_order), sample)
    said = incoming.said()[in_order]
    writer.add_array(f"{search}/said", said)
    documents = np.full(incoming.total, -1, dtype=np.int64)
    documents[in_order] = np.arange(len(in_order))
    keys = ((hashes, documents[owners]) for hashes, owners in incoming.held_keys())
    held = [(hashes[owners >= 0], owners[owners >= 0]) for hashes, owners in keys]
    # What stands for all that was said of a record is one more of its keys.
    made = np.flatnonzero(said != np.void(NOTHING_SAID))
    write_keys(writer, search, [*held, (said[made], made)])
    counts = (documents >= 0).astype(np.int64)
    for field in fields_of(search):
        if field.name in incoming.fields:
            incoming.fields[field.name].write(writer, f"{search}/{field.name}", np.maximum(documents, 0), counts)
