"""
Inputs: files, folders, pipes and standard input; found out what they are, unpacked and decoded.

Knows packing, encodings and formats by their first bytes, never by a file's name; what a column means
is not its business.
"""

import codecs
import gzip
import io
import re
import shutil
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from letrics.errors import InvalidInput, NotFound
from letrics.importer.read_csv import CsvReader
from letrics.importer.read_export import as_exported
from letrics.importer.read_json import JsonReader, NdjsonReader
from letrics.importer.read_objects import adapted
from letrics.importer.read_tables import WorkbookReader
from letrics.importer.rows import Batch, BatchReader, BrokenRow, Reader, Row, batches_of

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_PARQUET = b"PAR1"
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # XLSX, XLSB and ODS; XLS
_SNIFFED_BYTES = 65_536
# From here on it pays to load what reads many rows at once.
_LARGE_BYTES = 10_000_000
# Files of text have a stray NUL or so; of pictures and programs every tenth character is none.
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1f]")
_NO_TEXT_SHARE_MAX = 0.1
_SUFFIXES = (".csv", ".tsv", ".txt", ".ndjson", ".jsonl", ".json", ".parquet", ".xlsx", ".xls", ".xlsb", ".ods")
_PACKED = (".gz", ".zst")
# What reading and unpacking raise where a file is cut off or damaged.
_UNREADABLE = (OSError, EOFError, zlib.error)


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    """Read bytes that are no UTF-8 as Windows-1252, and those that this has not as Latin-1."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return "".join(_windows(byte) for byte in bad), error.end


def _windows(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)


# Files that were put together from others have both encodings, line by line.
_FALLBACK = "letrics-windows"
codecs.register_error(_FALLBACK, _as_windows)


class Input:
    """
    One input, which can be read several times.

    *name* is what reports call it, *header* names its columns and is None for records in Letrics' own format, *notes*
    say what was left out.  Raises InvalidInput where nothing can be made of it.
    """

    def __init__(self, path: str, stdin: BinaryIO, *, sheet: str | None = None) -> None:
        self.name = "standard input" if path == "-" else path
        self._path = _spooled(stdin) if path == "-" else _readable_again(path)
        self._is_spool = path == "-" or self._path != Path(path)
        self._bytes_file: BinaryIO | None = None
        try:
            self._reader = self._look(sheet)
        except _UNREADABLE as error:
            self.close()
            raise InvalidInput(f"{self.name} cannot be read: {error}") from None
        except BaseException:
            self.close()
            raise
        self.header = self._reader.header
        self.notes = self._reader.notes

    def rows(self) -> Iterator[Row | BrokenRow]:
        """Yield every row; a broken one loses nothing but itself."""
        try:
            yield from self._reader.rows()
        except _UNREADABLE as error:
            raise InvalidInput(f"{self.name} cannot be read to its end: {error}") from None

    def batches(self) -> Iterator[Batch]:
        """Yield every row, many at once."""
        try:
            reader = self._reader
            yield from reader.batches() if isinstance(reader, BatchReader) else batches_of(reader.rows())
        except _UNREADABLE as error:
            raise InvalidInput(f"{self.name} cannot be read to its end: {error}") from None

    @property
    def share_read(self) -> float | None:
        """How much of the file is read, from 0 to 1; None where that is not known, as of a workbook."""
        if self._bytes_file is None or self._bytes_file.closed:
            return None
        return self._bytes_file.tell() / max(1, self._path.stat().st_size)

    def close(self) -> None:
        """Remove the copy of what could be read once only."""
        if self._is_spool:
            self._path.unlink(missing_ok=True)

    def _look(self, sheet: str | None) -> Reader:
        """Find out what the file is: packed or not, its format and encoding."""
        with self._path.open("rb") as file:
            self._magic = file.read(4)
        if self._magic == _PARQUET:
            # Takes longer to import than most files take to read.
            from letrics.importer.read_parquet import ParquetReader

            return ParquetReader(self.name, self._path)
        if self._magic in _WORKBOOKS:
            return WorkbookReader(self.name, self._path, sheet)
        try:
            with self._open_bytes() as file:
                start = file.read(_SNIFFED_BYTES)
        except _UNREADABLE as error:
            raise InvalidInput(f"{self.name} cannot be unpacked: {error}") from None
        if start[:4] == _PARQUET or start[:4] in _WORKBOOKS:
            raise InvalidInput(f"{self.name} is a packed Parquet file or workbook; unpack it first.")
        self._encoding = _encoding_of(start)
        text = start.decode(self._encoding, "replace").lstrip("\ufeff \t\r\n")
        if not text:
            raise InvalidInput(f"{self.name} is empty.")
        if len(_NO_TEXT.findall(text)) > len(text) * _NO_TEXT_SHARE_MAX:
            raise InvalidInput(f"{self.name} is no text: neither CSV nor JSON, nor another format that Letrics reads.")
        if text.startswith("["):
            return adapted(self.name, JsonReader(self._open, is_array=True))
        if text.startswith("{"):
            is_ndjson = _has_an_object_a_line(text)
            return adapted(self.name, NdjsonReader(self._open) if is_ndjson else JsonReader(self._open, is_array=False))
        return as_exported(CsvReader(self.name, self._open, is_large=self._path.stat().st_size >= _LARGE_BYTES))

    def _open_bytes(self) -> BinaryIO:
        file = self._bytes_file = self._path.open("rb")
        if self._magic.startswith(_GZIP):
            return _Unpacked(gzip.GzipFile(fileobj=file), file)
        if self._magic == _ZSTD:
            import pyarrow as pa  # takes longer to import than most files take to read

            return _Unpacked(pa.CompressedInputStream(pa.PythonFile(file), "zstd"), file)
        return file

    def _open(self) -> io.TextIOWrapper:
        return io.TextIOWrapper(self._open_bytes(), encoding=self._encoding, errors=_FALLBACK, newline="")


class _Unpacked(io.BufferedReader):
    """What *unpacking* makes of the *packed* file, which is closed with it."""

    def __init__(self, unpacking: Any, packed: BinaryIO) -> None:
        super().__init__(unpacking)
        self._packed = packed

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._packed.close()


def expand(paths: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the files that *paths* name, a folder's in order of their names, and those in folders that are no data."""
    files: list[str] = []
    others: list[str] = []
    for path in paths:
        if path == "-" or not Path(path).is_dir():
            files.append(path)
            continue
        inside = sorted(str(each) for each in Path(path).rglob("*") if each.is_file())
        taken = [each for each in inside if _is_data(each)]
        if not taken:
            raise InvalidInput(f"The folder {path} holds no file that can be imported ({', '.join(_SUFFIXES)}).")
        files += taken
        others += [each for each in inside if each not in taken]
    return files, others


