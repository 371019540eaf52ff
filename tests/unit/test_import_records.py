"""Letrics' own format: identity, references, merging, and that order changes nothing."""

import random
from pathlib import Path
from typing import Any

import msgspec
import pytest

from importing import LATER, NOW, Database, figures
from letrics.importer import inputs
from letrics.importer.shelf import Shelf

SEED = 20_261_123
ACORN = {"name": "Acorn", "domain": "acorn-letricsdemo.de", "industries": ["Software"]}


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path)


def test_contacts_find_their_companies_in_any_order_of_files(database: Database) -> None:
    """By id, domain, external id or object; a file of contacts may come before that of companies."""
    contacts = [
        {"full_name": "A", "company": {"id": "co_x"}},
        {"full_name": "B", "company": {"domain": "https://www.acorn-letricsdemo.de/about"}},
        {"full_name": "C", "company": {"external_id": "77"}},
        {"full_name": "D", "company": {"name": "Beech", "location": {"city": "Berlin"}}},
        {"full_name": "E", "emails": ["e@acorn-letricsdemo.de"]},
        {"full_name": "F", "emails": ["f@gmail.com"]},
    ]
    report = database.take(contacts, [{**ACORN, "id": "co_x", "external_id": 77}])
    assert figures(report) == ((2, 0, 0), (6, 0, 0), 0)
    companies = {name: c.company.name if c.company else None for name, c in database.contacts().items()}
    assert companies == {"A": "Acorn", "B": "Acorn", "C": "Acorn", "D": "Beech", "E": "Acorn", "F": None}
    assert database.contacts()["F"].emails[0].scope == "private"


def test_only_a_dangling_id_is_a_reject(database: Database) -> None:
    """A company id or external id that nothing has is rejected by field; a domain makes the company."""
    report = database.take(
        [
            {"full_name": "A", "company": {"id": "co_none"}},
            {"full_name": "B", "company": {"external_id": "c99"}},
            {"full_name": "C", "company": {"domain": "new-letricsdemo.de"}},
        ]
    )
    assert [(reject.line, reject.field) for reject in report.rejects] == [(1, "company.id"), (2, "company.external_id")]
    assert set(database.companies()) == {"new-letricsdemo.de"}
    assert '"co_none"' in report.rejects[0].row


def test_ids_of_the_file_are_kept_and_others_made_from_keys(database: Database) -> None:
    """A Letrics id is taken; any other id column is the source's; the same file gives the same ids anywhere."""
    database.take([{**ACORN, "id": "co_mine"}, {"name": "Beech", "domain": "beech-letricsdemo.de", "id": "42"}])
    assert database.companies()["acorn-letricsdemo.de"].id == "co_mine"
    beech = database.companies()["beech-letricsdemo.de"]
    assert (beech.external_id, beech.id[:3], len(beech.id)) == ("42", "co_", 23)


