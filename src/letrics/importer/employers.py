"""Employers: what rows say of their contacts' companies, each distinct combination of cells, or object, read once."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
import numpy as np

from letrics.backend import Coded, coded
from letrics.importer.coding import chosen, combined, constant, is_true, listed, mapped, united, with_others
from letrics.importer.feeding import Feeding
from letrics.importer.field_values import SIMPLE, reader_of
from letrics.importer.mapping import Mapping
from letrics.importer.named_companies import company_of_emails
from letrics.importer.records import Collector
from letrics.importer.rows import Rows
from letrics.importer.said import CompanySaid, Place, RowFault
from letrics.model.fields import COMPANY_FIELDS
from letrics.model.values import text

_FIELDS = {field.name: field for field in COMPANY_FIELDS}
# Companies that are remembered; beyond, they are forgotten and read again.
_REMEMBERED_MAX = 100_000
_encode, _decode = msgspec.json.Encoder().encode, msgspec.json.Decoder().decode


class Employers:
    """
    Reads the companies of contacts, with *collector*; *mapping* and *feeding* are None for JSON.

    Rows that say the same have the same object.
    """

    def __init__(self, collector: Collector, mapping: Mapping | None, feeding: Feeding | None) -> None:
        self._collector = collector
        # What many rows say is read once; `said_last` tells where.
        self.nowhere: Place = (collector.file, 0)
        self._places = [place for _, place in feeding.company] if feeding is not None else []
        self._columns: Mapping | None = None
        self._readers: dict[str, tuple[str, Callable[[str], Any]]] | None = None
        if mapping is not None:
            columns = tuple(mapping.columns[place] for place in self._places)
            self._columns = msgspec.structs.replace(mapping, columns=columns)
            self._readers = _readers(self._columns)
        self._known: dict[Any, CompanySaid | None] = {}
        self._unread: dict[Any, Counter[str]] = {}

    def of_rows(self, rows: Rows) -> Coded:
        """Return what *rows*, which have been read before, say in so many words."""
        if self._columns is None:
            return self.of_json([each.get("company") for each in rows.records()], set())
        return self.of_cells(rows, [])

    def of_cells(self, rows: Rows, unread: list[tuple[int, Counter[str]]]) -> Coded:
        """Return what *rows* say; what could not be read is added to *unread*."""
        columns = [rows.column(place) for place in self._places]
        keys = combined(columns) if columns else constant((), len(rows))
        known = self._remembered()
        for cells in keys.values:
            if cells not in known:
                known[cells], counted = self._collector.counting(partial(self._of_cells, cells))
                if counted:
                    self._unread[cells] = counted
        if self._unread:
            unread_of = map(self._unread.get, listed(keys))
            unread += ((i, counted) for i, counted in enumerate(unread_of) if counted is not None)
        return mapped(keys, known.__getitem__)

    def _of_cells(self, cells: tuple[str, ...]) -> CompanySaid | None:
        assert self._columns is not None
        columns = zip(self._columns.columns, map(text, cells), strict=True)
        told = {column.header: cell for column, cell in columns if cell is not None}
        if not told:
            return None
        if self._readers is not None:
            try:
                said = {self._readers[header][0]: self._readers[header][1](cell) for header, cell in told.items()}
            except ValueError:
                # What cannot be read is kept, with its spelling.
                return self._collector.company_of_cells(self.nowhere, told, self._columns)
            return self._collector.company(self.nowhere, said)
        return self._collector.company_of_cells(self.nowhere, told, self._columns)

    def of_json(self, given: list[Any], faulty: set[int]) -> Coded:
        """Return what the objects *given* say; the places of those that cannot be taken are added to *faulty*."""
        known = self._remembered()
        keys = coded([_encode(each) if each is not None else None for each in given])
        for key in keys.values:
            if key is not None and key not in known:
                try:
                    known[key] = self._collector.company_of_json(self.nowhere, _decode(key))
                except RowFault:
                    continue
        is_faulty = mapped(keys, lambda key: key is not None and key not in known)
        faulty.update(np.flatnonzero(is_true(is_faulty)).tolist())
        return mapped(keys, known.get)

    def with_those_of_emails(self, companies: Coded, emails: Coded) -> Coded:
        """Return *companies* with those that business addresses tell, where rows name none."""
        has_none = ~is_true(mapped(companies, lambda each: each is not None)) & is_true(emails)
        if not has_none.any():
            return companies
        known = self._remembered()
        told = chosen(emails, np.flatnonzero(has_none))
        hosts = mapped(told, lambda each: tuple(one.value.rpartition("@")[2] for one in each))
        for key, addresses in zip(hosts.values, told.values, strict=True):
            if key not in known:
                known[key] = company_of_emails(self.nowhere, addresses, None, {})
        return with_others(companies, has_none, mapped(united(hosts), known.__getitem__))

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
