"""Files of other making: what is understood, what is rejected, and that nothing is lost."""

import csv
import fcntl
import gzip
import os
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from importing import Database, figures
from letrics.errors import ConflictError, InvalidInput, NotFound
from letrics.index.files import writer_lock
from serving import run_letrics

# The shape of a real list of large companies: money and counts with separators, zip codes without leading zeros,
# a State column and no country, a space before a quoted field, commas inside industries, rows with unquoted commas.
LIST = """Rank,Company,Industry,City,State,Zip Code,Website,Employees,Revenue (rounded),CEO
1,Brightline,General Merchandisers,Bentonville,Arkansas,72716,brightline-letricsdemo.com,"2,100,000","$681,000,000,000",Ada Ash
2,Oakfield,"Computers, Office Equipment",Cupertino,California,95014,oakfield-letricsdemo.com,"164,000","$391,000,000,000",Bo Birch
3,Riverton,Packaging, Containers,Memphis,Tennessee,38197,riverton-letricsdemo.com,"37,000","$18,600,000,000",Cy Cedar
4,Stonegate, "Mail, Package and Freight Delivery",Atlanta,Georgia,3032,stonegate-letricsdemo.com,"500,000","$90,000,000,000",Di van Dogwood Jr.
"""


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path)


def test_a_list_without_a_mapping_is_understood(database: Database) -> None:
    """Columns are told from headers and values; the chief executives become contacts of their companies."""
    report = database.take(LIST)
    assert (report.read, figures(report)) == (4, ((3, 0, 0), (3, 0, 0), 1))
    company = database.companies()["oakfield-letricsdemo.com"]
    assert (company.name, company.industries) == ("Oakfield", ("Computers, Office Equipment",))
    assert (company.employee_count, company.employee_range, company.revenue) == (164_000, "10001+", 391_000_000_000)
    assert company.custom == {"Rank": "2"}
    assert company.location is not None
    assert (company.location.region_code, company.location.country_code) == ("US-CA", "US")
    chief = database.contacts()["Di van Dogwood Jr."]
    assert (chief.first_name, chief.last_name) == ("Di", "van Dogwood Jr.")
    assert (chief.job_title, chief.seniority, chief.is_decision_maker) == ("Chief Executive Officer", "c_suite", True)
    assert chief.derived == ("departments", "seniority", "is_decision_maker")
    assert chief.company is not None
    assert chief.company.location is not None
    assert (chief.company.name, chief.company.location.region_code) == ("Stonegate", "US-GA")


def test_a_zip_code_that_lost_its_zeros_gets_them_back(database: Database) -> None:
    """A US postal code of four digits is padded to five, and the original is kept."""
    database.take(LIST)
    place = database.companies()["stonegate-letricsdemo.com"].location
    assert place is not None
    assert (place.postal_code, place.raw) == ("03032", "3032")


def test_a_rejected_row_keeps_its_line_reason_and_text(database: Database) -> None:
    """The rejects file holds file, line, field, reason and the original row."""
    report = database.take(LIST)
    with (database.folder / "rejects.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["line"] == "4"
    assert "has 11 fields where the header has 10" in row["reason"]
    assert row["row"] == LIST.splitlines()[3]
    assert report.rejects_file == str(database.folder / "rejects.csv")


def test_the_same_file_again_changes_nothing(database: Database) -> None:
    """A second import says unchanged, makes no generation, and leaves every byte of every record."""
    generation = database.take(LIST).generation
    before = database.rows("companies"), database.rows("contacts")
    again = database.take(LIST, now="2026-12-01T00:00:00Z")
    assert figures(again) == ((0, 0, 3), (0, 0, 3), 1)
    assert again.generation == generation
    assert (database.rows("companies"), database.rows("contacts")) == before


def test_a_changed_row_updates_its_record(database: Database) -> None:
    """What changed is updated, with its contacts; added_at stays, updated_at moves."""
    database.take(LIST)
    report = database.take(LIST.replace("Oakfield,", "Oakfield Group,"), now="2026-12-01T00:00:00Z")
    assert figures(report) == ((0, 1, 2), (0, 0, 3), 1)
    company = database.companies()["oakfield-letricsdemo.com"]
    assert (company.name, company.added_at) == ("Oakfield Group", "2026-11-01T00:00:00Z")
    assert company.updated_at == "2026-12-01T00:00:00Z"
    contact = database.contacts()["Bo Birch"]
    assert contact.company is not None
    assert contact.company.name == "Oakfield Group"


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        (
            "Firma;Ansprechpartner;PLZ;Ort;Land;Branche;Mitarbeiter;Umsatz;Webseite",
            "Müller GmbH;Eva Linde;80331;München;Deutschland;Maschinenbau;51-200;2,5 Mio €;mueller-letricsdemo.de",
            {"name": "Müller GmbH", "industries": ("Maschinenbau",), "employee_range": "51-200", "revenue": 2_500_000},
        ),
        (
            "Entreprise\tVille\tPays\tEffectif\tSite web",
            "Atelier\tLyon\tFrance\t120\tatelier-letricsdemo.fr",
            {"name": "Atelier", "employee_count": 120, "website_url": "https://atelier-letricsdemo.fr"},
        ),
        (
            "companyName|Domain Name|NumberOfEmployees|Founded Year|Tech Stack",
            "Quill|quill-letricsdemo.io|1.200|1998|React; Vue.js",
            {"name": "Quill", "employee_count": 1_200, "founded_year": 1998, "technologies": ("React", "Vue.js")},
        ),
    ],
)
def test_headers_of_other_languages_and_spellings(
    database: Database, header: str, row: str, expected: dict[str, object]
) -> None:
    """Semicolons, tabs and bars part fields; German, French and camelCase headers are understood."""
    database.take(f"{header}\n{row}\n")
    (company,) = database.companies().values()
    assert {name: getattr(company, name) for name in expected} == expected


