"""The contract line by line on a handful of records, with answers worked out by hand, for oracle and backends."""

from pathlib import Path
from typing import Any

import pytest

from conformance.backends import OpenBackend
from conformance.ledger import Ledger
from conformance.questions import TIMEOUT_S, decoded
from letrics.model.company import Company, Email
from letrics.model.contact import Contact
from letrics.model.filters import Search
from letrics.model.places import canonical_location
from letrics.query.parse import Fields, Limits, parse_fields
from records import company_of, contact_of

GENERIC = Email("info@example.com", "generic")
PERSONAL = Email("a.person@example.com", "personal")

COMPANIES = (
    company_of(
        "co_alpha",
        domain="alpha.de",
        emails=(PERSONAL, GENERIC),
        linkedin_url="https://www.linkedin.com/company/alpha",
        location=canonical_location(city="Munich", country="DE"),
        industries=("Software Development", "R&D"),
        functions=("manufacturer",),
        technologies=("WordPress", "Shopify"),
        added_at="2026-03-01T00:00:00Z",
        first_seen_at="2020-01-01T00:00:00Z",
    ),
    company_of(
        "co_beta",
        domain="beta.co.uk",
        emails=(PERSONAL,),
        location=canonical_location(city="London", country="GB"),
        industries=("Banking",),
        functions=("investor", "holding"),
        technologies=("WordPress",),
        added_at="2026-02-01T10:00:00.000001Z",
        first_seen_at="2021-06-01T00:00:00Z",
    ),
    company_of("co_Gamma", added_at="2026-02-01T10:00:00.000001Z", first_seen_at="2022-01-01T00:00:00Z"),
    company_of(
        "co_delta",
        domain="delta.xn--p1ai",
        location=canonical_location(city="Los Angeles", region="CA", country="US"),
        industries=("r & d labs", "Straße"),
        technologies=("Shop",),
        added_at="2026-01-01T00:00:00Z",
        first_seen_at="2023-01-01T00:00:00Z",
    ),
)
EARLIER = "2025-12-24T00:00:00Z"
CONTACTS = (
    contact_of(
        "ct_1",
        "co_alpha",
        job_title="Finance Manager",
        departments=("finance", "operations"),
        seniority="manager",
        emails=(PERSONAL,),
        added_at=EARLIER,
    ),
    contact_of(
        "ct_2",
        "co_alpha",
        job_title="Director of R&D",
        departments=("research",),
        seniority="director",
        is_decision_maker=True,
        emails=(GENERIC,),
        linkedin_url="https://www.linkedin.com/in/two",
        added_at=EARLIER,
    ),
    contact_of(
        "ct_3",
        "co_beta",
        job_title="CHIEF EXECUTIVE",
        departments=("executive",),
        seniority="c_suite",
        is_decision_maker=True,
        added_at=EARLIER,
    ),
    # Without a company: it sorts by its own time, after co_alpha's people and before co_beta's.
    contact_of("ct_4", None, job_title="Freelance manager", seniority="manager", added_at="2026-02-15T00:00:00Z"),
    contact_of("ct_5", "co_Gamma", added_at="2026-02-15T00:00:00Z"),
    contact_of("ct_a", "co_delta", job_title="Straßenbau", departments=("human_resources",), added_at=EARLIER),
    contact_of("ct_B", "co_delta", job_title="Ⅷ. ﬁnance", seniority="vp", added_at=EARLIER),
)
# Newest company first; co_Gamma before co_beta and ct_B before ct_a by bytes.
ALL_CONTACTS = "ct_1 ct_2 ct_4 ct_5 ct_3 ct_B ct_a"
ALL_COMPANIES = "co_alpha co_Gamma co_beta co_delta"

