"""
Letrics over HTTP: mixed searches flat out and at fixed arrival rates, with one worker and with two.

One worker has a core to itself and the load the other; two workers share both cores with the load.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

import msgspec

from benchmarks import empty
from benchmarks.figures import Figures, figures
from benchmarks.load import Load, Loaded
from benchmarks.machine import ROOT, family, keep_to, own_bytes, peak_bytes
from benchmarks.questions import Body, mixed_bodies
from benchmarks.world import World

_SECONDS = 8.0
_WARM_UP_S = 2.0
_START_S = 60.0
_CONNECTIONS_CLOSED = 8
_CONNECTIONS_OPEN = 64
_SHARES = (0.5, 0.7, 0.9)  # of what was answered flat out
_RATE_GUESSED = 2_500  # until it is measured
_RATE_SPARE = 1.5


class Served(msgspec.Struct, frozen=True):
    """One run: *rate* is what was asked for (0: flat out), *answered* what was answered, a second."""

    server: str
    workers: int
    rate: float
    answered: float
    latency: Figures
    bytes_each: int
    peak_bytes: int  # of the process that has held most
    own_bytes: int = 0  # of the process that has most for itself; 0 where that was not looked at


class Bodies:
    """Gives out questions as lines of JSON, none twice."""

    def __init__(self, folder: Path, world: World) -> None:
        self._folder = folder
        self._next: Iterator[Body] = mixed_bodies(world)
        self._files = 0

    def file(self, count: int) -> Path:
        """Return a file with *count* new questions."""
        self._files += 1
        path = self._folder / f"bodies-{self._files}"
        lines = (msgspec.json.encode(next(self._next)) for _ in range(count))
        path.write_bytes(b"\n".join(lines) + b"\n")
        return path


@dataclass(frozen=True)
class Server:
    """A server that runs, as process *number*, and the questions that are sent to it."""

    name: str
    workers: int
    number: int
    port: int
    token: str
    bodies: Bodies

    def send(
        self, seconds: float, rate: float = 0.0, *, guessed: float = _RATE_GUESSED, path: str = "/v1/contacts"
    ) -> Served:
        """Send new questions; where no rate is given, a *guessed* one says how many may be needed."""
        with tempfile.TemporaryDirectory() as folder:
            order, answer = Path(folder) / "load.json", Path(folder) / "answer.json"
            load = Load(
                port=self.port,
                path=path,
                token=self.token,
                bodies=str(self.bodies.file(int((rate or guessed) * seconds) + 1)),
                answer=str(answer),
                connections=_CONNECTIONS_OPEN if rate else _CONNECTIONS_CLOSED,
                seconds=seconds,
                rate=rate,
            )
            order.write_bytes(msgspec.json.encode(load))
            process = subprocess.Popen([sys.executable, "-m", "benchmarks.load", str(order)], cwd=ROOT)
            keep_to(process.pid, -1)
            if process.wait():
                raise subprocess.CalledProcessError(process.returncode, process.args)
            loaded = msgspec.json.decode(answer.read_bytes(), type=Loaded)
        if loaded.failed:
            raise RuntimeError(f"{loaded.failed:,} requests to {self.name} were not answered with 200.")
        done = len(loaded.latencies)
        return Served(
            server=self.name,
            workers=self.workers,
            rate=rate,
            answered=done / loaded.seconds,
            latency=figures(loaded.latencies),
            bytes_each=loaded.bytes // done,
            peak_bytes=max(map(peak_bytes, family(self.number))),
            own_bytes=max(map(own_bytes, family(self.number))),
        )


def measure(data: Path, world: World, seconds: float = _SECONDS) -> list[Served]:
    """Return the runs over the data folder *data*."""
    found: list[Served] = []
    letrics = [sys.executable, "-m", "letrics", "--data", str(data)]
    token = _said([*letrics, "token", "create", "--quiet", f"benchmark-{token_hex(4)}"])
    with tempfile.TemporaryDirectory() as folder:
        bodies = Bodies(Path(folder), world)
        for workers in (1, 2):
            command = [*letrics, "serve", "--port", "0", "--workers", str(workers)]
            with _running("Letrics", command, bodies, workers, token) as server:
                found += _runs(server, seconds)
        with empty_server(found[0].bytes_each, bodies) as server:
            found.append(server.send(seconds))
    return found


def _runs(server: Server, seconds: float) -> list[Served]:
    warm = server.send(_WARM_UP_S)
    flat_out = server.send(seconds, guessed=max(warm.answered * _RATE_SPARE, _RATE_GUESSED))
    rates = [max(1.0, round(flat_out.answered * share)) for share in _SHARES]
    return [flat_out, *(server.send(seconds, rate) for rate in rates)]


def _said(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@contextmanager
def empty_server(size: int, bodies: Bodies) -> Iterator[Server]:
    """Run the server that answers *size* bytes and does nothing else."""
    command = [sys.executable, "-m", "uvicorn", "benchmarks.empty:app", "--port", "0", "--no-access-log"]
    with _running("an empty handler", command, bodies, 1, "", {empty.BYTES: str(size)}) as server:
        yield server


@contextmanager
def _running(
    name: str, command: list[str], bodies: Bodies, workers: int, token: str, environment: dict[str, str] | None = None
) -> Iterator[Server]:
    """Run a server; one worker has the first core to itself."""
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            command,
            stdout=said,
            stderr=subprocess.STDOUT,
            env=os.environ | (environment or {}) | {"COLUMNS": "200", "PYTHONUNBUFFERED": "1"},
            cwd=ROOT,
        )
        try:
            if workers == 1:
                keep_to(process.pid, 0)
            yield Server(name, workers, process.pid, _port(process, said.fileno()), token, bodies)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(_START_S)


def _port(process: subprocess.Popen[bytes], said: int) -> int:
    """Return the port that the server says when it is ready."""
    wait_s = 0.05
    for _ in range(int(_START_S / wait_s)):
        text = os.pread(said, 10_000, 0).decode()
        found = re.search(r"http://127\.0\.0\.1:(\d+)", text)
        if found is not None:
            return int(found[1])
        try:
            process.wait(wait_s)
        except subprocess.TimeoutExpired:
            continue
        break
    raise RuntimeError(f"The server did not start. It said: {text}")
