"""
Mapping files (TOML): read with every fault told, and written from a guess for a person to edit.

A preset is a mapping file that comes with Letrics and knows by `recognise` which files it is for.
"""

import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

import msgspec

from letrics.errors import InvalidInput
from letrics.importer.feedable import (
    RECORDS,
    check_country,
    check_date,
    check_pattern,
    check_split,
    check_value,
    column_target,
    field_target,
)
from letrics.importer.headers import loose_key
from letrics.importer.mapping import CUSTOM, Column, Join, Mapping, PersonColumns


class ColumnRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a mapping file says of a column: one or several targets, and what is done to the cell first."""

    to: str | list[str]
    split: str | None = None
    date: str | None = None
    remove: str | None = None
    nothing: list[str] = []


class JoinRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Columns that are one value."""

    to: str
    columns: list[str]
    between: str = " "


class PersonRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Columns of one more person in a row."""

    columns: dict[str, str]
    job_title: str | None = None


class MappingFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A mapping file: what it says of columns, by header; *guess* tells whether the other columns are guessed.

    *recognise* are the headers by which a preset knows its files, *title* and *about* what its page says.
    """

    record: str
    columns: dict[str, str | ColumnRule] = {}
    constants: dict[str, str] = {}
    joins: list[JoinRule] = []
    people: list[PersonRule] = []
    country: str | None = None
    source: str | None = None
    guess: bool = True
    recognise: list[str] = []
    title: str = ""
    about: str = ""


def read_mapping(text: str, name: str) -> MappingFile:
    """Return what a mapping file says; raises InvalidInput that tells the line, or the entry, that is at fault."""
    given = parsed_mapping(text, name)
    if given.record not in RECORDS:
        raise InvalidInput(f"{name}: record is {given.record!r}; it is company or contact.")
    return _Checking(name, given.record).whole(given)


def parsed_mapping(text: str, name: str) -> MappingFile:
    """Return what a mapping file says, where it is known to be right; raises InvalidInput for what is no mapping."""
    try:
        return msgspec.convert(tomllib.loads(text), MappingFile)
    except msgspec.ValidationError as error:
        raise InvalidInput(f"{name} is no mapping: {error}.") from None
    except (ValueError, RecursionError) as error:
        # Beside its own errors, tomllib lets out those of numbers too long and of nesting too deep.
        raise InvalidInput(f"{name} is no TOML: {error}.") from None


class _Checking:
    """Checks the mapping file *name*, of which a row is a *record*; every fault is told with its entry."""

    def __init__(self, name: str, record: str) -> None:
        self._name, self._record = name, record

    def whole(self, given: MappingFile) -> MappingFile:
        """Return *given* with targets in their canonical form."""
        columns = {header: self._rule(header, rule) for header, rule in given.columns.items()}
        constants = {self._constant(target, value): value for target, value in given.constants.items()}
        joins = [self._join(number, join) for number, join in enumerate(given.joins, 1)]
        people = [self._person(number, person) for number, person in enumerate(given.people, 1)]
        if given.country is not None:
            with self._telling("country"):
                check_country(given.country)
        return msgspec.structs.replace(given, columns=columns, constants=constants, joins=joins, people=people)

    @contextmanager
    def _telling(self, where: str) -> Iterator[None]:
        try:
            yield
        except ValueError as fault:
            raise InvalidInput(f"{self._name}, {where}: {fault}") from None

    def _rule(self, header: str, rule: str | ColumnRule) -> str | ColumnRule:
        where, wanted = f'columns."{header}"', targets_of(rule)
        with self._telling(where):
            if not wanted:
                raise ValueError("to is empty; write custom to keep the column as it is.")
            targets = [column_target(each, self._record, is_alone=len(wanted) == 1) for each in wanted]
        if isinstance(rule, str):
            return targets[0]
        for key, check in (("split", check_split), ("date", check_date), ("remove", check_pattern)):
            if (value := getattr(rule, key)) is not None:
                with self._telling(f"{where}, {key}"):
                    check(value)
        return msgspec.structs.replace(rule, to=targets)

    def _constant(self, target: str, value: str) -> str:
        with self._telling(f'constants."{target}"'):
            found = field_target(target, self._record)
            check_value(found, value)
            return found

    def _join(self, number: int, join: JoinRule) -> JoinRule:
        with self._telling(f"joins, entry {number}"):
            if not join.columns:
                raise ValueError("columns is empty; name the columns that are one value.")
            return msgspec.structs.replace(join, to=field_target(join.to, self._record))

    def _person(self, number: int, person: PersonRule) -> PersonRule:
        with self._telling(f"people, entry {number}"):
            if not person.columns:
                raise ValueError("columns is empty; name those that hold the person.")
            targets = {header: field_target(f"contact.{field}", "contact") for header, field in person.columns.items()}
        columns = {header: target.removeprefix("contact.") for header, target in targets.items()}
        return msgspec.structs.replace(person, columns=columns)


