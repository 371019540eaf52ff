"""
Kernels: the loops of a search over bits, doc ids and rows, compiled to machine code when first called.

They read posting lists where they stand in the mapped file, one container of 65,536 documents after the
other: a container of all clauses fits the processor's first cache, and no set of documents is ever made
but that of a page.
"""

import threading
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from letrics.index.kernels.encoding import ROOM_BYTES, SLACK, Query, address_of, query_of
from letrics.log import get_logger

__all__ = [
    "flag",
    "gather",
    "holders",
    "index_dictionary",
    "mark",
    "pack_rows",
    "prepare",
    "rarest",
    "read_rows",
    "walk",
]

_log = get_logger(__name__)

_PAGE_MAX = 100  # rows; more are an export's


@cache
def _compiled() -> tuple[ModuleType, ModuleType, ModuleType, ModuleType]:
    """Return the compiled functions; the compiler is loaded by those that call one, and by nobody else."""
    from letrics.index.kernels import grams, meeting, ranges, rows
    from letrics.index.kernels.compiled import IS_KEPT

    if not IS_KEPT:
        _log.info("compiling the search for this processor; takes some seconds, once")
    return meeting, ranges, rows, grams


def prepare() -> None:
    """Load the kernels, compiling them where nobody has yet."""
    none, no_words, numbers = np.frombuffer(b"", np.uint8), np.empty(0, np.uint64), np.empty(0, np.int64)
    documents, column = np.empty(0, np.uint32), none.view(np.uint32)
    gather(column, numbers, numbers, documents)
    flag(column, numbers, numbers, no_words)
    mark(column, numbers, numbers, np.empty(0, np.bool_))
    gram, first = np.frombuffer(bytes(3), np.uint8), np.frombuffer(bytes(8), np.uint32)
    rarest(gram, column, first, 0)
    holders(gram, column, first, column, column, (0, 0, 0))
    rows = (none, none.view(np.uint64), none)
    read_rows(numbers, rows, column, rows, none, np.empty(SLACK, np.uint8), numbers)
    walk(query_of([], [], None), (0, 0), 0, numbers, 0, numbers)


class _Room(threading.local):
    """Room for what is known of a container; a thread's own."""

    def __init__(self) -> None:
        self._bytes = np.empty(ROOM_BYTES, dtype=np.uint8)
        self.address = address_of(self._bytes)


_room = _Room()


def walk(
    query: Query,
    span: tuple[int, int],
    begin: int,
    counts: NDArray[np.int64],
    skipped: int,
    page: NDArray[np.int64],
    *,
    is_counted: bool = False,
) -> int:
    """
    Count the documents of *query* within *span* in each container from *begin* on, as many as *counts* has room for.

    Those that follow the first *skipped* ones, which begin *page* if that is negative, are written into it.  If it
    *is_counted* how many each container has, no others are looked at.  Returns how many documents there are.
    """
    # A table of its own, since what is known of the sources is written there.
    rows = query.sources.copy()
    walked: int = _compiled()[0].walk(
        query.clauses, rows, span, _room.address, begin, counts, is_counted, skipped, page
    )
    return walked


def flag(documents: NDArray[Any], firsts: NDArray[Any], lasts: NDArray[Any], words: NDArray[np.uint64]) -> None:
    """Set the bits in *words* of *documents*, from each of *firsts* to its last."""
    _compiled()[1].flag(documents, firsts, lasts, words)


def gather(documents: NDArray[Any], firsts: NDArray[Any], lasts: NDArray[Any], found: NDArray[np.uint32]) -> None:
    """Copy *documents*, from each of *firsts* to its last, one range after the other."""
    _compiled()[1].gather(documents, firsts, lasts, found)


def mark(numbers: NDArray[Any], firsts: NDArray[Any], lasts: NDArray[Any], flags: NDArray[np.bool_]) -> None:
    """Set the flag of each of *numbers*, from each of *firsts* to its last."""
    _compiled()[1].mark(numbers, firsts, lasts, flags)


def rarest(wanted: NDArray[np.uint8], distinct: NDArray[Any], first: NDArray[Any], many: int) -> tuple[int, int, int]:
    """Return the rarest trigram of *wanted*, how often it stands, and where in *wanted* (see `grams.py`)."""
    found: tuple[int, int, int] = _compiled()[3].rarest(wanted, distinct, first, many)
    return found


def holders(
    wanted: NDArray[np.uint8],
    distinct: NDArray[Any],
    first: NDArray[Any],
    positions: NDArray[Any],
    starts: NDArray[Any],
    rare: tuple[int, int, int],
) -> NDArray[np.int64]:
    """Return the ordinals, ascending, of the terms that contain *wanted*, of which *rare* is the rarest trigram."""
    place, count, where = rare
    found = np.empty(count, dtype=np.int64)
    return found[: _compiled()[3].holders(wanted, distinct, first, positions, starts, place, where, found)]


def read_rows(
    numbers: NDArray[np.int64],
    rows: tuple[Any, ...],
    owners: NDArray[Any],
    others: tuple[Any, ...],
    end: NDArray[np.uint8],
    into: NDArray[np.uint8],
    ends: NDArray[np.int64],
) -> int:
    """Write rows into *into*; return how many bytes they are, or what keeps from it (see `rows.py`)."""
    rows_of = _compiled()[2]
    # To let other threads go on costs a page more than it is worth.
    read_them = rows_of.read if len(numbers) <= _PAGE_MAX else rows_of.read_many
    size: int = read_them(numbers, rows, owners, others, end, into, ends)
    return size


def index_dictionary(dictionary: NDArray[np.uint8], known: NDArray[np.int32]) -> None:
    """Note in *known* what `pack_rows` asks of a *dictionary*."""
    _compiled()[2].index(dictionary, known)


def pack_rows(
    data: NDArray[np.uint8],
    bounds: NDArray[np.int64],
    dictionary: NDArray[np.uint8],
    known: NDArray[np.int32],
    recent: NDArray[np.int64],
    into: NDArray[np.uint8],
    ends: NDArray[np.int64],
) -> int:
    """Write the rows between *bounds* of *data* as they are stored; return how many bytes they take then."""
    size: int = _compiled()[2].pack(data, bounds, dictionary, known, recent, into, ends)
    return size
