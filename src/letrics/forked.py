"""
Work that another process does meanwhile: forked for it, it knows what this one knows, and hands over what it found.

What is found is copied, so this is for work that takes much longer than that; and for processes of one thread, since
what other threads hold would be held for good in a process that has none of them.
"""

import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, NoReturn, TypeVar

from letrics.errors import InternalError

T = TypeVar("T")


def is_possible() -> bool:
    """Return whether another process may do work, and has a processor for it."""
    return os.cpu_count() != 1 and threading.active_count() == 1


@contextmanager
def meanwhile(work: Callable[[], T]) -> Iterator[Callable[[], T]]:
    """
    Let another process do *work*, which changes nothing; what is yielded waits for what that returns, or raises.

    Raises InternalError where the process was ended.
    """
    reading, writing = os.pipe()
    process = os.fork()
    if not process:
        os.close(reading)
        _serve(work, os.fdopen(writing, "wb"))
    os.close(writing)
    answer = os.fdopen(reading, "rb")
    try:
        yield lambda: _found(answer)
    finally:
        # Whoever has not handed over yet has nobody to hand over to, and ends.
        answer.close()
        os.waitpid(process, 0)


def _found(answer: BinaryIO) -> Any:
    try:
        found, error = pickle.load(answer)  # noqa: S301  # from ourselves
    except EOFError:
        raise InternalError("A process that did a part of the work was ended. Try again.") from None
    if error is not None:
        raise error
    return found


def _serve(work: Callable[[], Any], answer: BinaryIO) -> NoReturn:
    """Hand over what *work* returns or raises, in a process that was forked for that and ends with it."""
    try:
        # Ctrl+C reaches the whole group; whoever waits for this one is stopped by it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        found, error = None, None
        try:
            found = work()
        except Exception as raised:  # noqa: BLE001  # whatever it is, whoever waits is told
            error = raised
        pickle.dump((found, error), answer, protocol=pickle.HIGHEST_PROTOCOL)
        answer.flush()
    finally:
        # What the other process has begun is for it to end.
        os._exit(0)
