"""JSON of other making: its objects are rows of columns; Letrics' own format stays what it is."""

import json
from pathlib import Path
from typing import Any

import pytest

from importing import Database
from letrics.errors import InvalidInput
from letrics.importer.inputs import Input
from serving import run_letrics

NESTED = {
    "org": {"name": "Acorn", "domain": "acorn-letricsdemo.de", "address": {"city": "Paris", "country": "FR"}},
    "person": {"firstName": "Eva", "lastName": "Linde", "emails": ["eva@acorn-letricsdemo.de", "e@x-letricsdemo.de"]},
    "score": 7.5,
    "tags": ["a", "b; c"],
}


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path)


def test_headers_of_other_making_are_understood_in_json(database: Database) -> None:
    """`Company Name` and `Website` feed what they feed in a CSV, in lines and in an array; null and {} say nothing."""
    rows: list[dict[str, Any]] = [
        {"Company Name": "Acorn", "Website": "acorn-letricsdemo.de", "Number of Employees": 120, "tags": ["a", "b"]},
        {"Company Name": "Beech", "Website": None, "Number of Employees": {}, "Later": True},
    ]
    database.take("\n".join(map(json.dumps, rows)))
    before = database.rows("companies")
    acorn, beech = database.companies()["acorn-letricsdemo.de"], database.companies()["Beech"]
    assert (acorn.employee_count, acorn.keywords, acorn.custom) == (120, ("a", "b"), {})
    assert (beech.custom, beech.employee_count) == ({"Later": "true"}, None)
    assert database.take(json.dumps(rows)).companies.unchanged == 2
    assert database.rows("companies") == before


def test_nested_objects_are_dotted_columns(database: Database) -> None:
    """What is said of an organisation and of a person within one object feeds the one and the other."""
    database.take(json.dumps(NESTED) + "\n")
    contact = database.contacts()["Eva Linde"]
    assert contact.company is not None
    assert contact.company.location is not None
    assert (contact.company.name, contact.company.location.city) == ("Acorn", "Paris")
    assert [each.value for each in contact.emails] == ["eva@acorn-letricsdemo.de", "e@x-letricsdemo.de"]
    assert contact.custom == {"score": "7.5"}
    company = database.companies()["acorn-letricsdemo.de"]
    assert company.keywords == ("a", "b; c")


def test_a_company_by_its_name_alone(database: Database) -> None:
    """Where `company` is a text, an object is read as the row of a CSV; a `location` is a place as it is written."""
    person = {"full_name": "Eva Linde", "job_title": "CEO", "company": "Acorn", "location": "Berlin, Germany"}
    assert database.take([person, {**person, "full_name": "Bo Birch"}]).rejected == 0
    eva = database.contacts()["Eva Linde"]
    assert eva.company is not None
    assert eva.location is not None
    assert (eva.job_title, eva.company.name, eva.location.city) == ("CEO", "Acorn", "Berlin")
    database.take(json.dumps([{"firma": "Beech", "url": "beech-letricsdemo.de", "location": "Berlin, Germany"}]))
    beech = database.companies()["beech-letricsdemo.de"]
    assert beech.location is not None
    assert beech.location.country_code == "DE"


def test_two_fields_of_one_dotted_name(database: Database) -> None:
    """What a nested object and a dotted name both call `a.b` are two columns, and both are kept."""
    database.take(json.dumps({"firma": "Acorn", "a": {"b": "one"}, "a.b": "two"}) + "\n")
    assert database.companies()["Acorn"].custom == {"a.b": "one", "a.b (2)": "two"}


def test_a_row_with_nobody_in_it_is_one_of_its_company(database: Database) -> None:
    """In a file of people, a row that names a company only is taken as such, with what else it says."""
    report = database.take(
        "Company,Website,Contact,Contact Email,City,Note\n"
        "Acorn,acorn-letricsdemo.de,Eva Linde,eva@acorn-letricsdemo.de,Paris,x\n"
        "Beech,beech-letricsdemo.de,,,Rome,y\n"
    )
    assert (report.companies.created, report.contacts.created, report.rejected) == (2, 1, 0)
    beech = database.companies()["beech-letricsdemo.de"]
    assert beech.location is not None
    assert (beech.location.city, beech.custom) == ("Rome", {"Note": "y"})
    assert [each.value for each in database.contacts()["Eva Linde"].emails] == ["eva@acorn-letricsdemo.de"]


@pytest.mark.parametrize(
    ("record", "is_own"),
    [
        ({"name": "Acorn", "domain": "a.de", "industries": [], "size": 5}, True),
        ({"name": "Acorn", "colour": "red"}, True),
        ({"full_name": "Eva", "company": {"domain": "a.de"}}, True),
        ({"full_name": "Eva", "job_title": "CEO", "departments": [], "company": "Acorn"}, False),
        ({"name": "Acorn", "website": "a.de"}, False),
        ({"first_name": "Eva", "last_name": "Linde", "email": "e@a.de"}, False),
        ({"Name": "Acorn", "Domain": "a.de"}, False),
        ({"a": 1}, False),
    ],
)
def test_whose_format_it_is(database: Database, record: dict[str, Any], *, is_own: bool) -> None:
    """Our field names make it ours; other words for what we have a field for make it another's."""
    path = database.file(json.dumps(record))
    assert (Input(path, None).header is None) == is_own  # type: ignore[arg-type]


def test_objects_keyed_by_what_they_hold_are_refused(database: Database) -> None:
    """Ten thousand different fields are no columns; the message says what a field is."""
    rows = "\n".join(json.dumps({f"key {i} {j}": j for j in range(200)}) for i in range(60))
    with pytest.raises(InvalidInput, match="same name in each"):
        database.take(rows)


def test_a_dry_run_and_a_mapping_serve_json_too(tmp_path: Path) -> None:
    """Columns, guesses and `--write-mapping` are those of a CSV."""
    path, mapping, data = tmp_path / "a.json", tmp_path / "m.toml", tmp_path / "d"
    path.write_text(json.dumps([NESTED]))
    shown = json.loads(run_letrics(data, "import", str(path), "--dry-run", "--json"))
    (columns,) = shown["previews"].values()
    assert {"org.name": ["company.name"], "score": ["custom"]}.items() <= {
        each["header"]: each["targets"] for each in columns
    }.items()
    run_letrics(data, "import", str(path), "--write-mapping", str(mapping))
    mapping.write_text(mapping.read_text().replace('"score" = "custom"', '"score" = "contact.external_id"'))
    run_letrics(data, "import", str(path), "--mapping", str(mapping), "--quiet")
    (row,) = json.loads(run_letrics(data, "search", "contacts", "--format", "json"))["data"]
    assert row["external_id"] == "7.5"
