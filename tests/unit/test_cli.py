"""The command line: what it prints, and how it fails."""

import csv
import io
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from letrics.cli.main import _COMMANDS
from letrics.cli.search import flag_of
from letrics.model.filters import FILTERS
from serving import UNHURRIED, fill, run_letrics


def letrics(data: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "letrics", "--data", str(data), *arguments]
    wide = {**UNHURRIED, **os.environ, "COLUMNS": "200", **environment}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=wide)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "data"
    fill(folder)
    return folder


def test_search_as_table_json_and_csv(data: Path) -> None:
    """The same query in three formats; the total stands beside the table, not in it."""
    query = ("search", "contacts", "--job-title", "finance", "--location", "Germany", "--location", "Georgia")
    table = letrics(data, *query)
    assert "Ada Ash" in table.stdout
    assert "2 contacts; page 1 of 1." in table.stderr
    answer = json.loads(letrics(data, *query, "--format", "json").stdout)
    assert [record["id"] for record in answer["data"]] == ["ct_1", "ct_2"]
    assert answer["meta"]["total"] == 2
    rows = list(csv.DictReader(io.StringIO(letrics(data, *query, "--format", "csv").stdout)))
    assert [row["company.domain"] for row in rows] == ["alpha-letricsdemo.de", "beta-letricsdemo.co.uk"]


def test_every_filter_has_a_flag(data: Path) -> None:
    """Flags come from the filter registry, in the singular."""
    for search in ("contacts", "companies"):
        help_text = letrics(data, "search", search, "--help").stdout
        for filter in FILTERS:
            if search in filter.searches:
                assert f"--{flag_of(filter)} " in help_text
    assert {flag_of(filter) for filter in FILTERS} >= {
        "job-title",
        "seniority",
        "industry",
        "technology",
        "added-after",
    }


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        (("search", "contacts", "--locaton", "x"), "--location", 2),
        (("search", "contacts", "--per-page", "0"), "it starts at 1", 2),
        (("search", "contacts", "--added-after", "soon"), "ISO 8601", 2),
        (("import", "no-such.csv"), "There is no file", 1),
        (("token", "create", "x", "--scope", "contact:read"), "contacts:read", 2),
        (("token", "create", "x", "--expires", "soon"), "90d", 2),
        (("token", "revoke", "nobody"), "no such token", 1),
        (("serve", "--host", "no-such-host.invalid"), "no address of this machine", 1),
    ],
)
def test_errors_are_one_clear_line(data: Path, arguments: tuple[str, ...], said: str, code: int) -> None:
    """What is wrong and how to mend it, no traceback, and an exit code for scripts."""
    done = letrics(data, *arguments)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_port_is_said_plainly(data: Path) -> None:
    """The port is named, and how to choose another."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = letrics(data, "serve", "--port", str(port))
    assert done.returncode == 1
    assert f"Port {port} on 127.0.0.1 is taken" in done.stderr


def test_an_unknown_setting_is_refused(data: Path) -> None:
    """A misspelt variable is never ignored."""
    done = letrics(data, "token", "list", LETRICS_PORTT="1")
    assert done.returncode == 2
    assert "LETRICS_PORTT is not a setting" in done.stderr


def test_tokens_from_start_to_end(tmp_path: Path) -> None:
    """Made before any server runs, printed once, listed without the secret, revoked by name."""
    secret = run_letrics(tmp_path, "token", "create", "crm", "--expires", "90d", "--quiet").strip()
    assert secret.startswith("letr_")
    listed = run_letrics(tmp_path, "token", "list")
    assert "crm" in listed
    assert secret not in listed
    assert "contacts:read" in listed
    run_letrics(tmp_path, "token", "revoke", "crm")
    assert "revoked" in run_letrics(tmp_path, "token", "list")


def test_import_reports_as_json_and_takes_standard_input(tmp_path: Path) -> None:
    """`--json` prints the report, `-` reads standard input, and a file of rejects only exits with 1."""
    command = [sys.executable, "-m", "letrics", "--data", str(tmp_path / "d"), "import", "-", "--json"]
    done = subprocess.run(command, input="Company\nAcorn\n", capture_output=True, text=True, check=False)
    assert json.loads(done.stdout)["companies"]["created"] == 1
    done = subprocess.run(
        command, input="Company,City\nAcorn\n", capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 1
    assert (tmp_path / "stdin.rejects.csv").exists()


def test_every_command_starts_from_nothing() -> None:
    """Each brings along all that it needs: no test has loaded it before, as others run by `run_letrics` have."""
    starting = {
        name: subprocess.Popen(
            [sys.executable, "-m", "letrics", name, "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for name in _COMMANDS
    }
    for name, process in starting.items():
        said, failed = process.communicate()
        assert (process.returncode, failed) == (0, ""), name
        assert "Usage:" in said
