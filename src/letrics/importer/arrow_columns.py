"""
Columns of Arrow, as Parquet has them, as cells: each value becomes the text that a CSV would have.

Packed, texts stay in the bytes in which Arrow has them, and lists of them are put together there.
"""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from letrics.importer.read_tables import cell_text
from letrics.importer.texts import ESCAPED
from letrics.packed import Packed

# What stands behind a text in a list, and behind the last one: the beginning of the next list goes with it.
_BETWEEN, _BEHIND = b'", "', b'"]["'
_NEXT_BYTES = len(b'["')
_EMPTY_LIST = b"[]"


def flat(table: Any) -> Any:
    """Return a table whose structs are columns of their own, with dotted names."""
    while any(pa.types.is_struct(field.type) for field in table.schema):
        table = table.flatten()
    return table


def cells(column: Any) -> list[str]:
    """Return the cells of a column."""
    if pa.types.is_null(column.type):
        return [""] * len(column)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        texts: list[str] = column.fill_null("").to_pylist()
        return texts
    if _is_text_at_once(column.type):
        return cells(column.cast(pa.string()))
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        # Python's times have microseconds, and nothing here is finer.
        column = column.cast(pa.timestamp("us", tz=column.type.tz), safe=False)
    return list(map(cell_text, column.to_pylist()))


def packed_cells(column: Any) -> Packed:
    """Return the cells of a column of one chunk, packed; raises ArrowInvalid for text that is no UTF-8."""
    if _is_text(column.type):
        return _texts(column)
    if _is_text_at_once(column.type):
        return _texts(column.cast(pa.string()))
    if (pa.types.is_list(column.type) or pa.types.is_large_list(column.type)) and _is_text(column.type.value_type):
        return _lists(column)
    return Packed.of([each.encode() for each in cells(column)])


def _is_text(kind: Any) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_text_at_once(kind: Any) -> bool:
    return bool(pa.types.is_boolean(kind) or pa.types.is_integer(kind))


def _texts(column: Any) -> Packed:
    """Return the texts of a column, empty where there is none."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_string_view(column.type):
        column = column.cast(pa.large_string())
    column.validate(full=True)
    bounds = _bounds(column, is_large=pa.types.is_large_string(column.type))
    content = column.buffers()[2]
    data = np.frombuffer(content, dtype=np.uint8) if content else np.empty(0, dtype=np.uint8)
    # A column may be a part of a longer one, whose bytes come with it.
    texts = Packed.between(data[bounds[0] : bounds[-1]], bounds - bounds[0])
    return (
        texts
        if not column.null_count
        else Packed(texts.data, texts.starts, np.where(_is_given(column), texts.ends, texts.starts))
    )


def _lists(column: Any) -> Packed:
    """Return the lists of texts of a column as JSON, empty where there is none."""
    bounds = _bounds(column, is_large=pa.types.is_large_list(column.type))
    elements = column.values.slice(bounds[0], bounds[-1] - bounds[0])
    bounds -= bounds[0]
    texts = _texts(elements)
    # All lists end to end, after one that is empty: what all such lists look like.
    is_last = np.zeros(len(texts) + 1, dtype=np.int64)
    is_last[bounds] = 1
    ends = (joined := Packed.of([_EMPTY_LIST]).followed_by(texts).wrapped(b"", [_BETWEEN, _BEHIND], is_last)).ends
    starts, ends = ends[bounds[:-1]] - _NEXT_BYTES, ends[bounds[1:]] - _NEXT_BYTES
    is_given, is_empty = _is_given(column), starts == ends
    starts = np.where(is_given & ~is_empty, starts, 0)
    ends = np.where(is_given, np.where(is_empty, len(_EMPTY_LIST), ends), 0)
    is_odd = texts.holding(ESCAPED) | ~_is_given(elements)
    counts = np.concatenate([[0], np.cumsum(is_odd)])
    odd = np.flatnonzero((counts[bounds[1:]] > counts[bounds[:-1]]) & is_given)
    return Packed(joined.data, starts, ends).replaced(
        odd, [each.encode() for each in cells(column.take(pa.array(odd)))]
    )


def _bounds(column: Any, *, is_large: bool) -> NDArray[np.int64]:
    """Return where each of the texts or lists of a column begins, and where the last one ends."""
    kept = column.buffers()[1]
    if not kept:
        return np.zeros(len(column) + 1, dtype=np.int64)
    bounds = np.frombuffer(kept, dtype=np.int64 if is_large else np.int32)
    return bounds[column.offset : column.offset + len(column) + 1].astype(np.int64)


def _is_given(column: Any) -> NDArray[np.bool_]:
    is_given: NDArray[np.bool_] = column.is_valid().to_numpy(zero_copy_only=False)
    return is_given
