"""
Writes a segment: records in, in any order; one file out, its documents in the order of answers.

Rows go to a spool file as they come; what stays in memory are numbers and the distinct terms.
"""

from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from letrics.index.field_writer import FieldWriter
from letrics.index.format import ContainerWriter
from letrics.index.keys import key_hash, write_keys
from letrics.index.layout import Structure, fields_of
from letrics.index.segment import NO_COMPANY
from letrics.index.spool import Spool
from letrics.index.strings import write_strings
from letrics.index.times import write_times
from letrics.model.company import Company, CompanySummary
from letrics.model.contact import Contact
from letrics.model.filters import Search
from letrics.model.keys import company_keys, contact_keys, id_key
from letrics.model.terms import record_time_us
from letrics.model.values import timestamp

_encode = msgspec.json.Encoder().encode
_SUMMARY = msgspec.json.Decoder(CompanySummary)
# A contact's row is stored up to its company, its last field; a reader appends the summary.
_NO_COMPANY_YET = b"null}"


class _Incoming:
    """The records of one search as they come: rows, keys, own times and own fields by number of arrival."""

    def __init__(self, search: Search, spool: Spool) -> None:
        self.search = search
        self.spool = spool
        self.numbers: dict[str, int] = {}
        self.rows = array("Q")
        self.added_us = array("q")
        self.hashes = bytearray()
        self.hash_owners = array("I")
        own = "contact" if search == "contacts" else "company"
        self.fields = [FieldWriter(f) for f in fields_of(search) if f.filter.of == own and _has_terms(f.structure)]

    def add(self, record: Company | Contact, row: bytes, keys: tuple[str, ...]) -> None:
        number = len(self.rows)
        self.numbers[record.id] = number
        self.rows.append(self.spool.append(row))
        self.added_us.append(timestamp(record.added_at))
        for key in keys:
            self.hashes += key_hash(key)
            self.hash_owners.append(number)
        for field in self.fields:
            field.add(number, record)

    def row(self, number: int) -> memoryview:
        return self.spool.read(self.rows[number])


def _has_terms(structure: Structure) -> bool:
    return structure in (Structure.TERMS, Structure.TEXT)


