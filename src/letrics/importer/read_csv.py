"""CSV as people have it: any delimiter, quoting as found, rows of wrong width and open quotes told one by one."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import count, islice, repeat
from typing import TextIO

import numpy as np

from letrics.errors import InvalidInput
from letrics.importer.rows import Batch, BrokenRow, PackedRows, Row, batches_of, distinct_names
from letrics.packed import cells_of

_DELIMITERS = ",;\t|"
_DELIMITER_LINES = 20
# Lines that are looked at together.
_LINES_AT_ONCE = 1_000
# What is looked at together of a large file: some 20,000 rows.
_BLOCK_CHARACTERS = 4_000_000
# A quote that is never closed would otherwise swallow the rest of the file as one cell.
_CELL_CHARACTERS_MAX = 16_000_000
# Of a cell of the first line; what comes behind tells no more whether it is data.
_LOOKED_AT = 300
_DATA = re.compile(r"\S+@\S+\.\S+|https?://\S+|[\d.,]+")


class CsvReader:
    """
    A CSV file, which *open_text* opens anew; raises InvalidInput where its first line names no columns.

    Of one that *is_large* the rows come packed.
    """

    def __init__(self, name: str, open_text: Callable[[], TextIO], *, is_large: bool = False) -> None:
        self._is_large = is_large
        self.notes: list[str] = []
        self._open = open_text
        self._delimiter = self._find_delimiter()
        cells, self._preamble_lines = self._find_header()
        if self._preamble_lines:
            self.notes.append(
                f"the first {self._preamble_lines} lines, which come before the names of the columns, are passed over"
            )
        if not any(cell.strip() for cell in cells):
            raise InvalidInput(f"{name} is no table: its first line names no columns.")
        if any(_DATA.fullmatch(" ".join(cell.split())[:_LOOKED_AT]) for cell in cells):
            raise InvalidInput(f"{name} begins with a row of data; its first line must name the columns.")
        self.header: list[str] | None = distinct_names(cells)
        self._width = len(cells)

    def rows(self) -> Iterator[Row | BrokenRow]:
        """Yield every row."""
        with self._open() as text:
            lines = self._begun(text)
            yield from _listed(lines, self._delimiter, self._width)

    def batches(self) -> Iterator[Batch]:
        """Yield every row, many at once."""
        with self._open() as text:
            lines = self._begun(text)
            while self._is_large and (block := lines.block(_BLOCK_CHARACTERS)):
                batch = _packed(lines, block, self._delimiter, self._width)
                if batch is not None:
                    yield batch
                    continue
                lines.give_back(_lines_of(block))
                until = lines.line + _LINES_AT_ONCE
                yield from batches_of(_listed(lines, self._delimiter, self._width, until))
            yield from batches_of(_listed(lines, self._delimiter, self._width))

    def _begun(self, text: TextIO) -> "_Lines":
        """Return the lines after the names of the columns."""
        for _ in range(self._preamble_lines):
            next(text)
        lines = _Lines(text, self._preamble_lines + 1)
        next(_one_by_one(lines, self._delimiter), None)
        return lines

    def _find_header(self) -> tuple[list[str], int]:
        """Return the names of the columns, and how many lines of title or notes come before them."""
        with self._open() as text:
            lines = _Lines(text)
            reader = csv.reader(lines, delimiter=self._delimiter, skipinitialspace=True)
            first: list[str] = []
            for cells in reader:
                first = first or cells
                before = lines.line - 1
                lines.close_row(len(lines.taken))
                if sum(bool(cell.strip()) for cell in cells) > 1:
                    return cells, before
                if lines.line > _DELIMITER_LINES:
                    break
        return first, 0

    def _find_delimiter(self) -> str:
        """Return the delimiter by which the first lines have most fields, and all as many."""
        with self._open() as text:
            lines = [line for _, line in zip(range(_DELIMITER_LINES), text, strict=False)]

        def fitness(delimiter: str) -> tuple[int, int]:
            widths = [len(row) for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True) if row]
            tables = [width for width in widths if width > 1]
            usual = max(tables, key=tables.count, default=0)
            return (tables.count(usual), usual)

        csv.field_size_limit(_CELL_CHARACTERS_MAX)
        return max(_DELIMITERS, key=fitness)


class _Lines:
    """The lines of a file, with those that the row under way has taken, to be given back if it breaks."""

    def __init__(self, lines: TextIO, first_line: int = 1) -> None:
        self._lines = lines
        self._returned: list[str] = []
        self.taken: list[str] = []
        self.line = first_line

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._returned.pop() if self._returned else next(self._lines)
        self.taken.append(line)
        return line

    def ahead(self, count: int) -> list[str]:
        """Take up to *count* lines at once, which no row is made of yet."""
        returned = [self._returned.pop() for _ in range(min(count, len(self._returned)))]
        return returned + list(islice(self._lines, count - len(returned)))

    def block(self, characters: int) -> str:
        """Take whole lines at once, of some *characters* if there are as many."""
        returned, self._returned = "".join(reversed(self._returned)), []
        return returned + self._lines.read(max(0, characters - len(returned))) + self._lines.readline()

    def give_back(self, lines: list[str]) -> None:
        """Give back what was taken `ahead`."""
        self._returned += reversed(lines)

    def close_row(self, lines: int) -> str:
        """End the row after its first *lines* lines, give the others back, and return its text."""
        text = "".join(self.taken[:lines]).rstrip("\r\n")
        self._returned += reversed(self.taken[lines:])
        self.line += lines
        self.taken = []
        return text


def _packed(lines: _Lines, block: str, delimiter: str, width: int) -> Batch | None:
    """Return the rows of *block* up to one that breaks, or goes on, which is given back; None where the first does."""
    try:
        data = block.encode()
    except UnicodeEncodeError:
        return None
    found = cells_of(data, delimiter, width, _CELL_CHARACTERS_MAX)
    if not len(found.all):
        return None
    bounds = found.all + np.array([0, 0, lines.line, 0])
    is_plain = bounds[:, 3] > 0
    others: list[Row] = []
    broken: list[BrokenRow] = []
    for start, end, line, _ in bounds[~is_plain].tolist():
        text = data[start:end].decode()
        row = _row(line, next(_reader(_lines_of(text), delimiter), []), text.rstrip("\r\n"), width, delimiter)
        if isinstance(row, Row):
            others.append(row)
        elif row is not None:
            broken.append(row)
    rest = _lines_of(data[found.end :].decode())
    lines.give_back(rest)
    lines.line += data.count(b"\n", 0, found.end) + (found.end == len(data) and not data.endswith(b"\n"))
    return Batch(PackedRows(data, found.cells, width, bounds[is_plain, :3]), others, broken)


def _lines_of(text: str) -> list[str]:
    return list(io.StringIO(text, newline=""))


def _listed(lines: _Lines, delimiter: str, width: int, until: int | None = None) -> Iterator[Row | BrokenRow]:
    """Yield every row to the end, or to the line *until* at least."""
    while until is None or lines.line < until:
        chunk = lines.ahead(_LINES_AT_ONCE if until is None else min(_LINES_AT_ONCE, until - lines.line))
        if not chunk:
            return
        table = _table(chunk, delimiter)
        if table is not None:
            yield from _rows_of(lines.line, chunk, table, width, delimiter)
            lines.line += len(chunk)
            continue
        # Something goes over several lines, or breaks.
        lines.give_back(chunk)
        end = lines.line + len(chunk)
        for each in _one_by_one(lines, delimiter):
            if isinstance(each, BrokenRow):
                yield each
            elif row := _row(*each, width, delimiter):
                yield row
            if lines.line >= end:
                break


def _rows_of(line: int, lines: list[str], table: list[list[str]], width: int, delimiter: str) -> list[Row | BrokenRow]:
    """Return the rows of *lines*, the first of which is *line*, each with its cells in *table*."""
    texts = [each.rstrip("\r\n") for each in lines]
    if set(map(len, table)) == {width} and all(cells[0] and not cells[0].isspace() for cells in table):
        return list(map(Row, count(line), table, repeat(None), texts))
    found = (_row(*each, width, delimiter) for each in zip(count(line), table, texts, strict=False))
    return [row for row in found if row is not None]


def _table(lines: list[str], delimiter: str) -> list[list[str]] | None:
    """Return the cells of *lines*, None unless each of them is a row."""
    try:
        table = list(_reader(lines, delimiter))
    except csv.Error:
        return None
    return table if len(table) == len(lines) else None


def _reader(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)


def _one_by_one(lines: _Lines, delimiter: str) -> Iterator[tuple[int, list[str], str] | BrokenRow]:
    """Yield rows as their first line, cells and text; of one that breaks only its first line is lost."""
    reader = _reader(lines, delimiter)
    while True:
        line = lines.line
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            reason = f"is not CSV: {error}"
            if "unexpected end" in str(error) or len(lines.taken) > 1:
                reason = "opens a quote that is never closed"
            yield BrokenRow(line, reason, lines.close_row(1))
            reader = _reader(lines, delimiter)
            continue
        yield line, cells, lines.close_row(len(lines.taken))


def _row(line: int, cells: list[str], text: str, width: int, delimiter: str) -> Row | BrokenRow | None:
    """Return a row, broken if its width is wrong; None for one that is blank."""
    if not (cells and cells[0].strip()) and not any(map(str.strip, cells)):
        return None
    if len(cells) == width:
        return Row(line, cells, None, text)
    if any(cell.strip() for cell in cells[width:] or ["short"]):
        return BrokenRow(line, _width_reason(len(cells), width, delimiter), text)
    return Row(line, cells[:width], None, text)


def _width_reason(found: int, width: int, delimiter: str) -> str:
    reason = f"has {found} fields where the header has {width}"
    name = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}[delimiter]
    return f"{reason}; a field that holds a {name} must stand in quotes" if found > width else reason
