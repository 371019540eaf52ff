"""What a contact record is, as stored and as answered."""

from typing import Any

import msgspec

from letrics.model.company import CompanySummary, Email, Source
from letrics.model.location import Location


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """
    A contact record; every field is always present in JSON, so that a reader meets one shape.

    `derived` names the fields that Letrics read from others because the source had none.
    `company` stays the last field: the index stores it once a company and splices it in.
    """

    id: str
    external_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    full_name: str | None = None
    job_title: str | None = None
    departments: tuple[str, ...] = ()
    seniority: str | None = None
    is_decision_maker: bool = False
    emails: tuple[Email, ...] = ()
    has_personal_email: bool = False
    linkedin_url: str | None = None
    has_linkedin_profile: bool = False
    phones: tuple[str, ...] = ()
    socials: dict[str, str] = {}
    location: Location | None = None
    added_at: str
    updated_at: str
    sources: tuple[Source, ...] = ()
    custom: dict[str, Any] = {}
    derived: tuple[str, ...] = ()
    company: CompanySummary | None = None
