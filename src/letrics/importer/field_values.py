"""From a cell of text, or a JSON value, to the canonical value of a field."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from letrics.model.company import Email
from letrics.model.fields import Field, Value
from letrics.model.folding import fold
from letrics.model.places import canonical_location
from letrics.model.values import (
    boolean,
    canonical_time,
    count,
    domain,
    email,
    email_type,
    employee_range,
    is_plain_email,
    linkedin_url,
    money,
    person_name,
    phone,
    several,
    text,
    website_url,
    year,
)
from letrics.model.vocabulary import department, seniority

_LISTS = (Value.TEXTS, Value.DOMAINS, Value.PHONES, Value.DEPARTMENTS)
# Values of JSON that say nothing of a field.
SAYING_NOTHING: tuple[Any, ...] = (None, (), {}, "")
# What is read from a cell alone; of vocabularies the spelling is kept, and a phone number may need its country.
SIMPLE = frozenset(Value) - {Value.SENIORITY, Value.DEPARTMENTS, Value.PHONES, Value.LOCATION, Value.SOCIALS}
# The fields of a contact that are a person's names.
NAMES = ("first_name", "last_name", "full_name")
_SEPARATORS = re.compile(r"[;|,\[]")
_NAMED = re.compile(r"[^<>@]{1,200}<[^<>\s]{1,320}>")
_WHOLE = (Value.COUNT, Value.MONEY, Value.YEAR)
_WHOLE_END = 2**63  # what is stored of whole numbers has 64 bits


class PartlyRead(ValueError):
    """What a cell says of which only some can be read: the *value*, and the *rest* as it is written."""

    def __init__(self, value: Any, rest: str) -> None:
        super().__init__(f"{rest[:100]!r} cannot be read.")
        self.value = value
        self.rest = rest


def value_of_cell(kind: Value, cell: str, country: str | None = None) -> Any:
    """
    Return the canonical value of a cell's text, None where it says nothing; raises ValueError.

    Phone numbers without a country code are those of *country*, as the row spells it.
    """
    cleaned = text(cell)
    return None if cleaned is None else value_of_text(kind, cleaned, country)


def value_of_text(kind: Value, cleaned: str, country: str | None = None) -> Any:
    """Return `value_of_cell` of a text that `letrics.model.values.text` has given."""
    if kind not in _LISTS:
        return _READERS[kind](cleaned)
    parts = several(cleaned)
    # What a text was parted into has been cleaned twice, which is as clean as it gets.
    return parts if kind is Value.TEXTS and not cleaned.startswith("[") else _several(kind, parts, country)


def reader_of(kind: Value) -> Callable[[str], Any]:
    """Return what reads many texts as `value_of_text` does, where no country matters."""
    return _READERS.get(kind) or partial(value_of_text, kind)


def _emails(cleaned: str) -> tuple[Email, ...]:
    if is_plain_email(cleaned):
        return (Email(cleaned, email_type(cleaned)),)
    if not _SEPARATORS.search(cleaned):
        address = email(cleaned)
        return (Email(address, email_type(address)),)
    if cleaned.startswith("[{"):
        return tuple(_json_email(each) for each in msgspec.json.decode(cleaned, type=list[dict[str, Any]]))
    good: dict[str, Email] = {}
    rest: list[str] = []
    for part in _addresses(cleaned):
        try:
            address = email(part)
        except ValueError:
            rest.append(part)
        else:
            good[address] = Email(address, email_type(address))
    if not rest:
        return tuple(good.values())
    if not good:
        raise ValueError(f"{cleaned[:100]!r} holds no e-mail address.")
    raise PartlyRead(tuple(good.values()), "; ".join(rest))


def _addresses(cell: str) -> tuple[str, ...]:
    """Return the parts of *cell* that are addresses, or should be; a comma may stand within the name before one."""
    parts = several(cell)
    if "<" not in cell:
        return several(cell, comma=True)
    return tuple(each for part in parts for each in ((part,) if _NAMED.fullmatch(part) else several(part, comma=True)))


_READERS: dict[Value, Callable[[str], Any]] = {
    Value.COUNT: count,
    Value.MONEY: money,
    Value.YEAR: year,
    Value.EMPLOYEE_RANGE: employee_range,
    Value.FLAG: boolean,
    Value.LINKEDIN: linkedin_url,
    Value.URL: website_url,
    Value.DOMAIN: domain,
    Value.TIME: canonical_time,
    Value.TEXT: lambda cell: cell,
    Value.EMAILS: _emails,
    Value.SENIORITY: seniority,
}


def value_of_json(field: Field, given: Any) -> Any:
    """Return the canonical value of a JSON value of Letrics' own format; raises ValueError where its type is wrong."""
    kind = field.value
    if kind is Value.LOCATION:
        return _json_location(given)
    if kind in (Value.SOCIALS, Value.CUSTOM):
        return _typed(given, dict)
    if kind is Value.EMAILS:
        return tuple(_json_email(each) for each in _typed(given, list))
    if kind is Value.FLAG:
        return _typed(given, bool)
    if isinstance(given, list) and kind in _LISTS:
        return _several(kind, [_typed(each, str) for each in given], None)
    if isinstance(given, int | float) and not isinstance(given, bool) and kind in _WHOLE:
        if abs(given) >= _WHOLE_END:
            raise ValueError("takes a number of at most 18 digits")
        return int(given)
    if field.name == "external_id" and isinstance(given, int):
        return str(given)
    if field.name in NAMES:
        return person_name(_typed(given, str))
    return value_of_cell(kind, _typed(given, str))


