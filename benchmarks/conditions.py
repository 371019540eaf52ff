"""
What a question asks of each document, in the plainest words: for the engines that do not speak Letrics' language.

The values are canonical already, so that a peer spends no time on it.
"""

from dataclasses import dataclass

from letrics.model.filters import Kind
from letrics.query.query import Clause, PlacesClause, Query, TermsClause, TimeClause

_COLUMNS = {"job_titles": "job_title", "departments": "department", "seniorities": "seniority"}
_TIMES = {"added_at": "added_us", "first_seen_at": "first_seen_us"}


@dataclass(frozen=True)
class Contains:
    """The text holds one of these."""

    column: str
    values: tuple[str, ...]
    exclude: bool


@dataclass(frozen=True)
class OneOf:
    """The value is one of these."""

    column: str
    values: tuple[str, ...]
    exclude: bool


@dataclass(frozen=True)
class Overlaps:
    """The list holds one of these."""

    column: str
    values: tuple[str, ...]
    exclude: bool


@dataclass(frozen=True)
class InPlaces:
    """The list holds, for one of these places, one of each of its tuples of terms."""

    column: str
    places: tuple[tuple[tuple[str, ...], ...], ...]
    exclude: bool


@dataclass(frozen=True)
class IsTrue:
    """The flag is set."""

    column: str
    exclude: bool


@dataclass(frozen=True)
class Within:
    """The time, in microseconds, lies in the range, both ends included; None is open."""

    column: str
    after_us: int | None
    before_us: int | None
    exclude: bool = False


Condition = Contains | OneOf | Overlaps | InPlaces | IsTrue | Within


def conditions(query: Query) -> list[Condition]:
    """Return what *query*, which is of contacts, asks; all of it must hold."""
    return [_condition(clause) for clause in query.clauses]


def _condition(clause: Clause) -> Condition:
    if isinstance(clause, TimeClause):
        return Within(_TIMES[clause.field], clause.after_us, clause.before_us)
    name = clause.filter.name
    if isinstance(clause, PlacesClause):
        places = tuple(match.terms for place in clause.places for match in place.matches)
        return InPlaces(name, places, clause.exclude)
    return _of_terms(clause, _COLUMNS.get(name, name))


def _of_terms(clause: TermsClause, column: str) -> Condition:
    values = tuple(value.term for value in clause.values)
    match clause.filter.kind:
        case Kind.FLAG:
            return IsTrue(column, clause.exclude)
        case Kind.SUBSTRING:
            return Contains(column, values, clause.exclude)
        case _ if clause.filter.vocabulary is not None:
            return OneOf(column, values, clause.exclude)
    return Overlaps(column, values, clause.exclude)
