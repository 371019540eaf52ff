"""
What the columns of a file feed: guessed, taken from a preset, or from a mapping file that a person has edited.

A target is a record's field with its record before it (`company.name`, `contact.location.city`); `custom`
keeps a column under its name; `role:` and a job title is a column of people who hold that job.
"""

import re
from collections.abc import Mapping as Dictionary
from datetime import datetime

import msgspec

from letrics.importer.headers import DERIVED

CUSTOM = "custom"
# A year first, as in ISO 8601, day and month between points, or a month by its name.
_TELLS_ITSELF = re.compile(r"[0-9]{4}-|[0-9]{1,2}\.|.*[^\W\d_]{3}")


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """
    One column: the *targets* that its value feeds (none: `custom`), and what is done to it first.

    *split* parts a cell into several values, or where there are several targets gives each its part; *date* is
    how its dates are written, as strptime has it, beside those that tell day and month by themselves; *remove* is a
    pattern that is taken away; *nothing* are values that say nothing.  *confidence* is how sure a guess is, 0 to 1.
    """

    header: str
    targets: tuple[str, ...] = ()
    split: str | None = None
    date: str | None = None
    remove: str | None = None
    nothing: tuple[str, ...] = ()
    confidence: float = 1.0

    @property
    def names_derived(self) -> bool:
        """Whether the cell names the fields that Letrics has derived, in a file that it has written."""
        return self.targets == (DERIVED,) and self.header == DERIVED

    @property
    def is_plain(self) -> bool:
        """Whether the cell is taken as it is, for one target."""
        return len(self.targets) <= 1 and not (self.split or self.date or self.remove or self.nothing)

    def texts(self, value: str) -> list[tuple[str, str]]:
        """Return what each target gets of a cell; raises ValueError for a date that is written otherwise."""
        if value in self.nothing:
            return []
        if self.remove is not None:
            value = re.sub(self.remove, "", value).strip()
        if self.date is not None:
            value = _iso_date(value, self.date)
        if self.split is None:
            return [(target, value) for target in self.targets]
        parts = [part.strip() for part in value.split(self.split)]
        if len(self.targets) > 1:
            # What is over belongs to the last: `12 Main St, Apt 4, Springfield` in two.
            last = len(self.targets) - 1
            parts = [*parts[:last], self.split.join(parts[last:])]
            return [(target, part) for target, part in zip(self.targets, parts, strict=False) if part]
        return [(target, msgspec.json.encode(parts).decode()) for target in self.targets]


def _iso_date(value: str, form: str) -> str:
    """Return a date that is written as *form* has it as ISO 8601, and one that tells by itself as it is."""
    for given in (value, value.split()[0].rstrip(",")):
        try:
            return datetime.strptime(given, form).date().isoformat()
        except ValueError:
            continue
    if _TELLS_ITSELF.match(value):
        return value
    raise ValueError(f"{value[:60]!r} is no date such as {form}.")


class Join(msgspec.Struct, frozen=True):
    """Several *columns* that are one value, with *between* between them."""

    to: str
    columns: tuple[str, ...]
    between: str = " "


class PersonColumns(msgspec.Struct, frozen=True):
    """Columns that hold one more person of the row's company: header → the contact's field."""

    columns: Dictionary[str, str]
    job_title: str | None = None


class Mapping(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a file's columns feed, in column order.

    *record* is what a row is; *country* is that of every row that names none; *constants* are values of
    every row that has no other.  *preset* names where the mapping is from, *source* the source of its records.
    """

    columns: tuple[Column, ...]
    record: str
    country: str | None = None
    constants: Dictionary[str, str] = {}
    joins: tuple[Join, ...] = ()
    people: tuple[PersonColumns, ...] = ()
    preset: str | None = None
    source: str | None = None

    @property
    def used_elsewhere(self) -> frozenset[str]:
        """The headers that joins and people use, and that are therefore not left over."""
        if not (self.joins or self.people):
            return frozenset()
        joined = [header for join in self.joins for header in join.columns]
        return frozenset([*joined, *(header for person in self.people for header in person.columns)])

    def notes(self) -> list[str]:
        """Return what was understood, one sentence a column that feeds something."""
        said = [f"recognised as {self.preset}"] if self.preset is not None else []
        said += [
            f"{column.header} → {', '.join(column.targets)}" + (f", dates as {column.date}" if column.date else "")
            for column in self.columns
            if column.targets and DERIVED not in column.targets and CUSTOM not in column.targets
        ]
        said += [f"{' + '.join(join.columns)} → {join.to}" for join in self.joins]
        said += [f"{', '.join(each.columns)} → a contact ({each.job_title or 'person'})" for each in self.people]
        if again := [column.header for column in self.columns if DERIVED in column.targets]:
            said.append(f"{', '.join(again)}: derived anew")
        elsewhere = self.used_elsewhere
        kept = [c.header for c in self.columns if c.targets in ((), (CUSTOM,)) and c.header not in elsewhere]
        if kept:
            said.append(f"{', '.join(kept)} → {self.record}.custom")
        said += [f"{target} is {value!r} where a row has none" for target, value in self.constants.items()]
        if self.country is not None:
            said.append(f"no country column; the regions are those of {self.country}")
        return said
