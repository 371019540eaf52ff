"""Presets and mapping files: what is recognised, what each export becomes, and what a person may overrule."""

import io
import json
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from golden import PRESETS, records_of
from importing import NOW, Database, Silent, figures
from letrics.errors import InvalidInput
from letrics.importer.headers import header_key
from letrics.importer.inputs import Input
from letrics.importer.mapping_file import read_mapping
from letrics.importer.presets import presets, recognised
from letrics.importer.run import ImportOptions, run_import, written_mapping
from serving import run_letrics


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path)


def test_every_preset_has_its_fixture() -> None:
    """Each preset has a fixture with its golden records, and no fixture is without a preset."""
    assert {path.stem for path in PRESETS.glob("*.csv")} == set(presets())
    assert {path.stem for path in PRESETS.glob("*.json")} == set(presets())


@pytest.mark.parametrize("name", presets())
def test_a_preset_is_recognised_and_gives_its_golden_records(name: str, tmp_path: Path) -> None:
    """The export is known by its headers, and its records are those that were looked at (`tests/golden.py` writes them)."""
    fixture = PRESETS / f"{name}.csv"
    header = Input(str(fixture), io.BytesIO()).header
    assert header is not None
    assert recognised(header) == name
    assert recognised([each.upper() for each in reversed(header)]) == name
    assert records_of(fixture, tmp_path) == json.loads(fixture.with_suffix(".json").read_text("utf-8"))


@pytest.mark.parametrize("name", presets())
def test_a_preset_never_takes_a_crms_dates_for_ours(name: str) -> None:
    """No preset feeds `added_at`, and only first detections feed `first_seen_at`."""
    for header, rule in presets()[name].columns.items():
        targets = [rule] if isinstance(rule, str) else [rule.to] if isinstance(rule.to, str) else rule.to
        assert not any(target.endswith(".added_at") for target in targets)
        if any(target.endswith(".first_seen_at") for target in targets):
            assert "first detected" in header_key(header)


@pytest.mark.parametrize("name", presets())
def test_the_same_export_twice_changes_nothing(name: str, database: Database) -> None:
    """Importing a preset's fixture again leaves every record as it is."""
    path = str(PRESETS / f"{name}.csv")
    generation = database.run([path]).generation
    before = database.rows("companies"), database.rows("contacts")
    again = database.run([path])
    assert [counts[:2] for counts in figures(again)[:2]] == [(0, 0), (0, 0)]
    assert again.generation == generation
    assert (database.rows("companies"), database.rows("contacts")) == before


def test_accounts_and_contacts_of_one_system_meet(database: Database) -> None:
    """Contacts of one export find their companies of the other by the system's own ids, in either order."""
    paths = [str(PRESETS / f"apollo-{kind}.csv") for kind in ("contacts", "accounts")]
    report = database.run(paths)
    assert (report.companies.created, report.contacts.created) == (2, 2)
    company = database.companies()["brightline-letricsdemo.de"]
    assert (company.description, company.technologies[0]) == ("Software for makers.", "Shopify")


def mapped(database: Database, mapping: str, data: str, **options: object) -> None:
    """Import *data* with a mapping file."""
    chosen = ("mine.toml", read_mapping(mapping, "mine.toml"))
    given = ImportOptions(mapping=chosen, rejects=database.folder / "rejects.csv", **options)  # type: ignore[arg-type]
    run_import([database.file(data)], given, database.index, now=NOW, stdin=io.BytesIO(), progress=Silent())


FULL = """
record = "company"
source = "fairs"
country = "Germany"

[columns]
"Firm" = { to = ["company.name", "company.legal_name"] }
"Place" = { to = ["company.location.postal_code", "company.location.city"], split = " " }
"Tags" = { to = "company.keywords", split = "/" }
"Seen" = { to = "company.first_seen_at", date = "%d/%m/%Y" }
"Sector" = { to = "company.industries", remove = "^[0-9]+ ", nothing = ["none"] }
"Web" = "custom"

[constants]
"company.functions" = "manufacturer"

[[joins]]
to = "company.location.street"
columns = ["Street", "No"]

[[people]]
job_title = "Buyer"
columns = { "Buyer" = "full_name", "Buyer mail" = "emails" }

[[people]]
columns = { "Second" = "full_name", "Second job" = "job_title" }
"""
FAIR = """Firm,Web,Place,Street,No,Tags,Seen,Sector,Buyer,Buyer mail,Second,Second job,Rest
Alpha,alpha-letricsdemo.de,80331 Munich,Hauptstr.,1,a/b c,03/04/2020,12 Toys,Eva Acorn,eva@alpha-letricsdemo.de,Bo Birch,CFO,x
Beta,,,,,,31/31/2020,none,,,,,
"""


