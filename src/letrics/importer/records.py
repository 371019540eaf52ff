"""
From rows to what they say of companies and contacts, in canonical values.

A value that cannot be read is kept in `custom` as the source has it and counted; a row is rejected
only where it cannot be told what it is about.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from letrics.importer.field_values import (
    NAMES,
    SAYING_NOTHING,
    PartlyRead,
    keep_spelling,
    value_of_cell,
    value_of_json,
)
from letrics.importer.headers import DERIVED
from letrics.importer.looks import linkedin_of_person, may_be_a_name
from letrics.importer.mapping import CUSTOM, Column, Mapping
from letrics.importer.named_companies import company_of_emails, is_named, named
from letrics.importer.rows import Row
from letrics.importer.said import CompanySaid, ContactSaid, Place, RowFault, Said
from letrics.model.company import Email
from letrics.model.fields import COMPANY_FIELDS, CONTACT_FIELDS, DERIVED_FIELDS, Field, Value
from letrics.model.keys import is_letrics_id
from letrics.model.places import canonical_location
from letrics.model.values import (
    domain,
    email_scope,
    employee_range_of,
    is_shared_host,
    person_name,
    several,
    split_name,
    text,
)

_FIELDS = {"company": {f.name: f for f in COMPANY_FIELDS}, "contact": {f.name: f for f in CONTACT_FIELDS}}

# What says nothing of which person a row is about.
IMPERSONAL = {"custom", "location"}

# Of one record: field → the columns that feed it, with their text.
_Cells = dict[str, list[tuple[str, str]]]


def _put(parts: dict[str, _Cells], target: str, header: str, value: str) -> None:
    record, _, name = target.partition(".")
    parts[record].setdefault(name, []).append((header, value))


def _name_of(header: str, targets: tuple[str, ...], cell: str, mapping: Mapping) -> str | None:
    """Return the person's name in a *cell* that says nothing else, None where its column is of no names."""
    fed = [target for target in targets if target.startswith("role:") or target.rpartition(".")[2] in NAMES]
    fed += [join.to for join in mapping.joins if header in join.columns and join.to.rpartition(".")[2] in NAMES]
    fed += [person.columns[header] for person in mapping.people if person.columns.get(header) in NAMES]
    return person_name(cell) if fed else None


def _is_of_company(parts: dict[str, _Cells]) -> bool:
    """Return whether a row of a file of people has nobody in it; what it says besides is then its company's."""
    if not parts["company"] or not {name.partition(".")[0] for name in parts["contact"]} <= IMPERSONAL:
        return False
    parts["company"] = parts["contact"] | parts["company"]
    return True


