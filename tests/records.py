"""
Records to try a backend with: adversarial ones, made from a seed or drawn by Hypothesis.

Every record is consistent in itself (derived fields follow from the others), as an import leaves it.
"""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

import tables  # noqa: F401  # before any place is asked for
from letrics.model.company import Company, CompanySummary, Email
from letrics.model.contact import Contact
from letrics.model.location import Location
from letrics.model.places import canonical_location
from letrics.model.values import public_suffix, tld
from letrics.model.vocabulary import DECISION_MAKER_SENIORITIES, DEPARTMENTS, SENIORITIES

# Values that fold to one, or only seem to: ligatures, dotless and dotted i, sharp s, full-width and Roman
# forms, composed and decomposed accents, right-to-left text, emoji, NUL, and every kind of white space.
VALUES = (
    "R&D",
    "r & d",
    "R and D",
    "r&d labs",
    "Software",
    "SOFTWARE",
    "software development",
    "Mail, Package and Freight Delivery",
    "Straße",
    "STRASSE",
    "ẞtraße",
    "İstanbul",
    "istanbul",
    "ıstanbul",
    "ﬁnance",
    "Finance",
    "ＦＵＬＬ　ｗｉｄｔｈ",
    "full width",
    "Ⅷ",
    "viii",
    "é",
    "e\u0301",
    "Ångström",
    "\u212bngstro\u0308m",
    "שלום",
    "مرحبا بالعالم",
    "\u202eabc\u202c",
    "🦉",
    "👩‍💻",
    "👩",
    "e\u0301\u0302\u0303",
    "\u0301",
    "a\x00b",
    "a\x00",
    "\x00",
    "line\nbreak",
    "line break",
    "x\u2028y",
    "tab\tstop",
    "no\u00a0break",
    "a",
    "A",
    "ab",
    "é ",
    "管",
    "管理",
    "\uffff",
    "\U0010ffff",
    "Ǆ",
    "𝐁old ™",
    "bold tm",
    "ŉ",
    "ΰ",
    "Σίσυφος",
    "ΣΊΣΥΦΟΣ",
)
_WORDS = (
    *("Manager", "manager", "Finance", "Head of", "R&D", "and", "Director", "VP", "of", "ﬁnance", "Straße", "İT"),
    *(
        "管理",
        "部長",
        "🦉",
        "é",
        "e\u0301",
        "A",
        "x",
        "CTO",
        "\x00",
        "a\nb",
        "/",
        "-",
        "(f/m/d)",
        "שלום",
        "Senior",
        "ß",
    ),
)
DOMAIN_ENDINGS = (
    *("com", "de", "co.uk", "uk", "org.uk", "com.au", "github.io", "myshopify.com", "xn--p1ai", "xn--fiqs8s"),
    *("city.kawasaki.jp", "a.kawasaki.jp", "co.jp", "museum", "letrics", "blogspot.co.uk", "xn--80asehdb"),
)
_PLACES: tuple[dict[str, Any], ...] = (
    {"country": "DE"},
    {"city": "Munich", "country": "Germany"},
    {"city": "München", "region": "Bayern", "country": "DE"},
    {"city": "Berlin", "country": "DE"},
    {"city": "Berlin", "region": "NH", "country": "US"},
    {"city": "Munich", "region": "ND", "country": "US"},
    {"city": "Wilmington", "region": "DE", "country": "US"},
    {"region": "California", "country": "US"},
    {"city": "Los Angeles", "region": "CA", "country": "US"},
    {"country": "Canada"},
    {"city": "Tbilisi", "country": "Georgia"},
    {"city": "Atlanta", "region": "Georgia", "country": "US"},
    {"city": "York", "country": "GB"},
    {"city": "New York", "region": "NY", "country": "US"},
    {"raw": "Austin, TX"},
    {"city": "São Paulo", "country": "BR"},
    {"city": "Nowhereville"},
    {"city": "Nowhereville", "country": "Atlantis"},
    {"region": "Middle Kingdom"},
    {"city": "東京", "country": "JP"},
    {"latitude": 0.0, "longitude": 0.0},
)
# What requests ask for: every form of data.md, section 4.
PLACE_NAMES = (
    *(
        "DE",
        "de",
        "USA",
        "Germany",
        "Deutschland",
        "US-CA",
        "DE-BY",
        "Bavaria",
        "Berlin",
        "Berlin, DE",
        "Wilmington, DE",
    ),
    *("Munich, Germany", "Los Angeles, CA, US", "Europe", "EMEA", "DACH", "Nordics", "LATAM", "APAC", "city:Georgia"),
    *("region:Georgia", "COUNTRY : Georgia", "Georgia", "York", "New York", "CA", "TX", "Nowhereville", "Atlantis"),
    *(
        "Nowhereville, Atlantis",
        "Middle Kingdom",
        "Tokyo",
        "東京",
        "sao paulo",
        "no such place",
        "Austin, TX",
        "🦉",
        ",",
    ),
)
_START = datetime(2026, 1, 1)
EQUAL_TIMES = ("2026-01-01T00:00:00Z",)


