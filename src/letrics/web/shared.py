"""
Memory that the workers of one server share: a file without a name, mapped by each of them.

It is as exact as its users make it: a cell that only one worker writes needs no lock, others do.
"""

import fcntl
import mmap
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.reduction import DupFd
from typing import Any


class SharedMemory:
    """*size* bytes, all zero at first, behind the open file *descriptor*; what a dead worker wrote stays."""

    def __init__(self, descriptor: int, size: int) -> None:
        self.descriptor = descriptor
        self.size = size
        self.bytes = mmap.mmap(descriptor, size)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, int]]:
        """Hand the memory to a worker that is being started."""
        return _received, (DupFd(self.descriptor), self.size)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock; the system takes it from a worker that dies."""
        fcntl.lockf(self.descriptor, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.lockf(self.descriptor, fcntl.LOCK_UN)


def shared_memory(size: int) -> SharedMemory:
    """Return new memory; the file goes when the last process that has it open ends."""
    with tempfile.TemporaryFile() as file:
        file.truncate(size)
        return SharedMemory(os.dup(file.fileno()), size)


def _received(held: Any, size: int) -> SharedMemory:
    return SharedMemory(held.detach(), size)