def test_a_mapping_file_overrules_everything(database: Database) -> None:
    """Renaming, several targets, splitting, joining, dates, constants, a country, and several people a row."""
    mapped(database, FULL, FAIR)
    alpha, beta = database.companies()["Alpha"], database.companies()["Beta"]
    assert (alpha.legal_name, alpha.keywords, alpha.industries) == ("Alpha", ("a", "b c"), ("Toys",))
    assert alpha.first_seen_at == "2020-04-03T00:00:00Z"
    assert alpha.functions == ("manufacturer",)
    assert alpha.location is not None
    assert (alpha.location.street, alpha.location.postal_code) == ("Hauptstr. 1", "80331")
    assert (alpha.location.region_code, alpha.location.country_code) == ("DE-BY", "DE")
    assert alpha.custom == {"Web": "alpha-letricsdemo.de", "Sector": "12 Toys", "Rest": "x"}
    assert alpha.sources[0].name == "fairs"
    assert beta.custom == {"Seen": "31/31/2020"}
    assert beta.industries == ()
    people = database.contacts()
    assert {name: person.job_title for name, person in people.items()} == {"Eva Acorn": "Buyer", "Bo Birch": "CFO"}
    assert [email.value for email in people["Eva Acorn"].emails] == ["eva@alpha-letricsdemo.de"]
    assert all(person.company is not None and person.company.name == "Alpha" for person in people.values())


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("record = ", "is no TOML"),
        ('record = "firm"', "it is company or contact"),
        ('record = "company"\nrows = 1', "unknown field `rows`"),
        ('record = "company"\n[columns]\nA = "company.nmae"', "Did you mean company.name"),
        ('record = "company"\n[columns]\nA = "company.tld"', "nothing that a column can feed"),
        ('record = "company"\n[columns]\nA = { to = "company.name", by = 1 }', "unknown field `by`"),
        ('record = "company"\n[constants]\n"location" = "x"', "nothing that a column can feed"),
        ('record = "company"\n[[people]]\ncolumns = { A = "salary" }', "'contact.salary'"),
        ('record = "company"\n[[people]]\ncolumns = {}', "people, entry 1: columns is empty"),
        (
            'record = "company"\n[columns]\nA = { to = "company.name", remove = "(" }',
            'columns."A", remove: .*backslash',
        ),
        (
            'record = "company"\n[columns]\nA = { to = "company.name", remove = "a{99999999999}" }',
            "no regular expression",
        ),
        ('record = "company"\n[columns]\nA = { to = "company.name", split = "" }', 'columns."A", split: it is empty'),
        ('record = "company"\n[columns]\nA = { to = "company.added_at", date = "%Q" }', "date: '%Q' .* %d/%m/%Y"),
        ('record = "company"\n[columns]\nA = { to = "company.added_at", date = "%d %d" }', "no form of dates"),
        ('record = "company"\n[columns]\nA = { to = "company.added_at", date = "%d.%m." }', "not tell the year"),
        ('record = "company"\n[columns]\nA = { to = [] }', 'columns."A": to is empty'),
        ('record = "company"\n[columns]\nA = { to = ["company.name", "derived"] }', "stands alone"),
        ('record = "company"\n[columns]\nA = "company.socials"', "such as company.socials.facebook"),
        ('record = "company"\n[columns]\nA = "contact.emails"', "name people under .*people"),
        ('record = "company"\ncountry = "Nowhereland"', "country: 'Nowhereland' is no country"),
        ('record = "company"\n[constants]\n"company.location.country" = "Nowhereland"', "is no country"),
        ('record = "company"\n[constants]\n"company.employee_count" = "many"', "'many' is no count"),
        ('record = "company"\n[constants]\ncustom = "x"', "for columns only"),
        ('record = "company"\n[[joins]]\nto = "custom"\ncolumns = ["A", "B"]', "joins, entry 1: .*company.custom.note"),
        ('record = "contact"\n[[joins]]\nto = "role:CEO"\ncolumns = ["A", "B"]', "joins, entry 1: 'role:CEO' is for"),
        ('record = "contact"\n[[joins]]\nto = "contact.full_name"\ncolumns = []', "joins, entry 1: columns is empty"),
    ],
)
def test_a_wrong_mapping_file_says_what_is_wrong(text: str, fault: str) -> None:
    """Syntax, unknown entries and targets that there are not are each told, with the nearest name."""
    with pytest.raises(InvalidInput, match=fault):
        read_mapping(text, "mine.toml")


