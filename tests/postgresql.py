"""
A PostgreSQL server of the tests' own: made in a temporary folder, reached by a socket there, gone afterwards.

It needs the programs `initdb` and `postgres`; where they are missing, the tests that want them fail.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

_START_TIMEOUT_S = 120.0
_STOP_TIMEOUT_S = 120.0


class PostgreSQL:
    """A server that can be stopped and started; each database on it is asked for by `new_database`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._programs = _programs()
        # PostgreSQL refuses to run as root.
        self._account: dict[str, Any] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            self._account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0
        initdb = [self._programs / "initdb", "-D", folder / "data", "-U", "letrics", "-A", "trust", "-E", "UTF8"]
        self._run([*initdb, "--locale=C", "--no-sync"])

    def start(self) -> None:
        """Start the server; returns when it answers."""
        # No address and no port: the socket in the folder is the only way in.
        options: list[str | Path] = ["-k", self._folder, "-c", "listen_addresses=", "-c", "fsync=off"]
        log = self._folder / "log"
        with log.open("ab") as output:
            self._process = process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._folder / "data", *options],
                cwd=self._folder,
                stdout=output,
                stderr=output,
                **self._account,
            )
        deadline = time.monotonic() + _START_TIMEOUT_S
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError:
                if process.poll() is not None or time.monotonic() > deadline:
                    pytest.fail(f"PostgreSQL did not start: {log.read_text()}")
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """Stop the server, and end its connections."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(_STOP_TIMEOUT_S)
            self._process = None

    def url(self, database: str) -> str:
        """Return the URL of *database*, as an operator would write it."""
        return f"postgresql://letrics@/{database}?host={self._folder}&connect_timeout={_START_TIMEOUT_S:.0f}"

    def new_database(self) -> str:
        """Create an empty database; return its URL."""
        self._databases += 1
        name = f"test_{self._databases}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def _run(self, command: list[Any]) -> None:
        done = subprocess.run(command, cwd=self._folder, capture_output=True, text=True, **self._account)
        if done.returncode != 0:
            pytest.fail(f"{command[0]} failed: {done.stderr}")


@contextmanager
def running_postgresql() -> Iterator[PostgreSQL]:
    """Give a server that runs until the block ends."""
    # Not below pytest's own folder, which only its owner can enter.
    folder = Path(tempfile.mkdtemp(prefix="letrics-pg-"))
    try:
        server = PostgreSQL(folder)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


def _programs() -> Path:
    """Return the folder of `initdb` and `postgres`: on the path, or where Debian keeps them."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if not debian:
        pytest.fail(
            "PostgreSQL is not installed, and the tests run one of their own."
            " On Debian and Ubuntu: apt-get install postgresql. On macOS: brew install postgresql."
        )
    return debian[-1].parent
