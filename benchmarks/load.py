"""
The load on a server, from a process of its own: requests sent ahead of time, answers read to their last byte.

Closed loop: each connection sends when its last answer is there.  Open loop: requests are due at a fixed rate,
whether or not the server keeps up, and a latency counts from when its request was due: what a user would wait.
"""

import asyncio
import sys
from collections import deque
from pathlib import Path
from time import perf_counter, sleep
from typing import cast

import msgspec
import uvloop

_HEAD_END = b"\r\n\r\n"
_GIVEN_UP_S = 30.0  # after the last request was due


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What to send where; a *rate* of 0 is as fast as the *connections* get answers."""

    port: int
    path: str
    token: str
    bodies: str
    answer: str
    connections: int
    seconds: float
    rate: float = 0.0


class Loaded(msgspec.Struct):
    """What came back: latencies in seconds, answers that were no 200, bytes of all answers, and the time it took."""

    latencies: list[float]
    failed: int
    bytes: int
    seconds: float

    def note(self, latency: float, answer: bytearray) -> None:
        """Take down one answer."""
        self.latencies.append(latency)
        self.failed += not answer.startswith(b"HTTP/1.1 200")
        self.bytes += len(answer)


def requests(load: Load) -> deque[bytes]:
    """Return the requests, ready to be sent."""
    head = (
        f"POST {load.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {load.token}\r\nContent-Length: "
    ).encode()
    lines = Path(load.bodies).read_bytes().splitlines()
    return deque(head + str(len(body)).encode() + _HEAD_END + body for body in lines)


class _Sender:
    """Gives out requests to connections, opens more where all are busy, and takes down what comes back."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._unsent = requests(load)
        self._due: deque[float] = deque()  # when each of the first unsent was due, where they wait for a connection
        self._idle: list[_Connection] = []
        self._open = 0
        self._ends = 0.0
        self._tasks: set[asyncio.Task[None]] = set()
        self.answered = Loaded([], 0, 0, 0.0)

    async def run(self) -> Loaded:
        """Send the load; return what came back."""
        count = min(len(self._unsent), int(self._load.rate * self._load.seconds)) if self._load.rate else 0
        started = perf_counter()
        await (self._open_loop(count) if self._load.rate else self._closed_loop())
        took = perf_counter() - started
        lost = max(0, count - len(self.answered.latencies))
        return msgspec.structs.replace(self.answered, seconds=took, failed=self.answered.failed + lost)

    async def _closed_loop(self) -> None:
        self._ends = perf_counter() + self._load.seconds
        await asyncio.gather(*(self._connect() for _ in range(self._load.connections)))
        while self._open > len(self._idle):
            await asyncio.sleep(0.001)

    async def _open_loop(self, count: int) -> None:
        loop, started = asyncio.get_running_loop(), perf_counter()

        def clock() -> None:
            # A thread that sleeps: an event loop's timer is too coarse, and waiting busily would take the
            # server's share of the cores.
            for place in range(count):
                due = started + place / self._load.rate
                sleep(max(0.0, due - perf_counter()))
                loop.call_soon_threadsafe(self._arrived, due)

        await asyncio.to_thread(clock)
        given_up = perf_counter() + _GIVEN_UP_S
        while len(self.answered.latencies) < count and perf_counter() < given_up:
            await asyncio.sleep(0.001)

    def _arrived(self, due: float) -> None:
        """Send a request that was *due*, by a new connection if none is idle."""
        self._due.append(due)
        if self._idle:
            self.freed(self._idle.pop())
        elif self._open < self._load.connections:
            task = asyncio.get_running_loop().create_task(self._connect())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _connect(self) -> None:
        self._open += 1
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: _Connection(self), "127.0.0.1", self._load.port
        )
        self.freed(connection)

    def freed(self, connection: "_Connection") -> None:
        """Give *connection* what is next, or let it wait."""
        now = perf_counter()
        if self._due:
            connection.send(self._unsent.popleft(), self._due.popleft())
        elif self._unsent and now < self._ends:
            connection.send(self._unsent.popleft(), now)
        else:
            self._idle.append(connection)

    def closed(self, connection: "_Connection", request: bytes | None, since: float) -> None:
        """Forget a connection that the server closed, as it does with idle ones; what it had not read is sent again."""
        self._open -= 1
        if connection in self._idle:
            self._idle.remove(connection)
        if request is not None:
            self._unsent.appendleft(request)
            self._arrived(since)


class _Connection(asyncio.Protocol):
    """One connection that is kept alive; one request at a time."""

    def __init__(self, sender: _Sender) -> None:
        self._sender = sender
        self._received = bytearray()
        self._wanted = -1
        self._since = 0.0
        self._request: bytes | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none of asyncio's classes, but keep to their methods.
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._sender.closed(self, self._request, self._since)

    def send(self, request: bytes, since: float) -> None:
        """Send *request*, whose latency counts from *since*."""
        self._request, self._since = request, since
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._wanted < 0:
            end = self._received.find(_HEAD_END)
            if end < 0:
                return
            head = bytes(self._received[:end]).lower()
            self._wanted = end + 4 + int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(self._received) >= self._wanted:
            self._finish()

    def _finish(self) -> None:
        self._sender.answered.note(perf_counter() - self._since, self._received)
        self._received.clear()
        self._wanted, self._request = -1, None
        self._sender.freed(self)


async def run(load: Load) -> Loaded:
    """Send the load; return what came back."""
    return await _Sender(load).run()


if __name__ == "__main__":
    ordered = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Load)
    Path(ordered.answer).write_bytes(msgspec.json.encode(uvloop.run(run(ordered))))
