"""
From rows to what they say of companies and contacts, in canonical values.

A value that cannot be read is kept in `custom` as the source has it and counted; a row is rejected
only where it cannot be told what it is about.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from letrics.importer.guess import Mapping
from letrics.importer.inputs import Row
from letrics.model.company import Email
from letrics.model.fields import COMPANY_FIELDS, CONTACT_FIELDS, Field, Value
from letrics.model.folding import fold
from letrics.model.keys import is_letrics_id
from letrics.model.places import canonical_location
from letrics.model.values import (
    boolean,
    count,
    domain,
    email,
    email_scope,
    email_type,
    employee_range,
    employee_range_of,
    is_shared_host,
    linkedin_url,
    loose_time,
    money,
    phone,
    several,
    split_name,
    text,
    timestamp_text,
    website_url,
    year,
)
from letrics.model.vocabulary import department, seniority

_FIELDS = {"company": {f.name: f for f in COMPANY_FIELDS}, "contact": {f.name: f for f in CONTACT_FIELDS}}
Place = tuple[int, int]  # the file's place in the command, and the line


class CompanySaid(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a row says of a company.  A *reference* has nothing but keys, and changes nothing.

    *id* is a Letrics id that the file gives, *external_id* the source's own.
    """

    place: Place
    id: str | None = None
    external_id: str | None = None
    changes: dict[str, Any] = {}

    @property
    def is_reference(self) -> bool:
        """Whether the row says nothing of the company but which one it is."""
        return self.changes.keys() <= {"domain", "external_id"}


class ContactSaid(msgspec.Struct, frozen=True, kw_only=True):
    """What a row says of a contact, and of the contact's company if it names one."""

    place: Place
    id: str | None = None
    external_id: str | None = None
    changes: dict[str, Any] = {}
    company: CompanySaid | None = None


Said = CompanySaid | ContactSaid


class Collected(msgspec.Struct):
    """Everything that the files of one command say."""

    companies: list[CompanySaid] = []
    contacts: list[ContactSaid] = []


