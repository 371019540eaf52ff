"""Reads the rows of one input, batch by batch: what they say of companies, drafts of contacts, and rejects."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from letrics.backend import Coded, Lookup, Writer
from letrics.importer.coding import chosen, is_true, mapped
from letrics.importer.columns import ColumnReader
from letrics.importer.company_drafts import CompanyDrafts, company_drafts
from letrics.importer.company_words import CompanyWord, reference_key, words_of, words_of_columns
from letrics.importer.drafts import DraftMaker, Drafts, said_last
from letrics.importer.known import KnownRows
from letrics.importer.mapping import Mapping
from letrics.importer.named_companies import is_named
from letrics.importer.origins import Hashing, Origins, origins_of, row_of
from letrics.importer.records import Collector
from letrics.importer.report import Reject
from letrics.importer.rows import ListedRows, Row, Rows
from letrics.importer.said import CompanySaid, ContactSaid, RowFault, Said
from letrics.importer.suppressions import IsSuppressed
from letrics.model.filters import SEARCHES, Search
from letrics.model.keys import HASH_BYTES, key_hashes


class InputOrder(msgspec.Struct, frozen=True):
    """
    Which input is read, and how: the number and name of the file, the source of its records, and the time *now*.

    *mapping* is None for JSON in Letrics' own format.  *reading* stands for how rows are read: what was read
    otherwise may say something else.
    """

    file: int
    name: str
    source: str
    now: str
    mapping: Mapping | None
    reading: bytes


class Read(msgspec.Struct):
    """
    What a batch of rows says; the companies of drafts are numbered by their places among *companies*.

    The first of *companies* have drafts themselves.
    """

    drafts: Drafts
    companies: list[CompanyWord]
    company_drafts: CompanyDrafts | None
    rejects: list[Reject]

    def keep_rows(self, writer: Writer) -> None:
        """Let *writer* keep the rows of all drafts."""
        for drafts in (self.drafts.rows, self.company_drafts):
            if drafts is not None:
                drafts.keep_rows(writer)


class Known(msgspec.Struct):
    """
    Rows of which stored *contacts* and *companies* are made already, and the *others*, to be read.

    *words* are what those of contacts say of companies.
    """

    contacts: KnownRows
    companies: KnownRows
    words: list[CompanyWord]
    others: Rows


class RowReader:
    """Reads the rows of one input; *is_suppressed* tells what must not come in."""

    def __init__(self, order: InputOrder, is_suppressed: IsSuppressed | None = None) -> None:
        self._order = order
        self._collector = Collector(order.file)
        self._columns = ColumnReader(self._collector, order.mapping)
        self._is_suppressed = is_suppressed
        self._hashing = Hashing(order.source, order.reading)
        self._maker = DraftMaker(order.file, order.source, order.now, is_suppressed, self._hashing)

    @property
    def unread(self) -> Counter[str]:
        """How many values of each column could not be read."""
        return self._collector.unread

    def read(self, rows: Rows, others: Sequence[Row], lookup: Lookup) -> Read:
        """Return what *rows* and *others* say, which may change what *lookup* has."""
        columns, left = self._columns.contacts(rows)
        companies, left = self._columns.companies(left)
        words = words_of_columns(companies, self._order.file, self._order.source)
        drafted = company_drafts(companies, words, self._hashing, self._order.source, self._order.now)
        odd: list[tuple[Row, int, ContactSaid]] = []
        rejects: list[Reject] = []
        for row in (*map(left.row, range(len(left))), *others):
            try:
                said = self._said(row)
            except RowFault as fault:
                rejects.append(Reject(self._order.name, row.line, fault.field, fault.reason, row.as_written))
                continue
            contacts = [each for each in said if isinstance(each, ContactSaid)]
            odd += ((row, place, each) for place, each in enumerate(contacts))
            words += words_of([each for each in said if isinstance(each, CompanySaid)], self._order.source)

        def numbers_of(companies: Sequence[CompanySaid]) -> range:
            words.extend(words_of(companies, self._order.source))
            return range(len(words) - len(companies), len(words))

        drafts = self._maker.drafts(columns, odd, numbers_of, lookup)
        return Read(drafts, words, drafted, rejects)

    def known(self, rows: Rows, lookup: Lookup, *, may_pass: bool) -> Known:
        """
        Return which of *rows* are known by their bytes, and the others.

        With *may_pass*, a reference to a stored company changes nothing, and so is no word.
        """
        searches = [each for each in SEARCHES if self._columns.may_be(each) and not lookup.is_empty(each)]
        if self._is_suppressed is not None and "companies" in searches:
            # Whoever has been suppressed since is looked at closely.
            searches.remove("companies")
        if not searches:
            none = KnownRows(self._order.file, origins_of(ListedRows([])), np.empty(0, dtype=np.int64))
            return Known(none, none, [], rows)
        origins = origins_of(rows)
        hashes = np.frombuffer(self._hashing.hashes(origins), dtype=f"V{HASH_BYTES}")
        records = {search: np.full(len(rows), -1, dtype=np.int64) for search in SEARCHES}
        records |= {search: lookup.made_of(search, hashes) for search in searches}
        companies = self._companies_of_known(rows, records["contacts"])
        known: dict[Search, KnownRows] = {}
        for search, of_rows in records.items():
            places = np.flatnonzero(of_rows >= 0)
            known[search] = KnownRows(self._order.file, origins.chosen(places), of_rows[places])
        if may_pass and self._is_suppressed is None:
            companies = self._pass_references(companies, lookup)
        said = said_last(companies, known["contacts"].origins.lines)
        words = words_of([each for each in said if each is not None], self._order.source)
        others = np.flatnonzero((records["contacts"] < 0) & (records["companies"] < 0))
        left = rows.chosen(others) if len(others) < len(rows) else rows
        return Known(known["contacts"], known["companies"], words, left)

    def _companies_of_known(self, rows: Rows, records: NDArray[Any]) -> Coded:
        """Return what the rows whose contacts are *records* say of companies; take back those that do not name them."""
        places = np.flatnonzero(records >= 0)
        companies = self._columns.employers.of_rows(rows.chosen(places))
        # What is said of a company that the row does not name is of the one that an address tells.
        is_unnamed = is_true(mapped(companies, lambda each: each is not None and not is_named(each)))
        records[places[is_unnamed]] = -1
        return chosen(companies, np.flatnonzero(~is_unnamed)) if is_unnamed.any() else companies

    def _pass_references(self, companies: Coded, lookup: Lookup) -> Coded:
        """Return *companies* without the references to stored ones."""
        keys = [each and reference_key(each, self._order.source) for each in companies.values]
        asked = [number for number, key in enumerate(keys) if key is not None]
        hashes = np.frombuffer(key_hashes(key for key in keys if key is not None), dtype=f"V{HASH_BYTES}")
        passed = {asked[place] for place in lookup.holders("companies", hashes)[0].tolist()}
        return Coded([None if i in passed else each for i, each in enumerate(companies.values)], companies.codes)

    def again(self, origins: Origins, draft: int) -> ContactSaid:
        """Return what was read before of a draft's contact."""
        said = self._said(row_of(origins, draft, is_json=self._order.mapping is None))
        return [each for each in said if isinstance(each, ContactSaid)][origins.contacts[draft]]

    def companies_again(self, origins: Origins) -> list[CompanyWord]:
        """Return what was read before of companies."""
        is_json = self._order.mapping is None
        rows = ListedRows([row_of(origins, i, is_json=is_json) for i in range(len(origins.lines))])
        companies, _ = self._columns.companies(rows)
        return words_of_columns(companies, self._order.file, self._order.source)

    def _said(self, row: Row) -> list[Said]:
        mapping = self._order.mapping
        return list(self._collector.from_record(row) if mapping is None else self._collector.from_cells(row, mapping))
