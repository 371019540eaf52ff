"""
JSON objects of other making as rows of columns, so that headers, presets and mapping files serve them too.

The parts of a nested object are columns with dotted names; a list of plain values stays one cell of several.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec

from letrics.errors import InvalidInput
from letrics.importer.headers import known_target, own_target
from letrics.importer.read_tables import cell_text
from letrics.importer.rows import BrokenRow, Reader, Row

# Objects that are looked at to tell whose format it is.
_SAMPLE_OBJECTS = 100
# Objects that are keyed by what they hold would have a column for each.
_COLUMNS_MAX = 10_000


def adapted(name: str, reader: Reader) -> Reader:
    """Return *reader*, or where its objects are not in Letrics' own format, one that gives them as columns."""
    objects = [row.record for row in islice(reader.rows(), _SAMPLE_OBJECTS) if isinstance(row, Row) and row.record]
    return ObjectReader(name, reader) if objects and not _are_own(objects) else reader


def _are_own(objects: list[dict[str, Any]]) -> bool:
    """
    Return whether objects are in Letrics' own format.

    They are not if none of their fields is ours, nor if many name by other words what we have a field for:
    `first_name`, `last_name`, `email`.  One such word among many fields of ours is a field of the source's own.
    """
    names = dict.fromkeys(name for each in objects for name in each)
    if any(isinstance(each.get("company"), str) for each in objects):
        # Of ours a company is an object; others have a company by its name.
        return False
    ours = [name for name in names if name == "company" or own_target(name) is not None]
    if not ours:
        return False
    fed = {own.rpartition(".")[2] for name in ours if (own := own_target(name)) is not None}
    told = [target for name in names if name not in ours and (target := known_target(name)) is not None]
    others = [target for target in told if target.split(".")[-1] not in fed]
    return 2 * len(others) < len(ours)


class ObjectReader:
    """A JSON file whose objects are rows of columns; it is read through once to learn its columns."""

    def __init__(self, name: str, reader: Reader) -> None:
        self._reader = reader
        columns: dict[str, None] = {}
        for row in reader.rows():
            if isinstance(row, Row) and row.record is not None:
                columns.update(dict.fromkeys(_cells(row.record)))
            if len(columns) > _COLUMNS_MAX:
                raise InvalidInput(
                    f"{name} has objects with more than {_COLUMNS_MAX:,} different fields;"
                    " a field must have the same name in each of them."
                )
        self.header: list[str] | None = list(columns)
        self.notes = [*reader.notes, "objects of another format than Letrics' own: their fields are read as columns"]

    def rows(self) -> Iterator[Row | BrokenRow]:
        """Yield every row, with a cell for each column of the file."""
        assert self.header is not None
        for row in self._reader.rows():
            if isinstance(row, BrokenRow) or row.record is None:
                yield row
                continue
            cells = _cells(row.record)
            yield Row(row.line, [cells.get(column, "") for column in self.header], None, row.text)


def _cells(record: dict[str, Any]) -> dict[str, str]:
    """Return the cells of an object by their columns; two of one name are told apart, so that neither is lost."""
    cells: dict[str, str] = {}
    counts: dict[str, int] = {}
    for column, cell in _flat(record):
        name = column
        while name in cells:
            counts[column] = counts.get(column, 1) + 1
            name = f"{column} ({counts[column]})"
        cells[name] = cell
    return cells


def _flat(record: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in record.items():
        column = prefix + (" ".join(name.split()) or "(no name)")
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{column}.")
        elif isinstance(value, list):
            yield column, _list_text(value)
        else:
            yield column, "" if value == {} else cell_text(value)


def _list_text(values: list[Any]) -> str:
    """Return a list as a cell: one plain value as it is, several as a JSON array."""
    if not values:
        return ""
    if len(values) == 1 and not (isinstance(values[0], list | dict) or set(str(values[0])) & set(";|")):
        return cell_text(values[0])
    return msgspec.json.encode(values).decode()
