"""
The container that segment and deletes files share: named sections between a header and a footer.

    header   8 bytes magic, u32 format version, u32 zero
    sections each at a multiple of 8 bytes
    contents JSON: {"sections": {name: [offset, length, crc32]}, "about": {…}}
    footer   u64 offset of the contents, u32 their length, u32 their crc32, 8 bytes magic

All numbers are little-endian.  The contents' checksum is verified on opening; a section's is
recorded, for `letrics check` to verify.
"""

import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from zlib import crc32

import msgspec
import numpy as np
from numpy.typing import NDArray

from letrics.errors import DamagedData
from letrics.index import files

MAGIC = b"LETRICS\x1a"
VERSION = 1
_HEADER = struct.Struct("<8sII")
_FOOTER = struct.Struct("<QII8s")


class Contents(msgspec.Struct, frozen=True):
    """What a file holds: section name → offset, length and checksum; and what it says of itself."""

    sections: dict[str, tuple[int, int, int]]
    about: dict[str, Any]


class ContainerWriter:
    """Writes one file; what is not finished is not a file that opens."""

    def __init__(self, path: Path) -> None:
        self._file = files.DurableFile(path)
        self._sections: dict[str, tuple[int, int, int]] = {}
        self._file.write(_HEADER.pack(MAGIC, VERSION, 0))

    def add(self, name: str, chunks: Iterable[bytes | memoryview]) -> None:
        """Write the section *name*: all *chunks*, one after the other."""
        assert name not in self._sections, name
        start, checksum = self._file.position, 0
        for chunk in chunks:
            self._file.write(chunk)
            checksum = crc32(chunk, checksum)
        self._sections[name] = (start, self._file.position - start, checksum)
        self._file.write(bytes(-self._file.position % 8))

    def add_array(self, name: str, array: NDArray[Any]) -> None:
        """Write the section *name* as the plain numbers of *array*."""
        self.add(name, [array.tobytes()])

    def finish(self, about: dict[str, Any]) -> int:
        """Make the file whole and durable; return its size in bytes."""
        contents = msgspec.json.encode(Contents(self._sections, about))
        start = self._file.position
        self._file.write(contents)
        self._file.write(_FOOTER.pack(start, len(contents), crc32(contents), MAGIC))
        self._file.finish()
        return self._file.position

    def abandon(self) -> None:
        """Remove what was written."""
        self._file.abandon()


class Container:
    """An open file: its sections as views of the mapped bytes, nothing copied."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._bytes = files.map_file(path)
        contents = self._contents()
        self.about = contents.about
        self._sections = contents.sections

    def _contents(self) -> Contents:
        if len(self._bytes) < _HEADER.size + _FOOTER.size:
            raise DamagedData(f"{self.path} is too short to be whole.")
        magic, version, _ = _HEADER.unpack_from(self._bytes, 0)
        if magic != MAGIC:
            raise DamagedData(f"{self.path} is not a file of Letrics, or its beginning is damaged.")
        if version > VERSION:
            raise DamagedData(
                f"{self.path} has format {version}; this Letrics reads up to {VERSION}. Use a newer Letrics."
            )
        start, length, checksum, magic = _FOOTER.unpack_from(self._bytes, len(self._bytes) - _FOOTER.size)
        contents = bytes(self._bytes[start : start + length])
        # The checksum of nothing is 0, so that a footer of zeros would fit.
        if magic != MAGIC or not contents or crc32(contents) != checksum:
            raise DamagedData(f"{self.path} is cut off, or its end is damaged.")
        return msgspec.json.decode(contents, type=Contents)

    def view(self, name: str) -> memoryview:
        """Return the bytes of the section *name*."""
        if name not in self._sections:
            raise DamagedData(f"{self.path} has no section {name}.")
        offset, length, _ = self._sections[name]
        return self._bytes[offset : offset + length]

    def array(self, name: str, dtype: str) -> NDArray[Any]:
        """Return the section *name* as an array of *dtype*, read in place."""
        return np.frombuffer(self.view(name), dtype=dtype)

    def damaged_sections(self) -> list[str]:
        """Return the names of the sections whose checksum does not fit; reads the whole file."""
        return [name for name, (_, _, checksum) in self._sections.items() if crc32(self.view(name)) != checksum]
