"""`letrics import --restore` gives back what `letrics export` wrote, byte for byte; and says what it cannot take."""

import gzip
import io
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from importing import LATER, NOW, Database, Silent
from letrics.errors import ConflictError, InvalidInput
from letrics.importer.report import Report
from letrics.importer.restoring import run_restore
from letrics.model.filters import SEARCHES
from letrics.query.query import Query
from records import random_company, random_contact
from serving import fill, run_letrics

_COMPANIES, _CONTACTS = 60, 150


@pytest.fixture
def database(tmp_path: Path) -> Database:
    (tmp_path / "from").mkdir()
    return Database(tmp_path / "from")


@pytest.fixture
def empty(tmp_path: Path) -> Database:
    (tmp_path / "to").mkdir()
    return Database(tmp_path / "to")


def exported(database: Database) -> bytes:
    """Return all records as an export has them."""
    queries = [Query(search=search) for search in ("companies", "contacts")]
    return b"".join(row + b"\n" for row in database.index.searcher().scan(*queries))


def restore(
    database: Database, content: bytes, *, is_suppressed: Callable[[str], bool] | None = None, suffix: str = "ndjson"
) -> Report:
    return run_restore(
        [database.file(content, suffix)],
        database.index,
        now=LATER,
        stdin=io.BytesIO(),
        progress=Silent(),
        suppressions=lambda: is_suppressed,
        rejects=database.folder / "rejects.csv",
    )


def everything(database: Database) -> list[list[bytes]]:
    return [database.rows(search) for search in SEARCHES]


def sourced(database: Database) -> bytes:
    """Fill *database* from several sources and files, and return its export."""
    database.take(
        "Company,Website,Employees,CEO,Notes\nAcorn,acorn-letricsdemo.de,a dozen,Eva Linde,met\n", source="list"
    )
    person = {"external_id": "7", "full_name": "Eva Linde", "company": {"domain": "acorn-letricsdemo.de"}}
    database.take([{**person, "job_title": "CEO", "socials": {"xing": "x"}, "custom": {"a": [1, {"b": None}]}}])
    database.take([{"external_id": "c1", "name": "Acorn", "domain": "acorn-letricsdemo.de"}], source="crm", now=LATER)
    return exported(database)


def test_every_field_comes_back(database: Database, empty: Database) -> None:
    """Ids, sources with their times and ids, times, derived and custom fields are as they were, whatever the order."""
    lines = sourced(database)
    report = restore(empty, b"\n".join(reversed(lines.splitlines())))
    assert everything(empty) == everything(database)
    assert (report.companies.created, report.contacts.created, report.rejected) == (1, 1, 0)
    (company,) = empty.companies().values()
    assert [(each.name, each.imported_at) for each in company.sources] == [("list", NOW), ("crm", LATER)]
    # What is restored is known again by its sources' own ids.
    again = empty.take([{"external_id": "c1", "name": "Acorn Group"}], source="crm", now=LATER)
    assert (again.companies.updated, again.companies.created) == (1, 0)


def test_any_records_come_back(database: Database, empty: Database, seed: int) -> None:
    """Awkward values of every field: restored, they answer the same bytes in the same order."""
    chance = random.Random(seed)
    ids = [f"co_{i}" for i in range(_COMPANIES)]
    with database.index.writer() as writer:
        for company_id in ids:
            writer.put_company(random_company(chance, company_id))
        for i in range(_CONTACTS):
            writer.put_contact(random_contact(chance, f"ct_{i}", chance.choice((None, *ids))))
        writer.commit()
    report = restore(empty, gzip.compress(exported(database)), suffix="ndjson.gz")
    assert (report.companies.created, report.contacts.created, report.rejects) == (_COMPANIES, _CONTACTS, [])
    assert everything(empty) == everything(database)


def test_a_folder_with_records_is_left_alone(database: Database) -> None:
    """Restoring over records is refused, and nothing changes."""
    lines = sourced(database)
    before = everything(database)
    with pytest.raises(ConflictError, match="empty data folder"):
        restore(database, lines)
    assert everything(database) == before


