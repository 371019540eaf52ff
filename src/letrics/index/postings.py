"""
Posting lists: which documents hold a term.

A posting list is a roaring bitmap of doc ids.  This file neither knows what a term means
(`terms.py` gives it an ordinal) nor which documents are deleted (`match.py` takes those off).
"""

import struct
from array import array
from collections import OrderedDict
from collections.abc import Sequence
from itertools import count
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from letrics.index.format import Container, ContainerWriter
from letrics.index.strings import Strings, write_strings

# A bitmap is made of containers of so many documents.
CONTAINER = 1 << 16
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
        return BitMap(array("I", np.sort(documents.astype(np.uint32)).tobytes()))
    last = int(documents.max())
    if len(documents) * _FLAGGED > last:
        flags = np.zeros(-(-(last + 1) // CONTAINER) * CONTAINER, dtype=bool)
        flags[documents] = True
        return bitmap_of_flags(flags)
    return _of_sorted(np.sort(documents))


def bitmap_of_flags(flags: NDArray[Any]) -> BitMap:
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


def write_postings(writer: ContainerWriter, name: str, lists: list[BitMap]) -> None:
    """Write *lists*, in ordinal order, and how many documents each has."""
    counts = np.array([len(each) for each in lists], dtype="<u4")
    stored = [_serialized(each) for each in lists]
    write_strings(writer, f"{name}/postings", stored, map(len, stored))
    writer.add_array(f"{name}/postings/counts", counts)


# Numbers, not addresses: an address is used again when a segment has gone, and its lists may still be kept.
_OWNERS = count()


class PostingList(NamedTuple):
    """The documents of a term, and how many they are; not to be changed."""

    documents: BitMap
    size: int


def union(lists: Sequence[PostingList]) -> BitMap:
    """Return the documents of all *lists*; not to be changed."""
    if len(lists) == 1:
        return lists[0].documents
    return BitMap.union(*(each.documents for each in lists)) if lists else BitMap()


def is_live(found: PostingList, deletes: BitMap) -> bool:
    """Return whether any of *found* is not deleted."""
    return found.size > len(deletes) or not found.documents.issubset(deletes)


class PostingCache:
    """Posting lists kept ready by a process, the longest unused going first beyond *bytes_max*."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._bytes = 0
        self._kept: OrderedDict[tuple[int, int], tuple[PostingList, int]] = OrderedDict()

    def get(self, key: tuple[int, int]) -> PostingList | None:
        """Return the list kept under *key*."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        self._kept.move_to_end(key)
        return kept[0]

    def keep(self, key: tuple[int, int], found: PostingList, size: int) -> None:
        """Keep *found*, which takes about *size* bytes."""
        self._kept[key] = (found, size)
        self._bytes += size
        while self._bytes > self._bytes_max and len(self._kept) > 1:
            _, (_, freed) = self._kept.popitem(last=False)
            self._bytes -= freed


class Postings:
    """The posting lists of one field of a segment, by ordinal."""

    # A bitmap object weighs some hundred bytes beside its containers.
    _OVERHEAD_BYTES = 200

    def __init__(self, container: Container, name: str, cache: PostingCache) -> None:
        self._lists = Strings(container, f"{name}/postings")
        self._cache = cache
        self._owner = next(_OWNERS)
        # How many documents each list has, known without reading it.
        self.counts = container.array(f"{name}/postings/counts", "<u4")

    def __len__(self) -> int:
        return len(self._lists)

    def __getitem__(self, ordinal: int) -> PostingList:
        key = (self._owner, ordinal)
        found = self._cache.get(key)
        if found is None:
            stored = self._lists.view(ordinal)
            documents = BitMap.deserialize(stored)  # type: ignore[arg-type]  # takes any buffer
            found = PostingList(documents, int(self.counts[ordinal]))
            self._cache.keep(key, found, len(stored) + self._OVERHEAD_BYTES)
        return found
