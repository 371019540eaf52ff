"""Records as JSON, put together from what distinct values look like: byte for byte what encoding each would give."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from letrics.backend import Coded
from letrics.importer.texts import Texts
from letrics.model.company import Company
from letrics.model.contact import Contact
from letrics.packed import Packed, is_loaded

# Fragments, and which of them is that of each row.
Pieces = tuple[Packed, NDArray[np.int64]]
_encode = msgspec.json.Encoder().encode


def json_rows(record: type[Company | Contact], ids: Sequence[str], columns: Mapping[str, Coded]) -> Packed:
    """Return the records of *ids*, whose other fields are *columns*."""
    start = b'{"id":'
    parts = [(Packed.of([start + _encode(each) for each in ids]), np.arange(len(ids)))]
    # What all rows have goes with what stands behind it.
    before = b""
    for name in record.__struct_fields__[1:]:
        label, column = before + b',"' + name.encode() + b'":', columns[name]
        if len(column.values) == 1:
            before = label + _encode(column.values[0])
            continue
        before = b""
        parts.append(_fragments(label, column))
    parts.append((Packed.of([before + b"}"]), np.zeros(len(ids), dtype=np.int64)))
    return spliced(parts)


def _fragments(label: bytes, column: Coded) -> Pieces:
    """Return JSON of the values of *column* with *label* before it, and which of it is that of each row."""
    if isinstance(column.values, Texts):
        fragments, numbers = column.values.fragments(label)
        return fragments, numbers[column.codes]
    return Packed.of([label + _encode(value) for value in column.values]), column.codes


def spliced(parts: Sequence[Pieces]) -> Packed:
    """Return the fragments of each row end to end."""
    if not is_loaded():
        fragments: list[Iterator[bytes]] = [map(each.unpacked().__getitem__, codes.tolist()) for each, codes in parts]
        return Packed.of(list(map(b"".join, zip(*fragments, strict=True))))
    pieces = np.empty((len(parts[0][1]), len(parts)), dtype=np.int64)
    count = 0
    for place, (fragment, codes) in enumerate(parts):
        pieces[:, place] = codes + count
        count += len(fragment)
    return Packed.all_of([each for each, _ in parts]).spliced(pieces)
