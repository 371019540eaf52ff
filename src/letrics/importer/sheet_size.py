"""
How far the worksheets of an XLSX file reach, found out before they are laid out.

The reader lays a sheet out as a rectangle around all its cells, and ends the process where that is larger than the
memory: one cell in the last corner of a sheet of two asks for 275 GB (https://github.com/tafia/calamine/issues/693).
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from letrics.errors import InvalidInput

# A million rows of 60 columns; each cell takes 16 bytes, and its value.
_CELLS_MAX = 60_000_000
# The most that the format has.
_COLUMNS_MAX = 16_384
_CHUNK_BYTES = 1 << 20
# Where rows and cells stand. Cells up to column Z are too many to look at, and go nowhere that rows do not tell.
_PLACE = re.compile(rb"""\br\s*=\s*["'](?:([A-Za-z]{2,})([0-9]+)|([0-9]+)|[A-Za-z]([0-9]{8,}))["']""")
_NEAR_COLUMNS = 26


def check_sheets(name: str, path: Path) -> None:
    """Raise InvalidInput, calling the file *name*, where a worksheet reaches too far to be laid out."""
    try:
        with zipfile.ZipFile(path) as workbook:
            for part in workbook.namelist():
                if part.startswith("xl/worksheets/") and part.endswith(".xml"):
                    _check(name, _tags(workbook, part))
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
        raise InvalidInput(f"{name} is no workbook that can be read: {error}") from None


def _check(name: str, tags: Iterator[bytes]) -> None:
    rows, columns = 1, _NEAR_COLUMNS
    for text in tags:
        for letters, row_of_cell, row, far_row in _PLACE.findall(text):
            rows = max(rows, int((row_of_cell or row or far_row)[:20]))
            if letters:
                columns = max(columns, _column(letters[:20]))
        if columns > _COLUMNS_MAX or rows * columns > _CELLS_MAX:
            raise InvalidInput(
                f"{name} has a sheet that reaches over {rows:,} rows and {columns:,} columns; at most {_CELLS_MAX:,}"
                " cells can be laid out. Delete what stands far from the table, or save it as CSV."
            )


def _column(letters: bytes) -> int:
    """Return the number of a column, from 1 for A."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number


def _tags(workbook: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """Yield the text of a part in pieces that end between two tags."""
    rest = b""
    with workbook.open(part) as file:
        while chunk := file.read(_CHUNK_BYTES):
            text = rest + chunk
            end = text.rfind(b"<")
            # What is longer than a chunk and holds no tag is no place of a cell.
            end = end if end > 0 else len(text)
            yield text[:end]
            rest = text[end:]
    yield rest
