"""CSV that Letrics has exported: the apostrophes that keep spreadsheets from taking cells for formulas go again."""

from collections.abc import Iterator

import msgspec
import numpy as np

from letrics.importer.read_csv import CsvReader
from letrics.importer.rows import Batch, BrokenRow, ListedRows, PackedRows, Row
from letrics.model.values import rearmed
from letrics.packed import Packed

# What every record has that is exported, and no other file has together.
_OWN = {"id", "added_at", "updated_at", "sources"}
_APOSTROPHE = ord("'")


def as_exported(reader: CsvReader) -> "CsvReader | ExportReader":
    """Return *reader*, or where its columns are those of an export, one that gives its cells as they were."""
    return ExportReader(reader) if set(reader.header or ()) >= _OWN else reader


class ExportReader:
    """The rows that *reader* gives of a file that Letrics has exported."""

    def __init__(self, reader: CsvReader) -> None:
        self._reader = reader
        self.header = reader.header
        self.notes = reader.notes

    def rows(self) -> Iterator[Row | BrokenRow]:
        """Yield every row."""
        return map(_rearmed, self._reader.rows())

    def batches(self) -> Iterator[Batch]:
        """Yield every row, many at once."""
        for batch in self._reader.batches():
            others = list(map(_rearmed_row, batch.others))
            if isinstance(batch.rows, PackedRows):
                yield Batch(batch.rows.with_cells(_rearmed_cells(batch.rows.cells)), others, batch.broken)
            else:
                listed = [_rearmed_row(batch.rows.row(place)) for place in range(len(batch.rows))]
                yield Batch(ListedRows(listed), others, batch.broken)


def _rearmed(row: Row | BrokenRow) -> Row | BrokenRow:
    return _rearmed_row(row) if isinstance(row, Row) else row


def _rearmed_row(row: Row) -> Row:
    return msgspec.structs.replace(row, cells=list(map(rearmed, row.cells or ())))


def _rearmed_cells(cells: Packed) -> Packed:
    filled = np.flatnonzero(cells.ends > cells.starts)
    marked = filled[cells.data[cells.starts[filled]] == _APOSTROPHE]
    changed = [place for place in marked.tolist() if (text := cells[place].decode()) != rearmed(text)]
    starts = cells.starts.copy()
    starts[changed] += 1
    return Packed(cells.data, starts, cells.ends)
