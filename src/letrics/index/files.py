"""
All effects on files of the index, in one place: so that their order can be read, and tests can break them.

Nothing else in `index/` opens, writes, renames or removes a file.  What changes the disk goes through `effects`; a
test that puts its own in its place sees every step, and may let any of them fail.
"""

import fcntl
import io
import mmap
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from letrics.errors import ConflictError, DamagedData

_BUFFER_BYTES = 1 << 20
_PRIVATE_FILE, _PRIVATE_FOLDER = 0o600, 0o700
# Putting a merged segment in its place takes milliseconds; a writer that meets one waits for it.
_MERGE_PATIENCE_S = 30.0
_HOLDER_BYTES_MAX = 600
# How the holder of the writer's lock begins that is only putting a merge in place.
MERGE = "merge"


class Effects:
    """The steps that change the disk, one system call each."""

    def create(self, path: Path) -> int:
        """Make an empty file, or empty the one that is there; return its descriptor."""
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, _PRIVATE_FILE)

    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        """Append *data*, or the part of it that fits; return how many bytes that was."""
        return os.write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        """Bring what was written to a file, or the names in a folder, to the disk."""
        os.fsync(descriptor)

    def rename(self, before: Path, after: Path) -> None:
        """Give a file another name, in place of the file that has it."""
        before.rename(after)

    def link(self, path: Path, copy: Path) -> None:
        """Give a file a second name."""
        copy.hardlink_to(path)

    def remove(self, path: Path) -> None:
        """Remove a file that may be gone already."""
        path.unlink(missing_ok=True)

    def make_folder(self, folder: Path) -> None:
        """Make *folder*."""
        folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)


effects = Effects()


class _Raw(io.RawIOBase):
    """What Python's buffers write to: an open file, by way of `effects`."""

    def __init__(self, path: Path) -> None:
        self.descriptor = effects.create(path)

    def fileno(self) -> int:
        return self.descriptor

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        return effects.write(self.descriptor, data)

    def close(self) -> None:
        if not self.closed:
            super().close()
            os.close(self.descriptor)


class _Appended:
    """A file that is written front to back."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._raw = _Raw(path)
        self._file = io.BufferedWriter(self._raw, _BUFFER_BYTES)

    def _drop(self) -> None:
        """Close, whatever is still in the buffer, and remove the file."""
        # What could not be written before cannot be now: a buffer that is closed would try again.
        self._raw.close()
        effects.remove(self.path)


class DurableFile(_Appended):
    """A file being written once, front to back; it is durable after `finish`."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.position = 0

    def write(self, data: bytes | memoryview) -> None:
        """Append *data*."""
        self._file.write(data)
        self.position += len(data)

    def finish(self) -> None:
        """Bring all that was written to the disk, and close."""
        self._file.flush()
        effects.sync(self._raw.descriptor)
        self._file.close()

    def abandon(self) -> None:
        """Close and remove the file."""
        self._drop()


class ScratchFile(_Appended):
    """
    A file that serves one import: appended to, read anywhere, and gone when closed.

    It is never mapped: what is mapped counts as the process's memory.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._length = 0

    def append(self, data: bytes | memoryview) -> int:
        """Append *data*; return where it begins."""
        start = self._length
        self._file.write(data)
        self._length += len(data)
        return start

    def at(self, starts: Iterable[int], ends: Iterable[int]) -> list[bytes]:
        """Return the bytes from each of *starts* to its end."""
        self.flush()
        read, descriptor = os.pread, self._raw.descriptor
        return [read(descriptor, end - start, start) for start, end in zip(starts, ends, strict=True)]

    def flush(self) -> None:
        """Let all that was appended be in the file."""
        self._file.flush()

    def close(self) -> None:
        """Remove the file."""
        self._drop()


def replace_durably(path: Path, data: bytes) -> None:
    """Put *data* at *path* in one step: a reader, or a crash, meets the old content or the new."""
    file = DurableFile(path.with_name(path.name + ".tmp"))
    try:
        file.write(data)
        file.finish()
    except BaseException:
        file.abandon()
        raise
    rename_durably(file.path, path)


def rename_durably(before: Path, after: Path) -> None:
    """Give a finished file its name, durably."""
    effects.rename(before, after)
    sync_folder(after.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in *folder* durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        effects.sync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make *folder*, for the owner only, unless it is there."""
    if not folder.is_dir():
        effects.make_folder(folder)
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


