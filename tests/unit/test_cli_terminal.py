"""What commands print of data that anybody may have written, and how wide."""

import json
from pathlib import Path

import pytest
from rich.table import Table
from rich.text import Text

from letrics.accounts.actors import CONSOLE
from letrics.accounts.scopes import DEFAULT_SCOPES
from letrics.cli import terminal
from letrics.config import Settings
from letrics.services import Services
from serving import run_letrics

EMAIL = "a-person-with-a-long-address@people-letricsdemo.example.com"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation whose user, token and audit log hold what a console may take for markup."""
    folder = tmp_path_factory.mktemp("terminal") / "data"
    with Services(Settings(data=folder)) as services:
        user, _ = services.users().invite(EMAIL, "member", CONSOLE)
        services.sign_in().set_password(user.id, "[/y]", "three quiet lanterns", CONSOLE)
        services.tokens().create("[/x] of [bold]us", DEFAULT_SCOPES, None, owner=user, by=CONSOLE)
    return folder


def test_what_people_wrote_is_printed_as_it_is_and_whole(data: Path) -> None:
    """A name that reads as markup is no error and loses nothing; in a pipe each row is one line."""
    token = run_letrics(data, "token", "list").splitlines()[1]
    assert token.startswith("[/x] of [bold]us ")
    assert EMAIL in token
    assert "contacts:read companies:read" in token
    assert "[/y]" in run_letrics(data, "user", "list").splitlines()[1]
    assert "[/x] of [bold]us (contacts:read companies:read)" in run_letrics(data, "audit", "list")


def test_a_narrow_terminal_shows_a_token_whole(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names fold over lines; what a token begins and ends with, and its scopes, do not, and nothing is left out."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    [token] = json.loads(run_letrics(data, "token", "list", "--json"))
    lines = [Text.from_ansi(line).plain for line in run_letrics(data, "token", "list").splitlines()]
    assert f"{token['prefix']}…{token['last_four']}" in lines[1]
    assert lines[1].rstrip().endswith("active")
    assert "companies:read" in lines[2]
    start, end = lines[0].index("Owner"), lines[0].index("Scopes")
    assert EMAIL in "".join(line[start:end].strip() for line in lines[1:])
    assert max(map(len, lines)) <= 80


def test_lists_are_there_for_programs(data: Path) -> None:
    """Tokens and users come as JSON too, with their status and no secret."""
    [token] = json.loads(run_letrics(data, "token", "list", "--json"))
    assert (token["name"], token["owner"], token["status"]) == ("[/x] of [bold]us", EMAIL, "active")
    assert not any("sha" in key or "secret" in key for key in token)
    [user] = json.loads(run_letrics(data, "user", "list", "--json"))
    assert (user["email"], user["name"], user["status"]) == (EMAIL, "[/y]", "active")


def test_nothing_in_data_commands_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Escapes, in letters of one byte or two, and marks that turn the direction of what follows, are left out."""
    hostile = "a\x1b[2Jb\x9b31mc\u202ed\re\x07f"
    table = Table(hostile)
    table.add_row(Text(hostile))
    for each in (hostile, Text(hostile), table):
        terminal.output.print(each)
    terminal.print_error(hostile)
    said = capsys.readouterr()
    assert (said.out + said.err).count("a[2Jb31mcdef") == 5
    assert not set("\x1b\x9b\u202e\r\x07") & set(said.out + said.err)


def test_companies_are_found_under_their_names(tmp_path: Path) -> None:
    """A company's name is data, whatever brackets or colons are in it."""
    file = tmp_path / "c.csv"
    file.write_text("name,domain\nAcme [formerly Foo] :smile:,a-letricsdemo.de\nBob [/b] Ltd,b-letricsdemo.de\n")
    run_letrics(tmp_path / "data", "import", "--quiet", str(file))
    found = run_letrics(tmp_path / "data", "search", "companies")
    assert "Acme [formerly Foo] :smile:" in found
    assert "Bob [/b] Ltd" in found
