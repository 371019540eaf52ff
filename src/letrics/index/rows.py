"""
Stored rows: each compressed by itself, with a dictionary of whole rows.

Rows of one kind are much alike, so a few of them hold what the others share: a row of 800 bytes takes some 150, and
half a microsecond to read, wherever it stands.  They are LZ4 blocks, read by compiled loops; written by these where
there are many, and by the library `lz4` where to load them would take longer than all the rest.

Each has a checksum of its own: to verify all of a block of the file for every row of a page would take longer than
to read these.
"""

import os
import threading
from array import array
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache, lru_cache, partial
from typing import Any

import numpy as np
from lz4 import block
from numpy.typing import NDArray
from zlib_ng.zlib_ng import crc32

from letrics.errors import DamagedData
from letrics.index import kernels
from letrics.index.format import Container, ContainerWriter
from letrics.index.kernels.encoding import CHECKSUM_BYTES, DICTIONARY_BITS, INT64, RECENT_BITS, SLACK, TOO_SMALL

_SAMPLE_ROWS = 2_000
# For fewer documents no loops are loaded: that takes half a second, the library some 8 µs more a row.
MANY = 50_000
_DICTIONARY_BYTES_MAX = 64_000
# The library hashes the dictionary anew for each row: with so small a one it takes a third of the time, and a sixth
# more disk, until the rows are merged with others.
_DICTIONARY_BYTES_MAX_OF_FEW = 8_000
# A dictionary takes so little of what it serves, and is worth nothing for fewer rows.
_DICTIONARY_PART = 16
_DICTIONARY_ROWS_MIN = 128
_THREADS = min(os.cpu_count() or 1, 8)
_compress = partial(block.compress, store_size=False)
_ROOM_BYTES, _ROOM_BYTES_MAX = 1 << 17, 1 << 23
# How a length is told, see `kernels/rows.py`.
_SEVEN, _LOW, _HIGH = 7, 0x7F, 0x80


def sampled(count: int) -> NDArray[Any]:
    """Return the places of the rows, of *count*, that make up a sample."""
    return np.linspace(0, count - 1, min(count, _SAMPLE_ROWS)).astype(int)


def write_rows(
    writer: ContainerWriter,
    name: str,
    pieces: Iterable[Sequence[bytes | memoryview]],
    sample: Sequence[bytes],
    of_file: int,
) -> None:
    """
    Write rows, of which none is empty, given in *pieces*; *sample* are some of them (see `sampled`).

    *of_file* is how many documents the file has, which tells whether loops are worth their loading.
    """
    are_many = of_file >= MANY
    dictionary = _dictionary(sample, _DICTIONARY_BYTES_MAX if are_many else _DICTIONARY_BYTES_MAX_OF_FEW)
    lengths = array("Q", [0])

    def compressed() -> Iterator[bytes | memoryview]:
        packed = _packed_by_many if are_many else _packed
        for stored, own in packed(dictionary, pieces):
            lengths.frombytes(own.astype(np.uint64).tobytes())
            yield stored

    writer.add(f"{name}/dictionary", [dictionary])
    writer.add(f"{name}/bytes", compressed())
    writer.add_array(f"{name}/offsets", np.cumsum(np.array(lengths, dtype="<u8"), dtype="<u8"))


