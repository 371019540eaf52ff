"""A query as plain values: what every backend is asked, already canonical."""

import msgspec

from letrics.model.filters import Filter, Search
from letrics.model.places import Resolution

PER_PAGE_DEFAULT = 25


class Value(msgspec.Struct, frozen=True):
    """One wanted value: the *term* that records are compared by, and the text the client *given*."""

    term: str
    given: str


class TermsClause(msgspec.Struct, frozen=True, kw_only=True):
    """
    Keep (or, if *exclude*, drop) the records that offer one of *values*.

    Serves the kinds SUBSTRING (the record's folded text contains the term), TERM, TLD and FLAG (the
    one term is `letrics.model.terms.TRUE`).
    """

    filter: Filter
    exclude: bool
    values: tuple[Value, ...]


class PlacesClause(msgspec.Struct, frozen=True, kw_only=True):
    """
    Keep (or drop) the records in one of *places*.

    A record is in a place when one of the place's matches fits; a match fits when each of its tuples
    of terms shares a term with the record.
    """

    filter: Filter
    exclude: bool
    places: tuple[Resolution, ...]


class TimeClause(msgspec.Struct, frozen=True, kw_only=True):
    """Keep the records whose *field* of the company lies in the range, both ends included; None is open."""

    field: str
    after_us: int | None
    before_us: int | None


Clause = TermsClause | PlacesClause | TimeClause


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """One search: all *clauses* hold (AND); *page* counts from 1, *per_page* is 1 to 100."""

    search: Search
    clauses: tuple[Clause, ...] = ()
    page: int = 1
    per_page: int = PER_PAGE_DEFAULT
