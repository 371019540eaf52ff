"""How tests start a real server, and the small data set that it serves."""

import atexit
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import urlsplit

import httpx2
import msgspec

import forking
from tables import TABLES

# What anything in a test may take before it counts as hanging, on a machine that does much else meanwhile.
PATIENCE_S = 120.0
# A slow machine meets none of a server's or a command's own limits; what is a test of a limit sets it itself.
UNHURRIED = {f"LETRICS_{stage}_TIMEOUT_S": "300" for stage in "HEADER BODY SEND IDLE SEARCH DRAIN".split()}

ServerProcess = subprocess.Popen[str] | forking.Forked

COMPANIES = [
    {
        "id": "co_alpha",
        "name": "Alpha",
        "domain": "alpha-letricsdemo.de",
        "emails": ["info@alpha-letricsdemo.de"],
        "location": {"city": "Munich", "country": "DE"},
        "industries": ["Software"],
        "functions": ["saas"],
        "technologies": ["Shopify", "React"],
        "linkedin_url": "https://www.linkedin.com/company/alpha-letricsdemo",
        "first_seen_at": "2026-02-01",
        "added_at": "2026-03-01T00:00:00Z",
    },
    {
        "id": "co_beta",
        "name": "Beta",
        "domain": "beta-letricsdemo.co.uk",
        "location": {"city": "Atlanta", "region": "Georgia", "country": "US"},
        "industries": ["R&D Services", "Software"],
        "technologies": ["WordPress"],
        "first_seen_at": "2020-05-01",
        "added_at": "2026-02-01T12:00:00.000001Z",
    },
    {"id": "co_gamma", "name": "Gamma", "added_at": "2026-02-01T12:00:00.000001Z", "first_seen_at": "2026-01-01"},
]
CONTACTS = [
    {
        "id": "ct_1",
        "full_name": "Ada Ash",
        "job_title": "Finance Manager",
        "emails": ["ada@alpha-letricsdemo.de"],
        "company": {"id": "co_alpha"},
    },
    {
        "id": "ct_2",
        "full_name": "Bo Birch",
        "job_title": "Director of Finance",
        "linkedin_url": "https://www.linkedin.com/in/letricsdemo-bo",
        "company": {"id": "co_beta"},
    },
    {"id": "ct_3", "full_name": "Cy Cedar", "job_title": "Human Resources Lead", "company": {"id": "co_alpha"}},
    {"id": "ct_4", "full_name": "Di Dogwood", "job_title": "Owner", "added_at": "2026-02-15T00:00:00Z"},
]


class Server(msgspec.Struct, frozen=True):
    """A running server: where it is, a token that may read, and the data folder."""

    url: str
    token: str
    data: Path

    def client(self, **headers: str) -> httpx2.Client:
        """Return a client that carries the token."""
        own = {"Authorization": f"Bearer {self.token}", **headers}
        return httpx2.Client(base_url=self.url, headers=own, timeout=PATIENCE_S)

    def post(self, path: str, body: object) -> httpx2.Response:
        """Send *body* as JSON."""
        with self.client() as client:
            return client.post(path, json=body)

    def get(self, path: str) -> httpx2.Response:
        """Ask for *path*."""
        with self.client() as client:
            return client.get(path)


def ask_for(url: str, method: str = "GET", **given: Any) -> httpx2.Response:
    """Send a request by a connection of its own, as a client that waits."""
    return httpx2.request(method, url, timeout=PATIENCE_S, **given)


def raw(server: Server, request: bytes) -> str:
    """Send *request* as it is and return the answer as it comes."""
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), PATIENCE_S) as connection:
        connection.sendall(request)
        received = b""
        while chunk := connection.recv(65_536):
            received += chunk
    return received.decode()


def run_letrics(data: Path, *arguments: str, fails: bool = False) -> str:
    """Run a command as a user does; return what it prints, where it *fails* on standard error."""
    done = forking.run(["--data", str(data), *arguments], {**UNHURRIED, **os.environ})
    assert (done.returncode != 0) == fails, done.stderr
    return done.stderr if fails else done.stdout


def start_server(
    data: Path, *arguments: str, stderr: TextIO | None = None, forked: bool = True, **environment: str
) -> tuple[ServerProcess, str]:
    """
    Start a server on a free port; return its process and its URL once it answers.

    It is *forked* from a process that has loaded Letrics, unless what is proven is how one starts from nothing.
    """
    given = ["--data", str(data), "serve", "--port", "0", *arguments]
    settings = {**UNHURRIED, **os.environ, **environment, "COLUMNS": "200", "PYTHONUNBUFFERED": "1"}
    process: ServerProcess
    if forked:
        process = forking.start(given, settings, stderr)
    else:
        command = [sys.executable, "-m", "letrics", *given]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True, env=settings)
    assert process.stdout is not None
    said = process.stdout.readline()
    found = re.search(r"http://\S+", said)
    assert found is not None, said
    return process, found[0]


def stop_server(process: ServerProcess) -> None:
    """Stop a server and wait until it has."""
    process.terminate()
    process.wait(PATIENCE_S)
    assert process.stdout is not None
    process.stdout.close()


def fill(data: Path) -> None:
    """Import the small data set, contacts before companies."""
    files = _write_small(data.parent)
    if data.exists():
        run_letrics(data, "import", "--quiet", *files)
    else:
        shutil.copytree(_filled(), data)


def prepare(data: Path) -> None:
    """Lay the tables that each server of *data* would make at its start where it looks for them."""
    (data / "prepared").mkdir(mode=0o700, exist_ok=True)
    for path in TABLES.glob("*.prepared"):
        shutil.copy2(path, data / "prepared")


@cache
def _filled() -> Path:
    """Return a data folder that holds the small data set, to be copied."""
    folder = Path(tempfile.mkdtemp(prefix="letrics-filled-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    run_letrics(folder / "data", "import", "--quiet", *_write_small(folder))
    prepare(folder / "data")
    return folder / "data"


def _write_small(folder: Path) -> list[str]:
    files = []
    for name, records in (("contacts", CONTACTS), ("companies", COMPANIES)):
        path = folder / f"{name}.ndjson"
        path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
        files.append(str(path))
    return files