def test_a_column_may_feed_a_field_and_be_kept(database: Database) -> None:
    """`custom` among several targets keeps its part under the column's name; a place as one text is its `raw`."""
    mapping = """
record = "company"
[columns]
"Firm" = { to = ["company.name", "custom"], split = "/" }
"Place" = { to = ["company.location", "custom"] }
"""
    mapped(database, mapping, 'Firm,Place\nAlpha/first,"Berlin, Germany"\n')
    alpha = database.companies()["Alpha"]
    assert alpha.custom == {"Firm": "first", "Place": "Berlin, Germany"}
    assert alpha.location is not None
    assert (alpha.location.raw, alpha.location.country_code) == ("Berlin, Germany", "DE")


@pytest.mark.parametrize("name", presets())
def test_a_preset_is_a_mapping_file_without_fault(name: str) -> None:
    """Every preset passes the checks of a mapping file."""
    text = files("letrics.importer.presets").joinpath(f"{name}.toml").read_text("utf-8")
    assert read_mapping(text, name).columns.keys() == presets()[name].columns.keys()


def test_a_column_that_the_file_has_not_is_told(database: Database) -> None:
    """A mapping that names a column which is not there is refused with the nearest header, and nothing is imported."""
    with pytest.raises(InvalidInput, match="'Frim'.*Did you mean 'Firm'"):
        mapped(database, 'record = "company"\n[columns]\nFrim = "company.name"', FAIR)
    assert database.companies() == {}


@pytest.mark.parametrize("name", presets())
def test_a_written_mapping_gives_the_same_records(name: str, database: Database, tmp_path: Path) -> None:
    """What `--write-mapping` writes is TOML that, used as it is, understands the file as before."""
    path = str(PRESETS / f"{name}.csv")
    text = written_mapping(path, ImportOptions(), io.BytesIO())
    assert set(tomllib.loads(text)["columns"]) == set(Input(path, io.BytesIO()).header or ())
    options = ImportOptions(mapping=("mine.toml", read_mapping(text, "mine.toml")))
    run_import([path], options, database.index, now=NOW, stdin=io.BytesIO(), progress=Silent())
    other = Database(tmp_path / "other")
    (tmp_path / "other").mkdir(exist_ok=True)
    other.run([path])
    assert database.rows("companies") == other.rows("companies")
    assert database.rows("contacts") == other.rows("contacts")


def test_a_dry_run_tells_all_and_changes_nothing(tmp_path: Path) -> None:
    """Columns with what they feed, how surely, and values before and after; counts; rejects; and an empty database."""
    path = tmp_path / "list.csv"
    path.write_text(
        "Company,Website,Employees,Mystery\nA,www.a-letricsdemo.de,10k,x\nB,b-letricsdemo.de,n/a,y\nC,too,many,fields,here\n"
    )
    data = tmp_path / "data"
    said = run_letrics(data, "import", "--dry-run", str(path))
    for part in ("company.website_url", "https://www.a-letricsdemo.de", "10k → 10000", "Mystery", "custom", "80%"):
        assert part in said, part
    assert "would be created" in said
    assert "line 4: has 5 fields" in said
    assert "nothing was changed" in said
    report = json.loads(run_letrics(data, "import", "--dry-run", "--json", str(path)))
    assert (report["dry_run"], report["companies"]["created"], report["generation"]) == (True, 2, 0)
    assert report["previews"][str(path)][2]["samples"] == [{"before": "10k", "after": "10000"}]
    assert json.loads(run_letrics(data, "search", "companies", "--format", "json"))["meta"]["total"] == 0
    assert not list(tmp_path.glob("*.rejects.csv"))


def test_a_mapping_is_written_edited_and_used(tmp_path: Path) -> None:
    """The written file is never written over; edited, it is what the next import goes by."""
    path, mapping, data = tmp_path / "list.csv", tmp_path / "list.toml", tmp_path / "data"
    path.write_text("Company,Website,Mystery\nA,a-letricsdemo.de,Toys\n")
    run_letrics(data, "import", str(path), "--write-mapping", str(mapping))
    assert "is there already" in run_letrics(data, "import", str(path), "--write-mapping", str(mapping), fails=True)
    text = mapping.read_text()
    assert '"Mystery" = "custom"' in text
    mapping.write_text(text.replace('"Mystery" = "custom"', '"Mystery" = "company.industries"'))
    run_letrics(data, "import", str(path), "--mapping", str(mapping), "--quiet")
    found = json.loads(run_letrics(data, "search", "companies", "--industry", "toys", "--format", "json"))
    assert found["meta"]["total"] == 1
