"""Steps that a thread takes ahead of whoever needs them."""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

T = TypeVar("T")
_END: Final = object()


def one_ahead(steps: Iterator[T]) -> Generator[T, None, None]:
    """
    Yield what *steps* yield; a thread takes the next step while whoever asked is busy with what the last one gave.

    What a step raises is raised when its turn comes.  The thread has ended when this has, or is closed.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as thread:
        given = next(steps, _END)
        while given is not _END:
            following = thread.submit(next, steps, _END)
            yield given  # type: ignore[misc]  # not the end
            given = following.result()
