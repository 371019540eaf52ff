"""Parquet, read batch by batch; of a large file the rows come packed."""

from collections.abc import Iterator
from itertools import chain, count, repeat
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from letrics.errors import InvalidInput
from letrics.importer.arrow_columns import cells, flat, packed_cells
from letrics.importer.rows import Batch, BrokenRow, PackedRows, Row, batches_of, distinct_names
from letrics.packed import Packed

_BATCH_ROWS = 1_000
# From here on it pays to load what reads many rows at once.
_LARGE_CELLS = 200_000
# What is looked at together of a large file.
_BLOCK_BYTES, _BLOCK_ROWS_MAX = 4_000_000, 10_000
# A damaged file may hold text that is no UTF-8, and times that are in no calendar.
_UNREADABLE = (pa.ArrowException, OSError, ValueError, OverflowError)
_Read = TypeVar("_Read")


class ParquetReader:
    """A Parquet file; the parts of a struct are columns with dotted names."""

    def __init__(self, name: str, path: Path) -> None:
        self.notes: list[str] = []
        self._name = name
        self._path = path
        try:
            with pq.ParquetFile(path) as file:
                self.header: list[str] | None = distinct_names(
                    flat(pa.Table.from_batches([], file.schema_arrow)).column_names
                )
                self._is_large = file.metadata.num_rows * len(self.header) >= _LARGE_CELLS
                self._block_rows = _rows_of_a_block(file.metadata)
        except _UNREADABLE as error:
            raise InvalidInput(f"{name} is no Parquet file that can be read: {error}") from None

    def rows(self) -> Iterator[Row | BrokenRow]:
        """Yield every row; its line is its place in the file."""
        read = (map(list, zip(*map(cells, columns), strict=True)) for columns in self._columns(_BATCH_ROWS))
        return map(Row, count(1), self._to_the_end(chain.from_iterable(read)), repeat(None), repeat(""))

    def batches(self) -> Iterator[Batch]:
        """Yield every row, many at once."""
        if not self._is_large:
            yield from batches_of(self.rows())
            return
        line = 1
        for columns in self._to_the_end(
            [packed_cells(each.chunk(0)) for each in columns] for columns in self._columns(self._block_rows)
        ):
            rows = _packed(columns, line)
            yield Batch(rows, [], [])
            line += len(rows)

    def _columns(self, rows_at_once: int) -> Iterator[list[Any]]:
        """Yield the columns, each of one chunk, of some rows at once."""
        with pq.ParquetFile(self._path) as file:
            # Decoding takes so little that threads gain nothing, but memory of their own.
            for batch in file.iter_batches(batch_size=rows_at_once, use_threads=False):
                if batch.num_rows:
                    yield flat(pa.Table.from_batches([batch])).columns
        # What writes has more use for it.
        pa.default_memory_pool().release_unused()

    def _to_the_end(self, read: Iterator[_Read]) -> Iterator[_Read]:
        """Yield what is *read*."""
        try:
            yield from read
        except _UNREADABLE as error:
            raise InvalidInput(f"{self._name} cannot be read to its end: {error}") from None


def _packed(columns: list[Packed], line: int) -> PackedRows:
    """Return the rows of *columns*, the first of which is *line*."""
    together, count = Packed.all_of(columns), len(columns[0])
    starts, ends = (each.reshape(-1, count).T.ravel() for each in (together.starts, together.ends))
    # A row has no text of its own, so it begins where it ends.
    bounds = np.zeros((count, 3), dtype=np.int64)
    bounds[:, 2] = np.arange(line, line + count)
    return PackedRows(b"", Packed(together.data, starts, ends), len(columns), bounds)


def _rows_of_a_block(metadata: Any) -> int:
    size = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    return int(min(_BLOCK_ROWS_MAX, max(1, _BLOCK_BYTES * metadata.num_rows // max(1, size))))
