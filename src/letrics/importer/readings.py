"""
Readings: what a distinct value of a field says, once for all rows that have it.

Most say a canonical value and nothing else.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import UNSET

from letrics.model.company import Email
from letrics.model.values import email_scope, email_type, is_plain_email

NO_CUSTOM: dict[str, Any] = {}


class Part(msgspec.Struct, frozen=True):
    """What a distinct value says beside a field's *value*: what goes to custom, the columns that could not be read."""

    value: Any = None
    custom: dict[str, Any] = NO_CUSTOM
    unread: Counter[str] | None = None
    is_fault: bool = False


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


def plain_first(read: Reading) -> Reading:
    """Return a reading of cells with a person's addresses that tells a plain one by a look."""

    def read_plain(cell: Any) -> Any | Part:
        return (Email(cell, email_type(cell), email_scope(cell)),) if is_plain_email(cell) else read(cell)

    return read_plain


def _with_scopes(emails: tuple[Email, ...]) -> tuple[Email, ...]:
    if len(emails) == 1 and emails[0].scope is UNSET and emails[0].status is UNSET:
        return (Email(emails[0].value, emails[0].type, email_scope(emails[0].value)),)
    return tuple(
        e if e.scope in ("work", "private") else Email(e.value, e.type, email_scope(e.value), e.status) for e in emails
    )
