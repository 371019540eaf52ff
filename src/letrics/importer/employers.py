"""Employers: what rows say of their contacts' companies, each distinct combination of cells, or object, read once."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import msgspec

from letrics.importer.feeding import Feeding
from letrics.importer.field_values import SIMPLE, reader_of
from letrics.importer.mapping import Mapping
from letrics.importer.records import Collector, company_of_emails
from letrics.importer.rows import Row
from letrics.importer.said import CompanySaid, Place, RowFault
from letrics.model.company import Email
from letrics.model.fields import COMPANY_FIELDS
from letrics.model.values import text

_FIELDS = {field.name: field for field in COMPANY_FIELDS}
# Companies that are remembered; beyond, they are forgotten and read again.
_REMEMBERED_MAX = 100_000
_encode = msgspec.json.Encoder().encode


class Employers:
    """
    Reads the companies of contacts, with *collector*; *mapping* and *feeding* are None for JSON.

    Rows that say the same have the same object.
    """

    def __init__(self, collector: Collector, mapping: Mapping | None, feeding: Feeding | None) -> None:
        self._collector = collector
        self._places = [place for _, place in feeding.company] if feeding is not None else []
        self._columns: Mapping | None = None
        self._readers: dict[str, tuple[str, Callable[[str], Any]]] | None = None
        if mapping is not None:
            columns = tuple(mapping.columns[place] for place in self._places)
            self._columns = msgspec.structs.replace(mapping, columns=columns)
            self._readers = _readers(self._columns)
        self._known: dict[Any, CompanySaid | None] = {}
        self._unread: dict[Any, Counter[str]] = {}

    def of_rows(self, rows: list[Row]) -> list[CompanySaid | None]:
        """Return what *rows*, which have been read before, say in so many words."""
        if self._columns is None:
            return self.of_json(rows, [(row.record or {}).get("company") for row in rows], set())
        return self.of_cells(rows, [[row.cells[place] for row in rows if row.cells] for place in self._places], [])

    def of_columns(
        self, rows: list[Row], columns: Sequence[Sequence[str]], unread: list[tuple[int, Counter[str]]]
    ) -> list[CompanySaid | None]:
        """Return what *rows*, given by *columns* as well, say; what could not be read is added to *unread*."""
        return self.of_cells(rows, [columns[place] for place in self._places], unread)

    def of_cells(
        self, rows: list[Row], told: Sequence[Sequence[str]], unread: list[tuple[int, Counter[str]]]
    ) -> list[CompanySaid | None]:
        """Return what *told* says, the columns that tell of companies."""
        keys = list(zip(*told, strict=True)) or [()] * len(rows)
        known = self._remembered()
        new = set(keys).difference(known)
        for row, cells in zip(rows, keys, strict=True) if new else ():
            if cells in new:
                new.remove(cells)
                known[cells], counted = self._collector.counting(partial(self._of_cells, row.line, cells))
                if counted:
                    self._unread[cells] = counted
        if self._unread:
            unread_of = map(self._unread.get, keys)
            unread += ((i, counted) for i, counted in enumerate(unread_of) if counted is not None)
        return list(map(known.__getitem__, keys))

    def _of_cells(self, line: int, cells: tuple[str, ...]) -> CompanySaid | None:
        assert self._columns is not None
        columns = zip(self._columns.columns, map(text, cells), strict=True)
        told = {column.header: cell for column, cell in columns if cell is not None}
        if not told:
            return None
        place: Place = (self._collector.file, line)
        if self._readers is not None:
            try:
                said = {self._readers[header][0]: self._readers[header][1](cell) for header, cell in told.items()}
            except ValueError:
                # What cannot be read is kept, with its spelling.
                return self._collector.company_of_cells(place, told, self._columns)
            return self._collector.company(place, said)
        return self._collector.company_of_cells(place, told, self._columns)

    def of_json(self, rows: list[Row], given: list[Any], faulty: set[int]) -> list[CompanySaid | None]:
        """Return what the objects *given* say; the places of those that cannot be taken are added to *faulty*."""
        known = self._remembered()
        companies: list[CompanySaid | None] = []
        for i, (row, each) in enumerate(zip(rows, given, strict=True)):
            key = _encode(each) if each is not None else None
            if key not in known:
                try:
                    place = (self._collector.file, row.line)
                    known[key] = self._collector.company_of_json(place, each) if each is not None else None
                except RowFault:
                    faulty.add(i)
            companies.append(known.get(key))
        return companies

    def add_of_emails(
        self, companies: list[CompanySaid | None], rows: Sequence[Row], emails: Sequence[tuple[Email, ...] | None]
    ) -> None:
        """Add to *companies* those that business addresses tell, where rows name none."""
        known = self._remembered()
        for i, (company, addresses) in enumerate(zip(companies, emails, strict=True)):
            if addresses and company is None:
                hosts = tuple(each.value.rpartition("@")[2] for each in addresses)
                if hosts not in known:
                    known[hosts] = company_of_emails((self._collector.file, rows[i].line), addresses, None, {})
                companies[i] = known[hosts]

    def _remembered(self) -> dict[Any, CompanySaid | None]:
        if len(self._known) > _REMEMBERED_MAX:
            self._known.clear()
            self._unread.clear()
        return self._known


def _readers(mapping: Mapping) -> dict[str, tuple[str, Callable[[str], Any]]] | None:
    """Return which field of a company each column feeds, and what reads it; None where that takes more."""
    if any(target.startswith("company.") for target in mapping.constants):
        return None
    readers: dict[str, tuple[str, Callable[[str], Any]]] = {}
    for column in mapping.columns:
        field = _FIELDS.get(column.targets[0].partition(".")[2])
        if field is None or field.value not in SIMPLE or not column.is_plain:
            return None
        readers[column.header] = (field.name, reader_of(field.value))
    return readers if len({name for name, _ in readers.values()}) == len(mapping.columns) else None