def test_what_is_no_export_is_refused(empty: Database) -> None:
    """A CSV file is told from an export."""
    with pytest.raises(InvalidInput, match="no export in NDJSON"):
        restore(empty, b"Company\nAcorn\n", suffix="csv")


def broken(line: bytes, **changes: Any) -> bytes:
    return json.dumps({**json.loads(line), **changes}).encode()


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"id": "1"}, "id", "no id of Letrics"),
        ({"added_at": "soon"}, "added_at", "no ISO 8601 time"),
        ({"employee_count": "12"}, "", "no exported record: Expected `int | null`"),
        ({"shoe_size": 43}, "shoe_size", "no field of an exported record"),
        ({"location": {"planet": "Mars"}}, "location", "more than a record can keep"),
        ({"id": "co_1"}, "id", "twice"),
    ],
)
def test_a_line_that_is_no_record_is_rejected(
    database: Database, empty: Database, change: dict[str, Any], field: str, reason: str
) -> None:
    """Line, field and reason are told, and the other lines are restored."""
    lines = sourced(database).splitlines()
    first = broken(lines[0], id="co_1", domain=None)
    report = restore(empty, b"\n".join([first, broken(lines[0], **{"id": "co_2", **change}), b"{"]))
    (changed, cut) = report.rejects
    assert (changed.line, changed.field) == (2, field)
    assert reason in changed.reason
    assert (cut.line, cut.reason[:11]) == (3, "is not JSON")
    assert report.companies.created == 1


def test_a_contact_whose_company_is_missing_is_rejected(database: Database, empty: Database) -> None:
    """A contact of a company that no line holds names the company; the others are restored."""
    lines = sourced(database).splitlines()
    report = restore(empty, lines[1])
    assert [(each.field, "not in these files" in each.reason) for each in report.rejects] == [("company.id", True)]


def test_who_is_suppressed_stays_out(database: Database, empty: Database) -> None:
    """A suppressed company takes its people with it; a suppressed address is taken off the others."""
    database.take(
        [
            {"name": "Acorn", "domain": "acorn-letricsdemo.de"},
            {"full_name": "Eva", "company": {"domain": "acorn-letricsdemo.de"}},
            {"name": "Beech", "domain": "beech-letricsdemo.de", "emails": ["bo@beech-letricsdemo.de", "info@b-x.de"]},
            {"full_name": "Bo", "emails": ["bo@beech-letricsdemo.de"]},
            {
                "full_name": "Cy",
                "emails": ["cy@beech-letricsdemo.de"],
                "custom": {"boss": "Bo <BO@beech-letricsdemo.de>"},
            },
        ]
    )
    suppressed = {"domain:acorn-letricsdemo.de", "email:bo@beech-letricsdemo.de"}
    report = restore(empty, exported(database), is_suppressed=suppressed.__contains__)
    assert (report.companies.suppressed, report.contacts.suppressed) == (1, 2)
    assert set(empty.contacts()) == {"Cy"}
    assert empty.contacts()["Cy"].custom == {}
    assert [each.value for each in empty.companies()["beech-letricsdemo.de"].emails] == ["info@b-x.de"]


def test_the_commands_export_and_restore(tmp_path: Path) -> None:
    """`export -o FILE` and `import --restore FILE` into another folder, which then exports the same file."""
    first, second = tmp_path / "a", tmp_path / "b"
    fill(first)
    run_letrics(first, "export", "-o", str(tmp_path / "all.ndjson"))
    report = json.loads(run_letrics(second, "import", "--restore", str(tmp_path / "all.ndjson"), "--json"))
    assert (report["companies"]["created"], report["contacts"]["created"]) == (3, 4)
    assert run_letrics(second, "export") == (tmp_path / "all.ndjson").read_text()
    said = run_letrics(second, "import", "--restore", str(tmp_path / "all.ndjson"), fails=True)
    assert "There are records already" in said
    said = run_letrics(second, "import", "--restore", "--source", "x", str(tmp_path / "all.ndjson"), fails=True)
    assert "leave out --source" in said
    assert "import.restore" in run_letrics(second, "audit", "list")
