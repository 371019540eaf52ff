"""`--replace-source`: what a source no longer contains goes; what others have stays; and it can be taken back."""

import json
from pathlib import Path

import pytest

from importing import LATER, NOW, Database
from letrics.errors import InvalidInput
from letrics.importer.report import Report
from letrics.model.filters import SEARCHES
from serving import run_letrics


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path)


def lines(*names: str) -> str:
    """Return a file of companies with their chief executives."""
    rows = [f"{name.title()},{name}-letricsdemo.de,Eva {name.title()}" for name in names]
    return "\n".join(["Company,Website,CEO", *rows]) + "\n"


def replace(database: Database, content: str, source: str = "list", *, dry_run: bool = False) -> Report:
    return database.run([database.file(content)], source=source, now=LATER, replace_source=True, dry_run=dry_run)


def everything(database: Database) -> list[list[bytes]]:
    return [database.rows(search) for search in SEARCHES]


def test_what_the_source_no_longer_contains_goes(database: Database) -> None:
    """Companies and people of the source alone are deleted and counted; a dry run only says so; undo brings them back."""
    database.take(lines("acorn", "beech", "cedar"), source="list")
    database.take(lines("oak"), source="other")
    before = everything(database)
    tried = replace(database, lines("acorn", "birch"), dry_run=True)
    assert (tried.companies.deleted, tried.contacts.deleted) == (2, 2)
    assert everything(database) == before
    report = replace(database, lines("acorn", "birch"))
    assert (report.companies.created, report.companies.unchanged, report.companies.deleted) == (1, 1, 2)
    assert report.contacts.deleted == 2
    assert {each.name for each in database.companies().values()} == {"Acorn", "Birch", "Oak"}
    assert set(database.contacts()) == {"Eva Acorn", "Eva Birch", "Eva Oak"}
    assert database.index.changes()[-1].change.companies == (1, 0, 1, 2)
    database.index.undo(report.number, LATER)
    assert everything(database) == before


def test_records_of_other_sources_lose_only_the_name(database: Database) -> None:
    """A record that another source has too stays with all its values, without the entry of the replaced source."""
    database.take(lines("acorn", "beech"), source="list")
    database.take(lines("acorn"), source="other", now=LATER)
    report = replace(database, lines("beech"))
    acorn = database.companies()["acorn-letricsdemo.de"]
    assert ([each.name for each in acorn.sources], acorn.name, acorn.updated_at) == (["other"], "Acorn", LATER)
    assert [each.name for each in database.contacts()["Eva Acorn"].sources] == ["other"]
    assert (report.companies.updated, report.companies.deleted) == (1, 0)


def test_a_company_stays_while_people_of_other_sources_work_there(database: Database) -> None:
    """Another source's contact keeps its company, and the report says so; one who has moved on holds nothing back."""
    database.take(lines("acorn", "beech"), source="list")
    person = {"full_name": "Bo Birch", "external_id": "7", "company": {"domain": "acorn-letricsdemo.de"}}
    database.take([person], source="crm")
    report = replace(database, lines("beech"))
    bo = database.contacts()["Bo Birch"]
    assert bo.company is not None
    assert (bo.company.name, report.companies.deleted, report.contacts.deleted) == ("Acorn", 0, 1)
    assert any("stay" in note for note in report.notes["source list"])
    moved = {**person, "company": {"domain": "beech-letricsdemo.de"}}
    database.take([moved], source="crm")
    assert replace(database, lines("beech")).companies.deleted == 1


def test_a_company_to_which_people_of_the_source_only_refer_stays(database: Database) -> None:
    """A file of people speaks of their companies, though it says nothing of them."""
    people = [{"full_name": f"P {n}", "company": {"domain": f"{n}-letricsdemo.de"}} for n in ("acorn", "beech")]
    database.take(people, source="list")
    again = database.run([database.file(people[:1])], source="list", now=LATER, replace_source=True)
    assert (set(database.companies()), again.companies.deleted) == ({"acorn-letricsdemo.de"}, 1)


@pytest.mark.parametrize("content", ["Company,Website,CEO\n", "Company,Website,CEO\nonly one\n"])
def test_an_import_that_takes_no_row_replaces_nothing(database: Database, content: str) -> None:
    """An empty file, or one whose rows are all rejected, is refused, and nothing is deleted."""
    database.take(lines("acorn"), source="list")
    before = everything(database)
    with pytest.raises(InvalidInput, match="Nothing was changed"):
        replace(database, content)
    assert everything(database) == before


def test_rejected_rows_are_named_where_they_may_cost_a_record(database: Database) -> None:
    """With some rows rejected, the report warns that what they are about counts as gone."""
    database.take(lines("acorn", "beech"), source="list", now=NOW)
    report = replace(database, lines("acorn") + "broken\n")
    assert (report.rejected, report.companies.deleted) == (1, 1)
    assert "1 rows were rejected" in report.notes["source list"][0]


def test_the_command_names_the_source_once(tmp_path: Path) -> None:
    """`--replace-source` is the source; another `--source` beside it is refused; the report has what was deleted."""
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text(lines("acorn", "beech"))
    second.write_text(lines("beech"))
    data = tmp_path / "data"
    run_letrics(data, "import", str(first), "--replace-source", "list", "--quiet")
    said = run_letrics(data, "import", str(second), "--source", "x", "--replace-source", "list", fails=True)
    assert "leave --source out" in said
    report = json.loads(run_letrics(data, "import", str(second), "--replace-source", "list", "--json"))
    assert report["companies"]["deleted"] == 1
    printed = run_letrics(data, "import", str(first), "--replace-source", "list", "--dry-run")
    assert "created" in printed