class Collector:
    """Turns the rows of one input into what they say; *unread* counts the values kept as they were, by column."""

    def __init__(self, file: int) -> None:
        self.file = file
        self.unread: Counter[str] = Counter()

    def counting(self, read: Callable[[], Any]) -> tuple[Any, Counter[str]]:
        """Return what *read* returns, and what it adds to the count of unread values."""
        before, self.unread = self.unread, Counter()
        try:
            return read(), self.unread
        finally:
            self.unread = before

    def from_cells(self, row: Row, mapping: Mapping) -> Iterator[Said]:
        """Yield what a row of columns says: one record, or a company and the holders of its role columns."""
        assert row.cells is not None
        cells = {
            column.header: value
            for column, cell in zip(mapping.columns, row.cells, strict=True)
            if (value := text(cell) or (cell and _name_of(column.header, column.targets, cell, mapping)))
        }
        parts, roles = self._parts(cells, mapping)
        place = (self.file, row.line)
        is_contact = mapping.record == "contact" and not _is_of_company(parts)
        company = self.company(place, self._read("company", parts["company"])) if parts["company"] else None
        if is_contact:
            yield self._contact(place, self._read("contact", parts["contact"]), company)
        elif company is None:
            raise RowFault("", "says nothing")
        else:
            yield named(company)
        for title, name in roles:
            said = {"full_name": name, **({"job_title": title} if title else {})}
            yield self._contact(place, said, company)
        yield from self._people(place, cells, mapping, company)

    def company_of_cells(self, place: Place, cells: dict[str, str], mapping: Mapping) -> CompanySaid | None:
        """Return what *cells* (header → text) say of a company, None where they say nothing of one."""
        parts, _ = self._parts(cells, mapping)
        return self.company(place, self._read("company", parts["company"])) if parts["company"] else None

    def company_of_json(self, place: Place, record: dict[str, Any]) -> CompanySaid:
        """Return what the company object of a contact says; raises RowFault."""
        return self.company(place, self._json("company", record, "company."))

    def of_cells(self, record: str, cells: dict[str, str], mapping: Mapping) -> dict[str, Any]:
        """Return what *cells* (header → text) say of a *record*, `company` or `contact`, by field."""
        return self._read(record, self._parts(cells, mapping)[0][record])

    def of_json(self, record: str, fields: dict[str, Any]) -> dict[str, Any]:
        """Return what fields of a *record* in Letrics' own format say; raises RowFault."""
        return self._json(record, fields, "")

    def _parts(self, cells: dict[str, str], mapping: Mapping) -> tuple[dict[str, _Cells], list[tuple[str, str]]]:
        """Return the cells of each record by field, and the job titles and names of role columns."""
        parts: dict[str, _Cells] = {"company": {}, "contact": {}}
        roles: list[tuple[str, str]] = []
        derived: tuple[str, ...] = ()
        for column in mapping.columns:
            if column.header not in cells:
                continue
            if column.targets != (DERIVED,):
                self._sort(column, cells[column.header], mapping, parts, roles)
            elif column.names_derived:
                derived = several(cells[column.header])
        for join in mapping.joins:
            joined = join.between.join(cells[header] for header in join.columns if header in cells)
            if joined:
                _put(parts, join.to, " + ".join(join.columns), joined)
        for name in derived:
            # What Letrics derived, and so wrote itself, is no source's word when it comes back.
            parts[mapping.record].pop(name, None)
        for target, value in mapping.constants.items():
            record, _, name = target.partition(".")
            if parts[record] and name not in parts[record]:
                _put(parts, target, "", value)
        if mapping.country is not None and any(name.startswith("location.") for name in parts[mapping.record]):
            parts[mapping.record]["location.country_code"] = [("", mapping.country)]
        return parts, roles

    def _sort(
        self,
        column: Column,
        value: str,
        mapping: Mapping,
        parts: dict[str, _Cells],
        roles: list[tuple[str, str]],
    ) -> None:
        """Put a cell to the fields that its column feeds."""
        own = f"{mapping.record}.custom.{column.header}"
        if column.targets in ((), (CUSTOM,)):
            if column.header not in mapping.used_elsewhere:
                _put(parts, own, column.header, value)
            return
        try:
            texts = [(column.targets[0], value)] if column.is_plain else column.texts(value)
        except ValueError:
            self.unread[column.header] += 1
            texts = [(own, value)]
        for target, part in texts:
            if target.startswith("role:"):
                self._roles(column, target.removeprefix("role:"), part, roles, parts, own)
            else:
                _put(parts, own if target == CUSTOM else target, column.header, part)
        if column.remove is not None and texts and texts[0][1] != value:
            _put(parts, own, column.header, value)

    def _roles(
        self, column: Column, title: str, cell: str, roles: list[tuple[str, str]], parts: dict[str, _Cells], own: str
    ) -> None:
        """Put the holders of a role to *roles*, a cell that may be no names to the field *own*."""
        names = several(cell) or [cell]
        if all(map(may_be_a_name, names)):
            roles += ((title, name) for name in names)
        else:
            self.unread[column.header] += 1
            _put(parts, own, column.header, cell)

    def _people(
        self, place: Place, cells: dict[str, str], mapping: Mapping, company: CompanySaid | None
    ) -> Iterator[ContactSaid]:
        """Yield the further people of a row."""
        for person in mapping.people:
            given: _Cells = {
                name: [(header, cells[header])] for header, name in person.columns.items() if header in cells
            }
            if given:
                if person.job_title is not None:
                    given.setdefault("job_title", [("", person.job_title)])
                yield self._contact(place, self._read("contact", given), company)

    def from_record(self, row: Row) -> Iterator[Said]:
        """Yield what a JSON object in Letrics' own format says; a field of a wrong type is a reject."""
        assert row.record is not None
        place = (self.file, row.line)
        is_contact = (
            "company" in row.record
            or any(name in row.record for name in _FIELDS["contact"] if name not in _FIELDS["company"])
            or linkedin_of_person(str(row.record.get("linkedin_url")))
        )
        is_own = is_letrics_id(str(row.record.get("id")))
        derived = (row.record.get("derived") or ()) if is_own else ()
        fields = {name: value for name, value in row.record.items() if name not in derived}
        company = None
        if is_contact and fields.get("company") is not None:
            if not isinstance(fields["company"], dict):
                raise RowFault("company", 'takes an object such as {"domain": "acme.com"}')
            company = self.company(place, self._json("company", fields["company"], "company."))
        fields.pop("company", None)
        if is_contact:
            if "department" in fields:
                fields.setdefault("departments", fields.pop("department"))
            yield self._contact(place, self._json("contact", fields, ""), company)
        else:
            yield named(self.company(place, self._json("company", fields, "")))

    # From cells

    def _read(self, record: str, cells: _Cells) -> dict[str, Any]:
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
                value = person_name(cell) if field.name in NAMES else value_of_cell(field.value, cell, country)
            except PartlyRead as part:
                self._keep(custom, column, part.rest)
                value = part.value
            except ValueError:
                self._keep(custom, column, cell)
                continue
            if isinstance(value, tuple) and field.name in said:
                said[field.name] += tuple(each for each in value if each not in said[field.name])
            elif field.name in said:
                # Of several columns for one value the first that has one is right; the others are not lost.
                if said[field.name] != value:
                    custom[column] = cell
                continue
            else:
                said[field.name] = value
            if field.value in (Value.SENIORITY, Value.DEPARTMENTS):
                keep_spelling(field, cell, value, custom, column)

    # From JSON

    def _json(self, record: str, fields: dict[str, Any], path: str) -> dict[str, Any]:
        said: dict[str, Any] = {}
        custom: dict[str, Any] = {}
        is_own = is_letrics_id(str(fields.get("id")))
        for name, given in fields.items():
            field = _FIELDS[record].get(name)
            if name == "id" and given is not None:
                said["id" if is_letrics_id(str(given)) else "external_id"] = str(given)
            elif field is None:
                # What Letrics derives comes back with an export, and is derived anew; without our id it is another's.
                if not (is_own and name in DERIVED_FIELDS) and given is not None:
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
            value = value_of_json(field, given)
        except ValueError as error:
            raise RowFault(path + field.name, str(error)) from None
        if value not in SAYING_NOTHING:
            said[field.name] = value
            if kind in (Value.SENIORITY, Value.DEPARTMENTS) and isinstance(given, str):
                keep_spelling(field, given, value, custom, field.name)

    # What follows from what was said

    def company(self, place: Place, said: dict[str, Any]) -> CompanySaid:
        """Return what values by field say of a company, with what follows from them."""
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
        if company is None or not is_named(company):
            company = company_of_emails(place, emails, company, said)
        named = any(said.get(name) for name in ("full_name", "emails", "linkedin_url", "external_id", "phones"))
        if not named and record_id is None:
            raise RowFault("", "names no person: no name, e-mail, profile, phone or id")
        return ContactSaid(
            place=place, id=record_id, external_id=said.get("external_id"), changes=said, company=company
        )
