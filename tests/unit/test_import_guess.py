"""What a file of other making is guessed to be: whose columns, profiles and keys, and what a row is."""

from pathlib import Path

import pytest

from importing import Database
from letrics.importer.guess import guess


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path)


def guessed(content: str) -> tuple[str, dict[str, str]]:
    """Return what a row of *content* is guessed to be, and what each column feeds; one that is kept is `custom`."""
    header, *rows = [line.split(",") for line in content.splitlines()]
    mapping = guess(header, rows)
    return mapping.record, {each.header: "".join(each.targets) or "custom" for each in mapping.columns}


def test_a_place_as_one_text_is_read(database: Database) -> None:
    """A column `location` is a place as it is written; `socials` and `custom` that are no objects are kept as they are."""
    database.take('Company,location,socials,custom\nAcorn,"Berlin, Germany",foo,bar\n')
    acorn = database.companies()["Acorn"]
    assert acorn.location is not None
    assert (acorn.location.raw, acorn.location.country_code) == ("Berlin, Germany", "DE")
    assert (acorn.custom, acorn.socials) == ({"socials": "foo", "custom": "bar"}, {})
    database.take("full_name,company.name,company.location\nEva Linde,Beech,Paris\n")
    beech = database.companies()["Beech"]
    assert beech.location is not None
    assert beech.location.raw == "Paris"


def test_a_companys_id_is_not_its_peoples(database: Database) -> None:
    """People who share the id of their company are people each, and the id is the company's; their own ids are theirs."""
    database.take(
        "Company ID,Contact ID,Company,First Name,Last Name,Email\n"
        "7,1,Acorn,Eva,Linde,eva@acorn-letricsdemo.de\n7,2,Acorn,Bo,Birch,bo@acorn-letricsdemo.de\n"
    )
    assert {name: each.external_id for name, each in database.contacts().items()} == {"Eva Linde": "1", "Bo Birch": "2"}
    assert database.companies()["Acorn"].external_id == "7"


@pytest.mark.parametrize(
    ("content", "target"),
    [
        ("Account ID,Company,Full Name\n1,Acorn,Eva Linde", "company.external_id"),
        ("Kundennummer,Firma,Vorname\n1,Acorn,Eva", "company.external_id"),
        ("Customer ID,First Name,Last Name\n1,Eva,Linde", "contact.external_id"),
        ("companyid,Full Name\n1,Eva Linde", "company.external_id"),
        ("Company ID,Full Name\nco_1,Eva Linde", "company.id"),
        ("Lead ID,Company,Full Name\n1,Acorn,Eva Linde", "contact.external_id"),
        ("Customer ID,Company,Website\n1,Acorn,acorn-letricsdemo.de", "company.external_id"),
    ],
)
def test_whose_id_it_is(content: str, target: str) -> None:
    """A customer's id is that of the company which the row names, or of the person where it names none."""
    assert next(iter(guessed(content)[1].values())) == target


def test_a_companys_page_is_no_persons_profile(database: Database) -> None:
    """People whose `linkedin` is the page of their company stay apart, and the page is the company's."""
    page = "linkedin.com/company/acorn-letricsdemo"
    database.take(f"Company,First Name,Last Name,linkedin\nAcorn,Eva,Linde,{page}\nAcorn,Bo,Birch,{page}\n")
    assert {each.linkedin_url for each in database.contacts().values()} == {None}
    assert len(database.contacts()) == 2
    assert database.companies()["Acorn"].linkedin_url == f"https://www.{page}"


@pytest.mark.parametrize("header", ["LinkedIn", "LinkedIn URL", "linkedin_url", "Linkedin Url", "URL", "Website"])
def test_a_profile_is_the_persons(header: str) -> None:
    """Under whatever header LinkedIn addresses of people stand, they are theirs; a single row tells."""
    _, targets = guessed(f"Name,Title,Company,{header}\nEva Linde,CEO,Acorn,linkedin.com/in/letricsdemo-eva")
    assert targets[header] == "contact.linkedin_url"


@pytest.mark.parametrize(
    ("header", "value", "target"),
    [
        ("LinkedIn", "linkedin.com/company/acorn", "company.linkedin_url"),
        ("LinkedIn URL", "linkedin.com/company/acorn", "company.linkedin_url"),
        ("Company LinkedIn", "linkedin.com/company/acorn", "company.linkedin_url"),
        ("YouTube", "youtube.com/acorn", "company.socials.youtube"),
        ("YouTube URL", "youtube.com/acorn", "company.socials.youtube"),
        ("legalname", "Acorn Ltd.", "company.legal_name"),
    ],
)
def test_headers_with_capitals_inside_or_without_spaces(header: str, value: str, target: str) -> None:
    """`LinkedIn` is one word, and `legalname` two; one row is enough."""
    assert guessed(f"Company,{header}\nAcorn,{value}")[1][header] == target


