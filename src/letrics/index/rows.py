"""
Stored rows: each compressed by itself, with a dictionary made from a sample of them.

Rows of one kind are much alike, so the dictionary holds what they share: a row of 800 bytes takes
some 120, and half a microsecond to read, wherever it stands.  See "Compression of small data" in
the documentation of Zstandard.
"""

import threading
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from zstandard import (
    BufferSegment,
    BufferWithSegments,
    ZstdCompressionDict,
    ZstdCompressor,
    ZstdDecompressor,
    ZstdError,
    train_dictionary,
)

from letrics.index.format import Container, ContainerWriter
from letrics.index.strings import Strings

_LEVEL = 3
_SAMPLE_ROWS = 2_000
_DICTIONARY_BYTES_MAX = 64_000
# A dictionary is put together from pieces of about a row's length, chosen by what strings of a few bytes they share.
_SEGMENT_BYTES, _MATCHED_BYTES = 800, 8
_SEGMENTS_MIN = 8
# Of fewer rows none is worth its own size.
_DICTIONARY_ROWS_MIN = 128


def sampled(count: int) -> NDArray[Any]:
    """Return the places of the rows, of *count*, that make up a sample."""
    return np.linspace(0, count - 1, min(count, _SAMPLE_ROWS)).astype(int)


def write_rows(
    writer: ContainerWriter, name: str, pieces: Iterable[Sequence[bytes | memoryview]], sample: Sequence[bytes]
) -> None:
    """Write rows, of which none is empty, given in *pieces*; *sample* are some of them (see `sampled`)."""
    dictionary = _dictionary(sample)
    compressor = ZstdCompressor(level=_LEVEL, dict_data=dictionary, write_checksum=False, write_dict_id=False)
    lengths = array("Q", [0])

    def compressed() -> Iterator[bytes]:
        for piece in pieces:
            # On all processors; the interpreter is free meanwhile.
            stored = compressor.multi_compress_to_buffer(list(piece), threads=-1)
            parts = [stored[i] for i in range(len(stored))]
            lengths.extend(map(len, parts))
            yield b"".join(parts)  # type: ignore[arg-type]  # its segments are buffers

    writer.add(f"{name}/dictionary", [dictionary.as_bytes()])
    writer.add(f"{name}/bytes", compressed())
    writer.add_array(f"{name}/offsets", np.cumsum(np.array(lengths, dtype="<u8"), dtype="<u8"))


def _dictionary(sample: Sequence[bytes]) -> ZstdCompressionDict:
    if len(sample) < _DICTIONARY_ROWS_MIN:
        return ZstdCompressionDict(b"")
    size = min(_DICTIONARY_BYTES_MAX, sum(map(len, sample)) // 16)
    try:
        if size < _SEGMENTS_MIN * _SEGMENT_BYTES:
            return train_dictionary(size, list(sample))
        # Searching for the best lengths takes many times as long, for rows that are hardly smaller.
        return train_dictionary(size, list(sample), k=_SEGMENT_BYTES, d=_MATCHED_BYTES)
    except ZstdError:
        # Rows too short or too much alike to learn from: then the sample itself serves.
        return ZstdCompressionDict(b"".join(sample)[:size])


class Rows:
    """The rows written under one name, by number."""

    def __init__(self, container: Container, name: str) -> None:
        self._stored = Strings(container, name)
        self._dictionary = container.view(f"{name}/dictionary").tobytes()
        # A decompressor serves one thread at a time.
        self._of_thread = threading.local()

    def __len__(self) -> int:
        return len(self._stored)

    def __getitem__(self, number: int) -> bytes:
        return self._decompressor().decompress(self._stored.view(number))

    def some(self, numbers: Sequence[int]) -> list[bytes]:
        """Return the rows of *numbers*, in their order."""
        return list(map(self._decompressor().decompress, self._stored.some(numbers)))

    def many(self, numbers: NDArray[Any]) -> list[BufferSegment]:
        """Return the rows of *numbers*, in their order, as buffers: other threads go on while they are read."""
        if not len(numbers):
            return []
        data, places = self._stored.placed(numbers)
        rows = self._decompressor().multi_decompress_to_buffer(BufferWithSegments(data, places.tobytes()))
        return [rows[i] for i in range(len(rows))]

    def _decompressor(self) -> ZstdDecompressor:
        found: ZstdDecompressor | None = getattr(self._of_thread, "decompressor", None)
        if found is None:
            found = ZstdDecompressor(dict_data=ZstdCompressionDict(self._dictionary))
            self._of_thread.decompressor = found
        return found
