"""
Columns: many rows read at once, and each distinct value of a field once.

This is the fast way, for rows of the plain kind.  The others are left to `records.py`, which also reads the distinct
values here, so that both ways say the same.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import msgspec
import numpy as np
from msgspec import UNSET
from numpy.typing import NDArray

from letrics.backend import Coded, coded
from letrics.importer.coding import (
    chosen,
    combined,
    is_true,
    listed,
    mapped,
    picked,
    replaced,
    with_others,
)
from letrics.importer.employers import Employers
from letrics.importer.feeding import TEXTS, Feeding, FieldColumns
from letrics.importer.field_values import NAMES, SAYING_NOTHING, SIMPLE, PartlyRead, reader_of, value_of_json
from letrics.importer.mapping import Mapping
from letrics.importer.named_companies import is_named
from letrics.importer.readings import NO_CUSTOM, PLAIN, PLAIN_JSON, Part, Parts, Reading, Told, scoped
from letrics.importer.records import Collector
from letrics.importer.rows import ListedRows, Rows
from letrics.importer.said import RowFault
from letrics.importer.said_by_columns import Columns
from letrics.importer.texts import Texts, names_of, tidied
from letrics.model.fields import COMPANY_FIELDS, CONTACT_FIELDS, DERIVED_FIELDS, Value
from letrics.model.filters import Search
from letrics.model.keys import is_letrics_id
from letrics.model.values import cleaned, is_shared_host, person_names, split_name

_FIELDS = {"contact": {f.name: f for f in CONTACT_FIELDS}, "company": {f.name: f for f in COMPANY_FIELDS}}
_ONLY_OF_CONTACTS = _FIELDS["contact"].keys() - _FIELDS["company"].keys()
Cleaning = Callable[[Sequence[str]], Sequence[str | None]]
_NAMES = NAMES
_SCOPED = ("contact", "emails")
# The fields of which one says whom a row speaks of.
_NAMING = {
    "contact": ("full_name", "emails", "linkedin_url", "external_id", "phones", "id"),
    "company": ("id", "external_id", "domain", "domain_aliases", "name"),
}
# Distinct values of a field that are remembered; beyond, they are forgotten and read again.
_REMEMBERED_MAX = 100_000
_NO_ROWS = ListedRows([])
_encode, _decode = msgspec.json.Encoder().encode, msgspec.json.Decoder().decode


class ColumnReader:
    """Reads the rows of one input, of which *collector* reads the distinct values; *mapping* is None for JSON."""

    def __init__(self, collector: Collector, mapping: Mapping | None) -> None:
        self._collector = collector
        self._mapping = mapping
        self._feeding = Feeding.of(mapping) if mapping is not None else None
        self.employers = Employers(collector, mapping, self._feeding)
        self._known: dict[str, Parts] = {}

    def contacts(self, rows: Rows) -> tuple[Columns, Rows]:
        """Return what those of *rows* say that are contacts of the plain kind, and the other rows."""
        columns, plain, faulty = self._columns("contact", rows)
        is_unnamed = is_true(mapped(columns.companies, lambda each: each is not None and not is_named(each)))
        faulty |= set(np.flatnonzero(is_unnamed).tolist())
        self._complete(columns)
        return self._parted("contact", rows, columns, plain, faulty)

    def companies(self, rows: Rows) -> tuple[Columns, Rows]:
        """Return what those of *rows* say that are companies of the plain kind, and the other rows."""
        columns, plain, faulty = self._columns("company", rows)
        self._complete_company(columns)
        return self._parted("company", rows, columns, plain, faulty)

    def _parted(
        self, record: str, rows: Rows, columns: Columns, plain: NDArray[np.int64], faulty: set[int]
    ) -> tuple[Columns, Rows]:
        """Return the *columns* of the *plain* of *rows*, without what is *faulty* or names nobody, and the others."""
        faulty |= set(np.flatnonzero(~_are_named(record, columns)).tolist())
        for place, counted in columns.unread:
            # The others are read again.
            if place not in faulty:
                self._collector.unread.update(counted)
        is_other = np.ones(len(rows), dtype=bool)
        is_other[plain] = False
        is_other[plain[sorted(faulty)]] = True
        others = rows.chosen(np.flatnonzero(is_other)) if is_other.any() else _NO_ROWS
        return columns.without(faulty) if faulty else columns, others

    def may_be(self, search: Search) -> bool:
        """Return whether a row may be such a record, and is one at most."""
        record = "contact" if search == "contacts" else "company"
        return self._mapping is None or (self._feeding is not None and self._mapping.record == record)

    def _columns(self, record: str, rows: Rows) -> tuple[Columns, NDArray[np.int64], set[int]]:
        """Return the columns of the plain rows, which of *rows* these are, and the places of faults among them."""
        every = np.arange(len(rows))
        if self._mapping is None:
            plain = [i for i, each in enumerate(rows.records()) if _is_plain(record, each)]
            every = every[plain]
            columns, faulty = self._of_json(record, rows.chosen(every))
            return columns, every, faulty
        if self._feeding is None or self._mapping.record != record or not len(rows):
            return Columns.of(_NO_ROWS), every[:0], set()
        columns, faulty = self._of_cells(record, rows, self._mapping, self._feeding)
        return columns, every, faulty

    def _of_cells(self, record: str, rows: Rows, mapping: Mapping, feeding: Feeding) -> tuple[Columns, set[int]]:
        columns = Columns.of(rows)
        faulty: set[int] = set()
        for header, place in feeding.custom:
            _keep(columns.customs, header, listed(_cleaned(rows.column(place))))
        for name, fed in feeding.fields.items():
            given = [rows.column(place) for _, place in fed.columns]
            if fed.is_text:
                columns.fields[name] = _cleaned(given[0], _cleaning(record, name))
                continue
            keys = given[0] if len(given) == 1 else combined(given)
            read = self._reading_of_cells(record, name, fed, mapping)
            if (record, name) == _SCOPED:
                read = scoped(read)
            plain = PLAIN.get((record, name)) if fed.is_plain else None
            faulty |= self._put(columns, name, keys, read, partial(_tidied, clean=_cleaning(record, name)), plain)
        if record == "contact":
            columns.companies = self.employers.of_cells(rows, columns.unread)
        return columns, faulty

    def _reading_of_cells(self, record: str, name: str, fed: FieldColumns, mapping: Mapping) -> Reading:
        field, headers = _FIELDS[record].get(name), fed.headers

        value_of = reader_of(field.value) if field is not None else str

        def read_one(cell: str) -> Any | Part:
            try:
                return value_of(cell)
            except PartlyRead as part:
                return Part(part.value, {headers[0]: part.rest}, Counter(headers))
            except ValueError:
                return Part(None, {headers[0]: cell}, Counter(headers))

        def said_of(key: Any) -> dict[str, Any]:
            texts = key if isinstance(key, tuple) else (key,)
            given = {header: cell for header, cell in zip(headers, texts, strict=True) if cell is not None}
            said = self._collector.of_cells(record, given, mapping)
            custom = {header: value for header, value in said.get("custom", {}).items() if header in fed.own}
            return {name: said.get(name), "custom": custom}

        is_simple = field is not None and field.value in SIMPLE and fed.is_plain
        return read_one if is_simple else lambda key: self._part(name, key, said_of)

    def _of_json(self, record: str, rows: Rows) -> tuple[Columns, set[int]]:
        records = rows.records()
        columns = Columns.of(rows)
        columns.clears = any(None in each.values() for each in records)
        faulty: set[int] = set()
        for name in dict.fromkeys(name for each in records for name in each):
            given = [each.get(name) for each in records]
            if name == "id":
                columns.fields["id"] = coded(given)
            elif name in TEXTS and set(map(type, given)) <= {str, type(None)}:
                columns.fields[name] = _cleaned(coded([each or "" for each in given]), _cleaning(record, name))
            elif name in _FIELDS[record]:
                keys = coded([each if each is None or type(each) is str else _encode(each) for each in given])
                read = self._reading_of_json(record, name)
                plain = PLAIN_JSON.get((record, name))
                faulty |= self._put(
                    columns, name, keys, scoped(read) if (record, name) == _SCOPED else read, plain=plain
                )
            elif name == "company":
                columns.companies = self.employers.of_json(given, faulty)
            elif name not in DERIVED_FIELDS:
                _keep(columns.customs, name, given)
        return columns, faulty

    def _reading_of_json(self, record: str, name: str) -> Reading:
        field = _FIELDS[record][name]

        def read_one(key: Any) -> Any | Part:
            try:
                value = value_of_json(field, key if isinstance(key, str) else _decode(key))
            except ValueError:
                return Part(is_fault=True)
            return value if value not in SAYING_NOTHING else None

        def said_of(key: Any) -> dict[str, Any]:
            value = key if isinstance(key, str) else _decode(key)
            return self._collector.of_json(record, {name: value})

        is_whole = field.value not in (Value.SENIORITY, Value.DEPARTMENTS, Value.CUSTOM)
        return read_one if is_whole else lambda key: self._part(name, key, said_of)

    def _complete(self, columns: Columns) -> None:
        """Add what follows: parts of names, the scope of addresses, the company of a business address."""
        names = [columns.field(name) for name in _NAMES]
        if "full_name" in columns.fields:
            told = combined(names)
            whole = [_names(*each) for each in told.values]
            names = [Coded([each[i] for each in whole], told.codes) for i in range(len(_NAMES))]
        else:
            names[2] = names_of(*names[:2]) or mapped(combined(names[:2]), _whole_name)
        columns.fields |= zip(_NAMES, names, strict=True)
        if "emails" in columns.fields:
            columns.companies = self.employers.with_those_of_emails(columns.companies, columns.fields["emails"])

    def _complete_company(self, columns: Columns) -> None:
        """Add what follows of companies, which `Collector.company` tells."""
        hosts, emails = columns.field("domain"), columns.field("emails")
        is_host_told = is_true(columns.field("website_url")) & ~is_true(hosts)
        is_host_told |= is_true(mapped(hosts, lambda each: each is not None and is_shared_host(each)))
        self._follow(columns, is_host_told, "domain", "website_url")
        is_range_told = columns.is_said("employee_count") & ~columns.is_said("employee_range")
        self._follow(columns, is_range_told, "employee_count", "employee_range")
        is_scoped = mapped(emails, lambda each: any(one.scope is not UNSET for one in each or ()))
        self._follow(columns, is_true(is_scoped), "emails")

    def _follow(self, columns: Columns, are_asked: NDArray[np.bool_], *names: str) -> None:
        """Give the fields *names* of the rows asked for what follows from these alone."""
        asked = np.flatnonzero(are_asked)
        if not len(asked):
            return
        told = combined([chosen(columns.field(name), asked) for name in names])
        followed: list[dict[str, Any]] = []
        unread: list[Counter[str]] = []
        for values in told.values:
            said = {name: value for name, value in zip(names, values, strict=True) if value is not None}
            company, counted = self._collector.counting(partial(self._collector.company, self.employers.nowhere, said))
            followed.append(company.changes)
            unread.append(counted)
        columns.unread += [
            (i, unread[k]) for i, k in zip(asked.tolist(), told.codes.tolist(), strict=True) if unread[k]
        ]
        for name in names:
            others = Coded([changes.get(name) for changes in followed], told.codes)
            columns.fields[name] = with_others(columns.field(name), asked, others)

    def _put(
        self,
        columns: Columns,
        name: str,
        keys: Coded,
        read: Reading,
        tidied: Callable[[list[Any]], Sequence[Any]] = list,
        plain: Callable[[Sequence[Any]], Told] | None = None,
    ) -> set[int]:
        """
        Put one field into *columns*, and what it leaves over into custom; return the places of faults.

        What *tidied* makes of the distinct *keys* is read, None for what says nothing; those that *plain* gives a value
        are not.
        """
        values: Sequence[Any]
        if plain is None:
            values, odd = self._read_distinct(self._known.setdefault(name, Parts()), keys.values, read, tidied)
        else:
            told, others = plain(keys.values)
            # What hardly occurs twice is not remembered.
            found, odd = self._read_distinct(Parts(), picked(keys.values, others), read, tidied)
            values = replaced(told, others, found)
        columns.fields[name] = Coded(values, keys.codes)
        faulty: set[int] = set()
        is_odd = is_true(mapped(keys, odd.__contains__)) if odd else np.zeros(0, dtype=bool)
        for i in np.flatnonzero(is_odd).tolist():
            part = odd[keys.values[keys.codes[i]]]
            if part.custom:
                columns.customs[i] = {**columns.customs[i], **part.custom}
            if part.unread:
                columns.unread.append((i, part.unread))
            if part.is_fault:
                faulty.add(i)
        return faulty

    def _read_distinct(
        self, known: Parts, keys: Sequence[Any], read: Reading, tidied: Callable[[list[Any]], Sequence[Any]]
    ) -> tuple[list[Any], dict[Any, Part]]:
        """Return the value of each of *keys*, and what some say besides; those that are *known* are not read."""
        values, odd = known.values, known.odd
        if len(values) > _REMEMBERED_MAX:
            values.clear()
            odd.clear()
        values[None] = None
        new = [key for key in keys if key not in values]
        for key, given in zip(new, tidied(new), strict=True):
            part = read(given) if given is not None else None
            if isinstance(part, Part):
                odd[key] = part
                part = part.value
            values[key] = part
        return list(map(values.__getitem__, keys)), odd

    def _part(self, name: str, key: Any, said_of: Callable[[Any], dict[str, Any]]) -> Any | Part:
        """Return what a distinct value says, with what it adds to the count of unread values."""
        try:
            said, unread = self._collector.counting(lambda: said_of(key))
        except RowFault:
            return Part(is_fault=True)
        custom = said.get("custom")
        return Part(said.get(name), custom or NO_CUSTOM, unread) if custom or unread else said.get(name)


def _is_plain(record: str, given: dict[str, Any]) -> bool:
    """Return whether a JSON object is such a *record* and its fields can be read each on its own."""
    is_contact = "company" in given or not _ONLY_OF_CONTACTS.isdisjoint(given) or "department" in given
    if is_contact != (record == "contact") or given.get("derived") or "department" in given:
        return False
    own_id = given.get("id")
    if own_id is not None and not (isinstance(own_id, str) and is_letrics_id(own_id)):
        return False
    if own_id is None and not DERIVED_FIELDS.isdisjoint(given):
        return False
    # An explicit null clears what is stored of a company, and so says more than nothing.
    return isinstance(given.get("company") or {}, dict) and (is_contact or None not in given.values())


def _cleaning(record: str, name: str) -> Cleaning:
    """Return what cleans the cells of a field."""
    return person_names if record == "contact" and name in _NAMES else cleaned


def _tidied(keys: list[Any], clean: Cleaning) -> Sequence[Any]:
    """Return *keys*, cells or the cells of several columns, without what says nothing."""
    if not keys or isinstance(keys[0], str):
        return clean(keys)
    return list(zip(*map(clean, zip(*keys, strict=True)), strict=True))


def _cleaned(cells: Coded, clean: Cleaning = cleaned) -> Coded:
    values = cells.values
    return Coded(tidied(values, clean) if isinstance(values, Texts) else clean(values), cells.codes)


def _keep(customs: list[dict[str, Any]], name: str, values: Sequence[Any]) -> None:
    for i, value in enumerate(values):
        if value is not None:
            customs[i] = {**customs[i], name: value}


def _whole_name(parts: tuple[str | None, str | None]) -> str | None:
    return " ".join(part for part in parts if part) or None


def _names(first: str | None, last: str | None, full: str | None) -> tuple[str | None, str | None, str | None]:
    if full is None:
        return first, last, " ".join(part for part in (first, last) if part) or None
    return (*split_name(full), full) if first is None and last is None else (first, last, full)


def _are_named(record: str, columns: Columns) -> NDArray[np.bool_]:
    """Return whether each row names a person or company."""
    is_named = np.zeros(len(columns.rows), dtype=np.bool_)
    for name in _NAMING[record]:
        is_named |= is_true(columns.field(name))
    return is_named
