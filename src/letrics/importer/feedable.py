"""What columns, joins, constants and people of a mapping file may feed, and the faults that are told of it."""

import re
from datetime import UTC, datetime
from difflib import get_close_matches

from letrics.importer.field_values import value_of_cell
from letrics.importer.headers import DERIVED, own_target
from letrics.importer.mapping import CUSTOM
from letrics.model.fields import COMPANY_FIELDS, CONTACT_FIELDS, Value
from letrics.model.places.canonical import country_code_of

RECORDS = ("company", "contact")
_FIELDS = {f"company.{f.name}": f for f in COMPANY_FIELDS} | {f"contact.{f.name}": f for f in CONTACT_FIELDS}
_COUNTRIES = ("location.country", "location.country_code")
# What holds values by name, and such a name.
_KEYED = {Value.SOCIALS: "facebook", Value.CUSTOM: "note"}
# A day of which no form of dates makes another one.
_A_DAY = datetime(2021, 1, 1, tzinfo=UTC)


def field_target(target: str, record: str) -> str:
    """
    Return *target*, a field of a record, in its canonical form; raises ValueError that says what it takes instead.

    *record* is what a row is: the people of a company have columns of their own.
    """
    if target in (CUSTOM, DERIVED) or target.startswith("role:"):
        raise ValueError(f"{target!r} is for columns only; this takes a field, such as {record}.custom.note.")
    found = _canonical(target)
    if found is None:
        near = get_close_matches(target, _known_targets(), 1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise ValueError(f"{target!r} is nothing that a column can feed.{hint}")
    if found in _FIELDS and (key := _KEYED.get(_FIELDS[found].value)) is not None:
        raise ValueError(f"{target!r} has several values; name the one to feed, such as {found}.{key}.")
    if found.startswith("contact.") and record == "company":
        raise ValueError(
            f"{target!r} is a person's, and a row is a company; name people under [[people]], or as role:."
        )
    return found


def column_target(target: str, record: str, *, is_alone: bool) -> str:
    """Return `field_target` of what a column feeds; this may also be a role, or `custom`, or alone `derived`."""
    if target == CUSTOM or target.startswith("role:"):
        return target
    if target == DERIVED:
        if is_alone:
            return target
        raise ValueError(f"{DERIVED!r} leaves a column out, and so stands alone.")
    return field_target(target, record)


def _canonical(target: str) -> str | None:
    record, _, name = target.partition(".")
    if record not in RECORDS or not name:
        return None
    if name == "id" or (target in _FIELDS and _FIELDS[target].value in _KEYED):
        return target
    found = own_target(f"company.{name}" if record == "company" else name)
    if found is None or found == DERIVED:
        return None
    owner, _, rest = found.partition(".")
    # The name of a place is its `raw`; all others are what they are called.
    return f"{record}.{rest}" if owner in (record, "any") and rest in (name, f"{name}.raw") else None


def _known_targets() -> list[str]:
    parts = ("city", "region", "country", "street", "postal_code")
    return [*_FIELDS, *(f"{record}.location.{part}" for record in RECORDS for part in parts), CUSTOM]


def check_value(target: str, value: str) -> None:
    """Raise ValueError for a *value* of every row that the field *target* cannot take."""
    if target.partition(".")[2] in _COUNTRIES:
        check_country(value)
    elif (field := _FIELDS.get(target)) is not None:
        value_of_cell(field.value, value)


def check_country(value: str) -> None:
    """Raise ValueError for what is no country."""
    if country_code_of(value) is None:
        raise ValueError(f"{value!r} is no country; name one by its name or code, such as Germany or DE.")


def check_split(split: str) -> None:
    """Raise ValueError for what parts nothing."""
    if not split:
        raise ValueError('it is empty; name what stands between the values, such as ", ", or leave it out.')


def check_pattern(pattern: str) -> None:
    """Raise ValueError for what is no pattern."""
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(
            f"{pattern!r} is no regular expression ({error}); put a backslash before a sign that is meant as it stands."
        ) from None


def check_date(form: str) -> None:
    """Raise ValueError for what is no form of dates, or of dates without a year."""
    try:
        read = datetime.strptime(_A_DAY.strftime(form), form)
    except (ValueError, re.error) as error:
        raise ValueError(f"{form!r} is no form of dates ({error}); write it such as %d/%m/%Y or %m/%d/%y.") from None
    if read.date() != _A_DAY.date():
        raise ValueError(f"{form!r} does not tell the year; write it such as %d/%m/%Y or %m/%d/%y.")
