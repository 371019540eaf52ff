"""
How tests run many `letrics` commands in little time: each is a process forked from one that has loaded Letrics.

Loading takes most of a short command's time.  What is forked is a process like any other, with its own environment,
folder, input and output, and runs the same `main`; what it does not show is that a command starts from nothing, which
tests of the command line and of servers do.
"""

import atexit
import gc
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import IO, Any, NamedTuple, NoReturn

import tables  # noqa: F401  # for the process that loads Letrics

# What Letrics imports where it first needs it; its commands themselves are left for each process to import.
_OTHERS = "alembic.command email_validator nameparser phonenumbers pyarrow.csv python_calamine rapidfuzz structlog"
_LEFT = ("letrics.__main__", "letrics.accounts.migrations", "letrics.cli", "letrics.demo")
_DESCRIPTORS = 5  # the request, standard input, output and errors, and what is told of the process


class Done(NamedTuple):
    """What a command has printed, and how it ended."""

    returncode: int
    stdout: str
    stderr: str


class Forked:
    """A process forked from the one that has loaded Letrics, as `subprocess.Popen` shows one."""

    def __init__(self, told: IO[str], stdout: IO[str] | None = None) -> None:
        self._told = told
        self.stdout = stdout
        self.pid = int(told.readline())
        self.returncode: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        """Return how the process ended, once it has; raises TimeoutExpired where it does not in time."""
        if self.returncode is None:
            if not select.select([self._told], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(f"letrics, process {self.pid}", timeout or 0)
            self.returncode = int(self._told.readline())
            self._told.close()
        return self.returncode

    def poll(self) -> int | None:
        """Return how the process ended; None while it runs."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def send_signal(self, number: int) -> None:
        """Send a signal, if the process runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask the process to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the process."""
        self.send_signal(signal.SIGKILL)


def run(arguments: list[str], environment: dict[str, str]) -> Done:
    """Run the command with *arguments* to its end."""
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        returncode = Forked(_fork(arguments, environment, stdout.fileno(), stderr.fileno())).wait()
        stdout.seek(0)
        stderr.seek(0)
        return Done(returncode, stdout.read().decode(), stderr.read().decode())


def start(arguments: list[str], environment: dict[str, str], stderr: IO[Any] | None = None) -> Forked:
    """Start the command with *arguments*, whose output is to be read while it runs."""
    reading, writing = os.pipe()
    try:
        told = _fork(arguments, environment, writing, stderr.fileno() if stderr is not None else 2)
    finally:
        os.close(writing)
    return Forked(told, os.fdopen(reading))


_lock = threading.Lock()


@cache
def _loaded() -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """Return the way to the process that has loaded Letrics, and the process; it ends with this one."""
    ours, theirs = socket.socketpair()
    program = f"import sys; sys.path[:0] = {sys.path!r}; import forking; forking.serve({theirs.fileno()})"
    command = [sys.executable, "-c", program]
    process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
    theirs.close()
    atexit.register(_end, ours, process)
    return ours, process


def _end(ours: socket.socket, process: subprocess.Popen[bytes]) -> None:
    ours.close()
    process.wait()


def _fork(arguments: list[str], environment: dict[str, str], stdout: int, stderr: int) -> IO[str]:
    """Have a process forked; return what is told of it: its id, then how it ended."""
    told, telling = os.pipe()
    stdin = os.open(os.devnull, os.O_RDONLY)
    with tempfile.TemporaryFile() as request:
        request.write(json.dumps([arguments, environment, str(Path.cwd())]).encode())
        request.seek(0)
        with _lock:
            socket.send_fds(_loaded()[0], [b"!"], [request.fileno(), stdin, stdout, stderr, telling])
    os.close(telling)
    os.close(stdin)
    return os.fdopen(told)


def serve(descriptor: int) -> None:
    """Fork a process for each request that comes by *descriptor*, until there is nobody to send one."""
    _load()
    gc.collect()
    gc.freeze()
    asked = socket.socket(fileno=descriptor)
    while True:
        message, given, *_ = socket.recv_fds(asked, 1, _DESCRIPTORS)
        if not message:
            return
        if os.fork() == 0:
            asked.close()
            _fork_watched(given)
        for each in given:
            os.close(each)
        while _ended_child():
            pass


def _load() -> None:
    """Load what commands take long to load, and the tables that they would make or map."""
    import letrics
    from letrics.index import kernels
    from letrics.model.places import resolve_place
    from letrics.model.values import domain, public_suffix

    for module in pkgutil.walk_packages(letrics.__path__, "letrics."):
        if not module.name.startswith(_LEFT):
            import_module(module.name)
    for name in _OTHERS.split():
        import_module(name)
    kernels.prepare()
    resolve_place("Munich, Bavaria, Germany")
    public_suffix(domain("www.example.co.uk"))


def _exit_code() -> int:
    """Run the command; return how it ends, after all that it does at its end but taking apart what was loaded."""
    from letrics.cli.main import main

    code: Any = 0
    try:
        main()
    except SystemExit as stop:
        code = stop.code or 0
    except BaseException:  # noqa: BLE001  # as the interpreter does with what nobody caught
        traceback.print_exc()
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        if not stream.closed:
            stream.flush()
    assert isinstance(code, int)
    return code


def _ended_child() -> bool:
    try:
        return os.waitpid(-1, os.WNOHANG)[0] != 0
    except ChildProcessError:
        return False


def _fork_watched(given: list[int]) -> NoReturn:
    """Fork a process and run the command in it; this one tells its id and how it ended."""
    request, stdin, stdout, stderr, telling = given
    child = os.fork()
    if child == 0:
        os.close(telling)
        for number, each in enumerate((stdin, stdout, stderr)):
            os.dup2(each, number)
            os.close(each)
        with os.fdopen(request) as file:
            arguments, environment, folder = json.load(file)
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        sys.argv = ["letrics", *arguments]
        if "PYTHONUNBUFFERED" in environment:
            sys.stdout.reconfigure(write_through=True)  # type: ignore[union-attr]
        os._exit(_exit_code())
    for each in (request, stdin, stdout, stderr, 0, 1, 2):
        os.close(each)
    os.write(telling, b"%d\n" % child)
    os.write(telling, b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    os._exit(0)
