"""Contacts as JSON, put together from what distinct values look like: byte for byte what encoding each would give."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from letrics.backend import Coded
from letrics.model.contact import Contact

_FIELDS = Contact.__struct_fields__[1:]
_encode = msgspec.json.Encoder().encode


def json_rows(ids: Sequence[str], columns: Mapping[str, Coded]) -> list[bytes]:
    """Return the contacts of *ids*, whose other fields are *columns*."""
    parts: list[Iterator[bytes]] = [map(_encode, ids)]
    # What all rows have goes with what stands behind it.
    before = b""
    for name in _FIELDS:
        label, column = before + b',"' + name.encode() + b'":', columns[name]
        fragments = [label + _encode(value) for value in column.values]
        if len(fragments) == 1:
            before = fragments[0]
            continue
        before = b""
        parts.append(map(fragments.__getitem__, column.codes.tolist()))
    start, end = b'{"id":', before + b"}"
    return [start + row + end for row in map(b"".join, zip(*parts, strict=True))]