def _dictionary(sample: Sequence[bytes], bytes_max: int) -> bytes:
    """Return rows of the *sample*, from all of it, the last ones whole: these are referred to in fewest bytes."""
    size = min(bytes_max, sum(map(len, sample)) // _DICTIONARY_PART)
    if len(sample) < _DICTIONARY_ROWS_MIN or not size:
        return b""
    count = size * len(sample) // sum(map(len, sample)) + 1
    return b"".join([sample[place] for place in np.linspace(0, len(sample) - 1, count).astype(int).tolist()])[-size:]


def _packed(
    dictionary: bytes, pieces: Iterable[Sequence[bytes | memoryview]]
) -> Iterator[tuple[bytes | memoryview, NDArray[np.int64]]]:
    """Yield the rows of each of *pieces* as they are stored, and how long each is."""
    for piece in pieces:
        stored = [_with_checksum(_length(len(row)) + _compress(row, dict=dictionary)) for row in piece]
        yield b"".join(stored), np.array(list(map(len, stored)), dtype=np.int64)


def _packed_by_many(
    dictionary: bytes, pieces: Iterable[Sequence[bytes | memoryview]]
) -> Iterator[tuple[bytes | memoryview, NDArray[np.int64]]]:
    """Return what `_packed` does, by compiled loops on all processors."""
    padded, known = _padded(dictionary), np.zeros(1 << DICTIONARY_BITS, dtype=np.int32)
    kernels.index_dictionary(padded, known)

    def pack(piece: Sequence[bytes | memoryview]) -> tuple[memoryview, NDArray[np.int64]]:
        bounds = np.cumsum([0, *map(len, piece)], dtype=np.int64)
        data = _padded(b"".join(piece))
        # What cannot be compressed takes a byte more for each 255, and some to begin with.
        stored = np.empty(len(data) + len(data) // 128 + SLACK * (len(piece) + 1), dtype=np.uint8)
        ends = np.empty(len(piece), dtype=np.int64)
        size = kernels.pack_rows(data, bounds, padded, known, np.zeros(1 << RECENT_BITS, dtype=np.int64), stored, ends)
        return stored[:size].data, np.diff(ends, prepend=0)

    with ThreadPoolExecutor(_THREADS) as threads:
        under_way: deque[Future[tuple[memoryview, NDArray[np.int64]]]] = deque()
        for piece in pieces:
            under_way.append(threads.submit(pack, piece))
            if len(under_way) > _THREADS:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()


def _padded(data: bytes) -> NDArray[np.uint8]:
    """Return *data* with the room behind it that loops need."""
    return np.frombuffer(data + bytes(SLACK), dtype=np.uint8)[: len(data)]


@lru_cache(maxsize=4_096)
def _length(length: int) -> bytes:
    """Return a length as it stands before a row (see `kernels/rows.py`)."""
    told = bytearray()
    while length > _LOW:
        told.append(length & _LOW | _HIGH)
        length >>= _SEVEN
    told.append(length)
    return bytes(told)


def _with_checksum(row: bytes) -> bytes:
    return row + crc32(row).to_bytes(CHECKSUM_BYTES, "little")


class Rows:
    """The rows written under one name, by number."""

    def __init__(self, container: Container, name: str) -> None:
        self._name, self._path = name, container.path
        self._bytes = container.section(f"{name}/bytes").unverified()
        offsets = container.array(f"{name}/offsets", "<u8")
        self._offsets = offsets.data
        self._dictionary = container.view(f"{name}/dictionary").tobytes()
        # What compiled loops read rows from (see `kernels/rows.py`).
        self.parts = np.frombuffer(self._bytes, dtype=np.uint8), offsets, _padded(self._dictionary)

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, number: int) -> bytes:
        return self._row(self._offsets[number], self._offsets[number + 1])

    def one_by_one(self, numbers: NDArray[Any]) -> list[bytes]:
        """Return the rows of *numbers*, without loading loops for them."""
        _, offsets, _ = self.parts
        return list(map(self._row, offsets[numbers].tolist(), offsets[numbers + 1].tolist()))

    def _row(self, start: int, end: int) -> bytes:
        """Return the row that is stored from *start* to *end*."""
        row = self._bytes[start : end - CHECKSUM_BYTES]
        if crc32(row) != int.from_bytes(self._bytes[end - CHECKSUM_BYTES : end], "little"):
            raise damaged(self)
        length, at = row[0] & _LOW, 1
        while row[at - 1] & _HIGH:
            length |= (row[at] & _LOW) << _SEVEN * at
            at += 1
        text: bytes = block.decompress(row[at:], uncompressed_size=length, dict=self._dictionary)
        return text

    def __str__(self) -> str:
        return f"{self._name} in {self._path}"


def damaged(*rows: Rows) -> DamagedData:
    """Return the error that a row of one of *rows* is not what was written."""
    return DamagedData(f"The index is damaged: a row of {' or of '.join(map(str, rows))} is not what was written.")


class Room:
    """Room for rows that are read; to make it anew each time would take as long as to read them."""

    def __init__(self) -> None:
        self.bytes = np.empty(_ROOM_BYTES, dtype=np.uint8)

    def of(self, size: int) -> NDArray[np.uint8]:
        """Return room for *size* bytes, which is kept unless it is large."""
        if size <= len(self.bytes):
            return self.bytes
        room = np.empty(size * 5 // 4, dtype=np.uint8)
        if len(room) <= _ROOM_BYTES_MAX:
            self.bytes = room
        return room


class _Own(threading.local):
    """A thread's own room, for pages."""

    def __init__(self) -> None:
        self.room = Room()


_own = _Own()
_NO_OWNERS = np.frombuffer(b"", dtype=np.uint32)


@cache
def _letters(text: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(text, dtype=np.uint8)


def read(
    rows: Rows,
    numbers: NDArray[np.int64],
    owners: NDArray[Any] = _NO_OWNERS,
    others: Rows | None = None,
    end: bytes = b"",
    room: Room | None = None,
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """
    Return *rows* of *numbers*, one after the other, and where each ends; compiled loops read them.

    If there are *owners*, they tell for each row which of *others* follows it, or NO_OWNER: `null` follows.  Each is
    followed by *end*.  They stand in *room*, or the thread's own, until it is used again.
    """
    ends, room = np.empty(len(numbers), dtype=INT64), room or _own.room
    others, into, behind = rows if others is None else others, room.bytes, _letters(end)
    while (size := kernels.read_rows(numbers, rows.parts, owners, others.parts, behind, into, ends)) < 0:
        if size == TOO_SMALL:
            into = room.of(int(ends[0]))
        else:
            raise damaged(*dict.fromkeys((rows, others)))
    return into[:size], ends
