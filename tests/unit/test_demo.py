"""The made-up data set: the same for the same seed, skewed, and taken for real by nobody."""

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from letrics.demo.generate import generate
from letrics.model.fields import COMPANY_FIELDS, CONTACT_FIELDS

COMPANIES, CONTACTS = 3_000, 30_000


def read(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    files = generate(tmp_path_factory.mktemp("demo"), companies=COMPANIES, contacts=CONTACTS)
    return read(files.companies), read(files.contacts)


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    """Two runs write the same files; another seed writes others."""
    one, two, other = (
        generate(tmp_path / name, companies=50, contacts=400, seed=seed)
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert one.contacts.read_bytes() == two.contacts.read_bytes() != other.contacts.read_bytes()
    assert one.companies.read_bytes() == two.companies.read_bytes()


def test_counts_and_skew(made: tuple[list[dict[str, Any]], list[dict[str, Any]]]) -> None:
    """As many as asked for, companies from one person to hundreds, and thousands of distinct titles."""
    companies, contacts = made
    assert (len(companies), len(contacts)) == (COMPANIES, CONTACTS)
    sizes = Counter(contact["company"]["domain"] for contact in contacts)
    assert min(sizes.values()) == 1
    assert max(sizes.values()) > 400
    assert len({contact.get("job_title") for contact in contacts}) >= 5_000


def test_nobody_takes_it_for_real(made: tuple[list[dict[str, Any]], list[dict[str, Any]]]) -> None:
    """Every domain, address and profile carries the mark."""
    companies, contacts = made
    assert len({company["domain"] for company in companies}) == COMPANIES
    for company in companies:
        assert "letricsdemo" in company["domain"]
        assert all("letricsdemo" in address for address in company.get("emails", []))
    for contact in contacts:
        assert all("letricsdemo" in email["value"] for email in contact.get("emails", []))
        assert "letricsdemo" in contact.get("linkedin_url", "letricsdemo")


def test_fields_are_letrics_own_and_some_are_missing(made: tuple[list[dict[str, Any]], list[dict[str, Any]]]) -> None:
    """Records use the model's field names, and what sources often lack is lacking here and there."""
    for records, fields, always in zip(
        made,
        (COMPANY_FIELDS, CONTACT_FIELDS),
        ({"name", "domain"}, {"first_name", "last_name", "company"}),
        strict=True,
    ):
        names = {name for record in records for name in record}
        assert names <= {field.name for field in fields} | {"company"}
        for name in ("technologies", "emails", "linkedin_url", "departments", "phones"):
            if name in names:
                assert 0 < sum(name in record for record in records) < len(records), name
        assert all(always <= record.keys() for record in records)
