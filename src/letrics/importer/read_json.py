"""JSON: an object a line (NDJSON), an array of objects, or objects one after the other over several lines."""

from collections.abc import Callable, Iterator
from typing import Any, TextIO

import ijson
import msgspec

from letrics.importer.rows import BrokenRow, Row

_BOM = "\ufeff"


class NdjsonReader:
    """One JSON object a line."""

    header: list[str] | None = None

    def __init__(self, open_text: Callable[[], TextIO]) -> None:
        self.notes: list[str] = []
        self._open = open_text

    def rows(self) -> Iterator[Row | BrokenRow]:
        """Yield every row; its line is that of the file."""
        decoder = msgspec.json.Decoder()
        with self._open() as text:
            for number, line in enumerate(text, 1):
                stripped = line.strip().removeprefix(_BOM)
                if not stripped:
                    continue
                try:
                    record = decoder.decode(stripped)
                except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
                    yield BrokenRow(number, f"is not JSON: {error}", stripped)
                    continue
                yield _row(number, record, stripped)


class JsonReader:
    """
    A JSON array of objects, or objects one after the other; read piece by piece, so that its size does not matter.

    A row's line is its place among them, from 1: such a file has no lines.
    """

    header: list[str] | None = None

    def __init__(self, open_text: Callable[[], TextIO], *, is_array: bool) -> None:
        self.notes = ["a JSON array: places are counted instead of lines"] if is_array else []
        self._open = open_text
        self._is_array = is_array

    def rows(self) -> Iterator[Row | BrokenRow]:
        """Yield every row; where the file stops being JSON, the rest is one broken row."""
        number = 0
        with self._open() as text:
            prefix = "item" if self._is_array else ""
            records = ijson.items(_Bytes(text), prefix, use_float=True, multiple_values=not self._is_array)
            while True:
                number += 1
                try:
                    record = next(records)
                except StopIteration:
                    return
                except (ijson.JSONError, UnicodeDecodeError) as error:
                    yield BrokenRow(number, f"is not JSON, and what follows cannot be read: {_short(error)}", "")
                    return
                yield _row(number, record, msgspec.json.encode(record).decode())


class _Bytes:
    """A file of text as the bytes that the JSON parser reads, whatever its encoding is."""

    def __init__(self, text: TextIO) -> None:
        self._text = text

    def read(self, size: int = -1) -> bytes:
        """Read on."""
        return self._text.read(size).encode("utf-8", "surrogatepass")


def _short(error: Exception) -> str:
    """Return the first line of what the parser says, without its drawing of where it stopped."""
    return str(error).partition("\n")[0].strip()


def _row(number: int, record: Any, text: str) -> Row | BrokenRow:
    if isinstance(record, dict):
        return Row(number, None, record, text)
    return BrokenRow(number, "is no JSON object", text)
