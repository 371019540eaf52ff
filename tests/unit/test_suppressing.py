"""Suppressing: people and domains go at once, leave no trace on the disk, and come back by no way in."""

import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from importing import LATER, NOW, Database
from letrics.accounts.actors import CONSOLE
from letrics.accounts.suppressions import Suppressions
from letrics.config import Settings
from letrics.errors import ConflictError, DamagedData, NotFound
from letrics.importer.suppressions import Affected, affected_by, key_of, suppress
from letrics.index.segment import Segment
from letrics.model.fields import COMPANY_FIELDS, Value
from letrics.model.filters import SEARCHES
from letrics.model.keys import traces_in
from letrics.services import Services
from serving import Server, fill, run_letrics, start_server, stop_server

ACORN = {
    "name": "Acorn",
    "domain": "acorn-letricsdemo.de",
    "emails": ["info@acorn-letricsdemo.de", "eva@acorn-letricsdemo.de"],
    "phones": ["+49 30 901820"],
}
BEECH = {"name": "Beech", "domain": "beech-letricsdemo.de", "linkedin_url": "linkedin.com/company/letricsdemo-beech"}
EVA = {
    "full_name": "Eva Linde",
    "emails": ["eva@acorn-letricsdemo.de"],
    "linkedin_url": "https://www.linkedin.com/in/letricsdemo-eva",
    "phones": ["+49 30 901821"],
    "company": {"domain": "acorn-letricsdemo.de"},
}
BO = {
    "full_name": "Bo Birch",
    "emails": ["bo@beech-letricsdemo.de"],
    "company": {"domain": "beech-letricsdemo.de"},
    "custom": {"assistant of": "Eva Linde <Eva@Acorn-letricsdemo.de>", "met": "2024"},
}
CY = {"full_name": "Cy Cedar", "emails": ["cy@sub.acorn-letricsdemo.de"]}
EVERYBODY = {"Eva Linde", "Bo Birch", "Cy Cedar"}


