"""
The container that segment and deletes files share: named sections between a header and a footer.

    header    8 bytes magic, u32 format version, u32 zero
    sections  each at a multiple of 8 bytes
    checksums u32 CRC-32 of each block of a section, section after section
    contents  JSON: {"sections": {name: [offset, length, first checksum]}, "checksums": …, "about": {…}}
    footer    u64 offset of the contents, u32 their length, u32 their CRC-32, 8 bytes magic

All numbers are little-endian.  The contents and the checksums are verified on opening, a block when
it is first read: what was not verified is never given out, and opening costs the same at any size.
"""

import struct
from array import array
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from zlib_ng.zlib_ng import crc32

from letrics.errors import DamagedData
from letrics.index import files

MAGIC = b"LETRICS\x1a"
VERSION = 3
# Whatever is first read of a block, verifying so much takes 4 µs.
BLOCK_BYTES = 1 << 14
# Ahead, so many are read at once.
_AHEAD_BLOCKS = 64
_HEADER = struct.Struct("<8sII")
_FOOTER = struct.Struct("<QII8s")


class Contents(msgspec.Struct, frozen=True):
    """
    What a file holds: section name → offset, length and number of its first checksum; and what it says of itself.

    *checksums* are the offset, count and CRC-32 of the checksums.
    """

    sections: dict[str, tuple[int, int, int]]
    checksums: tuple[int, int, int]
    about: dict[str, Any]


class ContainerWriter:
    """Writes one file; what is not finished is not a file that opens."""

    def __init__(self, path: Path) -> None:
        self._file = files.DurableFile(path)
        self._sections: dict[str, tuple[int, int, int]] = {}
        self._checksums = array("I")
        self._file.write(_HEADER.pack(MAGIC, VERSION, 0))

    def add(self, name: str, chunks: Iterable[bytes | memoryview]) -> None:
        """Write the section *name*: all *chunks*, one after the other."""
        assert name not in self._sections, name
        start, first = self._file.position, len(self._checksums)
        checksum = filled = 0
        for chunk in chunks:
            self._file.write(chunk)
            rest: bytes | memoryview = chunk
            while len(rest) >= BLOCK_BYTES - filled:
                rest = memoryview(rest)
                self._checksums.append(crc32(rest[: BLOCK_BYTES - filled], checksum))
                rest = rest[BLOCK_BYTES - filled :]
                checksum = filled = 0
            checksum = crc32(rest, checksum)
            filled += len(rest)
        if filled:
            self._checksums.append(checksum)
        self._sections[name] = (start, self._file.position - start, first)
        self._file.write(bytes(-self._file.position % 8))

    def add_array(self, name: str, array: NDArray[Any]) -> None:
        """Write the section *name* as the plain numbers of *array*."""
        self.add(name, [np.ascontiguousarray(array).view(np.uint8).data])

    def finish(self, about: dict[str, Any]) -> int:
        """Make the file whole and durable; return its size in bytes."""
        checksums = np.array(self._checksums, dtype="<u4").tobytes()
        where = (self._file.position, len(self._checksums), crc32(checksums))
        self._file.write(checksums)
        start = self._file.position
        contents = msgspec.json.encode(Contents(self._sections, where, about))
        self._file.write(contents)
        self._file.write(_FOOTER.pack(start, len(contents), crc32(contents), MAGIC))
        self._file.finish()
        return self._file.position

    def abandon(self) -> None:
        """Remove what was written."""
        self._file.abandon()