CONTACT_EXAMPLES: list[tuple[str, dict[str, Any], str]] = [
    ("no filter", {}, ALL_CONTACTS),
    ("null and [] are not given", {"job_titles": [], "locations": None, "has_personal_email": None}, ALL_CONTACTS),
    ("job title contains, ignoring case", {"job_titles": ["MANAGER"]}, "ct_1 ct_4"),
    ("part of a word", {"job_titles": ["anag"]}, "ct_1 ct_4"),
    ("over a word's end", {"job_titles": ["e m"]}, "ct_1 ct_4"),
    ("values are alternatives", {"job_titles": ["chief", "freelance"]}, "ct_4 ct_3"),
    ("R&D in any form", {"job_titles": ["r and d"]}, "ct_2"),
    ("casefolding", {"job_titles": ["STRASSE"]}, "ct_a"),
    ("compatibility forms", {"job_titles": ["viii. FIN"]}, "ct_B"),
    ("a title is not stemmed", {"job_titles": ["managers"]}, ""),
    ("department is exact", {"departments": ["finance"]}, "ct_1"),
    ("any of a contact's departments", {"departments": ["operations", "executive"]}, "ct_1 ct_3"),
    ("department is never partial", {"departments": ["fin"]}, ""),
    ("department by alias", {"departments": ["Human Resources"]}, "ct_a"),
    ("seniority is exact", {"seniorities": ["director"]}, "ct_2"),
    ("seniority by alias", {"seniorities": ["C-Level", "Vice President"]}, "ct_3 ct_B"),
    ("filters combine", {"job_titles": ["manager"], "departments": ["finance"]}, "ct_1"),
    ("personal email", {"has_personal_email": True}, "ct_1"),
    ("own profile", {"has_linkedin_profile": True}, "ct_2"),
    ("decision maker", {"is_decision_maker": True}, "ct_2 ct_3"),
    ("company's generic email", {"company_has_generic_email": True}, "ct_1 ct_2"),
    ("company's profile", {"company_has_linkedin_profile": True}, "ct_1 ct_2"),
    ("false restricts nothing", {"is_decision_maker": False}, ALL_CONTACTS),
    ("a boolean's twin", {"exclude_has_personal_email": True}, "ct_2 ct_4 ct_5 ct_3 ct_B ct_a"),
    ("a company's boolean's twin", {"exclude_company_has_generic_email": True}, "ct_4 ct_5 ct_3 ct_B ct_a"),
    ("company's industry", {"industries": ["banking"]}, "ct_3"),
    ("company's place", {"locations": ["Germany"]}, "ct_1 ct_2"),
    ("without a company in no inclusion", {"technologies": ["wordpress", "shop"]}, "ct_1 ct_2 ct_3 ct_B ct_a"),
    ("without a company not excluded", {"exclude_technologies": ["WordPress"]}, "ct_4 ct_5 ct_B ct_a"),
    ("without a title not excluded", {"exclude_job_titles": ["manager"]}, "ct_2 ct_5 ct_3 ct_B ct_a"),
    ("an exclusion wins", {"job_titles": ["manager"], "exclude_job_titles": ["finance"]}, "ct_4"),
    ("an exclusion wins over the same value", {"seniorities": ["vp"], "exclude_seniorities": ["VP"]}, ""),
    ("the company's time, not the contact's", {"added_before": "2026-01-31"}, "ct_B ct_a"),
    ("without a company added at no time", {"added_after": "2000-01-01"}, "ct_1 ct_2 ct_5 ct_3 ct_B ct_a"),
    ("first seen", {"first_seen_after": "2021-06-01", "first_seen_before": "2022-06-01"}, "ct_5 ct_3"),
    ("a page", {"page": 2, "per_page": 3}, "ct_5 ct_3 ct_B"),
    ("beyond the last page", {"page": 9, "per_page": 3}, ""),
]  # fmt: skip
COMPANY_EXAMPLES: list[tuple[str, dict[str, Any], str]] = [
    ("no filter", {}, ALL_COMPANIES),
    ("generic email", {"has_generic_email": True}, "co_alpha"),
    ("profile", {"has_linkedin_profile": True}, "co_alpha"),
    ("booleans' twins", {"exclude_has_generic_email": True}, "co_Gamma co_beta co_delta"),
    ("exact means never partial", {"industries": ["R&D"]}, "co_alpha"),
    ("R&D in any form", {"industries": ["R AND D", "  r  &  d LABS\n"]}, "co_alpha co_delta"),
    ("casefolding", {"industries": ["STRASSE"]}, "co_delta"),
    ("one of its functions", {"functions": ["holding", "manufacturer"]}, "co_alpha co_beta"),
    ("overlap of technologies", {"technologies": ["Shopify", "Magento"]}, "co_alpha"),
    ("shop is not Shopify", {"technologies": ["shop"]}, "co_delta"),
    ("what lacks it is not excluded", {"exclude_industries": ["Banking"]}, "co_alpha co_Gamma co_delta"),
    ("top-level domain", {"tlds": ["de"]}, "co_alpha"),
    ("with a dot and in any case", {"tlds": [".DE"]}, "co_alpha"),
    ("public suffix", {"tlds": ["co.uk"]}, "co_beta"),
    ("all below uk", {"tlds": ["uk"]}, "co_beta"),
    ("unicode", {"tlds": ["рф"]}, "co_delta"),
    ("punycode", {"tlds": ["xn--p1ai"]}, "co_delta"),
    ("without a domain not excluded", {"exclude_tlds": ["de", "uk"]}, "co_Gamma co_delta"),
    ("a country", {"locations": ["USA"]}, "co_delta"),
    ("a region", {"locations": ["Bavaria", "US-CA"]}, "co_alpha co_delta"),
    ("without a place not excluded", {"exclude_locations": ["Europe"]}, "co_Gamma co_delta"),
    ("after is inclusive", {"added_after": "2026-02-01T10:00:00.000001Z"}, "co_alpha co_Gamma co_beta"),
    ("one microsecond later", {"added_after": "2026-02-01T10:00:00.000002Z"}, "co_alpha"),
    ("before is inclusive", {"added_before": "2026-02-01T10:00:00.000001Z"}, "co_Gamma co_beta co_delta"),
    ("one microsecond earlier", {"added_before": "2026-02-01T10:00:00Z"}, "co_delta"),
    ("an offset is converted", {"added_after": "2026-03-01T02:00:00+02:00"}, "co_alpha"),
    ("a bare date is its midnight", {"added_after": "2026-03-01"}, "co_alpha"),
    ("a bare date's day is not in it", {"added_before": "2026-02-01"}, "co_delta"),
    ("without an offset it is UTC", {"added_before": "2026-02-01T10:00:00.000001"}, "co_Gamma co_beta co_delta"),
    ("a range", {"first_seen_after": "2021-06-01", "first_seen_before": "2022-01-01"}, "co_Gamma co_beta"),
    ("what occurs nowhere", {"industries": ["Astrology"]}, ""),
    ("excluding what occurs nowhere", {"exclude_industries": ["Astrology"]}, ALL_COMPANIES),
]  # fmt: skip
EXAMPLES = [("contacts", *each) for each in CONTACT_EXAMPLES] + [("companies", *each) for each in COMPANY_EXAMPLES]


