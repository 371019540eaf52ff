"""Reads the rows of one input, batch by batch: what they say of companies, drafts of contacts, and rejects."""

from collections.abc import Callable, Sequence

from letrics.importer.columns import ColumnReader
from letrics.importer.drafts import DraftMaker, Drafts, Origins, row_of
from letrics.importer.mapping import Mapping
from letrics.importer.records import Collector
from letrics.importer.report import Reject
from letrics.importer.rows import BrokenRow, Row
from letrics.importer.said import CompanySaid, ContactSaid, RowFault, Said


class RowReader:
    """Reads the rows of the input that is called *name*; *mapping* is None for JSON in Letrics' own format."""

    def __init__(self, file: int, name: str, mapping: Mapping | None, maker: DraftMaker) -> None:
        self._name = name
        self._mapping = mapping
        self._collector = Collector(file)
        self._columns = ColumnReader(self._collector, mapping)
        self._maker = maker

    def read(
        self, rows: Sequence[Row | BrokenRow], number_of: Callable[[CompanySaid], int]
    ) -> tuple[Drafts, list[Reject]]:
        """Return the drafts and the rejects of *rows*; *number_of* takes what is said of companies, and numbers it."""
        rejects = [Reject(self._name, row.line, "", row.reason, row.text) for row in rows if isinstance(row, BrokenRow)]
        columns, others = self._columns.contacts([row for row in rows if isinstance(row, Row)])
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
        return self._maker.drafts(columns, odd, number_of), rejects

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
