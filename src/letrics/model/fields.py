"""
Record fields: what kind of value each holds and how a later import changes it.

The importer (columns, mappings), merging and the reference page read these tables; the record
structs of `company.py` and `contact.py` hold the same names, and a test keeps them together.
"""

from enum import StrEnum

import msgspec


class Value(StrEnum):
    """What a field holds, and so how text from a file becomes it."""

    TEXT = "text"
    TEXTS = "texts"
    DOMAIN = "domain"
    DOMAINS = "domains"
    URL = "url"
    LINKEDIN = "linkedin"
    EMAILS = "emails"
    PHONES = "phones"
    SOCIALS = "socials"
    LOCATION = "location"
    COUNT = "count"
    MONEY = "money"
    YEAR = "year"
    EMPLOYEE_RANGE = "employee_range"
    TIME = "time"
    FLAG = "flag"
    SENIORITY = "seniority"
    DEPARTMENTS = "departments"
    CUSTOM = "custom"


class Merge(StrEnum):
    """How an import changes a stored value (data.md, Merging)."""

    REPLACE = "replace"  # the later import wins, lists as a whole
    UNITE = "unite"  # united by canonical value or key
    EARLIEST = "earliest"
    ONCE = "once"  # taken when the record is created, never changed


class Field(msgspec.Struct, frozen=True):
    """One field that an import can set: its *name*, what it holds, how it merges, and its meaning."""

    name: str
    value: Value
    merge: Merge
    doc: str


COMPANY_FIELDS: tuple[Field, ...] = (
    Field("external_id", Value.TEXT, Merge.REPLACE, "The source's own key."),
    Field("name", Value.TEXT, Merge.REPLACE, "The name it goes by."),
    Field("legal_name", Value.TEXT, Merge.REPLACE, "The name in the register."),
    Field("description", Value.TEXT, Merge.REPLACE, "What it does, in a sentence or more."),
    Field("website_url", Value.URL, Merge.REPLACE, "Its website."),
    Field("logo_url", Value.URL, Merge.REPLACE, "Its logo."),
    Field("domain", Value.DOMAIN, Merge.REPLACE, "Its registrable domain, in punycode: the natural key."),
    Field("domain_aliases", Value.DOMAINS, Merge.UNITE, "Further domains of the same company."),
    Field("emails", Value.EMAILS, Merge.UNITE, "Its mailboxes; generic means a role mailbox such as info@."),
    Field("linkedin_url", Value.LINKEDIN, Merge.REPLACE, "Its LinkedIn page, in canonical form."),
    Field("phones", Value.PHONES, Merge.UNITE, "E.164 where it can be parsed, else as given."),
    Field("socials", Value.SOCIALS, Merge.UNITE, "Other profiles by network name."),
    Field("location", Value.LOCATION, Merge.REPLACE, "Headquarters, with ISO 3166 codes."),
    Field("industries", Value.TEXTS, Merge.REPLACE, "Its sectors, the primary one first."),
    Field("functions", Value.TEXTS, Merge.REPLACE, "The roles it plays in its market, apart from its sector."),
    Field("technologies", Value.TEXTS, Merge.REPLACE, "What it uses."),
    Field("employee_count", Value.COUNT, Merge.REPLACE, "How many people work there."),
    Field("employee_range", Value.EMPLOYEE_RANGE, Merge.REPLACE, "The band of that number, such as 51-200."),
    Field("founded_year", Value.YEAR, Merge.REPLACE, "The year it was founded."),
    Field("revenue", Value.MONEY, Merge.REPLACE, "Yearly revenue, in the source's currency."),
    Field("keywords", Value.TEXTS, Merge.REPLACE, "Free words that describe it."),
    Field("languages", Value.TEXTS, Merge.REPLACE, "Languages it works in."),
    Field("first_seen_at", Value.TIME, Merge.EARLIEST, "First observation of its activity in the world."),
    Field("added_at", Value.TIME, Merge.ONCE, "First insertion into this database."),
    Field("custom", Value.CUSTOM, Merge.UNITE, "Source columns that map to nothing."),
)

CONTACT_FIELDS: tuple[Field, ...] = (
    Field("external_id", Value.TEXT, Merge.REPLACE, "The source's own key."),
    Field("first_name", Value.TEXT, Merge.REPLACE, "Given name."),
    Field("last_name", Value.TEXT, Merge.REPLACE, "Family name, with particles and suffixes."),
    Field("full_name", Value.TEXT, Merge.REPLACE, "The name as a whole."),
    Field("job_title", Value.TEXT, Merge.REPLACE, "As published."),
    Field("departments", Value.DEPARTMENTS, Merge.REPLACE, "Canonical where known, the primary one first."),
    Field("seniority", Value.SENIORITY, Merge.REPLACE, "Canonical where known."),
    Field("is_decision_maker", Value.FLAG, Merge.REPLACE, "The source's word, else read from the seniority."),
    Field("emails", Value.EMAILS, Merge.UNITE, "Addresses; personal means it belongs to that person."),
    Field("linkedin_url", Value.LINKEDIN, Merge.REPLACE, "The person's profile, in canonical form."),
    Field("phones", Value.PHONES, Merge.UNITE, "E.164 where it can be parsed, else as given."),
    Field("socials", Value.SOCIALS, Merge.UNITE, "Other profiles by network name."),
    Field("location", Value.LOCATION, Merge.REPLACE, "Where the person is."),
    Field("added_at", Value.TIME, Merge.ONCE, "First insertion into this database."),
    Field("custom", Value.CUSTOM, Merge.UNITE, "Source columns that map to nothing."),
)

# What Letrics writes into records itself, so that no import sets it.
DERIVED_FIELDS = frozenset(
    "tld public_suffix has_generic_email has_linkedin_profile has_personal_email updated_at sources derived".split()
)
