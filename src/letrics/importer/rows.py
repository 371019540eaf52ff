"""What every format is read as: rows, with where they stand and their text."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

import msgspec


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


class Reader(Protocol):
    """A file of one format; *header* names its columns, None for records; *notes* say what was left out or chosen."""

    header: list[str] | None
    notes: list[str]

    def rows(self) -> Iterator[Row | BrokenRow]:
        """Yield every row, from the first; a broken one loses nothing but itself."""


def distinct_names(cells: Iterable[str]) -> list[str]:
    """Return the names of columns: tidied, none empty, and two of one name told apart, so that neither is lost."""
    names: list[str] = []
    taken: dict[str, int] = {}
    for place, cell in enumerate(cells, 1):
        name = " ".join(cell.split()) or f"column {place}"
        taken[name] = taken.get(name, 0) + 1
        names.append(f"{name} ({taken[name]})" if taken[name] > 1 else name)
    return names


def line_of(cells: Sequence[str]) -> str:
    """Return *cells* as a line of CSV: the text of a row whose format has none."""
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow(cells)
    return written.getvalue()
