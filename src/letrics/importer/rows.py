"""What every format is read as: rows, with where they stand and their text; one by one, or many at once by columns."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Protocol, runtime_checkable

import msgspec
import numpy as np
from numpy.typing import NDArray

from letrics.backend import Coded, coded
from letrics.importer.coding import chosen
from letrics.importer.texts import Texts
from letrics.packed import Packed

_pack = msgspec.msgpack.Encoder().encode
_LINE_ENDS = "\r\n"
_ROWS_AT_ONCE = 4_096


class Row(msgspec.Struct, frozen=True):
    """
    One row: its first *line* in the file (from 1), its cells or its JSON object, and its text.

    Cells of a format that has no lines come without a text; `as_written` makes one.
    """

    line: int
    cells: list[str] | None
    record: dict[str, Any] | None
    text: str

    @property
    def as_written(self) -> str:
        """The row as its file has it, or as a line of CSV."""
        return self.text or ("" if self.cells is None else line_of(self.cells))


class BrokenRow(msgspec.Struct, frozen=True):
    """A row that cannot be read: where it begins, why, and its text."""

    line: int
    reason: str
    text: str


class Rows(Protocol):
    """Many rows, one after the other."""

    def __len__(self) -> int:
        """Return how many there are."""

    def row(self, place: int) -> Row:
        """Return one of them."""

    def lines(self) -> list[int]:
        """Return the first line of each."""

    def records(self) -> list[dict[str, Any]]:
        """Return the JSON object of each, empty for rows of cells."""

    def column(self, place: int) -> Coded:
        """Return the cells of a column."""

    def contents(self) -> Packed:
        """Return what each says: its JSON object as it is written, or its cells as MessagePack."""

    def chosen(self, places: NDArray[np.int64]) -> "Rows":
        """Return those at *places*."""


class ListedRows:
    """Rows that were read one by one."""

    def __init__(self, rows: list[Row]) -> None:
        self._rows = rows
        self._columns: list[list[str]] | None = None
        self._contents: Packed | None = None

    def __len__(self) -> int:
        return len(self._rows)

    def row(self, place: int) -> Row:
        """Return one of them."""
        return self._rows[place]

    def lines(self) -> list[int]:
        """Return the first line of each."""
        return [row.line for row in self._rows]

    def records(self) -> list[dict[str, Any]]:
        """Return the JSON object of each."""
        return [row.record or {} for row in self._rows]

    def column(self, place: int) -> Coded:
        """Return the cells of a column."""
        if self._columns is None:
            self._columns = list(map(list, zip(*(row.cells or () for row in self._rows), strict=True)))
        return coded(self._columns[place] if self._columns else [])

    def contents(self) -> Packed:
        """Return what each says."""
        if self._contents is None:
            if self._rows and self._rows[0].cells is None:
                self._contents = Packed.of([row.text.encode("utf-8", "surrogatepass") for row in self._rows])
            else:
                self._contents = Packed.of(list(map(_pack, [row.cells for row in self._rows])))
        return self._contents

    def chosen(self, places: NDArray[np.int64]) -> "ListedRows":
        """Return those at *places*."""
        return ListedRows([self._rows[place] for place in places.tolist()])


class PackedRows:
    """
    Rows as they stand in the bytes *data*, of which *cells* are those of each, *width* of them, row by row.

    *bounds* are where each row begins and ends in *data*, and its line; what has no text there has cells only.
    """

    def __init__(
        self, data: bytes, cells: Packed, width: int, bounds: NDArray[np.int64], places: NDArray[np.int64] | None = None
    ) -> None:
        self._data, self._cells, self._width, self._bounds = data, cells, width, bounds
        # Which of the rows these are, None for all.
        self._places = places

    @property
    def cells(self) -> Packed:
        """The cells of each row, of rows of which some are chosen those of all."""
        return self._cells

    def with_cells(self, cells: Packed) -> "PackedRows":
        """Return the rows with other *cells*."""
        return PackedRows(self._data, cells, self._width, self._bounds, self._places)

    def __len__(self) -> int:
        return len(self._bounds if self._places is None else self._places)

    def row(self, place: int) -> Row:
        """Return one of them."""
        number = place if self._places is None else int(self._places[place])
        start, end, line = self._bounds[number].tolist()
        first = number * self._width
        cells = [self._cells[each].decode() for each in range(first, first + self._width)]
        return Row(line, cells, None, self._data[start:end].decode().rstrip(_LINE_ENDS))

    def lines(self) -> list[int]:
        """Return the first line of each."""
        lines = self._bounds[:, 2]
        if self._places is not None:
            lines = lines[self._places]
        return list(map(int, lines.tolist()))

    def records(self) -> list[dict[str, Any]]:
        """Return nothing of each: these are rows of cells."""
        return [{}] * len(self)

    def column(self, place: int) -> Coded:
        """Return the cells of a column."""
        distinct, codes = self._cells.chosen(slice(place, None, self._width)).distinct()
        column = Coded(Texts(distinct, {}), codes)
        return column if self._places is None else chosen(column, self._places)

    def contents(self) -> Packed:
        """Return what each says."""
        contents = self._cells.msgpack(self._width)
        return contents if self._places is None else contents.chosen(self._places).compact()

    def chosen(self, places: NDArray[np.int64]) -> "PackedRows":
        """Return those at *places*."""
        kept = places if self._places is None else self._places[places]
        return PackedRows(self._data, self._cells, self._width, self._bounds, kept)


class Batch(msgspec.Struct, frozen=True):
    """Some rows of a file: those of one kind, the *others*, and the *broken* ones."""

    rows: Rows
    others: list[Row]
    broken: list[BrokenRow]

    def __len__(self) -> int:
        return len(self.rows) + len(self.others) + len(self.broken)


def batches_of(rows: Iterator[Row | BrokenRow]) -> Iterator[Batch]:
    """Yield rows that were read one by one, some thousands at once."""
    while some := list(islice(rows, _ROWS_AT_ONCE)):
        plain = [row for row in some if isinstance(row, Row)]
        yield Batch(ListedRows(plain), [], [row for row in some if isinstance(row, BrokenRow)])


class Reader(Protocol):
    """A file of one format; *header* names its columns, None for records; *notes* say what was left out or chosen."""

    header: list[str] | None
    notes: list[str]

    def rows(self) -> Iterator[Row | BrokenRow]:
        """Yield every row, from the first; a broken one loses nothing but itself."""


@runtime_checkable
class BatchReader(Reader, Protocol):
    """One whose rows may come packed."""

    def batches(self) -> Iterator[Batch]:
        """Yield every row, many at once."""


def distinct_names(cells: Iterable[str]) -> list[str]:
    """Return the names of columns: tidied, none empty, and two of one name told apart, so that neither is lost."""
    given = [" ".join(cell.split()) or f"column {place}" for place, cell in enumerate(cells, 1)]
    names: list[str] = []
    # A number may be a column's own: `Note (2)`.
    taken, counts = set(given), dict.fromkeys(given, 0)
    for wanted in given:
        counts[wanted] += 1
        name = wanted
        while counts[wanted] > 1 and name in taken:
            name = f"{wanted} ({counts[wanted]})"
            counts[wanted] += name in taken
        taken.add(name)
        names.append(name)
    return names


def line_of(cells: Sequence[str]) -> str:
    """Return *cells* as a line of CSV: the text of a row whose format has none."""
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow(cells)
    return written.getvalue()