class Suppressing(Database):
    """A database whose imports ask who is suppressed, as the command line's do."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.services = Services(Settings(data=folder))
        self.suppressions: Suppressions = self.services.suppressions()

    def take(self, *contents: Any, source: str | None = None, now: str = NOW) -> Any:
        return self.run(
            [self.file(content) for content in contents],
            source=source,
            now=now,
            is_suppressed=self.suppressions.check(),
        )

    def suppress(self, *values: str) -> Affected:
        keys = [key_of(value) for value in values]
        return suppress(self.index, keys, lambda known: self.suppressions.add(known, CONSOLE), at=LATER, what="test")

    def holding(self, *texts: str, parts: Iterable[str] = ("index", "letrics.db", "accounts")) -> list[str]:
        """Return the files in which one of *texts* stands, whatever its case; imported files apart."""
        wanted = [text.casefold().encode() for text in texts]
        return [
            path.name
            for path in self.folder.rglob("*")
            if path.is_file() and not path.name.startswith(("file", "rejects"))
            if any(text in content_of(path).lower() for text in wanted)
        ]


def content_of(path: Path) -> bytes:
    """Return the bytes of a file; of a segment, which holds its rows compressed, with every row that it holds."""
    content = path.read_bytes()
    if not (path.name.startswith("segment-") and path.suffix == ".letrics"):
        return content
    segment = Segment(path)
    rows = [segment.row(search, i) for search in SEARCHES for i in range(segment.documents[search].count)]
    return b"".join([content, *rows, *(segment.summaries.rows[i] for i in range(len(segment.summaries.rows)))])


@pytest.fixture
def database(tmp_path: Path) -> Suppressing:
    database = Suppressing(tmp_path)
    database.take([ACORN, BEECH, EVA, BO, CY])
    return database


@pytest.mark.parametrize(
    ("value", "left", "companies"),
    [
        ("eva@acorn-letricsdemo.de", {"Bo Birch", "Cy Cedar"}, 2),
        ("  EVA@Acorn-LetricsDemo.de", {"Bo Birch", "Cy Cedar"}, 2),
        ("mailto:eva@acorn-letricsdemo.de", {"Bo Birch", "Cy Cedar"}, 2),
        ("de.linkedin.com/in/Letricsdemo-Eva/?utm=x", {"Bo Birch", "Cy Cedar"}, 2),
        ("+49 (30) 901821", {"Bo Birch", "Cy Cedar"}, 2),
        ("0049 30 901821", {"Bo Birch", "Cy Cedar"}, 2),
        ("acorn-letricsdemo.de", {"Bo Birch"}, 1),
        ("https://www.acorn-letricsdemo.de/team", {"Bo Birch"}, 1),
        ("https://www.linkedin.com/company/letricsdemo-beech", {"Eva Linde", "Cy Cedar"}, 1),
    ],
)
def test_who_is_named_goes(database: Suppressing, value: str, left: set[str], companies: int) -> None:
    """By address, profile, number or domain, in any spelling; a company with its people, and who writes from there."""
    database.suppress(value)
    assert set(database.contacts()) == left
    assert len(database.companies()) == companies


def test_a_company_loses_an_address_or_number_and_stays(database: Suppressing) -> None:
    """What a company or another person only mentions of somebody is taken off: addresses, numbers, custom texts."""
    found = database.suppress("eva@acorn-letricsdemo.de", "+49 30 901820")
    assert found.told() == "1 contacts and 0 companies are removed, 2 others lose an address or number"
    acorn, bo = database.companies()["acorn-letricsdemo.de"], database.contacts()["Bo Birch"]
    assert ([each.value for each in acorn.emails], acorn.phones) == (["info@acorn-letricsdemo.de"], ())
    assert bo.custom == {"met": "2024"}
    assert database.index.changes()[-1].change.companies == (0, 1, 0, 0)
    assert database.index.changes()[-1].change.contacts == (0, 1, 0, 1)


def test_custom_texts_are_read_for_every_kind(database: Suppressing) -> None:
    """An address, an address at a domain, a profile and a number within a text, a list or an object are found."""
    texts = {
        "a": "ask eva@acorn-letricsdemo.de, please",
        "b": ["x", {"mail": "someone@beech-letricsdemo.de"}],
        "c": "see www.linkedin.com/in/letricsdemo-eva.",
        "d": "call +49 30 90-18-21 today",
        "e": "nobody@else-letricsdemo.de",
    }
    database.take([{"full_name": "Di", "external_id": "9", "custom": texts}])
    database.suppress(
        "eva@acorn-letricsdemo.de", "beech-letricsdemo.de", "linkedin.com/in/letricsdemo-eva", "+4930901821"
    )
    assert database.contacts()["Di"].custom == {"e": texts["e"]}


@pytest.mark.parametrize(
    "row",
    [
        EVA,
        {"full_name": "E. Linde", "emails": ["EVA@acorn-letricsdemo.de"]},
        {"full_name": "E. Linde", "linkedin_url": "http://uk.linkedin.com/in/letricsdemo-eva/"},
        {"full_name": "eva linde", "company": {"domain": "www.acorn-letricsdemo.de"}},
    ],
)
def test_no_import_brings_somebody_back(database: Suppressing, row: dict[str, Any]) -> None:
    """By the address, or by whatever else the removed record was known by, in any spelling; what is kept out is counted."""
    database.suppress("eva@acorn-letricsdemo.de")
    report = database.take([ACORN, row], source="another", now=LATER)
    assert set(database.contacts()) == EVERYBODY - {"Eva Linde"}
    assert (report.contacts.suppressed, report.contacts.created) == (1, 0)
    assert [each.value for each in database.companies()["acorn-letricsdemo.de"].emails] == ["info@acorn-letricsdemo.de"]


def test_a_csv_of_other_making_brings_nobody_back(database: Suppressing) -> None:
    """Columns that are guessed, and columns that are kept as they are, hold no suppressed address afterwards."""
    database.suppress("eva@acorn-letricsdemo.de", "beech-letricsdemo.de")
    database.take(
        "Name,E-Mail,Firma,Web,Notiz\n"
        "Eva L.,Eva@acorn-letricsdemo.de,Acorn,,\n"
        "Fay,fay@fir-letricsdemo.de,Fir,fir-letricsdemo.de,cc eva@acorn-letricsdemo.de\n"
        "Gus,gus@x.beech-letricsdemo.de,Gum,gum-letricsdemo.de,\n"
        "Hal,hal@hazel-letricsdemo.de,Beech GmbH,beech-letricsdemo.de,\n"
    )
    assert set(database.contacts()) == {"Cy Cedar", "Fay"}
    assert database.contacts()["Fay"].custom == {}


def test_nothing_of_them_stays_in_any_file(database: Suppressing) -> None:
    """Neither the newest segment nor an older one, no deletes, no manifest and no account holds an address or number."""
    for i in range(3):
        database.take([{**EVA, "job_title": f"Title {i}"}], now=LATER)
    database.take([{"full_name": f"P {i}", "external_id": f"{i}"} for i in range(20)])
    assert database.holding("eva@acorn-letricsdemo.de")
    database.suppress("eva@acorn-letricsdemo.de")
    assert database.holding("eva@acorn", "letricsdemo-eva", "901821", "Eva Linde") == []
    assert len(database.contacts()) == 22
    database.suppress("acorn-letricsdemo.de")
    assert database.holding("acorn-letricsdemo") == []
    assert {"Bo Birch", "P 0", "P 19"} <= set(database.contacts())
    assert database.contacts()["Bo Birch"].company is not None


def test_what_was_before_cannot_be_gone_back_to(database: Suppressing) -> None:
    """Neither the suppression nor an import before it is undone; an import after it can be, and brings nobody back."""
    database.suppress("eva@acorn-letricsdemo.de")
    after = database.take([{"full_name": "Di", "external_id": "9"}, EVA], now=LATER)
    for number in (1, 2):
        with pytest.raises(ConflictError, match="cannot be undone"):
            database.index.undo(number, LATER)
    database.index.undo(after.number, LATER)
    assert set(database.contacts()) == EVERYBODY - {"Eva Linde"}


def test_a_preview_changes_nothing(database: Suppressing) -> None:
    """What would go is told before anything goes."""
    before = database.rows("contacts"), database.rows("companies")
    told = affected_by(database.index.lookup(), [key_of("acorn-letricsdemo.de")]).told()
    assert told == "2 contacts and 1 companies are removed, 1 others lose an address or number"
    assert (database.rows("contacts"), database.rows("companies")) == before


def test_who_is_not_stored_is_refused_all_the_same(database: Suppressing) -> None:
    """Somebody of whom nothing is known yet is kept out of the first import that has them."""
    found = database.suppress("di@dogwood-letricsdemo.de")
    assert (found.contacts, found.companies) == ([], [])
    report = database.take([{"full_name": "Di", "emails": ["di@dogwood-letricsdemo.de"]}])
    assert (report.contacts.suppressed, report.contacts.created) == (1, 0)


def test_lifting_lets_in_whom_it_names(database: Suppressing) -> None:
    """After a lift the next import brings them back; what is not suppressed cannot be lifted."""
    database.suppress("eva@acorn-letricsdemo.de", "beech-letricsdemo.de")
    assert [(each.kind, each.count) for each in database.suppressions.counts()] == [("domain", 1), ("email", 1)]
    with pytest.raises(NotFound):
        database.suppressions.lift(key_of("bo@beech-letricsdemo.de"), CONSOLE)
    database.suppressions.lift(key_of("eva@acorn-letricsdemo.de"), CONSOLE)
    database.take([EVA, BO], now=LATER)
    assert set(database.contacts()) == {"Eva Linde", "Cy Cedar"}


def test_without_its_key_nothing_is_let_in_by_mistake(database: Suppressing) -> None:
    """Where the key file is lost, an import is refused rather than let everybody in."""
    database.suppress("eva@acorn-letricsdemo.de")
    (database.folder / "suppression.key").unlink()
    with pytest.raises(DamagedData, match="Restore it from a backup"):
        database.take([EVA])


@pytest.mark.parametrize("value", ["gmail.com", "030 901820", "Eva Linde", "@", "linkedin.com/feed", ""])
def test_what_names_nobody_is_refused(value: str) -> None:
    """A host that serves many, a number without its country, and a name take nobody along by mistake."""
    with pytest.raises(ValueError, match=r"\w"):
        key_of(value)


def test_the_commands_suppress_count_and_lift(tmp_path: Path) -> None:
    """From the command line, seen by a running server within a second; the audit log has kinds and no addresses."""
    data = tmp_path / "data"
    fill(data)
    token = run_letrics(data, "token", "create", "tests", "--quiet").strip()
    process, url = start_server(data)
    server = Server(url, token, data)

    def names(search: str) -> set[str]:
        time.sleep(1)
        answer = server.post(f"/v1/{search}", {}).json()
        found = {row.get("full_name") or row["name"] for row in answer["data"]}
        assert answer["meta"]["total"] == len(found)
        return found

    try:
        said = run_letrics(data, "suppress", "ada@alpha-letricsdemo.de", fails=True)
        assert "Ada Ash" in names("contacts"), said
        (tmp_path / "list.txt").write_text("ADA@alpha-letricsdemo.de\n\nbeta-letricsdemo.co.uk\n")
        said = run_letrics(data, "suppress", "--file", str(tmp_path / "list.txt"), "--yes")
        assert "2 contacts and 1 companies are removed" in said
        assert names("contacts") == {"Cy Cedar", "Di Dogwood"}
        assert names("companies") == {"Alpha", "Gamma"}
        fill(data)
        assert names("contacts") == {"Cy Cedar", "Di Dogwood"}
        counted = json.loads(run_letrics(data, "suppressions", "--json"))
        assert [(each["kind"], each["count"]) for each in counted] == [("domain", 1), ("email", 1)]
        assert "email" in run_letrics(data, "suppressions")
        log = run_letrics(data, "audit", "list", "--json")
        assert "1 email, 1 domain" in log
        assert "ada@" not in log
        said = run_letrics(data, "imports", "undo", "1", "--yes", fails=True)
        assert "cannot be undone" in said
        assert "takes back" not in said
        run_letrics(data, "suppressions", "lift", "ada@alpha-letricsdemo.de")
        fill(data)
        assert "Ada Ash" in names("contacts")
    finally:
        stop_server(process)


@pytest.mark.parametrize("where", ["{}", "mail <{}>", "'{}'", "ask {}.", "x?mail={}&y", "連絡先{}まで", "- {}!", "-{}"])
def test_an_address_is_found_within_any_text(where: str) -> None:
    """Whatever stands around it: brackets, quotation marks, the end of a sentence, a web address, other scripts."""
    found = set(traces_in(where.format("O'Jane@acme-letricsdemo.com")))
    assert {"email:o'jane@acme-letricsdemo.com", "domain:acme-letricsdemo.com"} <= found


@pytest.mark.parametrize(
    "text", ["QUJD" * 15_000, "@" * 60_000, "a@" * 30_000, "a@b.c " * 10_000, "+1" * 30_000, "/" * 60_000]
)
def test_no_text_takes_long_to_look_through(text: str) -> None:
    """Addresses are found from each @, so that time rises with the length of a text, and not with its square."""
    started = time.process_time()
    assert not any(key.startswith("email:jane") for key in traces_in(text))
    assert time.process_time() - started < 1


def test_no_text_of_a_record_brings_an_address_back(tmp_path: Path) -> None:
    """Who is suppressed and has nobody's record is in no field of others either; who is named by an address is that person."""
    database = Suppressing(tmp_path)
    address, own = "jane@acme-letricsdemo.com", "Jane@Acme-letricsdemo.com"
    database.suppress(address)
    mention = f"ask {own}"
    company: dict[str, Any] = {
        field.name: mention for field in COMPANY_FIELDS if field.value is Value.TEXT and field.name != "name"
    }
    texts = {field.name: [mention, "kept"] for field in COMPANY_FIELDS if field.value is Value.TEXTS}
    place = {"street": mention, "raw": mention, "city": "Berlin"}
    company |= {
        **texts,
        "socials": {"xing": mention},
        "location": place,
        "website_url": f"https://x-letricsdemo.de/{own}",
    }
    dot = {"full_name": "Dot Dogwood", "job_title": mention, "seniority": mention, "departments": [mention, "sales"]}
    rows = [
        {"name": "Acme", "domain": "dogwood-letricsdemo.de", **company},
        {**dot, "location": place, "socials": {"xing": mention}, "company": {"domain": "dogwood-letricsdemo.de"}},
        {"full_name": own, "company": {"domain": "dogwood-letricsdemo.de"}},
    ]
    report = database.take(rows, f"Company,Website,Contact\nAlder,alder-letricsdemo.de,{own}\n")
    assert (report.contacts.created, report.contacts.suppressed) == (1, 1)
    assert database.holding(address) == []
    assert database.companies()["dogwood-letricsdemo.de"].keywords == ("kept",)
    assert database.contacts()["Dot Dogwood"].departments == ("sales",)


def test_who_is_in_a_text_already_goes_too(tmp_path: Path) -> None:
    """A suppression takes along whose name is the address, and takes the address out of every text that is stored."""
    database = Suppressing(tmp_path)
    own = "Jane@Acme-letricsdemo.com"
    database.take(
        "Company,Website,Contact,Keywords\n" + f"Alder,alder-letricsdemo.de,{own},{own}; kept\n",
        [{"full_name": "Dot Dogwood", "job_title": own, "external_id": "1"}, {"external_id": own, "full_name": "Jane"}],
    )
    assert database.holding(own)
    database.suppress(own)
    assert database.holding(own) == []
    assert set(database.contacts()) == {"Dot Dogwood"}
    assert database.companies()["alder-letricsdemo.de"].keywords == ("kept",)
