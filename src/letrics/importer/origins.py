"""
Where what rows say is from: their lines and contents, to read them again, and hashes by which they are known again.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any

import msgspec

from letrics.importer.rows import Row
from letrics.model.keys import HASH_BYTES, hashes_of

_pack = msgspec.msgpack.Encoder().encode


class Origins(msgspec.Struct):
    """Where records are from, by columns: the lines and contents of rows, and which of a row's contacts each is."""

    lines: list[int]
    contents: list[bytes]
    contacts: list[int]

    def __reduce__(self) -> tuple[Any, ...]:
        # Pickling takes many times as long for so many small things.
        return _unpacked, (_pack(self),)

    def chosen(self, places: Sequence[int]) -> "Origins":
        """Return those at *places*."""
        return Origins(
            [self.lines[place] for place in places],
            [self.contents[place] for place in places],
            [self.contacts[place] for place in places],
        )


_DECODER = msgspec.msgpack.Decoder(Origins)


def _unpacked(data: bytes) -> Origins:
    return _DECODER.decode(data)


class Hashing:
    """
    What stands for all that a row of *source* says, in 16 bytes.

    *reading* stands for how its input is read: a row that was read otherwise may say something else.
    """

    def __init__(self, source: str, reading: bytes) -> None:
        key = blake2b(reading, digest_size=32).digest() + blake2b(source.encode(), digest_size=32).digest()
        self._begun = blake2b(digest_size=HASH_BYTES, key=key)

    def hashes(self, origins: Origins) -> bytes:
        """Return it for each of *origins*, end to end."""
        contents: Iterable[bytes] = origins.contents
        if any(origins.contacts):
            contents = (
                content if not contact else content + contact.to_bytes(4, "little")
                for content, contact in zip(origins.contents, origins.contacts, strict=True)
            )
        return hashes_of(contents, self._begun)


def origins_of(rows: Sequence[Row], contacts: list[int]) -> Origins:
    """Return where records are from: of each of *rows* the contact of that number."""
    if rows and rows[0].cells is None:
        contents = [row.text.encode("utf-8", "surrogatepass") for row in rows]
    else:
        contents = list(map(_pack, [row.cells for row in rows]))
    return Origins([row.line for row in rows], contents, contacts)


def row_of(origins: Origins, place: int, *, is_json: bool) -> Row:
    """Return the row of the record at *place* as it was read."""
    line, content = origins.lines[place], origins.contents[place]
    if is_json:
        return Row(line, None, msgspec.json.decode(content), "")
    return Row(line, msgspec.msgpack.decode(content, type=list[str]), None, "")
