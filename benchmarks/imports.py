"""
How fast files come in and records go out: `letrics import` and `letrics export` as a user runs them.

Files have no ids of ours, as those that people bring.  Each first import goes into an empty folder.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from time import perf_counter

import msgspec

import letrics
from benchmarks.files import Format
from benchmarks.harness import Harness
from benchmarks.machine import family

_LOOK_EVERY_S = 0.25
# So many contacts are a file that is read by compiled loops.
_COMPILING_CONTACTS = 60_000


class Moved(msgspec.Struct, frozen=True):
    """One run: how many *rows*, the *seconds*, the most memory that its processes held together, and a file's bytes."""

    name: str
    rows: int
    seconds: float
    peak_bytes: int
    file_bytes: int

    @property
    def rate(self) -> float:
        """Rows a second."""
        return self.rows / self.seconds


def measure(harness: Harness, *, briefly: bool = False) -> list[Moved]:
    """Return the runs: each format, phones, the same again with changes, an export; *briefly*, those of CSV alone."""
    formats: tuple[Format, ...] = ("csv",) if briefly else ("csv", "ndjson", "parquet")
    found: list[Moved] = []
    companies, contacts = harness.contacts // 10, harness.contacts
    with tempfile.TemporaryDirectory(dir=harness.cache) as name:
        folder = Path(name)
        # What is compiled once, on installation or for a processor, is compiled before.
        subprocess.run([sys.executable, "-m", "compileall", "-q", str(Path(letrics.__file__).parent)], check=True)
        subprocess.run([sys.executable, "-c", "from letrics.index import kernels; kernels.prepare()"], check=True)
        _import("", 0, folder / "data", Harness(_COMPILING_CONTACTS, cache=harness.cache).import_files("csv"))
        for format in reversed(formats):
            shutil.rmtree(folder / "data", ignore_errors=True)
            found.append(_import(format, companies + contacts, folder / "data", harness.import_files(format)))
        shutil.copytree(folder / "data", folder / "copy")
        only = harness.import_files("csv", changed="only")
        found.append(_import("csv, only the changed 1 %", contacts // 100, folder / "copy", only))
        shutil.rmtree(folder / "copy")
        whole = harness.import_files("csv", changed="whole")
        found.append(_import("csv, all again with 1 % changed", companies + contacts, folder / "data", whole))
        # Thrown away: how fast the disk takes three gigabytes is another matter.
        found.append(_run("export", companies + contacts, ["--data", str(folder / "data"), "export"], []))
        if not briefly:
            shutil.rmtree(folder / "data")
            phones = harness.import_files("csv", phones=True)
            found.append(_import("csv with phones", companies + contacts, folder / "data", phones))
    return found


def _import(name: str, rows: int, data: Path, files: list[Path]) -> Moved:
    return _run(name, rows, ["--data", str(data), "import", "--quiet", *map(str, files)], files)


def _run(name: str, rows: int, arguments: list[str], files: list[Path]) -> Moved:
    """Run the command, and look now and then at the memory of all its processes."""
    started = perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "letrics", *arguments], stdout=subprocess.DEVNULL)
    peak, over = 0, threading.Event()

    def look() -> None:
        nonlocal peak
        while not over.wait(_LOOK_EVERY_S):
            peak = max(peak, sum(map(_held_bytes, family(process.pid))))

    watch = threading.Thread(target=look)
    watch.start()
    _, status, _ = os.wait4(process.pid, 0)
    seconds = perf_counter() - started
    over.set()
    watch.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    return Moved(name, rows, seconds, peak, sum(path.stat().st_size for path in files))


def _held_bytes(process: int) -> int:
    """Return a process's share of memory; what several share is divided among them."""
    try:
        told = Path(f"/proc/{process}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) * 1024 for line in told.splitlines() if line.startswith("Pss:")), 0)