def _several(kind: Value, parts: Any, country: str | None) -> tuple[str, ...]:
    cleaned = [each for part in parts if (each := text(part)) is not None]
    if kind is Value.DOMAINS:
        cleaned = [domain(each) for each in cleaned]
    elif kind is Value.PHONES:
        cleaned = [phone(each, _phone_region(country)) for each in cleaned]
    elif kind is Value.DEPARTMENTS:
        cleaned = [department(each) for each in cleaned]
    return tuple(dict.fromkeys(cleaned))


def _phone_region(country: str | None) -> str | None:
    place = canonical_location(country=country) if country is not None else None
    return place.country_code if place is not None else None


def _typed(given: Any, kind: type) -> Any:
    names = {dict: "an object", list: "an array", bool: "true or false", str: "a string"}
    if not isinstance(given, kind):
        raise ValueError(f"takes {names[kind]}, not {msgspec.json.encode(given).decode()[:60]}")
    return given


def _json_location(given: Any) -> Any:
    if isinstance(given, str):
        return canonical_location(raw=text(given))
    parts = _typed(given, dict)
    unknown = parts.keys() - {"latitude", "longitude", *_LOCATION_TEXTS}
    if unknown:
        raise ValueError(f"has no part {sorted(unknown)[0]!r}")
    said = {name: text(_typed(parts[name], str)) for name in _LOCATION_TEXTS if parts.get(name) is not None}
    for name in ("latitude", "longitude"):
        if parts.get(name) is not None:
            if not isinstance(parts[name], int | float):
                raise ValueError(f"takes a number as {name}")
            said[name] = parts[name]
    return canonical_location(**said)


_LOCATION_TEXTS = (
    "raw",
    "street",
    "postal_code",
    "city",
    "region",
    "region_code",
    "country",
    "country_code",
    "continent",
)


def _json_email(given: Any) -> Email:
    if isinstance(given, str):
        address = email(given)
        return Email(address, email_type(address))
    parts = _typed(given, dict)
    address = email(_typed(parts.get("value"), str))
    kind = parts.get("type") or email_type(address)
    if kind not in ("personal", "generic"):
        raise ValueError(f"has a type {kind!r}; it is personal or generic")
    optional = {name: parts[name] for name in ("scope", "status") if parts.get(name) is not None}
    return Email(address, kind, **optional)


def keep_spelling(field: Field, cell: str, value: Any, custom: dict[str, Any], column: str) -> None:
    """Keep the source's spelling of a value of a vocabulary where the canonical one is another."""
    canonical = value if isinstance(value, str) else "; ".join(value)
    spelt = "; ".join(several(cell))
    if fold(spelt) != fold(canonical):
        custom[column] = spelt
