"""Reads the rows of one input, batch by batch: what they say of companies, drafts of contacts, and rejects."""

from collections.abc import Callable, Sequence

import numpy as np

from letrics.backend import Lookup
from letrics.importer.columns import ColumnReader
from letrics.importer.drafts import DraftMaker, Drafts, KnownRows, Origins, origins_of, row_of
from letrics.importer.mapping import Mapping
from letrics.importer.records import Collector
from letrics.importer.report import Reject
from letrics.importer.rows import BrokenRow, Row
from letrics.importer.said import CompanySaid, ContactSaid, RowFault, Said
from letrics.model.keys import HASH_BYTES


class RowReader:
    """Reads the rows of the input that is called *name*; *mapping* is None for JSON in Letrics' own format."""

    def __init__(self, file: int, name: str, mapping: Mapping | None, maker: DraftMaker, lookup: Lookup) -> None:
        self._file = file
        self._name = name
        self._mapping = mapping
        self._collector = Collector(file)
        self._columns = ColumnReader(self._collector, mapping)
        self._maker = maker
        self._lookup = lookup

    def read(
        self, rows: Sequence[Row | BrokenRow], number_of: Callable[[CompanySaid], int]
    ) -> tuple[Drafts, KnownRows, list[Reject]]:
        """
        Return the drafts, the known rows and the rejects of *rows*.

        *number_of* takes what is said of companies, and numbers it.
        """
        rejects = [Reject(self._name, row.line, "", row.reason, row.text) for row in rows if isinstance(row, BrokenRow)]
        known, others = self._known([row for row in rows if isinstance(row, Row)], number_of)
        columns, others = self._columns.contacts(others)
        companies, others = self._columns.companies(others)
        for company in companies:
            number_of(company)
        odd: list[tuple[Row, int, ContactSaid]] = []
        for row in others:
            try:
                said = self._said(row)
            except RowFault as fault:
                rejects.append(Reject(self._name, row.line, fault.field, fault.reason, row.text))
                continue
            contacts = [each for each in said if isinstance(each, ContactSaid)]
            odd += ((row, place, each) for place, each in enumerate(contacts))
            for each in said:
                if isinstance(each, CompanySaid):
                    number_of(each)
        rejects.sort(key=lambda reject: reject.line)
        return self._maker.drafts(columns, odd, number_of), known, rejects

    def _known(self, rows: list[Row], number_of: Callable[[CompanySaid], int]) -> tuple[KnownRows, list[Row]]:
        """Return the rows of which stored contacts are made already, having read their companies, and the others."""
        if not self._columns.are_contacts:
            return KnownRows(self._file, Origins([], [], []), np.empty(0, dtype=np.int64)), rows
        origins = origins_of(rows, [0] * len(rows))
        records = self._lookup.made_of("contacts", np.frombuffer(self._maker.said(origins), dtype=f"V{HASH_BYTES}"))
        places = np.flatnonzero(records >= 0).tolist()
        for company in self._columns.companies_of_contacts([rows[place] for place in places]):
            if company is not None:
                number_of(company)
        lines, contents = [origins.lines[p] for p in places], [origins.contents[p] for p in places]
        known = KnownRows(self._file, Origins(lines, contents, [0] * len(places)), records[places])
        return known, [row for row, record in zip(rows, records.tolist(), strict=True) if record < 0]

    def again(self, origins: Origins, draft: int) -> ContactSaid:
        """Return what was read before of a draft's contact."""
        said = self._said(row_of(origins, draft, is_json=self._mapping is None))
        return [each for each in said if isinstance(each, ContactSaid)][origins.contacts[draft]]

    def notes(self) -> list[str]:
        """Return how many values of each column could not be read."""
        return [
            f"{column}: {n:,} values kept in custom as they are" for column, n in self._collector.unread.most_common()
        ]

    def _said(self, row: Row) -> list[Said]:
        mapping = self._mapping
        return list(self._collector.from_record(row) if mapping is None else self._collector.from_cells(row, mapping))
