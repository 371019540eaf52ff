"""
How the clauses of a search are put down for the kernels, which read arrays of numbers and nothing else.

A query is a tuple: `BUFFERS` buffers of serialized bitmaps, of which the first is the segment's file; sorted doc
ids, of several sources end to end; rows of bits; two columns, of each document its text and its rank in time; rows
of flags, one a text; the clauses; their sources.  The clauses and sources are rows of the numbers named here.
"""

from collections.abc import Sequence
from struct import Struct
from typing import Any, NewType

import numpy as np
from numpy.typing import NDArray

Query = NewType("Query", tuple[Any, ...])

# The file, and two bitmaps in memory of their own: deleted documents, and contacts without a company.
BUFFERS = 3

# A bitmap is made of containers of so many documents, and so many words of bits.
CONTAINER = 1 << 16
WORDS = CONTAINER // 64


# A source: its kind, which of the arrays it is in, where it begins and ends there, and whether it takes its documents
# off those of the sources before it, where others add theirs.
KIND, HOLDER, FIRST, LAST, TAKES_OFF = 0, 1, 2, 3, 4
SOURCE_NUMBERS = 5
# Kinds: a serialized bitmap; the plain bits of one; sorted doc ids; a row of bits; a row of flags for the documents'
# texts; a range of their ranks.  The last two are asked for one document after the other.
ROARING, PLAIN, SORTED, FLAT, TEXTS, RANKS = 0, 1, 2, 3, 4, 5
ASKED_FROM = TEXTS

# A clause: its first source and the one behind its last, whether it is unwanted, whether all sources add, and whether
# one is asked for one document after the other.
BEGIN, END, UNWANTED, ONLY_ADDS, ASKED = 0, 1, 2, 3, 4
CLAUSE_NUMBERS = 5

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

_ROW = Struct("=5q")
_OFF = Struct("=q").pack(True)

# What the kernels know of a source while they read: of a bitmap the number of its containers, where these are
# described, where their offsets are (-1: not told), where it says which are runs (-1: none), and the container reached;
# of sorted doc ids the range of those in the container.
SIZE, DESCRIBED, OFFSETS, RUNS, AT, UNTIL = 0, 1, 2, 3, 4, 5
STATE_NUMBERS = 6


def source_row(kind: int, holder: int = 0, first: int = 0, last: int = 0) -> bytes:
    """Return a source that adds its documents."""
    return _ROW.pack(kind, holder, first, last, False)


def taking_off(source: bytes) -> bytes:
    """Return a source that takes off what *source* adds."""
    return source[: -len(_OFF)] + _OFF


def clause_row(begin: int, end: int, is_unwanted: bool, only_adds: bool, is_asked: bool) -> bytes:
    """Return a clause of the sources *begin* to *end* - 1."""
    return _ROW.pack(begin, end, is_unwanted, only_adds, is_asked)


def query_of(
    buffers: Sequence[NDArray[np.uint8]],
    documents: Sequence[NDArray[np.uint32]],
    flats: Sequence[NDArray[np.uint8]],
    columns: tuple[NDArray[np.uint32], NDArray[np.uint32]],
    marks: Sequence[NDArray[np.bool_]],
    clauses: Sequence[bytes],
    sources: Sequence[bytes],
) -> Query:
    """Return a query; kernels are compiled for arrays of these types, some of which are not to be written to."""
    return Query(
        (
            tuple(buffers),
            np.concatenate(documents) if documents else _NO_DOCUMENTS,
            _constant(np.stack(flats)) if flats else _NO_FLATS,
            columns,
            np.stack(marks) if marks else _NO_MARKS,
            _table(clauses, CLAUSE_NUMBERS),
            _table(sources, SOURCE_NUMBERS),
        )
    )


def source_count(query: Query) -> int:
    """Return how many sources *query* has."""
    return len(query[-1]) if query else 0


def _constant(bits: NDArray[np.uint8]) -> NDArray[np.uint8]:
    bits.setflags(write=False)
    return bits


_NO_DOCUMENTS = np.empty(0, dtype=np.uint32)
_NO_FLATS = _constant(np.empty((0, 0), dtype=np.uint8))
_NO_MARKS = np.empty((0, 0), dtype=np.bool_)


def _table(rows: Sequence[bytes], width: int) -> NDArray[np.int64]:
    return np.frombuffer(b"".join(rows), dtype=np.int64).reshape(-1, width)
