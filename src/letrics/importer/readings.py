"""
Readings: what a distinct value of a field says, once for all rows that have it.

Most say a canonical value and nothing else.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np
from msgspec import UNSET
from numpy.typing import NDArray

from letrics.importer.texts import Texts, emails_of, profiles_of
from letrics.model.company import Email
from letrics.model.values import email_scope, email_type, is_plain_email, is_plain_linkedin

NO_CUSTOM: dict[str, Any] = {}


class Part(msgspec.Struct, frozen=True):
    """What a distinct value says beside a field's *value*: what goes to custom, the columns that could not be read."""

    value: Any = None
    custom: dict[str, Any] = NO_CUSTOM
    unread: Counter[str] | None = None
    is_fault: bool = False


# What cells say that a look tells, and which the others are.
Told = tuple[Sequence[Any], NDArray[np.int64]]
# Of a distinct value of a field: its canonical value, or what it says where that is not all.
Reading = Callable[[Any], Any | Part]


class Parts:
    """What distinct values of one field say: *values* has each, and *odd* those that say more than a value."""

    def __init__(self) -> None:
        self.values: dict[Any, Any] = {}
        self.odd: dict[Any, Part] = {}


def scoped(read: Reading) -> Reading:
    """Return a reading of a person's addresses with their scopes."""

    def read_scoped(key: Any) -> Any | Part:
        found = read(key)
        if isinstance(found, Part):
            return msgspec.structs.replace(found, value=_with_scopes(found.value)) if found.value else found
        return found and _with_scopes(found)

    return read_scoped


def _plain_emails(cells: Sequence[str]) -> Told:
    if isinstance(cells, Texts):
        return emails_of(cells)
    # A list of one, as formats with lists have it, is that one.
    return _told([_plain_email(cell[2:-2] if cell[:2] == '["' and cell[-2:] == '"]' else cell) for cell in cells])


def _plain_emails_of_json(keys: Sequence[Any]) -> Told:
    return _told(
        [
            _plain_email(key[2:-2].decode())
            if isinstance(key, bytes) and key[:2] == b'["' and key[-2:] == b'"]'
            else None
            for key in keys
        ]
    )


def _plain_email(address: str) -> tuple[Email, ...] | None:
    return (Email(address, email_type(address), email_scope(address)),) if is_plain_email(address) else None


def _plain_profiles(cells: Sequence[str]) -> Told:
    if isinstance(cells, Texts):
        return profiles_of(cells)
    return _told([cell if is_plain_linkedin(cell) else None for cell in cells])


def _plain_profiles_of_json(keys: Sequence[Any]) -> Told:
    return _told([key if isinstance(key, str) and is_plain_linkedin(key) else None for key in keys])


def _told(values: list[Any]) -> Told:
    return values, np.array([i for i, each in enumerate(values) if each is None], dtype=np.int64)


# Of fields with as many values as rows: what tells by a look what cells say.
PLAIN: dict[tuple[str, str], Callable[[Sequence[str]], Told]] = {
    ("contact", "emails"): _plain_emails,
    ("contact", "linkedin_url"): _plain_profiles,
    ("company", "linkedin_url"): _plain_profiles,
}
# The same of values of JSON: texts, and other values as they are written.
PLAIN_JSON: dict[tuple[str, str], Callable[[Sequence[Any]], Told]] = {
    ("contact", "emails"): _plain_emails_of_json,
    ("contact", "linkedin_url"): _plain_profiles_of_json,
    ("company", "linkedin_url"): _plain_profiles_of_json,
}


def _with_scopes(emails: tuple[Email, ...]) -> tuple[Email, ...]:
    if len(emails) == 1 and emails[0].scope is UNSET and emails[0].status is UNSET:
        return (Email(emails[0].value, emails[0].type, email_scope(emails[0].value)),)
    return tuple(
        e if e.scope in ("work", "private") else Email(e.value, e.type, email_scope(e.value), e.status) for e in emails
    )
