"""External ids: one source's own are a key, and two lists of one source that both count from 1 are not fused."""

from pathlib import Path
from typing import Any

import pytest

from importing import LATER, Database, figures

VENDORS = "id,name,website\n1,Acorn GmbH,acorn-letricsdemo.de\n2,Ash,ash-letricsdemo.de\n"
CUSTOMERS = "id,name,website\n1,Beech GmbH,beech-letricsdemo.de\n"
PEOPLE = "id,first name,last name,email\n1,Eva,Linde,eva@acorn-letricsdemo.de\n2,Di,Dogwood,di@acorn-letricsdemo.de\n"
OTHERS = "id,first name,last name,email\n1,Bo,Birch,bo@acorn-letricsdemo.de\n"


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path)


def test_a_second_list_of_companies_overwrites_nobody(database: Database) -> None:
    """A row that has nothing but an id in common with a record is another company, and the report says what can be done."""
    database.take(VENDORS)
    report = database.take(CUSTOMERS, now=LATER)
    assert figures(report)[0] == (1, 0, 0)
    assert {each.name for each in database.companies().values()} == {"Acorn GmbH", "Ash", "Beech GmbH"}
    (clash,) = report.clashes
    assert "has the external id 1 of co_" in clash
    assert "kept apart" in clash
    assert "--source NAME" in clash


def test_a_second_list_of_people_overwrites_nobody(database: Database) -> None:
    """Neither name nor address of somebody goes to another who has their id, however the rows are read."""
    database.take(PEOPLE)
    report = database.take(OTHERS, now=LATER)
    assert figures(report)[1] == (1, 0, 0)
    told = {name: [each.value for each in person.emails] for name, person in database.contacts().items()}
    assert told == {
        "Eva Linde": ["eva@acorn-letricsdemo.de"],
        "Di Dogwood": ["di@acorn-letricsdemo.de"],
        "Bo Birch": ["bo@acorn-letricsdemo.de"],
    }
    assert len(report.clashes) == 1


@pytest.mark.parametrize("files", [(VENDORS, CUSTOMERS), (PEOPLE, OTHERS)])
def test_both_lists_can_be_imported_again(database: Database, files: tuple[str, str]) -> None:
    """Each row finds its own record again, with nothing to report, as it is and with something new."""
    generation = [database.take(content).generation for content in files][-1]
    for content in files:
        report = database.take(content, now=LATER)
        assert (report.clashes, report.generation) == ([], generation)
    for content in files:
        header, *rows = content.splitlines()
        report = database.take("\n".join([f"{header},note", *(f"{row},new" for row in rows)]), now=LATER)
        assert (report.clashes, report.companies.created, report.contacts.created) == ([], 0, 0)
    records: list[Any] = [*database.companies().values(), *database.contacts().values()]
    assert {each.custom.get("note") for each in records if each.external_id} == {"new"}


@pytest.mark.parametrize(
    ("before", "after", "record"),
    [
        (VENDORS, "id,name,website\n1,Acorn Holding AG,acorn-letricsdemo.com\n", "companies"),
        (VENDORS, "id,website\n1,acorn-letricsdemo.com\n", "companies"),
        (PEOPLE, "id,first name,last name,email\n1,Eva,Birch,eva.birch@acorn-letricsdemo.de\n", "contacts"),
    ],
)
def test_a_record_may_change_its_keys(database: Database, before: str, after: str, record: str) -> None:
    """Who is still called so, or is not called anything, is the same record with another domain or address, and reported."""
    database.take(before)
    report = database.take(after, now=LATER)
    outcome = report.companies if record == "companies" else report.contacts
    assert (outcome.created, outcome.updated) == (0, 1)
    (clash,) = report.clashes
    assert "changed by it" in clash


def test_ids_of_a_named_source_are_believed(database: Database) -> None:
    """A record of a CRM may change its name and its domain, a person hers and her address, without a word."""
    database.take(VENDORS, PEOPLE, source="crm")
    report = database.take(CUSTOMERS, OTHERS, source="crm", now=LATER)
    assert (report.companies.updated, report.contacts.updated, report.clashes) == (1, 1, [])


def test_an_id_alone_is_enough(database: Database) -> None:
    """A row whose other keys agree, or that has none, changes the record of its id without a word."""
    database.take(VENDORS, PEOPLE)
    report = database.take("id,name\n1,Quite another\n", "id,first name,last name\n1,Quite,Another\n", now=LATER)
    assert (report.companies.updated, report.contacts.updated, report.clashes) == (1, 1, [])