def time_text(moment: datetime) -> str:
    """Return a UTC time as records have it: with six decimals where it is not a whole second."""
    return moment.isoformat(timespec="microseconds" if moment.microsecond else "seconds") + "Z"


# Neighbours by one microsecond, far ends, a time before 1970, and a second's last microsecond.
TIMES = (
    *(time_text(_START + timedelta(microseconds=step)) for step in (-2, -1, 0, 1, 2, 999_999, 1_000_000)),
    *(time_text(_START + timedelta(days=days)) for days in (-400, -31, -1, 1, 30, 365)),
    *("1969-12-31T23:59:59.999999Z", "1970-01-01T00:00:00Z", "0001-01-02T00:00:00Z", "9999-12-30T23:59:59.999999Z"),
)
# Ids that differ in case only, are prefixes of each other, or sort by bytes otherwise than by letters.
AWKWARD_IDS = ("a", "A", "aa", "aA", "a-", "a_", "a0", "b", "B", "-", "_", "0", "00", "9", "10", "Z", "z", "z" * 64)

LOCATIONS = tuple(canonical_location(**place) for place in _PLACES)


def company_of(
    company_id: str,
    *,
    added_at: str,
    first_seen_at: str,
    domain: str | None = None,
    emails: tuple[Email, ...] = (),
    linkedin_url: str | None = None,
    **fields: Any,
) -> Company:
    """Return a company whose derived fields follow from the others."""
    return Company(
        id=company_id,
        domain=domain,
        tld=tld(domain) if domain is not None else None,
        public_suffix=public_suffix(domain) if domain is not None else None,
        emails=emails,
        has_generic_email=any(email.type == "generic" for email in emails),
        linkedin_url=linkedin_url,
        has_linkedin_profile=linkedin_url is not None,
        added_at=added_at,
        first_seen_at=first_seen_at,
        updated_at=added_at,
        **fields,
    )


def contact_of(
    contact_id: str,
    company_id: str | None,
    *,
    added_at: str,
    emails: tuple[Email, ...] = (),
    linkedin_url: str | None = None,
    **fields: Any,
) -> Contact:
    """Return a contact whose derived fields follow from the others."""
    return Contact(
        id=contact_id,
        emails=emails,
        has_personal_email=any(email.type == "personal" for email in emails),
        linkedin_url=linkedin_url,
        has_linkedin_profile=linkedin_url is not None,
        added_at=added_at,
        updated_at=added_at,
        company=reference(company_id) if company_id is not None else None,
        **fields,
    )


def reference(company_id: str) -> CompanySummary:
    """Return a summary in which nothing but the id is true, as a writer must not read the rest."""
    return CompanySummary(
        id=company_id,
        name="not read",
        domain="not-read.example",
        tld="example",
        location=None,
        industries=("not read",),
        functions=("not read",),
        technologies=("not read",),
        linkedin_url="not read",
        has_generic_email=True,
        has_linkedin_profile=True,
        first_seen_at="1000-01-01T00:00:00Z",
        added_at="1000-01-01T00:00:00Z",
    )


def some(chance: random.Random, values: Sequence[str], most: int) -> tuple[str, ...]:
    """Return up to *most* of *values*, often none, sometimes one twice."""
    return tuple(chance.choices(values, k=chance.randint(0, most))) if chance.random() < 0.8 else ()


def title(chance: random.Random) -> str | None:
    """Return a job title of a few words, of one or two letters, of white space only, or none."""
    kind = chance.random()
    if kind < 0.1:
        return None
    if kind < 0.2:
        return chance.choice(VALUES)
    if kind < 0.22:
        return chance.choice(("", " ", "\n"))
    if kind < 0.27:
        return "".join(chance.choices("abß管🦉 ", k=chance.randint(1, 3)))
    return chance.choice((" ", "  ", "")).join(chance.choices(_WORDS, k=chance.randint(1, 5)))