def test_people_with_their_companies(database: Database) -> None:
    """A file of people gives contacts, and companies from the columns that speak of those."""
    database.take(
        "First Name,Last Name,Title,Company,Email,Person Linkedin Url,Company City,City,Country,Notes\n"
        "Eva,Linde,VP Sales,Acorn,eva@acorn-letricsdemo.com,linkedin.com/in/Letricsdemo-Eva/,Berlin,Hamburg,Germany,met\n"
    )
    contact = database.contacts()["Eva Linde"]
    assert contact.company is not None
    assert contact.company.location is not None
    assert contact.location is not None
    assert (contact.company.name, contact.company.location.city) == ("Acorn", "Berlin")
    assert (contact.location.city, contact.location.country_code) == ("Hamburg", "DE")
    assert contact.linkedin_url == "https://www.linkedin.com/in/letricsdemo-eva"
    assert (contact.emails[0].type, contact.emails[0].scope) == ("personal", "work")
    assert contact.custom == {"Notes": "met"}


def test_values_that_belie_their_header_are_not_believed(database: Database) -> None:
    """A column `Status` or `State` of other things, or an `Employees` column of words, goes to custom."""
    database.take("Company,Employees,Country\nAcorn,many,hot lead\nBeech,few,cold lead\n")
    assert database.companies()["Acorn"].custom == {"Employees": "many", "Country": "hot lead"}


def test_columns_without_a_telling_header_are_told_by_their_values(database: Database) -> None:
    """Domains, e-mails and LinkedIn pages are known by their look."""
    database.take(
        "Company,A,B,C\n"
        "Acorn,acorn-letricsdemo.de,info@acorn-letricsdemo.de,linkedin.com/company/acorn-letricsdemo\n"
        "Beech,beech-letricsdemo.de,beech@beech-letricsdemo.de,linkedin.com/company/beech-letricsdemo\n"
    )
    company = database.companies()["acorn-letricsdemo.de"]
    assert (company.has_generic_email, company.has_linkedin_profile) == (True, True)


def test_nothing_is_lost_of_a_value_that_cannot_be_read(database: Database) -> None:
    """An unreadable number stays in custom under its column, the row is taken, and the report counts it."""
    report = database.take("Company,Employees\nAcorn,12\nBeech,a dozen\nCedar,7\n")
    assert database.companies()["Beech"].custom == {"Employees": "a dozen"}
    assert any("Employees: 1 values kept" in note for notes in report.notes.values() for note in notes)


def test_two_columns_of_one_name_are_told_apart(database: Database) -> None:
    """Neither of two columns with the same header is dropped."""
    database.take("Company,Note,Note\nAcorn,one,two\n")
    assert database.companies()["Acorn"].custom == {"Note": "one", "Note (2)": "two"}


def test_lines_are_counted_as_they_stand_in_the_file(database: Database) -> None:
    """A reject after a field with line breaks names the line where its row begins."""
    report = database.take('Company,City\n"Acorn\nand Sons",Berlin\nBeech\nCedar,Paris\n')
    assert [(reject.line, reject.reason) for reject in report.rejects] == [(4, "has 1 fields where the header has 2")]
    assert report.companies.created == 2


