"""
Inputs: files and standard input, unpacked, decoded, and read as rows with their line numbers.

Knows formats and encodings; what a column means is not its business.
"""

import csv
import gzip
import io
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from letrics.errors import InvalidInput, NotFound

_GZIP = b"\x1f\x8b"
_SNIFFED_BYTES = 65_536
_DELIMITERS = ",;\t|"
_DELIMITER_LINES = 20
# A quote that is never closed would otherwise swallow the rest of the file as one cell.
_CELL_CHARACTERS_MAX = 16_000_000


class Row(msgspec.Struct, frozen=True):
    """One row: its first *line* in the file (from 1), its cells or its JSON object, and its text."""

    line: int
    cells: list[str] | None
    record: dict[str, Any] | None
    text: str


class BrokenRow(msgspec.Struct, frozen=True):
    """A row that cannot be read: where it begins, why, and its text."""

    line: int
    reason: str
    text: str


class Input:
    """
    One input, which can be read several times.

    *name* is what reports call it.  `header` is None for NDJSON.  Raises InvalidInput where nothing can
    be made of it.
    """

    def __init__(self, path: str, stdin: BinaryIO) -> None:
        self.name = "standard input" if path == "-" else path
        self._is_spool = path == "-"
        self._path = _spooled(stdin) if self._is_spool else _existing(path)
        try:
            self._look()
        except BaseException:
            self.close()
            raise

    def _look(self) -> None:
        """Find out what the file is: packed or not, its encoding, format, delimiter and header."""
        self._is_gzip = self._starts_with(_GZIP)
        start = self._start()
        if not start.strip():
            raise InvalidInput(f"{self.name} is empty.")
        self._encoding = self._find_encoding(start)
        first = start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
        if first == b"[":
            raise InvalidInput(f"{self.name} is a JSON array; send one JSON object a line (NDJSON) or CSV.")
        self.is_json = first == b"{"
        self.delimiter = "," if self.is_json else self._find_delimiter()
        self.header = None if self.is_json else self._read_header()

    def close(self) -> None:
        """Remove the copy of standard input."""
        if self._is_spool:
            self._path.unlink(missing_ok=True)

    def rows(self) -> Iterator[Row | BrokenRow]:
        """Yield every row; a broken one loses nothing but itself."""
        with self._open() as text:
            if self.is_json:
                yield from _json_rows(text)
            else:
                yield from _csv_rows(text, self.delimiter, len(self.header or ()))

    def _starts_with(self, magic: bytes) -> bool:
        with self._path.open("rb") as file:
            return file.read(len(magic)) == magic

    def _open_bytes(self) -> BinaryIO:
        return gzip.open(self._path, "rb") if self._is_gzip else self._path.open("rb")  # type: ignore[return-value]

    def _open(self) -> io.TextIOWrapper:
        return io.TextIOWrapper(self._open_bytes(), encoding=self._encoding, newline="")

    def _start(self) -> bytes:
        try:
            with self._open_bytes() as file:
                return file.read(_SNIFFED_BYTES)
        except (OSError, EOFError) as error:
            raise InvalidInput(f"{self.name} cannot be unpacked: {error}") from None

    def _find_encoding(self, start: bytes) -> str:
        if start.startswith((b"\xff\xfe", b"\xfe\xff")):
            return "utf-16"
        try:
            with io.TextIOWrapper(self._open_bytes(), encoding="utf-8") as text:
                while text.read(1 << 20):
                    pass
        except UnicodeDecodeError:
            return "cp1252" if _is_cp1252(self._open_bytes) else "latin-1"
        except (OSError, EOFError) as error:
            raise InvalidInput(f"{self.name} cannot be unpacked: {error}") from None
        return "utf-8-sig"

    def _find_delimiter(self) -> str:
        """Return the delimiter by which the first lines have most fields, and all as many."""
        with self._open() as text:
            lines = [line for _, line in zip(range(_DELIMITER_LINES), text, strict=False)]

        def fitness(delimiter: str) -> tuple[int, int]:
            widths = [len(row) for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True) if row]
            return (sum(width == widths[0] for width in widths), widths[0]) if widths and widths[0] > 1 else (0, 0)

        return max(_DELIMITERS, key=fitness)

    def _read_header(self) -> list[str]:
        with self._open() as text:
            cells = next(csv.reader(text, delimiter=self.delimiter, skipinitialspace=True), [])
        names: list[str] = []
        for place, cell in enumerate(cells, 1):
            name = " ".join(cell.split()) or f"column {place}"
            # Two columns of one name are told apart, so that neither is lost.
            same = sum(each == name or each.startswith(f"{name} (") for each in names)
            names.append(f"{name} ({same + 1})" if same else name)
        if any(re.fullmatch(r"\S+@\S+\.\S+|https?://\S+|[\d.,]+", name) for name in names):
            raise InvalidInput(f"{self.name} begins with a row of data; its first line must name the columns.")
        return names


def _existing(path: str) -> Path:
    file = Path(path)
    if file.is_dir():
        raise InvalidInput(f"{path} is a folder; name its files.")
    if not file.exists():
        raise NotFound(f"There is no file {path}.")
    return file


def _spooled(stdin: BinaryIO) -> Path:
    """Copy standard input to a temporary file, since it is read more than once."""
    spool = tempfile.NamedTemporaryFile(prefix="letrics-", delete=False)  # noqa: SIM115
    with spool:
        shutil.copyfileobj(stdin, spool)
    return Path(spool.name)


def _is_cp1252(open_bytes: Any) -> bool:
    try:
        with io.TextIOWrapper(open_bytes(), encoding="cp1252") as text:
            while text.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return False
    return True


class _Lines:
    """The lines of a file, with those that the row under way has taken, to be given back if it breaks."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._returned: list[str] = []
        self.taken: list[str] = []
        self.line = 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._returned.pop() if self._returned else next(self._lines)
        self.taken.append(line)
        return line

    def close_row(self, lines: int) -> str:
        """End the row after its first *lines* lines, give the others back, and return its text."""
        text = "".join(self.taken[:lines]).rstrip("\r\n")
        self._returned += reversed(self.taken[lines:])
        self.line += lines
        self.taken = []
        return text


def _csv_rows(text: Iterator[str], delimiter: str, width: int) -> Iterator[Row | BrokenRow]:
    csv.field_size_limit(_CELL_CHARACTERS_MAX)
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
    is_header = True
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
            reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
            continue
        row_text = lines.close_row(len(lines.taken))
        if is_header or not any(cell.strip() for cell in cells):
            is_header = False
        elif len(cells) != width:
            yield BrokenRow(line, _width_reason(len(cells), width, delimiter), row_text)
        else:
            yield Row(line, cells, None, row_text)


def _width_reason(found: int, width: int, delimiter: str) -> str:
    reason = f"has {found} fields where the header has {width}"
    name = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}[delimiter]
    return f"{reason}; a field that holds a {name} must stand in quotes" if found > width else reason


def _json_rows(text: Iterator[str]) -> Iterator[Row | BrokenRow]:
    decoder = msgspec.json.Decoder()
    for number, line in enumerate(text, 1):
        stripped = line.strip().removeprefix("\ufeff")
        if not stripped:
            continue
        try:
            record = decoder.decode(stripped)
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
            yield BrokenRow(number, f"is not JSON: {error}", stripped)
            continue
        if isinstance(record, dict):
            yield Row(number, None, record, stripped)
        else:
            yield BrokenRow(number, "is no JSON object", stripped)
