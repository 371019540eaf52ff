"""Imports are numbered, and taken back to the byte; records are deleted by what names them, and come back by undo."""

import json
from pathlib import Path

import pytest

from importing import LATER, NOW, Database, figures
from letrics.errors import ConflictError, NotFound
from letrics.importer.removal import ids_of_keys, remove
from letrics.model.filters import SEARCHES
from serving import fill, run_letrics, start_server, stop_server


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path)


def rows(name: str, count: int) -> str:
    """Return a file of *count* companies with a contact each."""
    lines = [f"{name} {i},{name}{i}-letricsdemo.de,Eva {name}{chr(97 + i)}" for i in range(count)]
    return "Company,Website,CEO\n" + "\n".join(lines) + "\n"


def everything(database: Database) -> list[list[bytes]]:
    """Return every record, in the order of answers."""
    return [database.rows(search) for search in SEARCHES]


def test_every_import_has_a_number_and_what_it_did(database: Database) -> None:
    """Numbers count from 1, also for an import that changed nothing; figures, files and sources are kept."""
    assert database.take(rows("a", 2), source="list").number == 1
    assert database.take(rows("a", 2), source="list").number == 2
    assert database.take(rows("a", 3), source="list", now=LATER).number == 3
    first, second, third = database.index.changes()
    assert (first.change.companies, first.change.contacts) == ((2, 0, 0, 0), (2, 0, 0, 0))
    assert (second.change.companies, second.generation) == ((0, 0, 2, 0), 1)
    assert (third.change.companies, third.generation, third.change.at) == ((1, 0, 2, 0), 2, LATER)
    assert first.change.sources == ("list",)
    assert first.change.what[0].endswith(".csv")


def test_undo_restores_every_byte(database: Database) -> None:
    """What answers after an undo is what answered before the import, as a new generation; later imports go with it."""
    database.take(rows("a", 5))
    before = everything(database)
    database.take(rows("a", 5).replace("a 1,", "renamed,"), now=LATER)
    middle = everything(database)
    last = database.take(rows("b", 3), now=LATER)
    assert middle not in (before, everything(database))
    assert database.index.undo(3, LATER) == last.generation + 1
    assert everything(database) == middle
    assert database.index.undo(2, LATER) == last.generation + 2
    assert everything(database) == before
    assert [each.undone_at is not None for each in database.index.changes()] == [False, True, True]
    again = database.take(rows("b", 3), now=LATER)
    assert (again.number, figures(again)[0]) == (4, (3, 0, 0))


def test_what_cannot_be_undone_is_told(database: Database) -> None:
    """An import that there was not, or that is undone already, or too long ago, is refused, and nothing changes."""
    with pytest.raises(NotFound, match="no import 1"):
        database.index.undo(1, NOW)
    for number in range(13):
        database.take(rows(f"x{number}", 1))
    before = everything(database)
    with pytest.raises(ConflictError, match="before import 9 is the oldest"):
        database.index.undo(8, NOW)
    assert everything(database) == before
    database.index.undo(9, NOW)
    assert len(database.companies()) == 8
    with pytest.raises(ConflictError, match="undone already"):
        database.index.undo(10, NOW)


def test_undoing_the_first_import_leaves_nothing(database: Database) -> None:
    """Before the first import there was no record, and so there is none."""
    database.take(rows("a", 2))
    database.index.undo(1, NOW)
    assert everything(database) == [[], []]
    assert figures(database.take(rows("a", 2)))[0] == (2, 0, 0)


def test_files_of_what_can_be_undone_stay_and_others_go(database: Database) -> None:
    """The folder holds no more segments than the generations that can be gone back to need."""
    for number in range(30):
        database.take(rows("same", 1).replace("same 0", f"name {number}"))
    segments = list((database.folder / "index").glob("segment-*"))
    assert 1 < len(segments) <= 9


