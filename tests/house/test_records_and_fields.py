"""The tables of fields and the record types hold the same names."""

from typing import get_type_hints

from letrics.model.company import Company, CompanySummary, Source, summary
from letrics.model.contact import Contact
from letrics.model.fields import COMPANY_FIELDS, CONTACT_FIELDS

# What no import sets: derived from other fields, or kept by Letrics itself.
_OWN = {"id", "updated_at", "sources", "has_linkedin_profile"}
_OWN_OF_COMPANIES = _OWN | {"tld", "public_suffix", "has_generic_email"}
_OWN_OF_CONTACTS = _OWN | {"has_personal_email", "derived", "company"}


def test_companies_have_the_fields_of_their_table() -> None:
    """What an import can set and what Letrics keeps are all there is to a company, each once."""
    names = [field.name for field in COMPANY_FIELDS]
    assert sorted([*names, *_OWN_OF_COMPANIES]) == sorted(Company.__struct_fields__)


def test_contacts_have_the_fields_of_their_table() -> None:
    """What an import can set and what Letrics keeps are all there is to a contact, each once."""
    names = [field.name for field in CONTACT_FIELDS]
    assert sorted([*names, *_OWN_OF_CONTACTS]) == sorted(Contact.__struct_fields__)


def test_a_summary_is_a_part_of_the_company() -> None:
    """What contacts show of their company has the names, types and values of the company's own fields."""
    company = Company(id="co_a", name="A", technologies=("x",), first_seen_at="1", added_at="2", updated_at="3")
    short = summary(company)
    for name, kind in get_type_hints(CompanySummary).items():
        assert get_type_hints(Company)[name] == kind
        assert getattr(short, name) == getattr(company, name)


def test_every_field_is_explained() -> None:
    """Each row has a sentence."""
    assert all(field.doc.endswith(".") for field in (*COMPANY_FIELDS, *CONTACT_FIELDS))


def test_the_company_stays_a_contacts_last_field() -> None:
    """Stored contact rows end where their company begins."""
    assert Contact.__struct_fields__[-1] == "company"
    assert Source.__struct_fields__[0] == "name"
