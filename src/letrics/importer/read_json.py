"""JSON: an object a line (NDJSON), an array of objects, or objects one after the other over several lines."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, TextIO

import ijson
import msgspec

from letrics.importer.rows import BrokenRow, Row

_BOM = "\ufeff"
# How much deeper than when it was read an object may stand on its way: what cannot is told at once, by its line.
_SPARE_LEVELS = 60
# What parsers raise where JSON stops being JSON, or a number or an object is beyond all measure.
_UNREADABLE = (ijson.JSONError, ValueError, ArithmeticError, RecursionError)
_TOO_DEEP = "is nested too deeply"
_encode, _decode = msgspec.json.Encoder().encode, msgspec.json.Decoder().decode
_encode_exactly = msgspec.json.Encoder(decimal_format="number").encode
_pack = msgspec.msgpack.Encoder().encode


class NdjsonReader:
    """One JSON object a line."""

    header: list[str] | None = None

    def __init__(self, open_text: Callable[[], TextIO]) -> None:
        self.notes: list[str] = []
        self._open = open_text

    def rows(self) -> Iterator[Row | BrokenRow]:
        """Yield every row; its line is that of the file."""
        check = _Check()
        with self._open() as text:
            for number, line in enumerate(text, 1):
                stripped = line.strip().removeprefix(_BOM)
                if not stripped:
                    continue
                try:
                    record = _decode(stripped)
                except (msgspec.DecodeError, UnicodeEncodeError) as error:
                    yield BrokenRow(number, f"is not JSON: {error}", stripped)
                except RecursionError:
                    yield BrokenRow(number, _TOO_DEEP, stripped)
                else:
                    yield check.row(number, record, stripped)


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
        for taken, row in enumerate(self._read(exactly=False)):
            if row is None:
                yield from islice(filter(None, self._read(exactly=True)), taken, None)
                return
            yield row

    def _read(self, *, exactly: bool) -> Iterator[Row | BrokenRow | None]:
        """
        Yield every row; None ends them at a number that is larger than the machine's.

        Where numbers are read *exactly*, which takes longer, none is too large.
        """
        number = 0
        check = _Check()
        with self._open() as text:
            prefix = "item" if self._is_array else ""
            # The quick parser, which is compiled, breaks down over some numbers when it is to read them exactly.
            parser = ijson.get_backend("python") if exactly else ijson
            records = parser.items(_Bytes(text), prefix, use_float=not exactly, multiple_values=not self._is_array)
            while True:
                number += 1
                try:
                    record = next(records)
                except StopIteration:
                    return
                except _UNREADABLE as error:
                    reason = f"is not JSON, and what follows cannot be read: {_short(error)}"
                    yield None if not exactly and "overflow" in reason else BrokenRow(number, reason, "")
                    return
                try:
                    record = _decode(_encode_exactly(record)) if exactly else record
                    yield check.row(number, record, _encode(record).decode())
                except msgspec.DecodeError as error:
                    yield BrokenRow(number, f"cannot be taken: {error}", "")
                except RecursionError:
                    yield BrokenRow(number, _TOO_DEEP, "")


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


class _Check:
    """Tells whether what was read can be kept: it is encoded, within lists as deep as it may come to stand."""

    def __init__(self) -> None:
        self._innermost: list[Any] = [None]
        self._outermost = self._innermost
        for _ in range(_SPARE_LEVELS):
            self._outermost = [self._outermost]

    def row(self, number: int, record: Any, text: str) -> Row | BrokenRow:
        """Return *record* as a row, or why it is none."""
        if not isinstance(record, dict):
            return BrokenRow(number, "is no JSON object", text)
        self._innermost[0] = record
        try:
            _pack(self._outermost)
        except OverflowError:
            return BrokenRow(number, "holds a whole number of more than 64 bits; write it as text", text)
        except RecursionError:
            return BrokenRow(number, _TOO_DEEP, text)
        return Row(number, None, record, text)