class RowFault(Exception):
    """Why a row cannot be taken: the *field* that is at fault, and the reason."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


_NUMBERS: dict[Value, Callable[[str], Any]] = {
    Value.COUNT: count,
    Value.MONEY: money,
    Value.YEAR: year,
    Value.EMPLOYEE_RANGE: employee_range,
    Value.FLAG: boolean,
    Value.LINKEDIN: linkedin_url,
    Value.URL: website_url,
    Value.DOMAIN: domain,
    Value.TIME: lambda cell: timestamp_text(loose_time(cell)),
    Value.TEXT: lambda cell: cell,
}


class Collector:
    """Turns the rows of one input into what they say; *unread* counts the values kept as they were, by column."""

    def __init__(self, file: int) -> None:
        self.file = file
        self.unread: Counter[str] = Counter()

    def from_cells(self, row: Row, mapping: Mapping) -> Iterator[Said]:
        """Yield what a row of columns says: one record, or a company and the holders of its role columns."""
        assert row.cells is not None
        parts: dict[str, dict[str, list[tuple[str, str]]]] = {"company": {}, "contact": {}}
        roles: list[tuple[str, str]] = []
        for header, target, cell in zip(mapping.header, mapping.targets, row.cells, strict=True):
            value = text(cell)
            if value is None:
                continue
            if target is not None and target.startswith("role:"):
                roles.append((target.removeprefix("role:"), value))
                continue
            record, _, name = (target or f"{mapping.record}.custom.{header}").partition(".")
            parts[record].setdefault(name, []).append((header, value))
        if mapping.country is not None and any(name.startswith("location.") for name in parts[mapping.record]):
            parts[mapping.record]["location.country_code"] = [("", mapping.country)]
        place = (self.file, row.line)
        company = self._company(place, self._read("company", parts["company"])) if parts["company"] else None
        if mapping.record == "contact":
            yield self._contact(place, self._read("contact", parts["contact"]), company)
            return
        if company is None:
            raise RowFault("", "says nothing")
        yield company
        for title, name in roles:
            said = {"full_name": name, **({"job_title": title} if title else {})}
            yield self._contact(place, said, company)

    def from_record(self, row: Row) -> Iterator[Said]:
        """Yield what a JSON object in Letrics' own format says; a field of a wrong type is a reject."""
        assert row.record is not None
        place = (self.file, row.line)
        is_contact = "company" in row.record or any(
            name in row.record for name in _FIELDS["contact"] if name not in _FIELDS["company"]
        )
        # What Letrics derived, and so wrote itself, is no source's word when it comes back.
        derived = row.record.get("derived") or ()
        fields = {name: value for name, value in row.record.items() if name not in derived}
        company = None
        if is_contact and fields.get("company") is not None:
            if not isinstance(fields["company"], dict):
                raise RowFault("company", 'takes an object such as {"domain": "acme.com"}')
            company = self._company(place, self._json("company", fields["company"], "company."))
        fields.pop("company", None)
        if is_contact:
            if "department" in fields:
                fields.setdefault("departments", fields.pop("department"))
            yield self._contact(place, self._json("contact", fields, ""), company)
        else:
            yield self._company(place, self._json("company", fields, ""))

    # From cells

    def _read(self, record: str, cells: dict[str, list[tuple[str, str]]]) -> dict[str, Any]:
        """Return the canonical values of one record's cells: field → [(column, text)]."""
        said: dict[str, Any] = {}
        location: dict[str, str] = {}
        custom: dict[str, Any] = {}
        country = next((cells[n][0][1] for n in ("location.country_code", "location.country") if n in cells), None)
        for name, given in cells.items():
            first, _, rest = name.partition(".")
            if first == "location":
                location[rest] = given[0][1]
            elif first == "custom":
                custom[rest] = given[0][1]
            elif first == "socials":
                said.setdefault("socials", {})[rest] = given[0][1]
            elif first == "id":
                said["id"] = given[0][1]
            else:
                self._cell(_FIELDS[record][first], given, said, custom, country)
        if location:
            place = self._location(location, custom)
            if place is not None:
                said["location"] = place
        if custom:
            said["custom"] = custom
        return said

    def _location(self, parts: dict[str, str], custom: dict[str, Any]) -> Any:
        numbers: dict[str, Any] = {}
        for name in ("latitude", "longitude"):
            if name in parts:
                given = parts.pop(name)
                try:
                    numbers[name] = float(given)
                except ValueError:
                    self._keep(custom, name, given)
        return canonical_location(**parts, **numbers)

    def _keep(self, custom: dict[str, Any], column: str, given: str) -> None:
        custom[column] = given
        self.unread[column] += 1

    def _cell(
        self,
        field: Field,
        given: list[tuple[str, str]],
        said: dict[str, Any],
        custom: dict[str, Any],
        country: str | None,
    ) -> None:
        for column, cell in given:
            try:
                value = _value(field.value, cell, country, comma=False)
            except ValueError:
                self._keep(custom, column, cell)
                continue
            if isinstance(value, tuple) and field.name in said:
                said[field.name] += tuple(each for each in value if each not in said[field.name])
            else:
                said[field.name] = value
            if field.value in (Value.SENIORITY, Value.DEPARTMENTS):
                _keep_spelling(field, cell, value, custom, column)

    # From JSON

    def _json(self, record: str, fields: dict[str, Any], path: str) -> dict[str, Any]:
        said: dict[str, Any] = {}
        custom: dict[str, Any] = {}
        for name, given in fields.items():
            field = _FIELDS[record].get(name)
            if name == "id" and given is not None:
                said["id" if is_letrics_id(str(given)) else "external_id"] = str(given)
            elif field is None:
                # What Letrics derives comes back with an export, and is derived anew.
                if name not in _DERIVED and given is not None:
                    custom[name] = given
            elif given is None:
                said[name] = None
            else:
                self._json_value(field, given, said, custom, path)
        if custom:
            said["custom"] = {**said.get("custom", {}), **custom}
        return said

    def _json_value(self, field: Field, given: Any, said: dict[str, Any], custom: dict[str, Any], path: str) -> None:
        kind = field.value
        try:
            if kind is Value.LOCATION:
                value: Any = _json_location(given)
            elif kind in (Value.SOCIALS, Value.CUSTOM):
                value = _typed(given, dict)
            elif kind is Value.EMAILS:
                value = tuple(_json_email(each) for each in _typed(given, list))
            elif kind is Value.FLAG:
                value = _typed(given, bool)
            elif isinstance(given, list) and kind in _LISTS:
                value = _several(kind, [_typed(each, str) for each in given], None)
            elif isinstance(given, int | float) and not isinstance(given, bool) and kind in _WHOLE:
                value = int(given)
            elif field.name == "external_id" and isinstance(given, int):
                value = str(given)
            else:
                value = _value(kind, _typed(given, str), None, comma=False)
        except ValueError as error:
            raise RowFault(path + field.name, str(error)) from None
        if value not in (None, (), {}, ""):
            said[field.name] = value
            if kind in (Value.SENIORITY, Value.DEPARTMENTS) and isinstance(given, str):
                _keep_spelling(field, given, value, custom, field.name)

    # What follows from what was said

    def _company(self, place: Place, said: dict[str, Any]) -> CompanySaid:
        record_id = said.pop("id", None)
        external_id = said.get("external_id")
        website = said.get("website_url")
        if said.get("domain") is None and website is not None and "domain" not in said:
            try:
                said["domain"] = domain(website)
            except ValueError:
                self.unread["website_url"] += 1
        if said.get("domain") is not None and is_shared_host(said["domain"]):
            said.setdefault("website_url", f"https://{said['domain']}")
            del said["domain"]
        if said.get("employee_count") is not None and "employee_range" not in said:
            said["employee_range"] = employee_range_of(said["employee_count"])
        if said.get("emails"):
            said["emails"] = tuple(Email(e.value, e.type, status=e.status) for e in said["emails"])
        return CompanySaid(place=place, id=record_id, external_id=external_id, changes=said)

    def _contact(self, place: Place, said: dict[str, Any], company: CompanySaid | None) -> ContactSaid:
        record_id = said.pop("id", None)
        first, last = said.get("first_name"), said.get("last_name")
        if said.get("full_name") is not None and first is None and last is None:
            parts = dict(zip(("first_name", "last_name"), split_name(said["full_name"]), strict=True))
            said |= {name: part for name, part in parts.items() if part is not None}
        elif said.get("full_name") is None and (first is not None or last is not None):
            said["full_name"] = " ".join(part for part in (first, last) if part)
        emails: tuple[Email, ...] = said.get("emails") or ()
        if emails:
            said["emails"] = tuple(
                msgspec.structs.replace(e, scope=e.scope if e.scope in ("work", "private") else email_scope(e.value))
                for e in emails
            )
        if company is None:
            company = _company_of_emails(place, emails)
        named = any(said.get(name) for name in ("full_name", "emails", "linkedin_url", "external_id", "phones"))
        if not named and record_id is None:
            raise RowFault("", "names no person: no name, e-mail, profile, phone or id")
        return ContactSaid(
            place=place, id=record_id, external_id=said.get("external_id"), changes=said, company=company
        )