def apply(given: MappingFile, name: str, header: Sequence[str], guessed: Mapping) -> Mapping:
    """
    Return the mapping of a file with this *header*; columns of which the mapping file says nothing are as *guessed*.

    Headers are compared as people read them: case, spaces and punctuation do not count.  Raises InvalidInput for a
    column that the mapping file names and the file has not, unless it is a preset.
    """
    by_key = {loose_key(each): each for each in reversed(header)}

    def actual(wanted: str) -> str | None:
        found = wanted if wanted in header else by_key.get(loose_key(wanted))
        if found is None and not given.recognise:
            near = get_close_matches(wanted, header, 1)
            hint = f" Did you mean {near[0]!r}?" if near else f" It has: {', '.join(header[:20])}."
            raise InvalidInput(f"{name} speaks of a column {wanted!r}, which the file has not.{hint}")
        return found

    rules = {found: rule for wanted, rule in given.columns.items() if (found := actual(wanted)) is not None}
    joins = [Join(each.to, _present(each.columns, actual), each.between) for each in given.joins]
    people = [
        PersonColumns({found: field for h, field in each.columns.items() if (found := actual(h))}, each.job_title)
        for each in given.people
    ]
    elsewhere = {header for join in joins for header in join.columns} | {h for each in people for h in each.columns}
    columns = [
        _column(each.header, rules[each.header])
        if each.header in rules
        else (each if given.guess and each.header not in elsewhere else Column(header=each.header))
        for each in guessed.columns
    ]
    constants = dict(given.constants)
    if given.country is not None:
        constants.setdefault(f"{given.record}.location.country", given.country)
    return Mapping(
        columns=tuple(columns),
        record=given.record,
        country=guessed.country if given.guess and given.country is None else None,
        constants=constants,
        joins=tuple(each for each in joins if each.columns),
        people=tuple(each for each in people if each.columns),
        preset=name if given.recognise else None,
        source=given.source,
    )


def write_mapping(mapping: Mapping, samples: Sequence[Sequence[str]]) -> str:
    """Return *mapping* as a mapping file, each column with its confidence and some of its values beside it."""
    lines = [
        "# What the columns of a file feed. Edit it, and use it: letrics import --mapping THIS.toml FILE",
        "# A target is company.… or contact.… and a field (docs/reference/fields.md); custom keeps a column as it is.",
        f"record = {_quoted(mapping.record)}",
    ]
    if mapping.source is not None:
        lines.append(f"source = {_quoted(mapping.source)}")
    if mapping.country is not None:
        lines.append(f"country = {_quoted(mapping.country)}")
    lines += ["", "[columns]"]
    for column, values in zip(mapping.columns, samples, strict=True):
        shown = " | ".join(value[:40].replace("\n", " ") for value in values)
        sure = f"{column.confidence:.0%}: " if column.targets else ""
        lines.append(f"{_quoted(column.header)} = {_rule(column)}  # {sure}{shown}".rstrip("# "))
    if mapping.constants:
        lines += ["", "[constants]"]
        lines += [f"{_quoted(target)} = {_quoted(value)}" for target, value in mapping.constants.items()]
    for join in mapping.joins:
        lines += ["", "[[joins]]", f"to = {_quoted(join.to)}", f"columns = {_array(join.columns)}"]
        lines.append(f"between = {_quoted(join.between)}")
    for person in mapping.people:
        pairs = ", ".join(f"{_quoted(header)} = {_quoted(field)}" for header, field in person.columns.items())
        lines += ["", "[[people]]", f"columns = {{ {pairs} }}"]
        lines += [f"job_title = {_quoted(person.job_title)}"] if person.job_title is not None else []
    return "\n".join(lines) + "\n"


def targets_of(rule: str | ColumnRule) -> list[str]:
    """Return what a column feeds."""
    to = rule if isinstance(rule, str) else rule.to
    return [to] if isinstance(to, str) else to


def _column(header: str, rule: str | ColumnRule) -> Column:
    if isinstance(rule, str):
        return Column(header=header, targets=(rule,))
    return Column(
        header=header,
        targets=tuple(targets_of(rule)),
        split=rule.split,
        date=rule.date,
        remove=rule.remove,
        nothing=tuple(rule.nothing),
    )


def _present(wanted: Sequence[str], actual: Any) -> tuple[str, ...]:
    return tuple(found for each in wanted if (found := actual(each)) is not None)


def _rule(column: Column) -> str:
    targets = column.targets or (CUSTOM,)
    to = _quoted(targets[0]) if len(targets) == 1 else _array(targets)
    extras = {"split": column.split, "date": column.date, "remove": column.remove}
    parts = [f"{name} = {_quoted(value)}" for name, value in extras.items() if value is not None]
    parts += [f"nothing = {_array(column.nothing)}"] if column.nothing else []
    return to if not parts and len(targets) == 1 else f"{{ {', '.join([f'to = {to}', *parts])} }}"


def _array(values: Sequence[str]) -> str:
    return f"[{', '.join(map(_quoted, values))}]"


def _quoted(value: str) -> str:
    """Return a TOML basic string: JSON's, but for the character that TOML wants escaped too."""
    return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")
