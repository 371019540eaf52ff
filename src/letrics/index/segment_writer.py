"""
Writes a segment: records in, in any order; one file out, its documents in the order of answers.

Rows go to spool files as they come; what stays in memory are numbers and the distinct terms.
"""

from array import array
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from letrics.backend import NOTHING_SAID, ManyCompanies, ManyContacts
from letrics.index.beside import beside
from letrics.index.company_side import CompanySide, StoredRows
from letrics.index.format import ContainerWriter
from letrics.index.incoming import Incoming, answer_order
from letrics.index.layout import IndexedField, Structure, fields_of
from letrics.index.rows import MANY, sampled, write_rows
from letrics.index.segment import NO_COMPANY
from letrics.index.strings import write_padded
from letrics.index.times import write_times
from letrics.model.company import Company
from letrics.model.contact import Contact
from letrics.model.filters import Search
from letrics.model.keys import company_keys, contact_keys
from letrics.packed import Packed

_encode = msgspec.json.Encoder().encode
# A contact's row is stored up to its company, its last field; a reader appends the summary.
_NO_COMPANY_YET = b"null}"
# To start a process takes longer than to write so few documents.
_FEW = 2_000


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

    def __len__(self) -> int:
        return len(self._companies) + len(self._contacts)

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
        self._companies.close()
        self._contacts.close()

    def _write_companies(self, writer: ContainerWriter) -> None:
        incoming = self._companies
        numbers = incoming.live()
        newest_first, positions = np.unique(-incoming.added_us()[numbers], return_inverse=True)
        order = answer_order(positions, incoming.ids()[numbers])
        numbers = numbers[order]
        _write_documents(writer, incoming, numbers, newest_first[positions[order]], len(self))
        for name in (each.name for each in _fields("companies", "company") if each.structure is Structure.TIMES):
            _, times = incoming.times[name]
            own = np.frombuffer(times, np.int64)[numbers]
            write_times(writer, f"companies/{name}", own, np.arange(len(numbers)), len(numbers))

    def _write_contacts(self, writer: ContainerWriter, stored_rows: StoredRows) -> None:
        incoming = self._contacts
        numbers = incoming.live()
        side, place = self._company_side(np.frombuffer(self._company_of, dtype=np.uint32)[numbers], stored_rows)
        # What tells before its id where a contact stands: its company's time and id, or its own time and no id.
        alone = place == NO_COMPANY
        own_us, of_alone = np.unique(incoming.added_us()[numbers[alone]], return_inverse=True)
        leads = -np.concatenate((side.added_us(), own_us))
        company_ids = np.array([*(each.encode() for each in side.ids), *[b""] * len(own_us)])
        by_lead = np.lexsort((np.argsort(np.argsort(company_ids, kind="stable")), leads))
        lead = place.copy()
        lead[alone] = len(side.ids) + of_alone
        position = np.empty(len(leads), dtype=np.uint32)
        position[by_lead] = np.arange(len(leads))
        ids = incoming.ids()
        order = answer_order(position[lead], ids if len(numbers) == len(ids) else ids[numbers])
        place, leads, numbers = place[order], leads[lead[order]], numbers[order]
        del ids, lead, alone, order

        self._companies.settle()
        self._contacts.settle()
        with beside(partial(self._write_rows, side, numbers, leads), writer, is_worth_it=_FEW < len(self) < MANY):
            del numbers, leads
            side.write_fields(writer, place)

    def _write_rows(
        self, side: CompanySide, numbers: NDArray[Any], leads: NDArray[Any], writer: ContainerWriter
    ) -> None:
        """Write what contacts have of their own, *numbers* in order, and what their companies are."""
        _write_documents(writer, self._contacts, numbers, leads, len(self))
        side.write_summaries(writer, len(self))

    def _company_side(self, company_of: NDArray[Any], stored_rows: StoredRows) -> tuple[CompanySide, NDArray[Any]]:
        """Return what contacts have from their companies, and the place of each contact's one, or NO_COMPANY."""
        # Only companies that a contact still names: a contact that came twice may have changed sides.
        used = np.unique(company_of)
        used = used[used != NO_COMPANY]
        names = list(self._company_ids)
        side = CompanySide([names[i] for i in used.tolist()], self._companies, stored_rows)
        return side, side.places[np.where(company_of != NO_COMPANY, np.searchsorted(used, company_of), -1)]


def _fields(search: Search, of: str) -> list[IndexedField]:
    """Return the fields of a search that are written, of the records themselves or of their companies."""
    return [f for f in fields_of(search) if f.filter.of == of and f.structure is not Structure.ORDER]


def _write_documents(
    writer: ContainerWriter, incoming: Incoming, in_order: NDArray[Any], order: NDArray[Any], of_file: int
) -> None:
    """
    Write what documents have of their own: ids, rows, keys and fields; *in_order* are their numbers of arrival.

    *of_file* is how many documents the file has, those of the other search among them.
    """
    search = incoming.search
    write_padded(writer, f"{search}/ids", incoming.ids(), in_order)
    incoming.forget_ids()
    writer.add_array(f"{search}/order", order.astype("<i8"))
    sample = [incoming.row(number) for number in in_order[sampled(len(in_order))].tolist()]
    write_rows(writer, f"{search}/rows", incoming.rows(in_order), sample, of_file)
    said = incoming.take_said()[in_order]
    writer.add_array(f"{search}/said", said)
    documents = np.full(incoming.total, -1, dtype=np.int64)
    documents[in_order] = np.arange(len(in_order))
    # What stands for all that was said of a record is one more of its keys.
    made = np.flatnonzero(said != np.void(NOTHING_SAID))
    # Of all, as a first import has it, no copy is made.
    incoming.write_keys(writer, documents, (said if len(made) == len(said) else said[made], made))
    del said, made
    first, counts = np.maximum(documents, 0).astype(np.uint32), documents >= 0
    for field in fields_of(search):
        if field.name in incoming.fields:
            incoming.fields[field.name].write(writer, f"{search}/{field.name}", first, counts)
