"""
Columns of Arrow, as Parquet has them, as cells: each value becomes the text that a CSV would have.

Packed, texts stay in the bytes in which Arrow has them, and lists of them are put together there.  Nothing here makes
Arrow of Python or NumPy, or NumPy of Arrow but from its buffers: for that, Arrow loads pandas wherever it is installed.
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
        return [each or "" for each in column.to_pylist()]
    if _is_text_at_once(column.type):
        return cells(column.cast(pa.string()))
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        # Python's times have microseconds, and nothing here is finer.
        column = column.cast(pa.timestamp("us", tz=column.type.tz), safe=False)
    return list(map(cell_text, column.to_pylist()))


def packed_cells(column: Any) -> Packed:
    """Return the cells of a column of one chunk, packed; raises ArrowInvalid for text that is no UTF-8."""
    if _is_text_at_once(column.type):
        column = column.cast(pa.string())
    if _is_text(column.type):
        return _texts(_plain_texts(column))
    if (pa.types.is_list(column.type) or pa.types.is_large_list(column.type)) and _is_text(column.type.value_type):
        return _lists(column)
    return Packed.of([each.encode() for each in cells(column)])


def _is_text(kind: Any) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_text_at_once(kind: Any) -> bool:
    return bool(pa.types.is_boolean(kind) or pa.types.is_integer(kind))


def _plain_texts(column: Any) -> Any:
    """Return a column of texts as one whose texts stand end to end, and are UTF-8."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_string_view(column.type):
        column = column.cast(pa.large_string())
    column.validate(full=True)
    return column


def _texts(column: Any) -> Packed:
    """Return the texts of a column, empty where there is none."""
    bounds = _bounds(column, is_large=pa.types.is_large_string(column.type))
    content = column.buffers()[2]
    data = np.frombuffer(content, dtype=np.uint8) if content else np.empty(0, dtype=np.uint8)
    # A column may be a part of a longer one, whose bytes come with it.
    first, bounds = bounds[0], bounds - bounds[0]
    ends = np.where(_is_given(column), bounds[1:], bounds[:-1])
    return Packed(data[first : first + bounds[-1]], bounds[:-1], ends)


def _lists(column: Any) -> Packed:
    """Return the lists of texts of a column as JSON, empty where there is none."""
    bounds = _bounds(column, is_large=pa.types.is_large_list(column.type))
    first, bounds = bounds[0], bounds - bounds[0]
    elements = _plain_texts(column.values.slice(first, bounds[-1]))
    texts = _texts(elements)
    is_last = np.zeros(len(texts) + 1, dtype=np.int64)
    is_last[bounds] = 1
    # All lists end to end, after an empty one, which stands for all that are.
    joined = Packed.of([_EMPTY_LIST]).followed_by(texts).wrapped(b"", [_BETWEEN, _BEHIND], is_last)
    places = joined.ends[bounds] - _NEXT_BYTES
    is_given, is_empty = _is_given(column), places[1:] == places[:-1]
    starts = np.where(is_empty, 0, places[:-1])
    ends = np.where(is_given, np.where(is_empty, len(_EMPTY_LIST), places[1:]), starts)
    odd_before = np.concatenate([[0], np.cumsum(texts.holding(ESCAPED) | ~_is_given(elements))])[bounds]
    odd = np.flatnonzero((odd_before[1:] > odd_before[:-1]) & is_given)
    return Packed(joined.data, starts, ends).replaced(
        odd, [cell_text(column[place].as_py()).encode() for place in odd.tolist()]
    )


def _bounds(column: Any, *, is_large: bool) -> NDArray[np.int64]:
    """Return where each of the texts or lists of a column begins, and where the last one ends."""
    kept = column.buffers()[1]
    if not kept:
        return np.zeros(len(column) + 1, dtype=np.int64)
    bounds = np.frombuffer(kept, dtype=np.int64 if is_large else np.int32)
    return bounds[column.offset : column.offset + len(column) + 1].astype(np.int64)


def _is_given(column: Any) -> NDArray[np.bool_]:
    kept = column.buffers()[0]
    if not kept:
        return np.ones(len(column), dtype=np.bool_)
    bits = np.unpackbits(np.frombuffer(kept, dtype=np.uint8), count=column.offset + len(column), bitorder="little")
    return bits[column.offset :].view(np.bool_)