@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [
        ({"full_name": "A B", "linkedin_url": "linkedin.com/in/x"}, {"full_name": "A C", "linkedin_url": "de.linkedin.com/in/X/"}, True),
        ({"full_name": "A B", "emails": ["a@x-letricsdemo.de"]}, {"full_name": "Z", "emails": ["A@X-letricsdemo.de"]}, True),
        ({"full_name": "A B", "emails": ["info@x-letricsdemo.de"]}, {"full_name": "Z", "emails": ["info@x-letricsdemo.de"]}, False),
        ({"full_name": "A B", "company": ACORN}, {"full_name": "a  b", "company": ACORN}, True),
        ({"full_name": "A B", "company": ACORN}, {"full_name": "A B", "company": {"name": "Beech"}}, False),
        ({"full_name": "A B", "company": ACORN, "linkedin_url": "linkedin.com/in/x"},
         {"full_name": "A B", "company": ACORN, "linkedin_url": "linkedin.com/in/y"}, False),
        ({"full_name": "A B", "external_id": "1"}, {"full_name": "Z", "external_id": "1"}, True),
        ({"full_name": "A B"}, {"full_name": "A B"}, True),
        ({"full_name": "A B"}, {"full_name": "A B", "job_title": "Owner"}, False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("commands", [1, 2])
def test_identity_of_contacts(
    database: Database, first: dict[str, Any], second: dict[str, Any], is_same: bool, commands: int
) -> None:
    """By profile, personal e-mail, company and name, or source id; the same within a command and over two."""
    if commands == 1:
        database.take([first], [second])
    else:
        database.take([first])
        database.take([second])
    assert len(database.rows("contacts")) == (1 if is_same else 2)


@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [
        (ACORN, {"name": "Other", "domain": "www.ACORN-letricsdemo.de"}, True),
        ({"name": "Acorn", "location": {"city": "Munich", "country": "DE"}}, {"name": "ACORN", "location": {"city": "Munich", "country": "Deutschland"}}, True),
        ({"name": "Acorn", "location": {"city": "Munich"}}, {"name": "Acorn", "location": {"city": "Berlin"}}, False),
        (ACORN, {"name": "Acorn"}, False),
        ({"name": "A", "external_id": "1"}, {"name": "B", "external_id": "1"}, True),
        ({"name": "A", "domain": "a.myshopify.com"}, {"name": "A", "domain": "b.myshopify.com"}, False),
        ({"name": "A", "domain": "facebook.com/a"}, {"name": "B", "domain": "facebook.com/b"}, False),
    ],
)  # fmt: skip
def test_identity_of_companies(
    database: Database, first: dict[str, Any], second: dict[str, Any], is_same: bool
) -> None:
    """By registrable domain, source id, or name and place where there is no domain; never by a shared host."""
    database.take([first])
    database.take([second])
    assert len(database.rows("companies")) == (1 if is_same else 2)


def test_the_same_external_id_of_another_source_is_another_record(database: Database) -> None:
    """An external id counts within its source."""
    database.take([{"name": "A", "external_id": "1"}], source="crm")
    database.take([{"name": "B", "external_id": "1"}], source="list")
    assert set(database.companies()) == {"A", "B"}


def test_merging(database: Database) -> None:
    """Absent and empty leave, null clears, scalars and lists replace, mailboxes and custom unite, first_seen keeps the earliest."""
    database.take(
        [{**ACORN, "description": "old", "legal_name": "Acorn GmbH", "emails": ["info@acorn-letricsdemo.de"],
          "technologies": ["A", "B"], "first_seen_at": "2025-05-01", "colour": "red"}],
        source="one",
    )  # fmt: skip
    report = database.take(
        [{"domain": "acorn-letricsdemo.de", "description": None, "legal_name": "", "technologies": ["C"], "industries": [],
          "emails": ["press@acorn-letricsdemo.de"], "first_seen_at": "2024-05-01", "added_at": "2020-01-01", "size": 5}],
        source="two", now=LATER,
    )  # fmt: skip
    assert figures(report)[0] == (0, 1, 0)
    company = database.companies()["acorn-letricsdemo.de"]
    assert (company.description, company.legal_name, company.technologies) == (None, "Acorn GmbH", ("C",))
    assert company.industries == ("Software",)
    assert [email.value for email in company.emails] == ["info@acorn-letricsdemo.de", "press@acorn-letricsdemo.de"]
    assert (company.first_seen_at, company.added_at, company.updated_at) == ("2024-05-01T00:00:00Z", NOW, LATER)
    assert company.custom == {"colour": "red", "size": 5}
    assert [(source.name, source.imported_at) for source in company.sources] == [("one", NOW), ("two", LATER)]


def test_a_reference_changes_nothing(database: Database) -> None:
    """A company object with nothing but keys adds no source and is not counted as an update."""
    database.take([ACORN], source="one")
    before = database.rows("companies")
    report = database.take([{"full_name": "A", "company": {"domain": "acorn-letricsdemo.de"}}], source="two")
    assert figures(report) == ((0, 0, 0), (1, 0, 0), 0)
    assert database.rows("companies") == before


def test_the_sources_word_on_decision_makers_wins(database: Database) -> None:
    """What a source says is not derived; what it does not say follows the title, also when that changes."""
    database.take([{"full_name": "A", "external_id": "1", "job_title": "CEO", "is_decision_maker": False}])
    contact = database.contacts()["A"]
    assert (contact.is_decision_maker, contact.derived) == (False, ("departments", "seniority"))
    database.take([{"full_name": "A", "external_id": "1", "job_title": "Sales Intern", "seniority": "C-Level"}])
    contact = database.contacts()["A"]
    assert (contact.departments, contact.seniority, contact.derived) == (("sales",), "c_suite", ("departments",))
    assert contact.custom == {"seniority": "C-Level"}


def test_a_wrongly_typed_field_is_a_reject(database: Database) -> None:
    """A field of another type than its own names the field and the type; the other rows are taken."""
    report = database.take(
        [{"name": "A", "industries": 5}, {"name": "B", "emails": [{"type": "personal"}]}, {"name": "C"}]
    )
    assert [(reject.line, reject.field) for reject in report.rejects] == [(1, "industries"), (2, "emails")]
    assert set(database.companies()) == {"C"}


def test_fields_that_only_look_derived_are_kept(database: Database) -> None:
    """What an object without our id calls `tld`, `sources` or `derived` is its own; with our id it is derived anew."""
    database.take(
        [
            {"name": "Acorn", "domain": "acorn-letricsdemo.de", "tld": "x", "sources": "crm"},
            {"id": "co_beech", "name": "Beech", "tld": "x", "sources": []},
            {"full_name": "Eva Linde", "derived": True, "company": {"name": "Cedar", "tld": "x"}},
        ]
    )
    companies = database.companies()
    assert companies["acorn-letricsdemo.de"].custom == {"tld": "x", "sources": "crm"}
    assert (companies["Beech"].custom, companies["Cedar"].custom) == ({}, {"tld": "x"})
    assert database.contacts()["Eva Linde"].custom == {"derived": True}


def test_broken_lines_of_ndjson_are_rejects(database: Database) -> None:
    """A line that is no JSON, or no object, costs itself only."""
    report = database.run([database.file('{"name": "A"}\n{"name": \n[1]\n\n{"name": "B"}\n', "ndjson")])
    assert [reject.line for reject in report.rejects] == [2, 3]
    assert set(database.companies()) == {"A", "B"}


def test_own_csv_with_dotted_names(database: Database) -> None:
    """Columns named as Letrics names fields need no guess; nested ones have dotted names."""
    database.take(
        "id,full_name,job_title,location.city,company.domain,company.name\n"
        "ct_1,Eva Linde,Owner,Berlin,acorn-letricsdemo.de,Acorn\n"
    )
    contact = database.contacts()["Eva Linde"]
    assert contact.company is not None
    assert contact.location is not None
    assert (contact.id, contact.location.city, contact.company.name) == ("ct_1", "Berlin", "Acorn")


def test_rows_that_contradict_each_other_are_reported(database: Database) -> None:
    """Of two rows about one record the later one wins, and the report names both lines."""
    report = database.take([{**ACORN, "name": "First"}, {**ACORN, "name": "Second"}])
    assert database.companies()["acorn-letricsdemo.de"].name == "Second"
    assert report.clashes_total == 1
    assert ":1 and " in report.clashes[0]
    assert ":2 differ in company.name" in report.clashes[0]


def test_keys_that_point_at_two_records_are_reported(database: Database) -> None:
    """The stronger key wins, nothing is fused, and the report says so."""
    database.take(
        [{"full_name": "A", "linkedin_url": "linkedin.com/in/a"}, {"full_name": "B", "emails": ["b@x-letricsdemo.de"]}]
    )
    report = database.take([{"full_name": "C", "linkedin_url": "linkedin.com/in/a", "emails": ["b@x-letricsdemo.de"]}])
    assert len(database.rows("contacts")) == 2
    assert report.contacts.updated == 1
    assert any("points at" in clash for clash in report.clashes)


def _random_records(chance: random.Random) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return companies and contacts that share keys and do not contradict each other."""
    companies = []
    for number in range(12):
        full = {"name": f"Firm {number}", "domain": f"firm{number}-letricsdemo.de", "industries": [f"I{number % 3}"],
                "location": {"city": "Berlin", "country": "DE"}, "employee_count": number + 1, "custom": {"a": number}}  # fmt: skip
        for _ in range(chance.randint(1, 3)):
            kept = {key: value for key, value in full.items() if key == "domain" or chance.random() < 0.7}
            companies.append(kept)
    contacts = []
    for number in range(30):
        firm = number % 12
        full = {"full_name": f"Person {number}", "job_title": f"Manager {number}", "linkedin_url": f"linkedin.com/in/p{number}",
                "phones": [f"+1 212 555 01{number:02}"]}  # fmt: skip
        for _ in range(chance.randint(1, 2)):
            kept = {key: value for key, value in full.items() if key == "linkedin_url" or chance.random() < 0.8}
            contacts.append({**kept, "company": {"domain": f"firm{firm}-letricsdemo.de"}})
    return companies, contacts


def test_order_and_split_of_rows_change_nothing(tmp_path: Path) -> None:
    """Rows that do not contradict each other give the same database in any order and any split into files."""
    chance = random.Random(SEED)
    for round_number in range(6):
        companies, contacts = _random_records(chance)
        databases = []
        for attempt in range(3):
            folder = tmp_path / f"{round_number}-{attempt}"
            folder.mkdir()
            database = Database(folder)
            rows = companies + contacts
            chance.shuffle(rows)
            cut = sorted(chance.sample(range(len(rows) + 1), 2)) if attempt else [0, 0]
            parts = [part for part in (rows[: cut[0]], rows[cut[0] : cut[1]], rows[cut[1] :]) if part]
            database.take(*parts)
            databases.append([sorted(database.rows(search)) for search in ("companies", "contacts")])
        assert databases[0] == databases[1] == databases[2], (SEED, round_number)


def test_what_is_answered_can_be_imported_again(tmp_path: Path) -> None:
    """Records as the API answers them, imported into an empty folder, give records that say the same."""
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()
    origin, copy = Database(first), Database(second)
    origin.take([ACORN], [{"full_name": "Eva Linde", "job_title": "CFO", "emails": ["eva@acorn-letricsdemo.de"]}])
    copy.take([msgspec.json.decode(row) for search in ("companies", "contacts") for row in origin.rows(search)])
    for mine, theirs in zip(origin.contacts().values(), copy.contacts().values(), strict=True):
        assert msgspec.structs.replace(theirs, sources=mine.sources) == mine


def test_a_company_that_nothing_names_is_none(database: Database) -> None:
    """A row without name, domain or id is rejected; of a contact it is filled in by the address, or kept in custom."""
    nameless = {"phones": ["+49 30 901820"]}
    report = database.take(
        [
            {**nameless, "industries": ["Software"]},
            {"full_name": "Eva", "emails": ["eva@acorn-letricsdemo.de"], "company": nameless},
            {"full_name": "Bo", "emails": ["bo@gmail.com"], "company": nameless},
            {"linkedin_url": "https://www.linkedin.com/in/letricsdemo-cy"},
        ]
    )
    assert [(each.line, each.reason) for each in report.rejects] == [(1, "names no company: no name, domain or id")]
    assert [each.phones for each in database.companies().values()] == [("+4930901820",)]
    assert database.contacts()["Bo"].company is None
    assert database.contacts()["Bo"].custom == {"company.phones": ["+4930901820"]}
    assert (report.companies.created, report.contacts.created) == (1, 3)


def test_what_was_put_aside_is_fetched_by_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows without a key of their own, and such whose company is nowhere, are read again together, however many."""
    fetched: list[int] = []
    get = Shelf.get
    monkeypatch.setattr(Shelf, "get", lambda shelf, number: (fetched.append(number), get(shelf, number))[1])
    counts = []
    for number in (5, 500):
        nameless = [{"phones": [f"+49 30 {i:06}"], "job_title": f"Clerk {i}"} for i in range(number)]
        dangling = [{"full_name": f"A {i}", "company": {"id": "co_none"}} for i in range(number)]
        fetched.clear()
        (tmp_path / str(number)).mkdir()
        report = Database(tmp_path / str(number)).take([*nameless, *dangling])
        assert (report.contacts.created, report.rejected) == (number, number)
        counts.append(len(fetched))
    assert counts[0] == counts[1]


_NULL = "First Name,Last Name,Email,Note\nJane,Null,jane@acorn-letricsdemo.de,Null\nNil,Roe,nil@acorn-letricsdemo.de,\n"
_NOBODY = "No,NULL,no@acorn-letricsdemo.de,\n"


@pytest.mark.parametrize("is_large", [False, True])
def test_people_may_be_called_null(database: Database, monkeypatch: pytest.MonkeyPatch, *, is_large: bool) -> None:
    """Null, Nil and Nan are names where a name belongs, in a file of any size; what databases write for nothing is none."""
    if is_large:
        monkeypatch.setattr(inputs, "_LARGE_BYTES", 1)
    database.take(_NULL + _NOBODY + "".join(f"P{i},Q{i},p{i}@acorn-letricsdemo.de,\n" for i in range(300)))
    people = database.contacts()
    assert {"Jane Null", "Nil Roe", "No"} <= set(people)
    assert (people["Jane Null"].last_name, people["Nil Roe"].first_name, people["No"].last_name) == (
        "Null",
        "Nil",
        None,
    )
    assert people["Jane Null"].custom == {}


def test_people_may_be_called_null_in_every_format(database: Database) -> None:
    """In our own NDJSON, in whole names, in columns of roles, and in rows that hold more than one person."""
    database.take([{"full_name": "Jo Null", "last_name": "Null", "first_name": "Jo", "external_id": "1"}])
    database.take([{"last_name": "Nil", "external_id": "2", "department": "Sales"}])
    database.take(
        "Company,Website,CEO,Owner\nAcorn,acorn-letricsdemo.de,Nan,Eva Linde\n", "Full Name,External ID\nNull,7\n"
    )
    assert set(database.contacts()) == {"Jo Null", "Nil", "Nan", "Eva Linde", "Null"}


@pytest.mark.parametrize("also", ["", ",Email 2"])
def test_the_good_half_of_addresses_stays(database: Database, also: str) -> None:
    """Of a cell with several addresses those that can be read are taken, the others kept in custom, and told of."""
    rows = ["Eva,a@acorn-letricsdemo.de; bogus", "Bo,Bo Birch <bo@acorn-letricsdemo.de>", "Cy,bogus; worse"]
    report = database.take("\n".join([f"Full Name,Email{also}", *(row + "," * bool(also) for row in rows)]))
    told = {name: ([e.value for e in each.emails], each.custom) for name, each in database.contacts().items()}
    assert told == {
        "Eva": (["a@acorn-letricsdemo.de"], {"Email": "bogus"}),
        "Bo": (["bo@acorn-letricsdemo.de"], {}),
        "Cy": ([], {"Email": "bogus; worse"}),
    }
    assert any("Email" in note and "2" in note for notes in report.notes.values() for note in notes), report.notes
