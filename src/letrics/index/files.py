"""
All effects on files of the index, in one place: so that their order can be read, and tests can break them.

Nothing else in `index/` opens, writes, renames or removes a file.
"""

import fcntl
import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from letrics.errors import ConflictError, DamagedData

_HOLDER_BYTES_MAX = 600


class DurableFile:
    """A file being written once, front to back; it is durable after `finish`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.position = 0
        self._file = path.open("wb", buffering=1 << 20)

    def write(self, data: bytes | memoryview) -> None:
        """Append *data*."""
        self._file.write(data)
        self.position += len(data)

    def finish(self) -> None:
        """Bring all that was written to the disk, and close."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def abandon(self) -> None:
        """Close and remove the file."""
        self._file.close()
        self.path.unlink(missing_ok=True)


class ScratchFile:
    """A file that serves one import: appended to, read anywhere, and gone when closed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("w+b", buffering=1 << 20)
        self._length = 0
        self._mapped: memoryview | None = None

    def append(self, data: bytes) -> int:
        """Append *data*; return where it begins."""
        start = self._length
        self._file.write(data)
        self._length += len(data)
        return start

    def at(self, start: int, length: int) -> memoryview:
        """Return *length* bytes from *start*."""
        if self._mapped is not None:
            return self._mapped[start : start + length]
        self._file.flush()
        return memoryview(os.pread(self._file.fileno(), length, start))

    def map(self) -> None:
        """Map the file: nothing is appended from here on, and reading costs no system call."""
        self._file.flush()
        if self._length:
            self._mapped = memoryview(mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ))

    def close(self) -> None:
        """Remove the file."""
        self._mapped = None
        self._file.close()
        self._path.unlink(missing_ok=True)


def replace_durably(path: Path, data: bytes) -> None:
    """Put *data* at *path* in one step: a reader, or a crash, meets the old content or the new."""
    temporary = path.with_name(path.name + ".tmp")
    file = DurableFile(temporary)
    file.write(data)
    file.finish()
    temporary.rename(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in *folder* durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make *folder*, for the owner only, unless it is there."""
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync_folder(folder.parent)


def names(folder: Path) -> list[str]:
    """Return the names of the files in *folder*; none if it is not there."""
    try:
        return [path.name for path in folder.iterdir()]
    except FileNotFoundError:
        return []


def read(path: Path) -> bytes:
    """Return the content of a small file."""
    return path.read_bytes()


def remove(path: Path) -> None:
    """Remove a file that may be gone already; a process that maps it keeps what it maps."""
    path.unlink(missing_ok=True)


def map_file(path: Path) -> memoryview:
    """Return a read-only view of a file's bytes, shared with every process that maps it."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            raise DamagedData(f"{path} is empty.")
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


@contextmanager
def writer_lock(path: Path, holder: str) -> Iterator[None]:
    """Hold the lock of the one writer in the name of *holder*; raises ConflictError with that name when it is taken."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = os.pread(descriptor, _HOLDER_BYTES_MAX, 0).decode("utf-8", "replace").strip() or "another process"
            raise ConflictError(f"The data is being changed ({other}). Try again when that has ended.") from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{holder}\n".encode("utf-8", "replace"), 0)
        yield
    finally:
        os.close(descriptor)
