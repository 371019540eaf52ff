"""A server says when it is ready, drains when told to stop, and goes on without a worker that died."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

import hostile
from hostile import address, is_well, under_way, wait_until
from serving import PATIENCE_S, UNHURRIED, Server, fill, run_letrics, start_server

WORKERS = ("--workers", "2")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the small data set."""
    data = tmp_path_factory.mktemp("stopping") / "data"
    fill(data)
    return data


@pytest.fixture(scope="module")
def token(data: Path) -> str:
    """A token that may read."""
    return run_letrics(data, "token", "create", "stopping", "--quiet").strip()


class Running:
    """A server that a test stops itself; its log goes to a file."""

    def __init__(self, data: Path, token: str, log: Path, *arguments: str, **given: Any) -> None:
        self.log = log
        with log.open("w") as errors:
            self.process, url = start_server(data, *arguments, stderr=errors, **given)
        self.server = Server(url, token, data)

    def workers(self) -> set[int]:
        """Return the processes that answer."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return {int(pid) for pid in children if b"spawn_main" in _command_of(pid)}

    def end(self) -> int:
        """Wait until it has ended; return its exit code."""
        code = self.process.wait(PATIENCE_S)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@pytest.fixture
def run(data: Path, token: str, tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """What starts a server; whatever the test left of it is killed."""
    started: list[Running] = []

    def start(*arguments: str, **given: Any) -> Running:
        started.append(Running(data, token, tmp_path / f"log{len(started)}", *arguments, **given))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
            each.end()


def _command_of(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):  # it has ended since it was listed
        return b""


def _refuses(server: Server) -> bool:
    try:
        return hostile.send(server, b"GET /readyz HTTP/1.1\r\nHost: letrics\r\n\r\n").statuses != [200]
    except ConnectionError:
        return True


@pytest.mark.parametrize("arguments", [(), WORKERS], ids=["one", "two"])
def test_a_request_under_way_is_finished_and_others_are_sent_away(
    run: Callable[..., Running], arguments: tuple[str, ...]
) -> None:
    """After SIGTERM a search whose body is half there is still answered; new ones get 503 or no connection; then 0."""
    running = run(*arguments)
    server = running.server
    with under_way(server, 22) as asking:
        asking.sendall(b'{"job_titles"')
        running.process.terminate()
        wait_until(lambda: _refuses(server))
        if not arguments:
            # The one worker has the port open still, and says how it is.
            answer = server.post("/v1/contacts", {})
            assert (answer.status_code, answer.headers["connection"]) == (503, "close")
            assert "stopping" in answer.json()["errors"][0]["details"]
            assert int(answer.headers["retry-after"]) >= 1
            assert server.get("/readyz").status_code == 503
            assert server.get("/healthz").status_code == 200
        assert running.process.poll() is None
        asking.sendall(b':["hr"] }')
        got = hostile.read(asking, 1, time.monotonic())
    assert (got.statuses, got.closed) == ([200], True)
    assert running.end() == 0
    with pytest.raises(ConnectionError):
        socket.create_connection(address(server), PATIENCE_S).close()


@pytest.mark.parametrize("arguments", [(), WORKERS], ids=["one", "two"])
def test_a_drain_ends_in_its_time(run: Callable[..., Running], arguments: tuple[str, ...]) -> None:
    """Who does not finish is cut off, the log says so, and the server ends with 0."""
    running = run(*arguments, LETRICS_DRAIN_TIMEOUT_S="1")
    with under_way(running.server, 22):
        running.process.terminate()
        assert running.end() == 0
    assert "requests cut off" in running.log.read_text()


@pytest.mark.parametrize(("arguments", "code"), [((), -signal.SIGTERM), (WORKERS, 1)], ids=["one", "two"])
def test_a_second_signal_ends_the_server_at_once(
    run: Callable[..., Running], arguments: tuple[str, ...], code: int
) -> None:
    """Nothing is waited for, no process is left, and the exit code says that it was no orderly end."""
    running = run(*arguments)
    workers = running.workers()
    with under_way(running.server, 22):
        running.process.terminate()
        wait_until(lambda: _refuses(running.server))
        running.process.send_signal(signal.SIGTERM)
        assert running.end() == code
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))


def test_an_idle_server_ends_with_0_and_leaves_no_process(run: Callable[..., Running]) -> None:
    """SIGINT, as from Ctrl-C, is as good as SIGTERM; open connections without a request hold nothing up."""
    for arguments in ((), WORKERS):
        running = run(*arguments, forked=False)
        workers = running.workers()
        assert len(workers) == (2 if arguments else 0)
        with running.server.client() as idle:
            idle.get("/healthz")
            running.process.send_signal(signal.SIGINT)
            assert running.end() == 0
        assert not any(Path(f"/proc/{pid}").exists() for pid in workers)


def test_a_worker_that_is_killed_is_replaced(run: Callable[..., Running]) -> None:
    """kill -9 of each worker: searches go on, as many workers answer as before, and the log says what happened."""
    running = run(*WORKERS, LETRICS_LOG_FORMAT="json", LETRICS_LOG_LEVEL="warning")
    victims = running.workers()
    for victim in victims:
        os.kill(victim, signal.SIGKILL)
        assert is_well(running.server)
    wait_until(lambda: len(running.workers() - victims) == 2)
    assert is_well(running.server)
    running.process.terminate()
    assert running.end() == 0
    lines = [json.loads(line) for line in running.log.read_text().splitlines()]
    assert [line["exit_code"] for line in lines if line["event"] == "a worker died and is replaced"] == [-9, -9]


def test_workers_end_with_their_supervisor(run: Callable[..., Running]) -> None:
    """When the server's first process is killed, its workers drain and end: none is left that holds the port."""
    running = run(*WORKERS)
    workers = running.workers()
    running.process.kill()
    running.end()
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))


