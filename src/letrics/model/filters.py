"""
The filter registry: each filter of the two searches, declared once.

The parser, the index, the OpenAPI document, the command line's flags and the reference page are
derived from it.  To add a filter, add one declaration here.  A new kind is declared here, too, takes an extractor in
`model/terms.py`, and is told apart where kinds differ: in `query/parse.py` and `notation.py`, in `index/layout.py`,
`match.py` and `near.py`, and where requests are described (`web/openapi.py`, `cli/search.py`).
"""

from enum import StrEnum
from typing import Any, Literal

import msgspec

Search = Literal["contacts", "companies"]
SEARCHES: tuple[Search, ...] = ("contacts", "companies")

EXCLUDE = "exclude_"


class Kind(StrEnum):
    """How a filter's values are compared with what a record offers."""

    SUBSTRING = "substring"  # folded value is a substring of the folded text
    TERM = "term"  # folded value equals a folded value of the record
    PLACE = "place"  # place resolved by the one resolver of imports and queries
    TLD = "tld"  # top-level domain or public suffix
    FLAG = "flag"  # boolean attribute
    AFTER = "after"  # at or after a time
    BEFORE = "before"  # at or before a time
    SOURCE = "source"  # where the record is from, and since when; of no filter, for the overview only


_ARRAYS = frozenset({Kind.SUBSTRING, Kind.TERM, Kind.PLACE, Kind.TLD})
TIMES = frozenset({Kind.AFTER, Kind.BEFORE})


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """
    One filter: its *name* in a request, how it compares, and the record *field* it reads.

    *of* says whose field that is: the contact's own, or the company's; on the contacts search the
    latter means the contact's company.  *vocabulary* names the alias table its values pass first.
    """

    name: str
    kind: Kind
    searches: tuple[Search, ...]
    of: Literal["contact", "company"]
    field: str
    doc: str
    example: Any
    vocabulary: Literal["departments", "seniorities"] | None = None

    @property
    def is_array(self) -> bool:
        """Whether it takes several values, any of which will do."""
        return self.kind in _ARRAYS

    @property
    def has_twin(self) -> bool:
        """Whether an `exclude_` twin exists: for every array filter and every boolean."""
        return self.kind not in TIMES


_BOTH = SEARCHES
_CONTACTS: tuple[Search, ...] = ("contacts",)
_COMPANIES: tuple[Search, ...] = ("companies",)

FILTERS: tuple[Filter, ...] = (
    Filter(
        name="job_titles",
        kind=Kind.SUBSTRING,
        searches=_CONTACTS,
        of="contact",
        field="job_title",
        doc="Job title contains one of these, ignoring case: `manager` finds *Finance Manager*.",
        example=["manager"],
    ),
    Filter(
        name="departments",
        kind=Kind.TERM,
        searches=_CONTACTS,
        of="contact",
        field="departments",
        doc="Department is exactly one of these; `Human Resources` and `human_resources` are one.",
        example=["finance"],
        vocabulary="departments",
    ),
    Filter(
        name="seniorities",
        kind=Kind.TERM,
        searches=_CONTACTS,
        of="contact",
        field="seniority",
        doc="Seniority is exactly one of these; `VP` and `vice president` are one.",
        example=["director"],
        vocabulary="seniorities",
    ),
    Filter(
        name="has_personal_email",
        kind=Kind.FLAG,
        searches=_CONTACTS,
        of="contact",
        field="has_personal_email",
        doc="True: has an email address that belongs to that person.",
        example=True,
    ),
    Filter(
        name="has_linkedin_profile",
        kind=Kind.FLAG,
        searches=_CONTACTS,
        of="contact",
        field="has_linkedin_profile",
        doc="True: has a LinkedIn profile.",
        example=True,
    ),
    Filter(
        name="is_decision_maker",
        kind=Kind.FLAG,
        searches=_CONTACTS,
        of="contact",
        field="is_decision_maker",
        doc="True: is marked as a decision maker.",
        example=True,
    ),
    Filter(
        name="company_has_generic_email",
        kind=Kind.FLAG,
        searches=_CONTACTS,
        of="company",
        field="has_generic_email",
        doc="True: the company has at least one generic email, such as info@.",
        example=True,
    ),
    Filter(
        name="company_has_linkedin_profile",
        kind=Kind.FLAG,
        searches=_CONTACTS,
        of="company",
        field="has_linkedin_profile",
        doc="True: the company has a LinkedIn profile.",
        example=True,
    ),
    Filter(
        name="has_generic_email",
        kind=Kind.FLAG,
        searches=_COMPANIES,
        of="company",
        field="has_generic_email",
        doc="True: has at least one generic email, such as info@.",
        example=True,
    ),
    Filter(
        name="has_linkedin_profile",
        kind=Kind.FLAG,
        searches=_COMPANIES,
        of="company",
        field="has_linkedin_profile",
        doc="True: has a LinkedIn profile.",
        example=True,
    ),
    Filter(
        name="added_after",
        kind=Kind.AFTER,
        searches=_BOTH,
        of="company",
        field="added_at",
        doc="Company was added to Letrics at or after this time.",
        example="2026-01-01T00:00:00Z",
    ),
    Filter(
        name="added_before",
        kind=Kind.BEFORE,
        searches=_BOTH,
        of="company",
        field="added_at",
        doc="Company was added to Letrics at or before this time.",
        example="2026-12-31T23:59:59Z",
    ),
    Filter(
        name="first_seen_after",
        kind=Kind.AFTER,
        searches=_BOTH,
        of="company",
        field="first_seen_at",
        doc="Company was first detected as active at or after this time.",
        example="2026-01-01",
    ),
    Filter(
        name="first_seen_before",
        kind=Kind.BEFORE,
        searches=_BOTH,
        of="company",
        field="first_seen_at",
        doc="Company was first detected as active at or before this time.",
        example="2026-06-30",
    ),
    Filter(
        name="locations",
        kind=Kind.PLACE,
        searches=_BOTH,
        of="company",
        field="location",
        doc=(
            "Company is in one of these places: a country, region or city by name or ISO code, a path"
            " such as `Munich, Germany`, a continent or group such as `EMEA`, or `city:Georgia`."
        ),
        example=["Germany"],
    ),
    Filter(
        name="functions",
        kind=Kind.TERM,
        searches=_BOTH,
        of="company",
        field="functions",
        doc="Company has one of these functions: the roles it plays in its market.",
        example=["manufacturer"],
    ),
    Filter(
        name="industries",
        kind=Kind.TERM,
        searches=_BOTH,
        of="company",
        field="industries",
        doc="Company is in one of these industries.",
        example=["Software Development"],
    ),
    Filter(
        name="tlds",
        kind=Kind.TLD,
        searches=_BOTH,
        of="company",
        field="domain",
        doc="Company has its domain under one of these: `de`, `.de`, `co.uk`, or `uk` for all below uk.",
        example=["de", "co.uk"],
    ),
    Filter(
        name="technologies",
        kind=Kind.TERM,
        searches=_BOTH,
        of="company",
        field="technologies",
        doc="Company uses at least one of these technologies.",
        example=["Shopify"],
    ),
)


def filters_of(search: Search) -> tuple[Filter, ...]:
    """Return the filters of one search, in the order in which they are declared."""
    return tuple(each for each in FILTERS if search in each.searches)
