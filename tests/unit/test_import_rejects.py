"""The rejects file: where it is, what it never overwrites, and that no import is done that cannot write it."""

import io
from pathlib import Path

import pytest

from importing import NOW, Database, Silent
from letrics.errors import InvalidInput, LetricsError
from letrics.importer.report import Report
from letrics.importer.restoring import run_restore
from letrics.importer.run import ImportOptions, run_import
from serving import run_letrics

BAD = "Company,Website\nAcorn,acorn-letricsdemo.de\nBeech,,,too many\n"
WORSE = "Company,Website\nBeech,,,too many\nCedar,,,too many\n"


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """An index, with its folder as the one that we are in."""
    monkeypatch.chdir(tmp_path)
    return Database(tmp_path)


def take(database: Database, *paths: str, rejects: Path | None = None) -> Report:
    options = ImportOptions(rejects=rejects)
    return run_import(paths, options, database.index, now=NOW, stdin=io.BytesIO(BAD.encode()), progress=Silent())


@pytest.mark.parametrize(
    ("name", "rejects"),
    [
        ("leads.2024.csv", "leads.2024.rejects.csv"),
        ("leads.CSV", "leads.rejects.csv"),
        ("v1.2 of it", "v1.2 of it.rejects.csv"),
        ("-", "stdin.rejects.csv"),
    ],
)
def test_it_is_named_after_the_whole_name(database: Database, name: str, rejects: str) -> None:
    """Two files of one beginning have two; what a name says of its format is left out."""
    Path(name).write_text(BAD)
    assert take(database, name).rejects_file == rejects
    assert "Website" not in Path(rejects).read_text()
    assert not list(Path().glob("*.part"))


def test_another_imports_rejects_stay(database: Database) -> None:
    """The same rejects again are one file; others get the next number, and a folder of them is no data."""
    for content, rejects in ((BAD, "a.rejects.csv"), (BAD, "a.rejects.csv"), (WORSE, "a.rejects.2.csv")):
        Path("a.csv").write_text(content)
        assert take(database, "a.csv").rejects_file == rejects
    assert len(Path("a.rejects.csv").read_text().splitlines()) == 2
    assert len(Path("a.rejects.2.csv").read_text().splitlines()) == 3
    assert {"a.rejects.2.csv", "a.rejects.csv"} <= set(take(database, ".").passed_over)


def test_corrected_rejects_are_not_overwritten(database: Database) -> None:
    """A rejects file that is mended and imported stays, also where it has a bad row still; by name it is refused."""
    mended = Path("cust.rejects.csv")
    mended.write_text(BAD)
    assert take(database, "cust.rejects.csv").rejects_file == "cust.rejects.rejects.csv"
    with pytest.raises(InvalidInput, match="is read"):
        take(database, "cust.rejects.csv", rejects=database.folder / "cust.rejects.csv")
    assert mended.read_text() == BAD


def test_where_rejects_cannot_be_written_nothing_is_imported(database: Database) -> None:
    """A folder that is not there is said at once, a full disk before the commit; a restore does the same."""
    Path("a.csv").write_text(BAD)
    with pytest.raises(InvalidInput, match="There is no folder"):
        take(database, "a.csv", rejects=Path("none/x.csv"))
    with pytest.raises(LetricsError, match="Nothing was changed"):
        take(database, "a.csv", rejects=Path("/dev/full"))
    Path("a.ndjson").write_text("{}\n")
    with pytest.raises(LetricsError, match="Nothing was changed"):
        run_restore(
            ["a.ndjson"], database.index, now=NOW, stdin=io.BytesIO(), progress=Silent(), rejects=Path("/dev/full")
        )
    assert database.index.changes() == ()
    assert take(database, "a.csv", rejects=Path("/dev/null")).rejects_file == "/dev/null"
    assert len(database.index.changes()) == 1


def test_an_import_that_fails_leaves_no_rejects(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not imported has rejected nothing, and an older file under that name is as it was."""
    Path("a.csv").write_text(BAD)
    Path("r.csv").write_text("older")

    def fails(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("letrics.index.transaction.EmbeddedWriter.commit", fails)
    for rejects in (None, Path("r.csv")):
        with pytest.raises(OSError, match="No space"):
            take(database, "a.csv", rejects=rejects)
    assert Path("r.csv").read_text() == "older"
    assert not [*Path().glob("*.rejects.csv"), *Path().glob("*.part")]


def test_rejects_that_cannot_take_their_place_are_told_where_they_are(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the commit nothing fails: the report says where the rows are instead."""
    Path("a.csv").write_text(BAD)

    def fails(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("letrics.importer.rejects.Path.replace", fails)
    report = take(database, "a.csv")
    assert (report.number, report.rejects_file) == (1, "a.rejects.csv.part")
    assert Path("a.rejects.csv.part").exists()


def test_the_command_says_the_truth(tmp_path: Path) -> None:
    """Where rejects cannot be written, it is true that nothing was changed."""
    file = tmp_path / "r.csv"
    file.write_text(BAD)
    said = run_letrics(tmp_path / "d", "import", str(file), "--rejects", "/dev/full", fails=True)
    assert "Nothing was changed" in said
    assert "no imports yet" in run_letrics(tmp_path / "d", "imports")
