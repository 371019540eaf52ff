"""
A crew: processes that read the rows of one input beside each other, in their order.

Reading takes most of an import's time, and the interpreter runs on one processor.  Small inputs, which are read
before a process has started, are read in this one.
"""

import multiprocessing
import os
import pickle
import signal
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self

from letrics.errors import InternalError
from letrics.importer.reading import InputOrder, Read, RowReader
from letrics.importer.rows import Row
from letrics.importer.suppressions import IsSuppressed

# A process takes a second or so to start.
_WORTH_A_CREW_BYTES = 16_000_000
_PROCESSES_MAX = 4


class Crew:
    """
    Reads batches of the rows of an input of *input_bytes*; *own* is this process's reader of it.

    To be used in a `with`, by which the processes end.  *unread* counts, at the end, the values that could not be read.
    """

    def __init__(self, order: InputOrder, own: RowReader, input_bytes: int, is_suppressed: IsSuppressed | None) -> None:
        processors = min(os.cpu_count() or 1, _PROCESSES_MAX)
        # Who is suppressed is known to this process only.
        is_worth_it = input_bytes >= _WORTH_A_CREW_BYTES and processors > 1 and is_suppressed is None
        self._own = own
        self._members = [_Member(order) for _ in range(processors)] if is_worth_it else []

    def read(self, batches: Iterable[tuple[list[Row], Any]]) -> Iterator[tuple[Read, Any]]:
        """Yield what each of *batches* says, in their order, with what came beside it."""
        if not self._members:
            for rows, beside in batches:
                yield self._own.read(rows), beside
            return
        idle = deque(self._members)
        busy: deque[tuple[_Member, Any]] = deque()
        for rows, beside in batches:
            if not idle:
                member, before = busy.popleft()
                yield member.result(), before
                idle.append(member)
            # A member has one batch at a time: neither side ever waits for the other to take something.
            member = idle.popleft()
            member.send(rows)
            busy.append((member, beside))
        for member, beside in busy:
            yield member.result(), beside

    def unread(self) -> Counter[str]:
        """Return how many values of each column could not be read."""
        return sum((member.unread() for member in self._members), self._own.unread)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for member in self._members:
            member.close()


class _Member:
    """One process of a crew, and the way to it."""

    def __init__(self, order: InputOrder) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, order), daemon=True)
        self._process.start()
        theirs.close()

    def send(self, rows: list[Row]) -> None:
        self._send([(row.line, row.cells, row.record, row.text) for row in rows])

    def result(self) -> Read:
        read: Read = self._receive()
        return read

    def unread(self) -> Counter[str]:
        self._send(None)
        counted: Counter[str] = self._receive()
        return counted

    def _send(self, message: Any) -> None:
        try:
            self._connection.send_bytes(pickle.dumps(message, pickle.HIGHEST_PROTOCOL))
        except OSError:
            raise InternalError("A process that reads rows has ended before its time.") from None

    def _receive(self) -> Any:
        try:
            # Nobody but the process that was started here writes to this end.
            answer = pickle.loads(self._connection.recv_bytes())  # noqa: S301
        except (EOFError, OSError):
            raise InternalError("A process that reads rows has ended before its time.") from None
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def close(self) -> None:
        self._connection.close()
        self._process.terminate()
        self._process.join()


def _serve(connection: Connection, order: InputOrder) -> None:
    """Read batches until there are no more; who started this decides on interruptions."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    reader = RowReader(order)
    while True:
        try:
            # Nobody but the process that started this one writes to this end.
            rows = pickle.loads(connection.recv_bytes())  # noqa: S301
        except EOFError:
            return
        try:
            answer: Any = reader.unread if rows is None else reader.read([Row(*row) for row in rows])
        except Exception as error:  # noqa: BLE001  # raised by whoever asked
            answer = error
        connection.send_bytes(pickle.dumps(answer, pickle.HIGHEST_PROTOCOL))
