"""What an import tells those who wait for it, stop it, come second, or have a full disk."""

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from importing import Database, Silent
from letrics.errors import ConflictError
from letrics.importer.run import ImportOptions, run_import
from serving import run_letrics

ROWS = 30_000


def big(folder: Path) -> Path:
    path = folder / "big.csv"
    path.write_text("Company,Website\n" + "".join(f"Firm {i},firm{i}-letricsdemo.de\n" for i in range(ROWS)))
    return path


class Watching(Silent):
    """Progress that remembers how much it was told to be done."""

    def __init__(self) -> None:
        self.shares: list[float] = []

    def advance(self, steps: int, share: float | None = None) -> None:
        self.shares += [share] if share is not None else []


def test_how_much_of_a_file_is_read_is_told(tmp_path: Path) -> None:
    """The share grows from nothing to all of the file."""
    watching, database = Watching(), Database(tmp_path)
    options = ImportOptions(dry_run=True)
    run_import(
        [str(big(tmp_path))], options, database.index, now="2026-11-01T00:00:00Z", stdin=io.BytesIO(), progress=watching
    )
    assert watching.shares == sorted(watching.shares)
    assert 0 < watching.shares[0] < 0.3
    assert 0.9 < watching.shares[-1] <= 1


def test_who_holds_the_lock_is_named(tmp_path: Path) -> None:
    """A second import is told what is under way, in which process, and since when."""
    database = Database(tmp_path)
    said = rf"import of big.csv, process {os.getpid()}, since 20[0-9-]+ [0-9:]+ UTC"
    with database.index.writer("import of big.csv"), pytest.raises(ConflictError, match=said):
        database.take("Company\nAcorn\n")


# All is read and written, and then waits to be interrupted before it would be committed.
_WAITING = """
import signal
import time
from letrics.cli.main import main
from letrics.importer import run
write_all = run._write_all
def write_all_and_wait(*given):
    write_all(*given)
    print("under way", flush=True)
    # Not by one long wait: a signal that comes just before that would be waited for in vain.
    while True:
        time.sleep(0.05)
run._write_all = write_all_and_wait
# Or it would be ignored where whoever runs the tests does so in the background of a shell.
signal.signal(signal.SIGINT, signal.default_int_handler)
main()
"""


def test_an_interrupted_import_leaves_the_data_as_it_was(tmp_path: Path) -> None:
    """Ctrl-C says that nothing was imported, exits with 130, and leaves no file behind that is not the database's."""
    data, small = tmp_path / "d", tmp_path / "a.csv"
    small.write_text("Company\nAcorn\n")
    run_letrics(data, "import", "-q", str(small))
    before = sorted(path.name for path in (data / "index").iterdir())
    command = [sys.executable, "-c", _WAITING, "--data", str(data), "import", str(big(tmp_path))]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "under way\n"
    assert f"process {process.pid}" in (data / "index" / "writer.lock").read_text()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130, said
    assert "Nothing was imported" in said
    assert "Traceback" not in said
    assert sorted(path.name for path in (data / "index").iterdir()) == before
    assert '"total": 1' in run_letrics(data, "search", "companies", "--format", "json")


# A file may have no more than 200,000 bytes, as on a disk that is full.
_LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
from letrics.cli.main import main
main()
"""


def test_a_full_disk_says_so(tmp_path: Path) -> None:
    """An import for which there is no room changes nothing, says so in a line, and can be tried again."""
    data, small = tmp_path / "d", tmp_path / "a.csv"
    small.write_text("Company\nAcorn\n")
    run_letrics(data, "import", "-q", str(small))
    command = [sys.executable, "-c", _LIMITED, "--data", str(data), "import", str(big(tmp_path))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "full" in done.stderr, "Traceback" in done.stderr) == (1, True, False), done.stderr
    assert '"total": 1' in run_letrics(data, "search", "companies", "--format", "json")
    assert "Import 2" in run_letrics(data, "import", str(small))
