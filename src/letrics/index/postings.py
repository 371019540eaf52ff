"""
Posting lists: which documents hold a term.

A posting list is a roaring bitmap of doc ids.  This file neither knows what a term means
(`terms.py` gives it an ordinal) nor which documents are deleted (`match.py` takes those off).
"""

import struct
from array import array
from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from letrics.index.format import Container, ContainerWriter
from letrics.index.kernels.encoding import CONTAINER, PLAIN, ROARING, address_of, source_row
from letrics.index.strings import Strings, write_strings

# Part of the name of each section of lists.
POSTINGS = "postings"
# A container with more documents is a set of bits, with fewer a sorted array.
_ARRAY_MAX = 4_096
# From one document in so many on, marking them in a row of flags beats sorting them.
_FLAGGED = 400
_FEW = 1_000  # are added to a bitmap one by one
_COOKIE = 12_346  # what a serialized bitmap without runs begins with
_HEADER = struct.Struct("<II")


def bitmap(documents: NDArray[Any]) -> BitMap:
    """Return *documents* (distinct doc ids in any order) as a bitmap."""
    if len(documents) < _FEW:
        # What is in order is added several times faster.
        return sorted_bitmap(np.sort(documents.astype(np.uint32)))
    last = int(documents.max())
    if len(documents) * _FLAGGED > last:
        flags = np.zeros(-(-(last + 1) // CONTAINER) * CONTAINER, dtype=bool)
        flags[documents] = True
        return _of_flags(flags)
    return _of_sorted(np.sort(documents))


def documents_of(documents: BitMap) -> NDArray[np.uint32]:
    """Return a bitmap's *documents*, ascending."""
    return np.frombuffer(documents.to_array(), dtype=np.uint32) if documents else np.empty(0, dtype=np.uint32)


def sorted_bitmap(documents: NDArray[np.uint32]) -> BitMap:
    """Return *documents*, ascending, as a bitmap."""
    return BitMap(array("I", documents.tobytes())) if len(documents) < _FEW else bitmap(documents)


def _of_flags(flags: NDArray[Any]) -> BitMap:
    """Return the places of *flags* that are set as a bitmap; their number is a multiple of 65,536."""
    packed = np.packbits(flags, bitorder="little").reshape(-1, CONTAINER // 8)
    counts = np.bitwise_count(packed.view("<u8")).sum(axis=1, dtype=np.int64)
    if counts.max(initial=0) <= _ARRAY_MAX:
        return _of_sorted(np.flatnonzero(flags))
    keys = np.flatnonzero(counts)
    by_container = flags.reshape(-1, CONTAINER)
    bodies = [
        packed[key].tobytes() if counts[key] > _ARRAY_MAX else np.flatnonzero(by_container[key]).astype("<u2").tobytes()
        for key in keys.tolist()
    ]
    return _assembled(keys, counts[keys], np.fromiter(map(len, bodies), dtype=np.int64, count=len(bodies)), bodies)


def _of_sorted(documents: NDArray[Any]) -> BitMap:
    """Return distinct *documents*, ascending, as a bitmap."""
    bounds = np.searchsorted(documents, np.arange(0, int(documents[-1]) + 2 * CONTAINER, CONTAINER))
    counts = np.diff(bounds)
    if counts.max() > _ARRAY_MAX:
        # pyroaring takes the buffer of an array whole; over a numpy array it would loop in Python.
        return BitMap(array("I", documents.astype(np.uint32).tobytes()))
    keys = np.flatnonzero(counts)
    return _assembled(keys, counts[keys], 2 * counts[keys], [(documents & 0xFFFF).astype("<u2").tobytes()])


def _assembled(keys: NDArray[Any], counts: NDArray[Any], sizes: NDArray[Any], bodies: list[bytes]) -> BitMap:
    """Return the bitmap of these containers, put together in the portable format of Roaring's specification."""
    described = np.empty((len(keys), 2), dtype="<u2")
    described[:, 0], described[:, 1] = keys, counts - 1
    offsets = _HEADER.size + 8 * len(keys) + np.cumsum(sizes) - sizes
    return BitMap.deserialize(
        b"".join(
            (_HEADER.pack(_COOKIE, len(keys)), described.tobytes(), offsets.astype("<u4").tobytes(), *bodies),
        )
    )


# A run costs several times what it saves once a list is dense, so it must save this much.
_RUNS_SAVE = 8


def _serialized(documents: BitMap) -> bytes:
    """Return *documents* in the form that is fastest to work with, or smallest where that costs nothing."""
    plain = documents.serialize()
    documents.run_optimize()
    packed = documents.serialize()
    dense = len(documents) * CONTAINER > _ARRAY_MAX * (documents.max() + 1) if documents else False
    return packed if len(packed) * (_RUNS_SAVE if dense else 1) < len(plain) else plain


# A list that takes so large a share of its plain bits is kept as these, too, unless it is nearly that already.
_PLAIN = 6
_NOT_PLAIN = -1


def write_postings(writer: ContainerWriter, name: str, lists: Iterable[BitMap]) -> None:
    """Write *lists*, in ordinal order, and how many documents each has."""
    counts, last = array("I"), -1
    stored: list[bytes] = []
    large: list[tuple[int, BitMap]] = []
    for each in lists:
        serialized = _serialized(each)
        if each:
            last = max(last, each.max())
            # The others need not be kept: plain bits would be larger even if nothing came behind their last document.
            if _plain_bytes(each.max() + 1) < _PLAIN * len(serialized):
                large.append((len(stored), each))
        stored.append(serialized)
        counts.append(len(each))
    write_strings(writer, f"{name}/{POSTINGS}", stored, map(len, stored))
    writer.add_array(f"{name}/{POSTINGS}/counts", np.array(counts, dtype="<u4"))
    size = _plain_bytes(last + 1)
    plain = [(place, each) for place, each in large if size < _PLAIN * len(stored[place]) < _PLAIN * size]
    numbers = np.full(len(stored), _NOT_PLAIN, dtype="<i4")
    numbers[[place for place, _ in plain]] = np.arange(len(plain))
    writer.add_array(f"{name}/{POSTINGS}/plain/numbers", numbers)
    writer.add(f"{name}/{POSTINGS}/plain", (_plain(each, size) for _, each in plain))


def _plain_bytes(count: int) -> int:
    """Return how many bytes the bits of *count* documents take, in whole containers."""
    return -(-count // CONTAINER) * (CONTAINER // 8)


def _plain(documents: BitMap, size: int) -> bytes:
    flags = np.zeros(8 * size, dtype=bool)
    flags[documents_of(documents)] = True
    return np.packbits(flags, bitorder="little").tobytes()


class PostingList(NamedTuple):
    """The *size* documents of a term: list *ordinal* of *postings*, verified; *row* is where a kernel reads them."""

    size: int
    row: bytes
    postings: "Postings"
    ordinal: int

    @property
    def documents(self) -> BitMap:
        """The documents as a bitmap of their own."""
        return self.postings.bitmap(self.ordinal)


class Serialized(NamedTuple):
    """The *size* documents of a serialized bitmap in memory of its own; *row* is where a kernel reads them."""

    size: int
    row: bytes
    data: NDArray[np.uint8]

    @classmethod
    def of(cls, documents: BitMap) -> "Serialized":
        """Return *documents* serialized."""
        data = np.frombuffer(documents.serialize(), dtype=np.uint8)
        return cls(len(documents), source_row(ROARING, address_of(data)), data)

    @property
    def documents(self) -> BitMap:
        """The documents as a bitmap."""
        return BitMap.deserialize(self.data.tobytes())


class Held(Protocol):
    """Some documents, *size* of them."""

    @property
    def size(self) -> int:
        """How many documents there are."""

    @property
    def documents(self) -> BitMap:
        """The documents as a bitmap."""


def is_live(found: Held, deletes: BitMap) -> bool:
    """Return whether any of *found* is not deleted."""
    return found.size > len(deletes) or not found.documents.issubset(deletes)


class Postings:
    """The posting lists of one field of a segment, by ordinal."""

    def __init__(self, container: Container, name: str) -> None:
        self._lists = Strings(container, f"{name}/{POSTINGS}")
        # How many documents each list has, known without reading it.
        self.counts = container.array(f"{name}/{POSTINGS}/counts", "<u4")
        # Gives plain numbers, and those sooner than numpy does.
        self._counts = self.counts.data
        self._plain = container.section(f"{name}/{POSTINGS}/plain")
        self._from = address_of(container.data)
        numbers = container.array(f"{name}/{POSTINGS}/plain/numbers", "<i4")
        self._numbers = numbers.data
        self._plain_size = len(self._plain) // max(1, int(numbers.max(initial=-1)) + 1)

    def __len__(self) -> int:
        return len(self._lists)

    def __getitem__(self, ordinal: int) -> PostingList:
        return PostingList(self._counts[ordinal], self._row(ordinal), self, ordinal)

    def _row(self, ordinal: int) -> bytes:
        """Return where a list stands in the file, verified, in the form that is read fastest."""
        if (number := self._numbers[ordinal]) != _NOT_PLAIN:
            first, last = self._plain.place(number * self._plain_size, (number + 1) * self._plain_size)
            return source_row(PLAIN, self._from + first, self._from + last)
        first, _ = self._lists.place(ordinal)
        return source_row(ROARING, self._from + first)

    def bitmap(self, ordinal: int) -> BitMap:
        """Return a list as a bitmap."""
        return BitMap.deserialize(self._lists.view(ordinal))  # type: ignore[arg-type]  # takes any buffer
