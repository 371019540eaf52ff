"""
Values: one canonical form of each kind of value, for imports and filters alike.

A function here takes text as a file or a request has it and returns the canonical value, or raises
ValueError with a sentence that says what is wrong and what is expected.
"""

from letrics.model.values.cells import disarmed, rearmed
from letrics.model.values.domains import (
    canonical_tld,
    domain,
    is_private_mailbox,
    is_shared_host,
    public_suffix,
    tld,
    tld_terms,
)
from letrics.model.values.emails import email, email_scope, email_type, is_plain_email
from letrics.model.values.numbers import boolean, count, employee_range, employee_range_of, money, year
from letrics.model.values.people import split_name
from letrics.model.values.phones import phone
from letrics.model.values.texts import NOTHING, cleaned, person_name, person_names, several, text
from letrics.model.values.times import (
    canonical_time,
    is_canonical_time,
    loose_time,
    timestamp,
    timestamp_text,
    timestamp_with_text,
)
from letrics.model.values.urls import is_plain_linkedin, linkedin_is_person, linkedin_url, website_url

__all__ = [
    "NOTHING",
    "boolean",
    "canonical_time",
    "canonical_tld",
    "cleaned",
    "count",
    "disarmed",
    "domain",
    "email",
    "email_scope",
    "email_type",
    "employee_range",
    "employee_range_of",
    "is_canonical_time",
    "is_plain_email",
    "is_plain_linkedin",
    "is_private_mailbox",
    "is_shared_host",
    "linkedin_is_person",
    "linkedin_url",
    "loose_time",
    "money",
    "person_name",
    "person_names",
    "phone",
    "public_suffix",
    "rearmed",
    "several",
    "split_name",
    "text",
    "timestamp",
    "timestamp_text",
    "timestamp_with_text",
    "tld",
    "tld_terms",
    "website_url",
    "year",
]
