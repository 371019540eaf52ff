"""What a company record is, as stored and as answered."""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from letrics.model.location import Location


class Email(msgspec.Struct, frozen=True):
    """One address; *scope* is said of people only, *status* only where a source says it."""

    value: str
    type: Literal["personal", "generic"]
    scope: Literal["work", "private"] | UnsetType = UNSET
    status: str | UnsetType = UNSET


class Source(msgspec.Struct, frozen=True):
    """Where a record came from: the source's *name*, its first import, and its own key there."""

    name: str
    imported_at: str
    external_id: str | UnsetType = UNSET


class Company(msgspec.Struct, frozen=True, kw_only=True):
    """
    A company record; every field is always present in JSON, so that a reader meets one shape.

    Times are canonical UTC text.  `tld`, `public_suffix` and the two `has_` fields are derived
    (`letrics.model.merging`), and kept in the record so that a user sees why it matched.
    """

    id: str
    external_id: str | None = None
    name: str | None = None
    legal_name: str | None = None
    description: str | None = None
    website_url: str | None = None
    logo_url: str | None = None
    domain: str | None = None
    domain_aliases: tuple[str, ...] = ()
    tld: str | None = None
    public_suffix: str | None = None
    emails: tuple[Email, ...] = ()
    has_generic_email: bool = False
    linkedin_url: str | None = None
    has_linkedin_profile: bool = False
    phones: tuple[str, ...] = ()
    socials: dict[str, str] = {}
    location: Location | None = None
    industries: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    technologies: tuple[str, ...] = ()
    employee_count: int | None = None
    employee_range: str | None = None
    founded_year: int | None = None
    revenue: int | None = None
    keywords: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    first_seen_at: str
    added_at: str
    updated_at: str
    sources: tuple[Source, ...] = ()
    custom: dict[str, Any] = {}


class CompanySummary(msgspec.Struct, frozen=True, kw_only=True):
    """A company as its contacts show it: with what the company filters read."""

    id: str
    name: str | None
    domain: str | None
    tld: str | None
    location: Location | None
    industries: tuple[str, ...]
    functions: tuple[str, ...]
    technologies: tuple[str, ...]
    linkedin_url: str | None
    has_generic_email: bool
    has_linkedin_profile: bool
    first_seen_at: str
    added_at: str


def summary(company: Company) -> CompanySummary:
    """Return *company* as its contacts show it."""
    return CompanySummary(**{name: getattr(company, name) for name in CompanySummary.__struct_fields__})


def only_named(company_id: str) -> CompanySummary:
    """Return a summary that says of a company which one it is, and nothing else."""
    nothing = dict.fromkeys(CompanySummary.__struct_fields__)
    lists: dict[str, Any] = {"industries": (), "functions": (), "technologies": ()}
    flags: dict[str, Any] = {"has_generic_email": False, "has_linkedin_profile": False}
    times: dict[str, Any] = {"first_seen_at": "", "added_at": ""}
    return CompanySummary(**{**nothing, **lists, **flags, **times, "id": company_id})