def test_a_quote_that_is_never_closed_costs_one_line(database: Database) -> None:
    """The line that opens the quote is rejected; the lines after it are read."""
    report = database.take('Company,City\nAcorn,"Berlin\nBeech,Paris\nCedar,Rome\n')
    assert [(reject.line, reject.reason) for reject in report.rejects] == [(2, "opens a quote that is never closed")]
    assert set(database.companies()) == {"Beech", "Cedar"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_encodings(database: Database, encoding: str) -> None:
    """UTF-8 with and without a mark, Windows-1252 and UTF-16 give the same names."""
    database.take("Company,City\nMüller – Söhne,Köln\n".encode(encoding))
    assert set(database.companies()) == {"Müller – Söhne"}


def test_gzip_and_standard_input(database: Database) -> None:
    """A packed file is known by its first bytes, and `-` is standard input."""
    database.run([database.file(gzip.compress(b"Company\nAcorn\n"), "csv.gz"), "-"], stdin=b"Company\nBeech\n")
    assert set(database.companies()) == {"Acorn", "Beech"}


def test_what_can_be_read_once_only_is_copied_first(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe, with a name or by its number, is taken as standard input is; the copy is gone afterwards."""
    named, copies = database.folder / "pipe", database.folder / "copies"
    os.mkfifo(named)
    copies.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(copies))
    read, write = os.pipe()
    with os.fdopen(read), ThreadPoolExecutor(1) as thread:
        with os.fdopen(write, "wb") as pipe:
            pipe.write(gzip.compress(b"Company\nAcorn\n"))
        thread.submit(named.write_bytes, b"Company\nBeech\n")
        database.run([f"/dev/fd/{read}", str(named)])
    assert set(database.companies()) == {"Acorn", "Beech"}
    assert not list(copies.iterdir())


def test_what_cannot_be_a_file_is_said(database: Database) -> None:
    """A missing file, a folder, an empty file, broken gzip and a file without header each have a sentence."""
    with pytest.raises(NotFound, match="There is no file"):
        database.run([str(database.folder / "none.csv")])
    with pytest.raises(InvalidInput, match="holds no file that can be imported"):
        database.run([str(database.folder)])
    for content, sentence in (
        (b"", "is empty"),
        (b"\x1f\x8bnot gzip", "cannot be unpacked"),
        (b"eva@acorn-letricsdemo.com,12\n", "first line must name the columns"),
    ):
        with pytest.raises(InvalidInput, match=sentence):
            database.run([database.file(content)])


def test_a_second_writer_is_told_who_holds_the_lock(database: Database) -> None:
    """While an import is under way another one is refused, naming the process."""
    with database.index.writer(), pytest.raises(ConflictError, match="process [0-9]+"):
        database.take("Company\nAcorn\n")


def test_a_writer_waits_for_a_lock_whose_holder_has_not_told_who_it_is(tmp_path: Path) -> None:
    """Between taking the lock and telling by whom, a holder is not taken for the one before it, and is waited for."""
    path, entered = tmp_path / "lock", threading.Event()
    with writer_lock(path, "the one before"):
        assert path.read_text() == "the one before\n"
    assert path.read_text().strip() == ""

    def enter() -> None:
        with writer_lock(path, "the next"):
            entered.set()

    next_one = threading.Thread(target=enter)
    with path.open("r+") as silent:
        fcntl.flock(silent, fcntl.LOCK_EX)
        next_one.start()
        next_one.join(0.2)
        assert not entered.is_set()
    next_one.join()
    assert entered.is_set()


def test_csv_as_the_command_line_prints_it_can_be_imported_again(tmp_path: Path) -> None:
    """`letrics search --format csv` writes Letrics' own format: what is derived is derived anew, and nothing is left over."""
    first, second = tmp_path / "a", tmp_path / "b"
    run_letrics(first, "import", "--quiet", Database(tmp_path).file(LIST), "--rejects", str(tmp_path / "r.csv"))
    for search in ("companies", "contacts"):
        printed = run_letrics(first, "search", search, "--format", "csv")
        (tmp_path / f"{search}.csv").write_text(printed, encoding="utf-8")
    run_letrics(second, "import", "--quiet", str(tmp_path / "contacts.csv"), str(tmp_path / "companies.csv"))
    for search in ("companies", "contacts"):
        again = run_letrics(second, "search", search, "--format", "csv")
        one, other = (list(csv.DictReader(text.splitlines())) for text in (printed_of(tmp_path, search), again))
        times = ("updated_at", "sources", "company.updated_at")
        assert [{k: v for k, v in row.items() if k not in times} for row in other] == [
            {k: v for k, v in row.items() if k not in times} for row in one
        ]


def printed_of(folder: Path, search: str) -> str:
    return (folder / f"{search}.csv").read_text(encoding="utf-8")
