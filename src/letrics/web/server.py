"""
The server of one worker: it loads, listens, keeps time over its connections, and drains when it is told to stop.

One signal lets what is under way finish; where this process is the whole server, a second ends it at once.
"""

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection
from types import FrameType
from typing import Any

import uvicorn

from letrics import garbage
from letrics.config import Settings
from letrics.log import get_logger
from letrics.services import Services
from letrics.web import limits, metrics
from letrics.web.app import Application, Shared
from letrics.web.protocol import Protocol
from letrics.web.shared import shared_memory

_log = get_logger(__name__)
_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_STEP_S = 0.05
# How often, in tenths of a second, a look is taken for what an import or a merge has brought.
_AHEAD_TICKS = 20


class Server(uvicorn.Server):
    """
    A worker: *number* of as many as *workers*, of whom *supervised_by* is the connection to their supervisor.

    *on_ready* is called when it has loaded.  The first of its number listens at once, so that it can be asked how it
    is; one that *replaces* another loads first, since others answer meanwhile.
    """

    def __init__(
        self,
        settings: Settings,
        shared: Shared,
        *,
        on_ready: Callable[[], None],
        workers: int = 1,
        number: int = 0,
        replaces: bool = False,
        supervised_by: Connection | None = None,
    ) -> None:
        self.application = Application(Services(settings), shared, workers, number)
        door = self._door = self.application.door
        protocol: Any = partial(Protocol, door, self.application.metrics)
        super().__init__(
            uvicorn.Config(
                self.application,
                http=protocol,
                ws="none",
                loop="uvloop",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                proxy_headers=bool(settings.trusted_proxies),
                forwarded_allow_ips=settings.trusted_proxies,
            )
        )
        self._on_ready = on_ready
        self._supervised_by = supervised_by
        self._replaces = replaces
        self._loading: asyncio.Task[None] | None = None
        self._ahead: asyncio.Task[None] | None = None
        self.has_failed = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen and to load."""
        if self._supervised_by is not None:
            # Nothing is ever sent: it can be read from when the supervisor is gone, and then this process is to end.
            asyncio.get_running_loop().add_reader(self._supervised_by.fileno(), self._stop)
        if self._replaces:
            await self._load()
        await super().startup(sockets)
        if not self._replaces:
            self._loading = asyncio.create_task(self._load())

    def _stop(self) -> None:
        if self._supervised_by is not None:
            asyncio.get_running_loop().remove_reader(self._supervised_by.fileno())
        self.should_exit = True

    async def _load(self) -> None:
        try:
            await self.application.load()
        except Exception as error:  # noqa: BLE001 - whatever it is, a server that cannot load ends and says why
            _log.error("the server did not start", exc_info=error)
            self.has_failed = self.should_exit = True
        else:
            self._on_ready()
            self._ahead = asyncio.create_task(self.application.read_ahead())
            await self._ahead

    async def on_tick(self, counter: int) -> bool:
        """Look at the clock for every connection, ten times a second, and now and then for what is new in the index."""
        now = asyncio.get_running_loop().time()
        for connection in self._connections():
            connection.check_time(now)
        if counter % _AHEAD_TICKS == 0 and self._ahead is not None and self._ahead.done():
            self._ahead = asyncio.create_task(self.application.read_ahead())
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """
        Let what is under way finish, as long as the drain may take, and tell all others to go elsewhere.

        The port stays open meanwhile: a refusal that says so is better than none.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._door.settings.drain_timeout_s
        self._door.is_draining = True
        for connection in self._connections():
            connection.shutdown()
        while self.server_state.tasks or any(each.is_sending for each in self._connections()):
            if loop.time() >= deadline:
                _log.warning("requests cut off: the drain took too long", requests=len(self.server_state.tasks))
                break
            await asyncio.sleep(_STEP_S)
            await self.on_tick(1)
        for server in self.servers:
            server.close()
        for each in sockets or []:
            each.close()
        for connection in self._connections():
            connection.transport.abort()
        for task in list(self.server_state.tasks):
            task.cancel()
        await self.lifespan.shutdown()

    def _connections(self) -> list[Protocol]:
        return [each for each in self.server_state.connections if isinstance(each, Protocol)]

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle signals while serving; unlike uvicorn's, a server that has drained ends with 0."""
        signals = _SIGNALS if self._supervised_by is None else _SIGNALS[:1]
        before = {each: signal.signal(each, self.handle_exit) for each in signals}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Drain at the first signal; alone, end at the second: several workers are ended by their supervisor."""
        if not self.should_exit:
            self.should_exit = True
        elif self._supervised_by is None:
            signal.signal(sig, signal.SIG_DFL)
            os.kill(os.getpid(), sig)


def shared_by(workers: int) -> Shared:
    """Return what so many workers share."""
    return Shared(counts=shared_memory(workers * metrics.ROW_BYTES), windows=shared_memory(limits.BYTES))


def run_worker(server: Server, listening: socket.socket) -> bool:
    """Serve until stopped; return whether it ended well."""
    garbage.look_seldom()
    server.run([listening])
    return not server.has_failed
