"""
How the clauses of a search are put down for the kernels, which read numbers and nothing else.

A query is two tables: its clauses, and their sources.  Their rows hold the numbers named here.  Where a source is read
from is told by an address in memory, so that a source looks the same wherever that is: in the mapped file, or in an
array made for one search.
"""

from collections.abc import Sequence
from ctypes import addressof, c_char
from struct import Struct
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

# A bitmap is made of containers of so many documents, and so many words of bits.
CONTAINER = 1 << 16
WORDS = CONTAINER // 64

# A clause: its first source and the one behind its last, whether it is unwanted, whether all sources add, and whether
# one is asked for one document after the other.
BEGIN, END, UNWANTED, ONLY_ADDS, ASKED = 0, 1, 2, 3, 4
CLAUSE_NUMBERS = 5

# A source: its kind, whether it takes its documents off those of the sources before it, where others add theirs; and
# three numbers whose meaning is its kind's.
KIND, TAKES_OFF, DATA, LAST, COLUMN = 0, 1, 2, 3, 4
# Kinds: a serialized bitmap, at DATA; the plain bits of one, from DATA to LAST; doc ids, ascending, LAST of them at
# DATA; those whose text, LAST at most, in the column at COLUMN has a flag among those at DATA; those whose rank in the
# column at COLUMN is DATA or more, and less than LAST.  The last two are asked for one document after the other.
ROARING, PLAIN, SORTED, TEXTS, RANKS = 0, 1, 2, 3, 4
ASKED_FROM = TEXTS
# Behind these numbers is room for what the kernels know of a source while they read: of a bitmap how many containers it
# has, where these are described, where their offsets are (0: not told), where it says which are runs (0: none), and the
# container reached; of doc ids the range of those in the container.
SIZE, DESCRIBED, OFFSETS, RUNS, AT, UNTIL = 5, 6, 7, 8, 9, 10
SOURCE_NUMBERS = 11

# Room for what is known of a container while clauses meet, in bytes: its bits, and others; places in it, two bytes
# each; and a flag of each.
SPARE_FROM = CONTAINER // 8
PLACES_FROM = 2 * SPARE_FROM
FLAGS_FROM = PLACES_FROM + 2 * CONTAINER
ROOM_BYTES = FLAGS_FROM + CONTAINER

# In place of the number of a row's owner, where it has none.
NO_OWNER = 0xFFFF_FFFF
# What rows are read from and written to has so many bytes behind it.
SLACK = 32
# Where hashes of five bytes stand: in a dictionary, and in the rows before.
DICTIONARY_BITS, RECENT_BITS = 16, 12
# What reading rows says instead of how many bytes they are.
BROKEN, TOO_SMALL = -1, -2
# Behind each row stands its checksum.
CHECKSUM_BYTES = 4

# What numpy would make of the type each time.
INT64 = np.dtype(np.int64)
_from_buffer = c_char.from_buffer
_CLAUSE = Struct("=5q")
_SOURCE = Struct("=5q48x")
_OFF = Struct("=q").pack(True)


class Query(NamedTuple):
    """The tables of *clauses* and of their *sources*; *kept* is whatever has these in memory."""

    clauses: NDArray[np.int64]
    sources: NDArray[np.int64]
    kept: Any


def address_of(array: NDArray[Any]) -> int:
    """Return where *array* begins in memory; it must be kept for as long as kernels read it."""
    try:
        # Takes a quarter of the time that numpy takes to tell it, but not of what is empty or not to be written to.
        return addressof(_from_buffer(array.data))
    except (TypeError, ValueError):
        return array.ctypes.data


def source_row(kind: int, data: int, last: int = 0, column: int = 0) -> bytes:
    """Return a source that adds its documents."""
    return _SOURCE.pack(kind, False, data, last, column)


def taking_off(source: bytes) -> bytes:
    """Return a source that takes off what *source* adds."""
    return source[: len(_OFF)] + _OFF + source[2 * len(_OFF) :]


def clause_row(begin: int, end: int, is_unwanted: bool, only_adds: bool, is_asked: bool) -> bytes:
    """Return a clause of the sources *begin* to *end* - 1."""
    return _CLAUSE.pack(begin, end, is_unwanted, only_adds, is_asked)


def query_of(clauses: Sequence[bytes], sources: Sequence[bytes], kept: Any) -> Query:
    """Return a query of these rows."""
    return Query(_table(clauses, CLAUSE_NUMBERS), _table(sources, SOURCE_NUMBERS), kept)


def _table(rows: Sequence[bytes], width: int) -> NDArray[np.int64]:
    return np.ndarray((len(rows), width), INT64, b"".join(rows))