def size(path: Path) -> int:
    """Return how many bytes a file has."""
    return path.stat().st_size


def remove(path: Path) -> None:
    """Remove a file that may be gone already; a process that maps it keeps what it maps."""
    effects.remove(path)


def remove_folder(folder: Path) -> None:
    """Remove a folder of files, if it is there."""
    for name in names(folder):
        effects.remove(folder / name)
    if folder.is_dir():
        folder.rmdir()


def link_durably(path: Path, copy: Path) -> None:
    """Give a file that never changes a second name, or on another disk a copy; the folder is still to be synced."""
    try:
        effects.link(path, copy)
    except FileNotFoundError:
        raise
    except OSError:
        copy_durably(path, copy)


def copy_durably(path: Path, copy: Path) -> None:
    """Write the content of a file to another, which appears whole."""
    with path.open("rb") as source:
        file = DurableFile(copy.with_name(copy.name + ".tmp"))
        try:
            shutil.copyfileobj(source, file, _BUFFER_BYTES)
            file.finish()
        except BaseException:
            file.abandon()
            raise
    rename_durably(file.path, copy)


def map_file(path: Path) -> memoryview:
    """Return a read-only view of a file's bytes, shared with every process that maps it."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            raise DamagedData(f"{path} is empty.")
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def expect_jumps(mapped: memoryview, begin: int, end: int) -> None:
    """Tell the system that *mapped* (see `map_file`) is read here and there from *begin* to *end*."""
    first = begin // mmap.PAGESIZE * mmap.PAGESIZE
    if end > first:
        mapped.obj.madvise(mmap.MADV_RANDOM, first, end - first)  # type: ignore[attr-defined]  # a memoryview of a mapping


def pieces(path: Path, begin: int, end: int, most: int) -> Iterator[memoryview]:
    """
    Yield the bytes of a file from *begin* to *end*, *most* at once, each gone with the next.

    They are read, not mapped: what is mapped counts as this process's memory from then on.
    """
    piece = memoryview(bytearray(most))
    with path.open("rb", buffering=0) as file:
        for at in range(begin, end, most):
            wanted = piece[: min(most, end - at)]
            yield wanted[: os.preadv(file.fileno(), [wanted], at)]


@contextmanager
def writer_lock(path: Path, holder: str) -> Iterator[None]:
    """
    Hold the lock of the one writer in the name of *holder*; raises ConflictError with that name when it is taken.

    A merge that puts its result in place holds it for milliseconds, which is waited for.
    """
    patient_until, met = time.monotonic() + _MERGE_PATIENCE_S, ""
    while True:
        with lock(path, holder) as other:
            if other is None:
                yield
                return
        # Who holds it is told a moment after it is held.
        if (other and other == met and not other.startswith(MERGE)) or time.monotonic() > patient_until:
            raise ConflictError(
                f"The data is being changed ({other or 'another process'}). Try again when that has ended."
            ) from None
        met = other
        time.sleep(0.01)


@contextmanager
def lock(path: Path, holder: str) -> Iterator[str | None]:
    """Hold the lock *path* in the name of *holder*, and yield None; else by whom it is taken, empty if not told yet."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _PRIVATE_FILE)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = os.pread(descriptor, _HOLDER_BYTES_MAX, 0).decode("utf-8", "replace").strip()
            yield other
            return
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{holder}\n".encode("utf-8", "replace"), 0)
        try:
            yield None
        finally:
            # Or the next holder would for a moment be taken for this one; of a full disk the file keeps its place.
            with suppress(OSError):
                os.pwrite(descriptor, b"\n", 0)
                os.ftruncate(descriptor, 1)
    finally:
        os.close(descriptor)
