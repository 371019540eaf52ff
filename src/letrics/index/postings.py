"""
Posting lists: which documents hold a term.

A posting list is a roaring bitmap of doc ids.  This file neither knows what a term means
(`terms.py` gives it an ordinal) nor which documents are deleted (`match.py` takes those off).
"""

from array import array
from collections import OrderedDict
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from letrics.index.format import Container, ContainerWriter
from letrics.index.strings import Strings, write_strings


def bitmap(documents: NDArray[Any]) -> BitMap:
    """Return *documents* (doc ids in any order) as a bitmap."""
    # pyroaring takes the buffer of an array whole; over a numpy array it would loop in Python.
    return BitMap(array("I", np.ascontiguousarray(documents, dtype=np.uint32).tobytes()))


# A run costs several times what it saves once a list is dense, so it must save this much.
_RUNS_SAVE = 8
_CONTAINER = 1 << 16
# A container with more documents is a set of bits, with fewer a sorted array.
_ARRAY_MAX = 4_096


def _serialized(documents: BitMap) -> bytes:
    """Return *documents* in the form that is fastest to work with, or smallest where that costs nothing."""
    plain = documents.serialize()
    documents.run_optimize()
    packed = documents.serialize()
    dense = len(documents) * _CONTAINER > _ARRAY_MAX * (documents.max() + 1) if documents else False
    return packed if len(packed) * (_RUNS_SAVE if dense else 1) < len(plain) else plain


def write_postings(writer: ContainerWriter, name: str, lists: list[BitMap]) -> None:
    """Write *lists*, in ordinal order, and how many documents each has."""
    counts = np.array([len(each) for each in lists], dtype="<u4")
    stored = [_serialized(each) for each in lists]
    write_strings(writer, f"{name}/postings", stored, map(len, stored))
    writer.add_array(f"{name}/postings/counts", counts)


# Numbers, not addresses: an address is used again when a segment has gone, and its lists may still be kept.
_OWNERS = count()


class PostingCache:
    """Posting lists kept ready by a process, the longest unused going first beyond *bytes_max*."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._bytes = 0
        self._kept: OrderedDict[tuple[int, int], tuple[BitMap, int]] = OrderedDict()

    def get(self, key: tuple[int, int]) -> BitMap | None:
        """Return the list kept under *key*."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        self._kept.move_to_end(key)
        return kept[0]

    def keep(self, key: tuple[int, int], documents: BitMap, size: int) -> None:
        """Keep *documents*, which take about *size* bytes."""
        self._kept[key] = (documents, size)
        self._bytes += size
        while self._bytes > self._bytes_max and len(self._kept) > 1:
            _, (_, freed) = self._kept.popitem(last=False)
            self._bytes -= freed


class Postings:
    """The posting lists of one field of a segment, by ordinal; a list must not be changed by its reader."""

    # A bitmap object weighs some hundred bytes beside its containers.
    _OVERHEAD_BYTES = 200

    def __init__(self, container: Container, name: str, cache: PostingCache) -> None:
        self._lists = Strings(container, f"{name}/postings")
        self._cache = cache
        self._owner = next(_OWNERS)
        # How many documents each list has: known without reading it, so that a search can be planned.
        self.counts = container.array(f"{name}/postings/counts", "<u4")

    def __len__(self) -> int:
        return len(self._lists)

    def __getitem__(self, ordinal: int) -> BitMap:
        key = (self._owner, ordinal)
        documents = self._cache.get(key)
        if documents is None:
            stored = self._lists.view(ordinal)
            documents = BitMap.deserialize(stored)  # type: ignore[arg-type]  # takes any buffer
            self._cache.keep(key, documents, len(stored) + self._OVERHEAD_BYTES)
        return documents
