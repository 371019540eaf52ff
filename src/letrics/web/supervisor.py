"""
Several workers on one port: started, replaced when they die, drained when the server is told to stop.

A worker that dies is replaced, and the log says so; one that cannot start ends the server.  When this process dies,
its workers drain and end.
"""

import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any

from letrics.config import Settings
from letrics.errors import LetricsError
from letrics.log import configure_logging, get_logger
from letrics.web.app import Shared
from letrics.web.server import Server, run_worker

_log = get_logger(__name__)
_STEP_S = 0.2
# A worker that dies again and again is not started more often than this.
_REPLACED_EVERY_S = 1.0
# What a worker may take beyond its drain to write usage and to end.
_END_S = 5


class _Worker:
    """A process, and whether it has loaded; it ends when the other end of *told* is closed."""

    def __init__(self, process: BaseProcess, told: Connection) -> None:
        self.process = process
        self.told = told
        self.started_at = time.monotonic()
        self.is_ready = False


class Supervisor:
    """As many *workers* as asked for on the socket *listening*; *on_ready* is called when all have loaded."""

    def __init__(
        self,
        settings: Settings,
        listening: socket.socket,
        shared: Shared,
        workers: int,
        on_ready: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._listening = listening
        self._shared = shared
        self._on_ready = on_ready
        self._count = workers
        self._workers: dict[int, _Worker] = {}
        self._was_ready = False
        self._signals = 0

    def run(self) -> None:
        """Serve until stopped; raises LetricsError where a worker cannot start."""
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, self._note)
        for number in range(self._count):
            self._start(number, replaces=False)
        try:
            while not self._signals:
                self._look()
        finally:
            self._stop()

    def _note(self, sig: int, frame: FrameType | None) -> None:
        self._signals += 1

    def _start(self, number: int, *, replaces: bool) -> None:
        context = get_context("spawn")
        told, tells = context.Pipe()
        given = (self._settings, self._listening, self._shared, self._count, number, replaces, tells)
        process = context.Process(target=work, args=given)
        process.start()
        tells.close()
        self._workers[number] = _Worker(process, told)

    def _look(self) -> None:
        """Wait a moment for workers to say something or to die."""
        waited_for: list[Any] = [each.process.sentinel for each in self._workers.values()]
        waited_for += [each.told for each in self._workers.values() if not each.is_ready]
        wait(waited_for, _STEP_S)
        for number, worker in list(self._workers.items()):
            if not worker.is_ready and worker.told.poll():
                worker.is_ready = _hears(worker.told)
            if worker.process.exitcode is not None and not self._signals:
                self._replace(number, worker)
        if not self._was_ready and all(each.is_ready for each in self._workers.values()):
            self._was_ready = True
            self._on_ready()

    def _replace(self, number: int, worker: _Worker) -> None:
        if not worker.is_ready:
            raise LetricsError("A worker of the server did not start; the log says why.")
        _log.warning("a worker died and is replaced", worker=number, exit_code=worker.process.exitcode)
        if time.monotonic() - worker.started_at < _REPLACED_EVERY_S:
            time.sleep(_REPLACED_EVERY_S)
        worker.told.close()
        self._start(number, replaces=True)

    def _stop(self) -> None:
        """Let the workers drain; at another signal, or when they do not end, end them."""
        self._listening.close()
        alive = [each.process for each in self._workers.values()]
        for process in alive:
            process.terminate()
        deadline = time.monotonic() + self._settings.drain_timeout_s + _END_S
        while alive := [each for each in alive if each.exitcode is None]:
            if self._signals > 1 or time.monotonic() > deadline:
                _log.warning("workers were ended before they had drained", workers=len(alive))
                for process in alive:
                    process.kill()
                if self._signals > 1:
                    os._exit(1)
            wait([each.sentinel for each in alive], _STEP_S)


def _hears(told: Connection) -> bool:
    try:
        return bool(told.recv())
    except EOFError:  # it died
        return False


def work(
    settings: Settings,
    listening: socket.socket,
    shared: Shared,
    workers: int,
    number: int,
    replaces: bool,
    tells: Connection,
) -> None:
    """Be worker *number*: what a process of the server runs."""
    # Ctrl-C reaches the whole group of processes; when to stop is the supervisor's to say.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    configure_logging(settings)
    server = Server(
        settings,
        shared,
        on_ready=lambda: tells.send(True),
        workers=workers,
        number=number,
        replaces=replaces,
        supervised_by=tells,
    )
    sys.exit(0 if run_worker(server, listening) else 1)
