"""Conditions as SQL, for the three engines that speak it; each spells lists, substrings and flags in its own way."""

from dataclasses import dataclass
from typing import Protocol

from benchmarks.conditions import Condition, Contains, InPlaces, IsTrue, OneOf, Overlaps, Within, conditions
from letrics.query.query import Query


class Dialect(Protocol):
    """How one engine spells what the others spell otherwise."""

    def holds_one(self, column: str, values: tuple[str, ...]) -> str:
        """Say that a list holds one of *values*."""

    def contains(self, column: str, value: str) -> str:
        """Say that a text holds *value*."""


@dataclass(frozen=True)
class Statements:
    """A question as two statements, as each engine's documentation has paged search with a total: count, and page."""

    count: str
    page: str


def statements(query: Query, dialect: Dialect) -> Statements:
    """Return *query* in SQL."""
    told = " AND ".join(_told(each, dialect) for each in conditions(query)) or "true"
    page = f"ORDER BY rank LIMIT {query.per_page} OFFSET {(query.page - 1) * query.per_page}"
    return Statements(
        f"SELECT count(*) FROM contacts WHERE {told}",  # noqa: S608  # values are quoted below
        f"SELECT row FROM contacts WHERE {told} {page}",  # noqa: S608
    )


def literal(value: str) -> str:
    """Return *value* as SQL has text."""
    return "'" + value.replace("'", "''") + "'"


def listed(values: tuple[str, ...]) -> str:
    """Return *values* as SQL lists them."""
    return ", ".join(map(literal, values))


def _told(condition: Condition, dialect: Dialect) -> str:
    told = _included(condition, dialect)
    # What has no value at all is not excluded.
    return f"NOT coalesce({told}, false)" if condition.exclude else told


def _included(condition: Condition, dialect: Dialect) -> str:
    match condition:
        case Contains(column, values, _):
            return _any([dialect.contains(column, value) for value in values])
        case OneOf(column, values, _):
            return f"{column} IN ({listed(values)})"
        case IsTrue(column, _):
            return column
        case Overlaps(column, values, _):
            return dialect.holds_one(column, values)
        case InPlaces(column, places, _):
            return _any([" AND ".join(dialect.holds_one(column, terms) for terms in place) for place in places])
        case Within(column, after_us, before_us):
            ends = [f"{column} >= {after_us}"] if after_us is not None else []
            return " AND ".join(ends + ([f"{column} <= {before_us}"] if before_us is not None else []))


def _any(alternatives: list[str]) -> str:
    return "(" + " OR ".join(f"({each})" for each in alternatives or ["false"]) + ")"
