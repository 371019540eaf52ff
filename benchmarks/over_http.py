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
from pathlib import Path
from secrets import token_hex

import msgspec

from benchmarks import empty
from benchmarks.figures import Figures, figures
from benchmarks.load import Load, Loaded
from benchmarks.questions import Body, mixed_bodies
from benchmarks.world import World

_SECONDS = 8.0
_WARM_UP_S = 2.0
_CONNECTIONS = 8
_SHARES = (0.5, 0.7, 0.9)
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


def measure(data: Path, world: World, seconds: float = _SECONDS) -> list[Served]:
    """Return the runs over the data folder *data*."""
    found: list[Served] = []
    with tempfile.TemporaryDirectory() as folder:
        bodies = _Bodies(Path(folder), world)
        token = _token(data)
        for workers in (1, 2):
            with _server([sys.executable, "-m", "letrics", "--data", str(data), *_serve(workers)], workers) as port:
                found += _runs("letrics", workers, port, token, bodies, seconds)
        size = str(found[0].bytes_each)
        command = [sys.executable, "-m", "uvicorn", "benchmarks.empty:app", "--port", "0", "--no-access-log"]
        with _server(command, 1, **{empty.BYTES: size}) as port:
            found.append(_run("empty handler", 1, port, "none", bodies, seconds))
    return found


def _serve(workers: int) -> list[str]:
    return ["serve", "--port", "0", "--workers", str(workers)]


class _Bodies:
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


def _runs(name: str, workers: int, port: int, token: str, bodies: _Bodies, seconds: float) -> list[Served]:
    warm = _run(name, workers, port, token, bodies, _WARM_UP_S)
    flat_out = _run(name, workers, port, token, bodies, seconds, guessed=warm.answered * _RATE_SPARE)
    rates = [round(flat_out.answered * share, -1) for share in _SHARES]
    return [flat_out, *(_run(name, workers, port, token, bodies, seconds, max(rate, 1.0)) for rate in rates)]


def _run(
    name: str,
    workers: int,
    port: int,
    token: str,
    bodies: _Bodies,
    seconds: float,
    rate: float = 0.0,
    guessed: float = _RATE_GUESSED,
) -> Served:
    count = int((rate or guessed) * seconds) + 1
    with tempfile.TemporaryDirectory() as folder:
        path, answer = Path(folder) / "load.json", Path(folder) / "answer.json"
        load = Load(
            port=port,
            token=token,
            bodies=str(bodies.file(count)),
            answer=str(answer),
            connections=_CONNECTIONS if rate == 0 else _CONNECTIONS * 8,
            seconds=seconds,
            rate=rate,
        )
        path.write_bytes(msgspec.json.encode(load))
        subprocess.run([sys.executable, "-m", "benchmarks.load", str(path)], check=True, preexec_fn=_on_last_core)
        loaded = msgspec.json.decode(answer.read_bytes(), type=Loaded)
    if loaded.failed:
        raise RuntimeError(f"{loaded.failed:,} requests to {name} were not answered with 200.")
    done = len(loaded.latencies)
    return Served(name, workers, rate, done / loaded.seconds, figures(loaded.latencies), loaded.bytes // done)


def _token(data: Path) -> str:
    command = [
        sys.executable,
        "-m",
        "letrics",
        "--data",
        str(data),
        "token",
        "create",
        "--quiet",
        f"benchmark-{token_hex(4)}",
    ]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _on_first_core() -> None:
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])


def _on_last_core() -> None:
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-1:])


@contextmanager
def _server(command: list[str], workers: int, **environment: str) -> Iterator[int]:
    """Run a server; give its port, which it says when it is ready."""
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            command,
            stdout=said,
            stderr=subprocess.STDOUT,
            env=os.environ | environment | {"COLUMNS": "200", "PYTHONUNBUFFERED": "1"},
            preexec_fn=_on_first_core if workers == 1 else None,
        )
        try:
            yield _port(process, said.fileno())
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def _port(process: subprocess.Popen[bytes], said: int) -> int:
    for _ in range(1_200):
        text = os.pread(said, 10_000, 0).decode()
        found = re.search(r"http://127\.0\.0\.1:(\d+)", text)
        if found is not None:
            return int(found[1])
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
        raise RuntimeError(f"The server did not start: {text}")
    raise RuntimeError("The server said no address.")