def _emails(chance: random.Random, record_id: str) -> tuple[Email, ...]:
    generic = Email(f"info.{record_id}@example.com".lower(), "generic")
    personal = Email(f"person.{record_id}@example.com".lower(), "personal")
    return chance.choice(((), (generic,), (personal,), (generic, personal)))


def random_company(chance: random.Random, company_id: str, times: Sequence[str] = TIMES) -> Company:
    """Return a company made from *chance*; its times are among *times*."""
    domain = f"firm-{chance.randrange(10**6)}.{chance.choice(DOMAIN_ENDINGS)}" if chance.random() < 0.8 else None
    return company_of(
        company_id,
        name=chance.choice(VALUES),
        domain=domain,
        emails=_emails(chance, company_id),
        linkedin_url=f"https://www.linkedin.com/company/{company_id}" if chance.random() < 0.5 else None,
        location=chance.choice((None, *LOCATIONS)),
        industries=some(chance, VALUES, 3),
        functions=some(chance, VALUES[:12], 2),
        technologies=some(chance, VALUES, 6),
        added_at=chance.choice(times),
        first_seen_at=chance.choice(times),
        custom={"Line\n\x00": chance.choice(VALUES)} if chance.random() < 0.3 else {},
    )


def random_contact(
    chance: random.Random, contact_id: str, company_id: str | None, times: Sequence[str] = TIMES
) -> Contact:
    """Return a contact of that company (None: of none) made from *chance*."""
    seniority = chance.choice((None, *SENIORITIES, "Grand Vizier"))
    return contact_of(
        contact_id,
        company_id,
        first_name=chance.choice(VALUES),
        full_name=chance.choice(VALUES),
        job_title=title(chance),
        departments=some(chance, (*DEPARTMENTS[:6], "Human Resources", *VALUES[:9]), 3),
        seniority=seniority,
        is_decision_maker=seniority in DECISION_MAKER_SENIORITIES,
        emails=_emails(chance, contact_id),
        linkedin_url=f"https://www.linkedin.com/in/{contact_id}" if chance.random() < 0.5 else None,
        location=chance.choice((None, *LOCATIONS)),
        added_at=chance.choice(times),
    )


# The same for Hypothesis, with any text there is besides the awkward values.
texts = st.one_of(
    st.sampled_from(VALUES),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12),
    st.text("aAbß &\x00\né管🦉", min_size=1, max_size=5),
)
_tuples = st.lists(texts, max_size=4).map(tuple)
times = st.sampled_from(TIMES)
company_ids = st.sampled_from(AWKWARD_IDS).map("co_".__add__)
contact_ids = st.sampled_from(AWKWARD_IDS).map("ct_".__add__)
_email_sets = st.lists(
    st.sampled_from((Email("info@example.com", "generic"), Email("a.person@example.com", "personal"))), max_size=2
).map(tuple)
_locations: st.SearchStrategy[Location | None] = st.sampled_from((None, *LOCATIONS))


def companies(ids: st.SearchStrategy[str] = company_ids) -> st.SearchStrategy[Company]:
    """Draw companies."""
    return st.builds(
        company_of,
        ids,
        added_at=times,
        first_seen_at=times,
        domain=st.none() | st.sampled_from(DOMAIN_ENDINGS).map("firm.".__add__),
        emails=_email_sets,
        linkedin_url=st.none() | st.just("https://www.linkedin.com/company/firm"),
        location=_locations,
        industries=_tuples,
        functions=_tuples,
        technologies=_tuples,
        name=st.none() | texts,
    )


def contacts(companies_held: Sequence[str]) -> st.SearchStrategy[Contact]:
    """Draw contacts of the companies of these ids, or of none."""
    return st.builds(
        contact_of,
        contact_ids,
        st.sampled_from((None, *companies_held)),
        added_at=times,
        emails=_email_sets,
        linkedin_url=st.none() | st.just("https://www.linkedin.com/in/person"),
        job_title=st.none() | texts,
        departments=_tuples | st.lists(st.sampled_from(DEPARTMENTS), max_size=3).map(tuple),
        seniority=st.none() | texts | st.sampled_from(SENIORITIES),
        is_decision_maker=st.booleans(),
    )
