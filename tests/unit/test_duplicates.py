"""Likely duplicates: which pairs are told, how likely and why; and who is told apart."""

import json
from pathlib import Path
from typing import Any

import pytest

from importing import Database
from letrics.importer.duplicates import Pair, duplicates
from letrics.model.filters import Search
from serving import run_letrics


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path)


def pairs(database: Database, records: list[dict[str, Any]], search: Search) -> list[Pair]:
    database.take(records)
    return duplicates(database.index.lookup(), search)


def company(name: str | None, domain: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"name": name, "domain": domain, **fields}


@pytest.mark.parametrize(
    ("one", "other", "likelihood", "reason"),
    [
        (
            company("Acorn", "acorn-letricsdemo.de", linkedin_url="linkedin.com/company/letricsdemo-acorn"),
            company("Oak", "oak-letricsdemo.de", linkedin_url="linkedin.com/company/letricsdemo-acorn/"),
            "very likely",
            "same LinkedIn page",
        ),
        (
            company("Acorn GmbH", "acorn-letricsdemo.de"),
            company("ACORN", "acorn-group-letricsdemo.de"),
            "likely",
            "same name but for the legal form",
        ),
        (
            company("Acorn Tools", "acorn-letricsdemo.de"),
            company("Acorn Tools Deutschland", "acorn-letricsdemo.com"),
            "possible",
            "same domain under another ending",
        ),
        (
            company("Acorn Tools", "acorn-letricsdemo.de", phones=["+49 30 901820"]),
            company("Acorn Tools Berlin", "at-letricsdemo.de", phones=["+4930901820"]),
            "likely",
            "same phone number",
        ),
    ],
)
def test_companies_that_are_likely_one(
    database: Database, one: dict[str, Any], other: dict[str, Any], likelihood: str, reason: str
) -> None:
    """Each trait that two companies share tells a pair, with its likelihood and its reason."""
    (pair,) = pairs(database, [one, other], "companies")
    assert pair.likelihood == likelihood
    assert reason in pair.reasons
    assert {pair.first.name, pair.second.name} == {one["name"], other["name"]}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (company("Acorn", "a-letricsdemo.de"), company("Beech", "b-letricsdemo.de")),
        (
            company("Acorn", "a-letricsdemo.de", location={"country": "DE"}),
            company("Acorn Inc", "b-letricsdemo.com", location={"country": "US"}),
        ),
        (
            company("Acorn", "a-letricsdemo.de", phones=["+49 30 901820"]),
            company("Beech", "b-letricsdemo.de", phones=["+49 30 901820"]),
        ),
    ],
)
def test_companies_that_are_told_apart(database: Database, one: dict[str, Any], other: dict[str, Any]) -> None:
    """Other names, one name in two countries, and a switchboard that two firms share make no pair."""
    assert pairs(database, [one, other], "companies") == []


def person(name: str, **fields: Any) -> dict[str, Any]:
    return {"full_name": name, "external_id": f"{name} {fields}", **fields}


ACORN, BEECH = {"domain": "acorn-letricsdemo.de"}, {"domain": "beech-letricsdemo.de"}


@pytest.mark.parametrize(
    ("one", "other", "likelihood", "reason"),
    [
        (
            person("Eva Linde", emails=["info@acorn-letricsdemo.de"]),
            person("E. Linde", emails=["info@acorn-letricsdemo.de"], phones=["1"]),
            "very likely",
            "same e-mail address",
        ),
        (
            person("Eva Linde", company=ACORN),
            person("E. Linde", company=ACORN),
            "possible",
            "like names at one company",
        ),
        (
            person("Eva Linde", phones=["+49 30 901820"]),
            person("Eva Maria Linde", phones=["+49 30 901820"], emails=["evi@a-letricsdemo.de"]),
            "likely",
            "same phone number and a like name",
        ),
        (
            person("Eva Linde", company={**ACORN, "name": "Acorn"}),
            person("Eva Linde", company={**BEECH, "name": "Acorn GmbH"}),
            "likely",
            "same name, at companies of like names",
        ),
    ],
)
def test_people_who_are_likely_one(
    database: Database, one: dict[str, Any], other: dict[str, Any], likelihood: str, reason: str
) -> None:
    """Each trait that two people share tells a pair, with its likelihood and its reason."""
    (pair,) = pairs(database, [one, other], "contacts")
    assert (pair.likelihood, reason in pair.reasons) == (likelihood, True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (person("Eva Linde", company=ACORN), person("Bo Linde", company=ACORN)),
        (person("Eva Linde", phones=["+49 30 901820"]), person("Bo Birch", phones=["+49 30 901820"])),
        (person("Eva Linde"), person("Eva Linde", phones=["+49 30 901820"])),
    ],
)
def test_people_who_are_told_apart(database: Database, one: dict[str, Any], other: dict[str, Any]) -> None:
    """A family at one firm, colleagues behind one number, and two of one name and nothing else make no pair."""
    assert pairs(database, [one, other], "contacts") == []


def test_what_many_share_tells_nothing(database: Database) -> None:
    """A number that more than twenty have pairs nobody; the likeliest pairs come first."""
    many = [person(f"Eva Linde{i}", phones=["+49 30 901820"]) for i in range(25)]
    found = pairs(
        database,
        [
            *many,
            person("Di Fir", company=ACORN),
            person("D. Fir", company=ACORN),
            person("Ed Elm", emails=["info@x-letricsdemo.de"]),
            person("E Elm", emails=["info@x-letricsdemo.de"]),
        ],
        "contacts",
    )
    assert [each.likelihood for each in found] == ["very likely", "possible"]


def test_the_command_lists_them(tmp_path: Path) -> None:
    """`letrics duplicates` prints pairs with reasons, as JSON all of them; and says where there are none."""
    records = [company("Acorn GmbH", "acorn-letricsdemo.de"), company("Acorn", "acorn2-letricsdemo.de")]
    path = tmp_path / "a.ndjson"
    path.write_text("\n".join(map(json.dumps, records)))
    run_letrics(tmp_path / "d", "import", "--quiet", str(path))
    printed = run_letrics(tmp_path / "d", "duplicates", "companies")
    assert "Acorn GmbH" in printed
    (pair,) = json.loads(run_letrics(tmp_path / "d", "duplicates", "companies", "--json"))
    assert (pair["likelihood"], pair["first"]["name"] in ("Acorn", "Acorn GmbH")) == ("likely", True)
    assert "No two contacts are likely one" in run_letrics(tmp_path / "d", "duplicates", "contacts")
