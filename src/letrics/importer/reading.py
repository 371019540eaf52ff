"""Reads the rows of one input, batch by batch: what they say of companies, drafts of contacts, and rejects."""

from collections import Counter
from collections.abc import Sequence

import msgspec
import numpy as np

from letrics.backend import Lookup, Writer
from letrics.importer.columns import ColumnReader
from letrics.importer.companies import CompanyWord, drafts_of, word_of
from letrics.importer.company_drafts import CompanyDrafts
from letrics.importer.drafts import DraftMaker, Drafts, KnownRows, Origins, origins_of, row_of, said_last
from letrics.importer.mapping import Mapping
from letrics.importer.records import Collector, is_named
from letrics.importer.report import Reject
from letrics.importer.rows import Row
from letrics.importer.said import CompanySaid, ContactSaid, RowFault, Said
from letrics.importer.suppressions import IsSuppressed
from letrics.model.keys import HASH_BYTES


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


class RowReader:
    """Reads the rows of one input; *is_suppressed* tells what must not come in."""

    def __init__(self, order: InputOrder, is_suppressed: IsSuppressed | None = None) -> None:
        self._order = order
        self._collector = Collector(order.file)
        self._columns = ColumnReader(self._collector, order.mapping)
        self._maker = DraftMaker(order.file, order.source, order.now, is_suppressed, order.reading)

    @property
    def unread(self) -> Counter[str]:
        """How many values of each column could not be read."""
        return self._collector.unread

    def read(self, rows: Sequence[Row], *, may_change: bool = True) -> Read:
        """Return what *rows* say; without *may_change* there is nothing stored that they could change."""
        columns, others = self._columns.contacts(rows)
        companies, others = self._columns.companies(others)
        words = [word_of(company, self._order.source) for company in companies]
        company_drafts = drafts_of(list(zip(companies, words, strict=True)), self._order.source, self._order.now)
        odd: list[tuple[Row, int, ContactSaid]] = []
        rejects: list[Reject] = []
        for row in others:
            try:
                said = self._said(row)
            except RowFault as fault:
                rejects.append(Reject(self._order.name, row.line, fault.field, fault.reason, row.as_written))
                continue
            contacts = [each for each in said if isinstance(each, ContactSaid)]
            odd += ((row, place, each) for place, each in enumerate(contacts))
            words += (word_of(each, self._order.source) for each in said if isinstance(each, CompanySaid))

        def number_of(company: CompanySaid) -> int:
            words.append(word_of(company, self._order.source))
            return len(words) - 1

        drafts = self._maker.drafts(columns, odd, number_of, may_change=may_change)
        return Read(drafts, words, company_drafts, rejects)

    def known(self, rows: list[Row], lookup: Lookup) -> tuple[KnownRows, list[CompanyWord], list[Row]]:
        """Return the rows of which stored contacts are made already, what they say of companies, and the other rows."""
        if not self._columns.are_contacts or lookup.is_empty("contacts"):
            return KnownRows(self._order.file, Origins([], [], []), np.empty(0, dtype=np.int64)), [], rows
        origins = origins_of(rows, [0] * len(rows))
        records = lookup.made_of("contacts", np.frombuffer(self._maker.said(origins), dtype=f"V{HASH_BYTES}"))
        places = np.flatnonzero(records >= 0).tolist()
        companies = self._columns.companies_of_contacts([rows[place] for place in places])
        for place, company in zip(places, companies, strict=True):
            # What is said of a company that the row does not name is of the one that an address tells.
            if company is not None and not is_named(company):
                records[place] = -1
        kept = [each for place, each in zip(places, companies, strict=True) if records[place] >= 0]
        places = [place for place in places if records[place] >= 0]
        lines, contents = [origins.lines[p] for p in places], [origins.contents[p] for p in places]
        known = KnownRows(self._order.file, Origins(lines, contents, [0] * len(places)), records[places])
        words = [word_of(each, self._order.source) for each in said_last(kept, lines).values()]
        return known, words, [row for row, record in zip(rows, records.tolist(), strict=True) if record < 0]

    def again(self, origins: Origins, draft: int) -> ContactSaid:
        """Return what was read before of a draft's contact."""
        said = self._said(row_of(origins, draft, is_json=self._order.mapping is None))
        return [each for each in said if isinstance(each, ContactSaid)][origins.contacts[draft]]

    def _said(self, row: Row) -> list[Said]:
        mapping = self._order.mapping
        return list(self._collector.from_record(row) if mapping is None else self._collector.from_cells(row, mapping))