@pytest.mark.parametrize(
    ("content", "record"),
    [
        ("Name,Email,Phone,City\nEva Linde,eva.linde@gmail.com,+49 30 123456,Berlin", "contact"),
        ("Name,Email,Phone,City\nAcorn Ltd,info@acorn-letricsdemo.de,,Berlin", "company"),
        ("Name,Email,City\nAcorn GmbH,acorn@acorn-letricsdemo.de,Berlin", "company"),
        ("Name,Email,Website\nEva Linde,eva@acorn-letricsdemo.de,acorn-letricsdemo.de", "company"),
        ("Email\neva@acorn-letricsdemo.de", "contact"),
        ("Email,City\neva@acorn-letricsdemo.de,Berlin", "contact"),
        ("Nombre,Sitio web,Ciudad\nAcorn,acorn-letricsdemo.de,Madrid", "company"),
        ("Contact,Email\nEva Linde,eva@acorn-letricsdemo.de", "contact"),
        (
            "Account Name,Account ID,Contact ID,Contact Name,Email\nAcorn,1,2,Eva Linde,eva@acorn-letricsdemo.de",
            "contact",
        ),
        ("Nombre,Apellidos,Empresa\nEva,Linde,Acorn", "contact"),
        ("Nome,Azienda\nEva Linde,Acorn", "contact"),
        ("Position,Company,Website\n1,Acorn,acorn-letricsdemo.de\n2,Beech,beech-letricsdemo.de", "company"),
        ("Position,Company,Website\nBuyer,Acorn,acorn-letricsdemo.de", "contact"),
        (
            "Company,Website,CEO,LinkedIn\nAcorn,acorn-letricsdemo.de,Eva Linde,linkedin.com/in/letricsdemo-eva",
            "company",
        ),
    ],
)
def test_what_a_row_is(content: str, record: str) -> None:
    """People are told by their names and addresses; a rank is no job title, and `Nombre` may be a company's name."""
    assert guessed(content)[0] == record


def test_people_known_by_their_addresses(database: Database) -> None:
    """A file of nothing but addresses is one of contacts, with the companies of business addresses."""
    report = database.take("Email\neva@acorn-letricsdemo.de\nbo@gmail.com\n")
    assert (report.contacts.created, report.companies.created, report.rejected) == (2, 1, 0)
    assert set(database.companies()) == {"acorn-letricsdemo.de"}


def test_a_name_is_given_or_whole() -> None:
    """`Nombre` is a given name beside family names, else the name of whatever the row is; `Name` may be a family name."""
    assert guessed("Nombre,Apellidos\nEva,Linde")[1]["Nombre"] == "contact.first_name"
    assert guessed("Nombre,Empresa\nEva Linde,Acorn")[1]["Nombre"] == "contact.full_name"
    assert guessed("Vorname,Name,Firma\nEva,Linde,Acorn")[1]["Name"] == "contact.last_name"
    assert guessed("Prénom,Nom,Société\nEva,Linde,Acorn")[1]["Nom"] == "contact.last_name"
    assert guessed("First Name,Name,Company\nEva,Eva Linde,Acorn")[1]["Name"] == "contact.full_name"
    assert guessed("Nombre,Sitio web\nAcorn,acorn-letricsdemo.de")[1]["Nombre"] == "company.name"


@pytest.mark.parametrize(
    "value",
    ["info@acorn-letricsdemo.de", "+49 30 123456", "true", "No", "12", "12 Main Street", "acorn-letricsdemo.de"],
)
@pytest.mark.parametrize("header", ["Contact", "Owner", "President", "CEO"])
def test_roles_are_held_by_people(header: str, value: str) -> None:
    """A column that is headed by a role, but holds addresses, numbers or yes and no, makes nobody."""
    assert guessed(f"Company,{header}\nAcorn,{value}")[1][header] == "custom"
    assert guessed(f"Company,{header}\nAcorn,Eva van de Linde (jr.)")[1][header].startswith("role:")


def test_a_cell_that_is_no_name_makes_nobody(database: Database) -> None:
    """Among names, what is none is kept in custom and counted."""
    report = database.take("Company,Owner\nAcorn,Eva Linde\nBeech,Bo Birch\nCedar,bo@cedar-letricsdemo.de\n")
    assert set(database.contacts()) == {"Eva Linde", "Bo Birch"}
    assert database.companies()["Cedar"].custom == {"Owner": "bo@cedar-letricsdemo.de"}
    assert any("Owner: 1 values kept" in note for notes in report.notes.values() for note in notes)


def test_several_people_hold_a_role(database: Database) -> None:
    """Names between semicolons are people each."""
    database.take("Company,Founders\nAcorn,Eva Linde; Bo Birch\n")
    assert {name: each.job_title for name, each in database.contacts().items()} == {
        "Eva Linde": "Founder",
        "Bo Birch": "Founder",
    }


def test_a_profile_in_a_list_of_companies_is_kept(database: Database) -> None:
    """Where a row is a company, an unheaded column of people's profiles goes to custom, not nowhere."""
    database.take("Company,A\nAcorn,linkedin.com/in/letricsdemo-eva\nBeech,linkedin.com/in/letricsdemo-bo\n")
    assert database.companies()["Acorn"].custom == {"A": "linkedin.com/in/letricsdemo-eva"}


def test_columns_that_only_look_derived_are_kept(database: Database) -> None:
    """`updated_at`, `sources`, `tld` or `derived` of a file without Letrics' ids are its own, and kept."""
    database.take("Company,updated_at,sources,tld,derived\nAcorn,2020,crm,x,name\n")
    acorn = database.companies()["Acorn"]
    assert (acorn.name, acorn.tld) == ("Acorn", None)
    assert acorn.custom == {"updated_at": "2020", "sources": "crm", "tld": "x", "derived": "name"}
    database.take("id,name,tld,updated_at\nco_beech,Beech,x,2020-01-01T00:00:00Z\n")
    assert database.companies()["Beech"].custom == {}


def test_a_column_is_found_whatever_the_others_are_called(database: Database) -> None:
    """A number that tells columns of one name apart is never one that a column has by itself."""
    database.take("Company,Note,Note (2),Note,Note\nAcorn,a,b,c,d\n")
    assert database.companies()["Acorn"].custom == {"Note": "a", "Note (2)": "b", "Note (3)": "c", "Note (4)": "d"}
