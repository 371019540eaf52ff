"""
Sections of a file that another process makes, while this one makes others.

They are handed over in memory: this is for files of few documents, since those of many are made by compiled loops,
which take all processors themselves.
"""

import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, NoReturn

from letrics.errors import InternalError
from letrics.index.format import ContainerWriter

_Make = Callable[[ContainerWriter], None]


class _KeptSections(ContainerWriter):
    """Keeps sections instead of writing a file."""

    def __init__(self) -> None:
        self.sections: dict[str, bytes] = {}

    def add(self, name: str, chunks: Iterable[bytes | memoryview]) -> None:
        """Keep the section *name*: all *chunks*, one after the other."""
        self.sections[name] = b"".join(chunks)


@contextmanager
def beside(make: _Make, writer: ContainerWriter, *, is_worth_it: bool) -> Iterator[None]:
    """
    Let another process *make* sections for *writer*, which writes them after what is written in the context.

    Where that is not worth it, or cannot be done, they are made before.  *make* reads what is in memory and files,
    and changes nothing.
    """
    # Whatever other threads hold would be held for good in a process that has none of them.
    if not is_worth_it or os.cpu_count() == 1 or threading.active_count() > 1:
        make(writer)
        # What it read is of no more use.
        del make
        yield
        return
    reading, writing = os.pipe()
    process = os.fork()
    if not process:
        os.close(reading)
        _serve(make, os.fdopen(writing, "wb"))
    os.close(writing)
    answer = os.fdopen(reading, "rb")
    try:
        yield
        try:
            sections, error = pickle.load(answer)  # noqa: S301  # from ourselves
        except EOFError:
            raise InternalError("A process that made a part of the index was ended. Try again.") from None
        if error is not None:
            raise error
        for name, section in sections.items():
            writer.add(name, [section])
    finally:
        answer.close()
        os.waitpid(process, 0)


def _serve(make: _Make, answer: BinaryIO) -> NoReturn:
    """Hand over what *make* makes, in a process that was forked for that and ends with it."""
    # Ctrl+C reaches the whole group; whoever waits for this one is stopped by it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        kept, error = _KeptSections(), None
        try:
            make(kept)
        except Exception as raised:  # noqa: BLE001  # whatever it is, whoever waits is told
            error = raised
        pickle.dump((kept.sections, error), answer)
        answer.flush()
    finally:
        # What the other process has begun is for it to end.
        os._exit(0)
