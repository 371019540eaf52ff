"""Effects that break: recorded, made to fail at the k-th, or ended by a kill; put in the place of `files.effects`."""

import errno
import os
import random
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from letrics.index import files

# ("create", name, file), ("write", file, bytes), ("sync", file), ("sync folder",), ("rename", name, name), ("remove", name)
Step = tuple[Any, ...]


@contextmanager
def in_place(effects: files.Effects) -> Iterator[None]:
    """Let *effects* be those of the index."""
    before, files.effects = files.effects, effects
    try:
        yield
    finally:
        files.effects = before


class Recording(files.Effects):
    """Does everything, and keeps what was done in one folder: a file is a number, names lead to files."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._files: dict[tuple[int, int], int] = {}

    def _number(self, descriptor: int) -> int:
        found = os.fstat(descriptor)
        return self._files.setdefault((found.st_dev, found.st_ino), len(self._files))

    def create(self, path: Path) -> int:
        path.unlink(missing_ok=True)  # so that no number is used again
        descriptor = super().create(path)
        found = os.fstat(descriptor)
        self._files[found.st_dev, found.st_ino] = len(self.steps)
        self.steps.append(("create", path.name, len(self.steps)))
        return descriptor

    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        written = super().write(descriptor, data)
        self.steps.append(("write", self._number(descriptor), bytes(data[:written])))
        return written

    def sync(self, descriptor: int) -> None:
        super().sync(descriptor)
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        self.steps.append(("sync folder",) if is_folder else ("sync", self._number(descriptor)))

    def rename(self, before: Path, after: Path) -> None:
        super().rename(before, after)
        self.steps.append(("rename", before.name, after.name))

    def remove(self, path: Path) -> None:
        super().remove(path)
        self.steps.append(("remove", path.name))


class _Counting(files.Effects):
    """Counts the effects, and does something of its own at each."""

    def __init__(self) -> None:
        self.count = 0

    def at(self, name: str) -> None:
        """Meet the next effect."""
        self.count += 1

    def create(self, path: Path) -> int:
        self.at("create")
        return super().create(path)

    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        self.at("write")
        return super().write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        self.at("sync")
        super().sync(descriptor)

    def rename(self, before: Path, after: Path) -> None:
        self.at("rename")
        super().rename(before, after)

    def remove(self, path: Path) -> None:
        self.at("remove")
        super().remove(path)


class Failing(_Counting):
    """Fails at the *k*-th effect (from 0): `ENOSPC`, `EIO`, or `short`, a write of a part; `full` from there on."""

    def __init__(self, k: int, fault: str) -> None:
        super().__init__()
        self.k = k
        self.fault = fault
        self.has_failed = False

    def at(self, name: str) -> None:
        super().at(name)
        reached = self.count - 1 == self.k or (self.fault == "full" and self.count > self.k and name != "remove")
        if reached and self.fault != "short":
            self.has_failed = True
            number = errno.EIO if self.fault == "EIO" else errno.ENOSPC
            raise OSError(number, os.strerror(number))

    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        if self.count == self.k and self.fault == "short":
            self.count += 1
            self.has_failed = True
            return files.Effects.write(self, descriptor, memoryview(data)[: max(1, len(data) // 2)])
        return super().write(descriptor, data)


class Killing(_Counting):
    """Ends the process, as `kill -9` does, at the *k*-th effect."""

    def __init__(self, k: int) -> None:
        super().__init__()
        self.k = k

    def at(self, name: str) -> None:
        super().at(name)
        if self.count > self.k:
            os.kill(os.getpid(), signal.SIGKILL)

    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        if self.count == self.k:
            files.Effects.write(self, descriptor, memoryview(data)[: len(data) // 2])
        return super().write(descriptor, data)


def crashed(base: dict[str, bytes], steps: list[Step], chance: random.Random) -> dict[str, bytes]:
    """
    Return a folder's files as a crash of the machine after *steps* may leave them.

    What was synced is there.  Of the rest any part may be: a write whole, in part, or not, with zeros where a later
    one got through; a name made, changed or removed, or not, whatever became of those before it.
    """
    synced: dict[int, bytes] = {-1 - i: content for i, content in enumerate(base.values())}
    loose: dict[int, list[bytes]] = {}
    now = {name: -1 - i for i, name in enumerate(base)}
    kept = dict(now)
    pending: list[tuple[str | None, str | None, int]] = []  # (name that goes, name that comes, file)
    for step in steps:
        kind = step[0]
        if kind == "create":
            now[step[1]] = step[2]
            synced[step[2]] = b""
            pending.append((None, step[1], step[2]))
        elif kind == "write":
            loose.setdefault(step[1], []).append(step[2])
        elif kind == "sync":
            synced[step[1]] += b"".join(loose.pop(step[1], []))
        elif kind == "rename":
            now[step[2]] = now.pop(step[1])
            pending.append((step[1], step[2], now[step[2]]))
        elif kind == "remove" and step[1] in now:
            pending.append((step[1], None, now.pop(step[1])))
        elif kind == "sync folder":
            kept, pending = dict(now), []
    likely = chance.choice((0.0, 0.3, 0.7, 1.0))
    for gone, come, file in pending:
        if chance.random() < likely:
            if gone is not None and kept.get(gone) == file:
                del kept[gone]
            if come is not None:
                kept[come] = file
    return {name: synced[file] + _torn(loose.get(file, []), chance) for name, file in kept.items()}


def _torn(writes: list[bytes], chance: random.Random) -> bytes:
    likely = chance.choice((0.0, 0.5, 1.0))
    parts = []
    for data in writes:
        whole = chance.random() < likely
        part = data if whole else data[: chance.randrange(len(data) + 1)]
        parts.append((part, len(data)))
    while parts and not parts[-1][0]:
        parts.pop()
    return b"".join(part.ljust(length, b"\0") for part, length in parts[:-1]) + (parts[-1][0] if parts else b"")
