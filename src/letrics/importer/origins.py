"""
Where what rows say is from: their lines and contents, to read them again, and hashes by which they are known again.
"""

from collections.abc import Sequence
from hashlib import blake2b

import msgspec
import numpy as np
from numpy.typing import NDArray

from letrics.importer.rows import ListedRows, Row, Rows
from letrics.model.keys import HASH_BYTES
from letrics.packed import Packed


class Origins(msgspec.Struct):
    """Where records are from, by columns: the lines and contents of rows, and which of a row's contacts each is."""

    lines: list[int]
    contents: Packed
    contacts: list[int]

    def chosen(self, places: NDArray[np.int64]) -> "Origins":
        """Return those at *places*."""
        return Origins(
            [self.lines[place] for place in places.tolist()],
            self.contents.chosen(places).compact(),
            [self.contacts[place] for place in places.tolist()],
        )


class Hashing:
    """
    What stands for all that a row of *source* says, in 16 bytes.

    *reading* stands for how its input is read: a row that was read otherwise may say something else.
    """

    def __init__(self, source: str, reading: bytes) -> None:
        self._key = blake2b(reading, digest_size=32).digest() + blake2b(source.encode(), digest_size=32).digest()

    def hashes(self, origins: Origins) -> bytes:
        """Return it for each of *origins*, end to end."""
        contents = origins.contents
        if any(origins.contacts):
            numbers = [each.to_bytes(4, "little") if each else b"" for each in origins.contacts]
            contents = Packed.of([told + number for told, number in zip(contents.unpacked(), numbers, strict=True)])
        return contents.digests(HASH_BYTES, self._key)


def origins_of(rows: Rows, odd: Sequence[tuple[Row, int]] = ()) -> Origins:
    """Return where records are from: those of *rows*, then the contact of that number of each *odd* row."""
    contents, lines = rows.contents(), rows.lines()
    if odd:
        others = ListedRows([row for row, _ in odd])
        contents, lines = contents.followed_by(others.contents()), lines + others.lines()
    return Origins(lines, contents, [0] * len(rows) + [contact for _, contact in odd])


def row_of(origins: Origins, place: int, *, is_json: bool) -> Row:
    """Return the row of the record at *place* as it was read."""
    line, content = origins.lines[place], origins.contents[place]
    if is_json:
        return Row(line, None, msgspec.json.decode(content), "")
    return Row(line, msgspec.msgpack.decode(content, type=list[str]), None, "")