class Section:
    """One section of an open file, verified block by block as it is read."""

    def __init__(self, container: "Container", name: str, offset: int, length: int, first: int) -> None:
        self._container = container
        self._name = name
        self._offset = offset
        self._bytes = container.bytes[offset : offset + length]
        self._first = first
        self._pending = container.pending

    def __len__(self) -> int:
        return len(self._bytes)

    def read(self, start: int, end: int) -> memoryview:
        """Return the bytes from *start* to *end*; raises DamagedData where they are not what was written."""
        first, last = start // BLOCK_BYTES, -(-end // BLOCK_BYTES)
        if self._pending.find(1, self._first + first, self._first + last) >= 0:
            self._verify(first, last)
        return self._bytes[start:end]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Return where *start* and *end* are in the file; what is between them is verified."""
        self.read(start, end)
        return self._offset + start, self._offset + end

    def unverified(self) -> memoryview:
        """Return all bytes, for whoever verifies them by other means."""
        return self._bytes

    def verified(self, starts: NDArray[Any], ends: NDArray[Any]) -> memoryview:
        """Return all bytes, of which those are verified that lie from each of *starts* (signed) to its end."""
        is_read = ends > starts
        first, last = starts[is_read] // BLOCK_BYTES, (ends[is_read] - 1) // BLOCK_BYTES
        pending = np.frombuffer(self._pending, dtype=np.uint8)[self._first :]
        blocks = np.concatenate((first, last, *map(np.arange, first[last > first + 1], last[last > first + 1])))
        for block in np.unique(blocks[pending[blocks] != 0]).tolist():
            self._verify(block, block + 1)
        return self._bytes

    def verify_ahead(self) -> None:
        """Verify all bytes without mapping them; a block that does not fit is left for whoever reads it."""
        end = self._offset + len(self._bytes)
        for i, piece in enumerate(files.pieces(self._container.path, self._offset, end, _AHEAD_BLOCKS * BLOCK_BYTES)):
            # Less than was asked for is read where the file was cut off.
            for start in range(0, len(piece), BLOCK_BYTES):
                block = i * _AHEAD_BLOCKS + start // BLOCK_BYTES
                if self._fits(block, piece[start : start + BLOCK_BYTES]):
                    self._pending[self._first + block] = 0

    def whole(self) -> memoryview:
        """Return all bytes, verified."""
        return self.read(0, len(self._bytes))

    def is_damaged(self) -> bool:
        """Return whether a block is not what was written; reads the whole section, whatever was verified before."""
        return any(not self._fits(block, self._block(block)) for block in range(-(-len(self._bytes) // BLOCK_BYTES)))

    def _block(self, block: int) -> memoryview:
        return self._bytes[block * BLOCK_BYTES : (block + 1) * BLOCK_BYTES]

    def _fits(self, block: int, found: memoryview) -> bool:
        return crc32(found) == self._container.checksums[self._first + block]

    def _verify(self, first: int, last: int) -> None:
        """Verify the blocks from *first* to *last* - 1 that nobody has yet."""
        pending, number = self._pending, self._first
        for block in range(first, last):
            if pending[number + block]:
                if not self._fits(block, self._block(block)):
                    raise DamagedData(
                        f"{self._container.path} is damaged: its section {self._name} does not hold what was written."
                    )
                pending[number + block] = 0


class Container:
    """An open file: its sections as views of the mapped bytes, nothing copied."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bytes = files.map_file(path)
        # The same for compiled code, which reads nothing that was not verified before.
        self.data = np.frombuffer(self.bytes, dtype=np.uint8)
        contents = self._contents()
        self.about = contents.about
        self._sections = contents.sections
        self.checksums = self._checksums(*contents.checksums)
        # One byte a block: 1 until it is verified.
        self.pending = bytearray(b"\x01") * len(self.checksums)

    def _contents(self) -> Contents:
        if len(self.bytes) < _HEADER.size + _FOOTER.size:
            raise DamagedData(f"{self.path} is too short to be whole.")
        magic, version, _ = _HEADER.unpack_from(self.bytes, 0)
        if magic != MAGIC:
            raise DamagedData(f"{self.path} is not a file of Letrics, or its beginning is damaged.")
        if version > VERSION:
            raise DamagedData(
                f"{self.path} has format {version}; this Letrics reads format {VERSION}. Use a newer Letrics."
            )
        if version < VERSION:
            raise DamagedData(
                f"{self.path} has format {version}, of an older Letrics; this one reads format {VERSION}."
                " Import your files anew into an empty data folder."
            )
        start, length, checksum, magic = _FOOTER.unpack_from(self.bytes, len(self.bytes) - _FOOTER.size)
        contents = bytes(self.bytes[start : start + length])
        # The checksum of nothing is 0, so that a footer of zeros would fit.
        if magic != MAGIC or not contents or crc32(contents) != checksum:
            raise DamagedData(f"{self.path} is cut off, or its end is damaged.")
        return msgspec.json.decode(contents, type=Contents)

    def _checksums(self, offset: int, count: int, checksum: int) -> memoryview:
        stored = self.bytes[offset : offset + 4 * count]
        if crc32(stored) != checksum:
            raise DamagedData(f"{self.path} is damaged: its checksums do not hold what was written.")
        # Gives plain numbers, and those sooner than numpy does.
        return np.frombuffer(stored, dtype="<u4").data

    def has(self, name: str) -> bool:
        """Return whether there is a section *name*."""
        return name in self._sections

    def section(self, name: str) -> Section:
        """Return the section *name*."""
        if not self.has(name):
            raise DamagedData(f"{self.path} has no section {name}.")
        return Section(self, name, *self._sections[name])

    def view(self, name: str) -> memoryview:
        """Return the bytes of the section *name*, verified."""
        return self.section(name).whole()

    def array(self, name: str, dtype: str) -> NDArray[Any]:
        """Return the section *name* as an array of *dtype*, verified and read in place."""
        return np.frombuffer(self.view(name), dtype=dtype)

    def verify_ahead(self, part: str) -> None:
        """Verify the sections that have *part* in their names, so that nobody who reads them has to."""
        # The file of a segment that was merged meanwhile is still mapped, but has no name any more; and what cannot be
        # read now is told to whoever needs it.
        with suppress(OSError):
            for name in self._sections:
                if part in name:
                    self.section(name).verify_ahead()

    def expect_jumps(self, part: str) -> None:
        """Tell the system that the sections with *part* in their names are read here and there."""
        for offset, length, _ in self._named(part):
            files.expect_jumps(self.bytes, offset, offset + length)

    def length(self, part: str) -> int:
        """Return how many bytes the sections with *part* in their names take."""
        return sum(length for _, length, _ in self._named(part))

    def read_ahead(self, part: str) -> None:
        """Let the system have the sections with *part* in their names in memory."""
        with suppress(OSError):
            for offset, length, _ in self._named(part):
                deque(files.pieces(self.path, offset, offset + length, _AHEAD_BLOCKS * BLOCK_BYTES), maxlen=0)

    def _named(self, part: str) -> list[tuple[int, int, int]]:
        return [where for name, where in self._sections.items() if part in name]

    def damaged_sections(self) -> list[str]:
        """Return the names of the sections that do not hold what was written; reads the whole file."""
        return [name for name in self._sections if self.section(name).is_damaged()]