_DERIVED = frozenset(
    "tld public_suffix has_generic_email has_linkedin_profile has_personal_email updated_at sources derived".split()
)
_LISTS = (Value.TEXTS, Value.DOMAINS, Value.PHONES, Value.DEPARTMENTS)
_WHOLE = (Value.COUNT, Value.MONEY, Value.YEAR)


def _value(kind: Value, cell: str, country: str | None, *, comma: bool) -> Any:
    """Return the canonical value of text, None where it says nothing; raises ValueError."""
    cleaned = text(cell)
    if cleaned is None:
        return None
    if kind is Value.EMAILS:
        addresses = [email(each) for each in several(cleaned, comma=True)]
        return tuple(Email(each, email_type(each)) for each in addresses)
    if kind in _LISTS:
        return _several(kind, several(cleaned, comma=comma), country)
    if kind is Value.SENIORITY:
        return seniority(cleaned)
    return _NUMBERS[kind](cleaned)


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


def _keep_spelling(field: Field, cell: str, value: Any, custom: dict[str, Any], column: str) -> None:
    """Keep the source's spelling of a value of a vocabulary where the canonical one is another."""
    canonical = value if isinstance(value, str) else "; ".join(value)
    if fold(cell) != fold(canonical):
        custom[column] = cell


def _company_of_emails(place: Place, emails: tuple[Email, ...]) -> CompanySaid | None:
    """Return the company of a business address: that of the address's domain."""
    for each in emails:
        try:
            host = domain(each.value)
        except ValueError:
            continue
        if not is_shared_host(host):
            return CompanySaid(place=place, changes={"domain": host})
    return None