@pytest.fixture(scope="module")
def ledger_of_examples() -> Ledger:
    ledger = Ledger()
    ledger.companies = {company.id: company for company in COMPANIES}
    ledger.contacts = {contact.id: contact for contact in CONTACTS}
    return ledger


@pytest.mark.parametrize(("search", "sentence", "request_", "expected"), EXAMPLES, ids=lambda each: str(each)[:40])
def test_the_oracle_knows_the_contract(
    ledger_of_examples: Ledger, search: Search, sentence: str, request_: dict[str, Any], expected: str
) -> None:
    """The oracle gives the answer that was worked out by hand."""
    assert ledger_of_examples.oracle().search(search, request_).ids == expected.split(), sentence


@pytest.mark.parametrize("commits", [1, len(COMPANIES) + len(CONTACTS)])
def test_every_line_of_the_contract_holds(
    open_backend: OpenBackend, tmp_path: Path, ledger_of_examples: Ledger, commits: int
) -> None:
    """A backend gives the answers that were worked out by hand, whether filled in one commit or one a record."""
    backend = open_backend(tmp_path)
    records: list[Company | Contact] = [*COMPANIES, *CONTACTS]
    for i in range(commits):
        with backend.writer() as writer:
            for record in records[i::commits]:
                if isinstance(record, Company):
                    writer.put_company(record)
                else:
                    writer.put_contact(record)
            writer.commit()
    wrong = []
    for search, sentence, request, expected in EXAMPLES:
        answer = backend.searcher().search(parse_fields(search, Fields(request), Limits()).query, timeout_s=TIMEOUT_S)  # type: ignore[arg-type]
        ids = [decoded(search, row).id for row in answer.rows]  # type: ignore[arg-type]
        total = len(expected.split()) if "page" not in request else len(CONTACTS)
        if (ids, answer.total) != (expected.split(), total):
            wrong.append((search, sentence, request, ids, answer.total))
    assert not wrong