class SegmentWriter:
    """
    Collects records and writes them as one segment.

    A record added twice counts as it came last.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._spool = Spool(path.with_suffix(".spool"))
        self._companies = _Incoming("companies", self._spool)
        self._contacts = _Incoming("contacts", self._spool)
        self._company_ids: dict[str, int] = {}
        self._company_of = array("I")

    def add_company(self, company: Company) -> None:
        """Add *company*."""
        self._companies.add(company, _encode(company), company_keys(company))

    def add_contact(self, contact: Contact) -> None:
        """Add *contact*; of its company only the id is read."""
        company_number = NO_COMPANY
        if contact.company is not None:
            company_number = self._company_ids.setdefault(contact.company.id, len(self._company_ids))
        keys = contact_keys(contact)
        row = _encode(msgspec.structs.replace(contact, company=None)).removesuffix(_NO_COMPANY_YET)
        self._company_of.append(company_number)
        self._contacts.add(contact, row, keys)

    def holds(self, search: Search, record_id: str) -> bool:
        """Return whether the record is among those added."""
        return record_id in self._incoming(search).numbers

    def ids(self, search: Search) -> list[str]:
        """Return the ids of the records added."""
        return list(self._incoming(search).numbers)

    def drop(self, search: Search, record_id: str) -> None:
        """Take back a record that was added, if it was."""
        self._incoming(search).numbers.pop(record_id, None)

    def company_row(self, company_id: str) -> bytes | None:
        """Return the row of a company that was added, None where it was not."""
        number = self._companies.numbers.get(company_id)
        return None if number is None else bytes(self._companies.row(number))

    def _incoming(self, search: Search) -> _Incoming:
        return self._companies if search == "companies" else self._contacts

    def finish(self, stored_company_row: Callable[[str], bytes | None]) -> dict[str, int]:
        """
        Write the segment and return how many documents each search has in it.

        *stored_company_row* gives the row of a company that a contact names and that was not added; None
        leaves the contact without a company.
        """
        writer = ContainerWriter(self.path)
        try:
            self._spool.rewind()
            self._write_companies(writer)
            self._write_contacts(writer, stored_company_row)
            counts = {"companies": len(self._companies.numbers), "contacts": len(self._contacts.numbers)}
            writer.finish({"counts": counts})
        except BaseException:
            writer.abandon()
            raise
        finally:
            self._spool.close()
        return counts

    def abandon(self) -> None:
        """Remove what was spooled."""
        self._spool.close()

    def _write_companies(self, writer: ContainerWriter) -> None:
        incoming = self._companies
        ids = _ids(incoming)
        numbers = _numbers(incoming)
        added_us = np.array(incoming.added_us, dtype=np.int64)[numbers]
        order = np.lexsort((ids, -added_us))
        _write_documents(writer, incoming, numbers[order], ids[order], -added_us[order])
        documents = _documents(incoming, numbers[order])
        _write_fields(writer, incoming, documents)
        seen = [field for field in fields_of("companies") if field.structure is Structure.TIMES]
        for field in seen:
            times = [record_time_us(field.filter, _SUMMARY.decode(incoming.row(number))) for number in numbers[order]]
            name = f"companies/{field.name}"
            write_times(writer, name, np.array(times, dtype=np.int64), np.arange(len(times)))

    def _write_contacts(self, writer: ContainerWriter, stored_company_row: Callable[[str], bytes | None]) -> None:
        incoming = self._contacts
        numbers, ids = _numbers(incoming), _ids(incoming)
        company_of = np.array(self._company_of, dtype=np.uint32)[numbers]
        names = list(self._company_ids)
        # Only companies that a contact still names: a contact that came twice may have changed sides.
        rows = {
            i: self.company_row(names[i]) or stored_company_row(names[i])
            for i in np.unique(company_of).tolist()
            if i != NO_COMPANY
        }
        company_of[np.isin(company_of, [i for i, row in rows.items() if row is None])] = NO_COMPANY
        used = np.array([i for i, row in rows.items() if row is not None], dtype=np.uint32)
        summaries = [_SUMMARY.decode(row) for row in rows.values() if row is not None]
        company_ids = np.array([summary.id.encode() for summary in summaries] or [b""], dtype=bytes)
        company_added = np.array([timestamp(summary.added_at) for summary in summaries] or [0], dtype=np.int64)
        has_company = company_of != NO_COMPANY
        place = np.where(has_company, np.searchsorted(used, company_of), 0)
        added_us = np.where(has_company, company_added[place], np.array(incoming.added_us, dtype=np.int64)[numbers])
        order = np.lexsort((ids, np.where(has_company, company_ids[place], b""), -added_us))
        _write_documents(writer, incoming, numbers[order], ids[order], -added_us[order])
        _write_fields(writer, incoming, _documents(incoming, numbers[order]))
        self._write_company_side(writer, summaries, np.where(has_company, place, NO_COMPANY)[order])

    def _write_company_side(
        self, writer: ContainerWriter, summaries: list[CompanySummary], company_numbers: NDArray[Any]
    ) -> None:
        """Write what contacts know of their companies; a company's contacts stand next to each other."""
        writer.add_array("contacts/company_numbers", company_numbers.astype("<u4"))
        present, first, counts = np.unique(company_numbers, return_index=True, return_counts=True)
        first, counts = first[present != NO_COMPANY], counts[present != NO_COMPANY]
        ids = [summary.id for summary in summaries]
        encoded = [each.encode() for each in ids]
        write_strings(writer, "summaries/ids", encoded, map(len, encoded))
        rows = [_encode(summary) for summary in summaries]
        write_strings(writer, "summaries/rows", rows, map(len, rows))
        write_keys(writer, "summaries", b"".join(key_hash(id_key(each)) for each in ids), range(len(ids)))
        writer.add_array("summaries/first", first.astype("<u4"))
        writer.add_array("summaries/counts", counts.astype("<u4"))
        for field in fields_of("contacts"):
            if field.filter.of != "company" or field.structure is Structure.ORDER:
                continue
            name = f"contacts/{field.name}"
            if field.structure is Structure.TIMES:
                times = np.array([record_time_us(field.filter, each) for each in summaries], dtype=np.int64)
                of_contacts = np.repeat(times, counts)
                documents = np.flatnonzero(np.isin(company_numbers, NO_COMPANY, invert=True))
                by_company = documents[np.argsort(company_numbers[documents], kind="stable")]
                write_times(writer, name, of_contacts, by_company)
                continue
            terms = FieldWriter(field)
            for number, summary in enumerate(summaries):
                terms.add(number, summary)
            terms.write(writer, name, first, counts)


def _numbers(incoming: _Incoming) -> NDArray[Any]:
    return np.fromiter(incoming.numbers.values(), dtype=np.int64, count=len(incoming.numbers))


def _ids(incoming: _Incoming) -> NDArray[Any]:
    return np.array([record_id.encode() for record_id in incoming.numbers] or [], dtype=bytes)


def _documents(incoming: _Incoming, in_order: NDArray[Any]) -> NDArray[Any]:
    """Return the doc id of each number of arrival; -1 for what was replaced or dropped."""
    documents = np.full(len(incoming.rows), -1, dtype=np.int64)
    documents[in_order] = np.arange(len(in_order))
    return documents


def _write_documents(
    writer: ContainerWriter,
    incoming: _Incoming,
    in_order: NDArray[Any],
    ids: NDArray[Any],
    order: NDArray[Any],
) -> None:
    search = incoming.search
    identifiers = ids.tolist()
    write_strings(writer, f"{search}/ids", identifiers, map(len, identifiers))
    writer.add_array(f"{search}/order", order.astype("<i8"))
    rows = [incoming.row(number) for number in in_order.tolist()]
    write_strings(writer, f"{search}/rows", rows, map(len, rows))
    owners = _documents(incoming, in_order)[np.array(incoming.hash_owners, dtype=np.int64)]
    hashes = np.frombuffer(bytes(incoming.hashes), dtype="V16")[owners >= 0]
    write_keys(writer, search, hashes.tobytes(), owners[owners >= 0].tolist())


def _write_fields(writer: ContainerWriter, incoming: _Incoming, documents: NDArray[Any]) -> None:
    """Write the fields that belong to the records themselves: each document is a range of one."""
    counts = (documents >= 0).astype(np.int64)
    for field in incoming.fields:
        field.write(writer, f"{incoming.search}/{field.name}", np.maximum(documents, 0), counts)