def _is_data(path: str) -> bool:
    return without_suffixes(path) != _unpacked(path) and ".rejects." not in path.lower()


def without_suffixes(name: str) -> str:
    """Return the *name* of a file without what it says of format and packing; any other dot is part of the name."""
    unpacked = _unpacked(name)
    return next((unpacked[: -len(each)] for each in _SUFFIXES if unpacked.lower().endswith(each)), unpacked)


def _unpacked(name: str) -> str:
    for packed in _PACKED:
        if name.lower().endswith(packed):
            name = name[: -len(packed)]
    return name


def _encoding_of(start: bytes) -> str:
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    # Without a mark, UTF-16 shows by the zero half of each of its letters.
    for encoding, zeros in (("utf-16-le", start[1::2]), ("utf-16-be", start[::2])):
        if zeros.count(0) > len(start) // 4:
            return encoding
    return "utf-8-sig"


def _has_an_object_a_line(text: str) -> bool:
    """Return whether *text*, a file's start, has a whole JSON object in its first line; or one too long to tell."""
    line, end, _ = text.partition("\n")
    if not end:
        return True
    try:
        msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError):
        # Broken, nested too deeply, or the first line of an object that goes on.
        return line.rstrip().endswith("}")
    return True


def _readable_again(path: str) -> Path:
    """Return the file of this *path*, or a copy of what can be read once only, such as a pipe; raises NotFound."""
    file = Path(path)
    if not file.exists():
        raise NotFound(f"There is no file {path}.")
    if file.is_file():
        return file
    try:
        with file.open("rb") as once:
            return _spooled(once)
    except _UNREADABLE as error:
        raise InvalidInput(f"{path} cannot be read: {error}") from None


def _spooled(once: BinaryIO) -> Path:
    """Copy what can be read once only to a temporary file, since it is read more than once."""
    spool = tempfile.NamedTemporaryFile(prefix="letrics-", delete=False)  # noqa: SIM115
    try:
        with spool:
            shutil.copyfileobj(once, spool)
    except BaseException:
        Path(spool.name).unlink()
        raise
    return Path(spool.name)