def test_a_worker_that_cannot_start_ends_the_server(tmp_path: Path) -> None:
    """Where a replacement finds the index damaged, the server ends with 1 and names the file, instead of half serving."""
    data = tmp_path / "data"
    fill(data)
    running = Running(data, "", tmp_path / "log", *WORKERS)
    for manifest in (data / "index").glob("manifest-*.json"):
        manifest.write_text("{}")
    os.kill(min(running.workers()), signal.SIGKILL)
    assert running.end() == 1
    assert "manifest-" in running.log.read_text()


def test_a_server_that_loads_is_alive_and_not_ready(data: Path, token: str) -> None:
    """`/healthz` answers from the start; `/readyz` and searches are 503 until index and gazetteer are loaded."""
    command = [sys.executable, "-m", "letrics", "--data", str(data), "serve", "--port", "0"]
    with _nothing_to_read_in(data / "prepared") as goes_on:
        settings = {**UNHURRIED, **os.environ}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=settings)
        try:
            wait_until(lambda: bool(_ports_of(process.pid)))
            server = Server(f"http://127.0.0.1:{_ports_of(process.pid).pop()}", token, data)
            seen: list[list[int]] = []

            def look() -> bool:
                with server.client() as client:
                    seen.append([client.get(path).status_code for path in ("/v1/contacts", "/readyz", "/healthz")])
                return seen[-1][0] == 200

            for _ in range(3):
                assert not look()
            assert seen == [[503, 503, 200]] * 3
            goes_on()
            wait_until(look)
            assert {search for search, ready, _ in seen if ready == 503} == {503}
            assert {healthy for *_, healthy in seen} == {200}
            assert server.get("/readyz").status_code == 200
            assert is_well(server)
        finally:
            goes_on()
            process.terminate()
            assert process.wait(PATIENCE_S) == 0
            assert process.stdout is not None
            process.stdout.close()


@contextmanager
def _nothing_to_read_in(folder: Path) -> Iterator[Callable[[], None]]:
    """Let whoever opens a file of *folder* wait until what is given is called, and find it damaged then."""
    pipes = list(folder.iterdir())
    assert pipes
    for path in pipes:
        path.unlink()
        os.mkfifo(path)
    opened: list[int] = []
    try:
        yield lambda: opened.extend([os.open(path, os.O_RDWR) for path in pipes if not opened])
    finally:
        for descriptor in opened:
            os.close(descriptor)
        for path in folder.iterdir():
            if path.is_fifo():
                path.unlink()


def _ports_of(pid: int) -> set[int]:
    """Return the ports on which a process listens."""
    sockets = set()
    for each in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # it has been closed since it was listed
            sockets.add(str(each.readlink()))
    rows = [line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    return {int(row[1].partition(":")[2], 16) for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in sockets}