def test_records_are_deleted_by_what_names_them(database: Database) -> None:
    """By id, domain and e-mail; contacts of a deleted company stay without it, or go with it; undo brings all back."""
    database.take(
        rows("a", 4),
        [{"full_name": "Bo", "emails": ["bo@a1-letricsdemo.de"], "company": {"domain": "a1-letricsdemo.de"}}],
    )
    before = everything(database)
    (bo,) = ids_of_keys(database.index, "contacts", ids=(), domains=(), emails=("bo@a1-letricsdemo.de",))
    assert remove(database.index, "contacts", [bo], with_contacts=False, at=NOW, why="test") == (0, 1)
    assert "Bo" not in database.contacts()
    ids = ids_of_keys(database.index, "companies", ids=(), domains=("a1-letricsdemo.de", "none.example"), emails=())
    assert remove(database.index, "companies", ids, with_contacts=False, at=NOW, why="test") == (1, 0)
    assert database.contacts()["Eva ab"].company is None
    ids = ids_of_keys(database.index, "companies", ids=(), domains=("a2-letricsdemo.de",), emails=())
    assert remove(database.index, "companies", ids, with_contacts=True, at=NOW, why="test") == (1, 1)
    assert "Eva ac" not in database.contacts()
    assert len(database.companies()) == 2
    database.index.undo(2, NOW)
    assert everything(database) == before


def test_who_shares_an_address_is_found_by_it(database: Database) -> None:
    """A mailbox of a role names no person, and yet all who have it are found by it, as a search shows them."""
    people = [
        {"full_name": "Bo", "emails": ["info@a1-letricsdemo.de"], "company": {"domain": "a1-letricsdemo.de"}},
        {"full_name": "Cy", "emails": ["cy@a1-letricsdemo.de", "info@a1-letricsdemo.de"]},
        {"full_name": "Di", "emails": [{"value": "di@a1-letricsdemo.de", "type": "generic"}]},
        {"full_name": "Ed", "emails": ["ed@a1-letricsdemo.de"], "custom": {"was": "info@a1-letricsdemo.de"}},
    ]
    database.take(rows("a", 2), people)
    known = {contact.id: name for name, contact in database.contacts().items()}
    for address, wanted in (("info", {"Bo", "Cy"}), ("di", {"Di"}), ("ed", {"Ed"}), ("no", set())):
        emails = (f"{address}@a1-letricsdemo.de",)
        found = ids_of_keys(database.index, "contacts", ids=(), domains=(), emails=emails)
        assert {known[each] for each in found} == wanted


def test_the_commands_show_ask_and_take_back(tmp_path: Path) -> None:
    """`imports`, `delete` and `imports undo` from the command line, seen by a running server within a second."""
    data = tmp_path / "data"
    fill(data)
    process, _ = start_server(data)

    def total() -> int:
        found = run_letrics(data, "search", "contacts", "--format", "json")
        return int(json.loads(found)["meta"]["total"])

    try:
        assert total() == 4
        said = run_letrics(
            data, "delete", "companies", "--domain", "alpha-letricsdemo.de", "--with-contacts", fails=True
        )
        assert total() == 4, said
        said = run_letrics(data, "delete", "companies", "--domain", "alpha-letricsdemo.de", "--with-contacts", "--yes")
        assert "co_alpha  Alpha" in said
        assert "Deleted 1 companies" in said
        gone = 4 - total()
        assert gone > 0
        listed = run_letrics(data, "imports")
        assert "contacts.ndjson" in listed
        assert "companies by" in listed
        assert "alpha-letricsdemo" not in listed
        assert "takes back" in run_letrics(data, "imports", "undo", "2", "--yes")
        assert total() == 4
        assert json.loads(run_letrics(data, "imports", "--json"))[1]["undone_at"] is not None
        assert "file" in run_letrics(data, "sources")
        assert "Say what to delete" in run_letrics(data, "delete", "contacts", "--yes", fails=True)
        assert "No record is found" in run_letrics(
            data, "delete", "contacts", "--email", "no@example.org", "-y", fails=True
        )
        verified = run_letrics(data, "audit", "list")
        assert "import.undo" in verified
        assert "companies.delete" in verified
    finally:
        stop_server(process)
