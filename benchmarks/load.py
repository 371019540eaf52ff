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


class Loaded(msgspec.Struct, frozen=True):
    """What came back: latencies in seconds, answers that were no 200, bytes of all answers, and the time it took."""

    latencies: list[float]
    failed: int
    bytes: int
    seconds: float


def requests(load: Load) -> deque[bytes]:
    """Return the requests, ready to be sent."""
    head = (
        f"POST {load.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {load.token}\r\nContent-Length: "
    ).encode()
    lines = Path(load.bodies).read_bytes().splitlines()
    return deque(head + str(len(body)).encode() + _HEAD_END + body for body in lines)


class _Sender:
    """Gives out requests to connections, and takes down what comes back."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.waiting = requests(load)
        self.due: deque[float] = deque()
        self.idle: list[_Connection] = []
        self.latencies: list[float] = []
        self.failed = 0
        self.bytes = 0
        self.ends = 0.0

    def freed(self, connection: "_Connection") -> None:
        """Give *connection* what is next, or let it wait."""
        if self.load.rate:
            if self.due:
                connection.send(self.waiting.popleft(), self.due.popleft())
            else:
                self.idle.append(connection)
        elif self.waiting and perf_counter() < self.ends:
            connection.send(self.waiting.popleft(), perf_counter())

    async def closed_loop(self, connections: list["_Connection"]) -> None:
        """Keep every connection busy until the time is over."""
        self.ends = perf_counter() + self.load.seconds
        for connection in connections:
            self.freed(connection)
        while self.waiting and perf_counter() < self.ends:
            await asyncio.sleep(0.01)
        while any(connection.is_busy for connection in connections):
            await asyncio.sleep(0.001)

    async def open_loop(self, connections: list["_Connection"]) -> None:
        """Have a request due at each of the given times."""
        count = min(len(self.waiting), int(self.load.rate * self.load.seconds))
        self.idle = list(connections)
        loop, started = asyncio.get_running_loop(), perf_counter()

        def clock() -> None:
            # A thread that sleeps: an event loop's timer is too coarse, and waiting busily would take the
            # server's share of the cores.
            for place in range(count):
                due = started + place / self.load.rate
                sleep(max(0.0, due - perf_counter()))
                loop.call_soon_threadsafe(self.arrived, due)

        await asyncio.to_thread(clock)
        given_up = perf_counter() + _GIVEN_UP_S
        while len(self.latencies) < count and perf_counter() < given_up:
            await asyncio.sleep(0.001)
        self.failed += count - len(self.latencies)

    def arrived(self, due: float) -> None:
        """Send a request that was *due*, or let it wait for a connection."""
        self.due.append(due)
        if self.idle:
            self.freed(self.idle.pop())


class _Connection(asyncio.Protocol):
    """One connection that is kept alive; one request at a time."""

    def __init__(self, sender: _Sender) -> None:
        self._sender = sender
        self._received = bytearray()
        self._wanted = -1
        self._since = 0.0
        self.is_busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none of asyncio's classes, but keep to their methods.
        self._transport = cast("asyncio.Transport", transport)

    def send(self, request: bytes, since: float) -> None:
        """Send *request*, whose latency counts from *since*."""
        self.is_busy, self._since = True, since
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
        sender = self._sender
        sender.latencies.append(perf_counter() - self._since)
        sender.failed += not self._received.startswith(b"HTTP/1.1 200")
        sender.bytes += len(self._received)
        self._received.clear()
        self._wanted, self.is_busy = -1, False
        sender.freed(self)


async def run(load: Load) -> Loaded:
    """Send the load; return what came back."""
    sender, loop = _Sender(load), asyncio.get_running_loop()
    connections = [
        (await loop.create_connection(lambda: _Connection(sender), "127.0.0.1", load.port))[1]
        for _ in range(load.connections)
    ]
    started = perf_counter()
    await (sender.open_loop if load.rate else sender.closed_loop)(connections)
    return Loaded(sender.latencies, sender.failed, sender.bytes, perf_counter() - started)


if __name__ == "__main__":
    ordered = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Load)
    Path(ordered.answer).write_bytes(msgspec.json.encode(uvloop.run(run(ordered))))
