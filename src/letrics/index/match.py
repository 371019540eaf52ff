"""Matching: from a query to the documents that match it, in one segment."""

from collections.abc import Callable, Iterator, Sequence

import msgspec

from letrics.index.alternatives import Alternatives, Clause, Source, any_of, have_live
from letrics.index.found import Found
from letrics.index.layout import ORDER_FIELD, field_name
from letrics.index.plan import found
from letrics.index.segment import Documents, TermField
from letrics.index.snapshot import Part
from letrics.model.filters import Kind
from letrics.model.places import Match
from letrics.query.query import PlacesClause, Query, TermsClause, TimeClause

# Which value of which clause: (clause's place in the query, value's place in the clause).
Wanted = tuple[int, int]


class Matched(msgspec.Struct, frozen=True):
    """The documents that match in one segment, and the wanted values of which it has no live document."""

    found: Found
    missing: set[Wanted]


def match(query: Query, part: Part, check_time: Callable[[], None]) -> Matched:
    """
    Return what matches *query* in *part*; *check_time* raises when the search has taken too long.

    Deletes are one more exclusion: inside a clause that is excluded they would come back.
    """
    documents, deletes = part.documents(query.search), part.deletes[query.search]
    wanted: list[Clause] = []
    unwanted: list[Clause] = []
    if deletes:
        unwanted.append(Alternatives(documents.count, [part.dead[query.search]]))
    missing: set[Wanted] = set()
    span: range | None = None
    for i, clause in enumerate(query.clauses):
        check_time()
        if isinstance(clause, TimeClause):
            if clause.field == ORDER_FIELD:
                span = documents.added_within(clause.after_us, clause.before_us)
                # A contact without a company has its own time in the order, but no company that was added.
                unwanted += [Alternatives(documents.count, [each]) for each in documents.without_company]
            else:
                until, before = documents.times(clause.field).within(clause.after_us, clause.before_us)
                if until is not None:
                    wanted.append(until)
                if before is not None:
                    unwanted.append(before)
            continue
        sources: list[Source] = []
        for j, found_of in enumerate(by_value(clause, documents, check_time)):
            check_time()
            sources += found_of
            if not have_live(found_of, deletes):
                missing.add((i, j))
        (unwanted if clause.exclude else wanted).append(any_of(documents.count, sources))
    return Matched(found(documents, span, wanted, unwanted, check_time), missing)


def by_value(
    clause: TermsClause | PlacesClause, documents: Documents, check_time: Callable[[], None]
) -> Iterator[Sequence[Source]]:
    """Yield the documents, deleted ones among them, of each value of *clause*."""
    name = field_name(clause.filter)
    if isinstance(clause, PlacesClause):
        field = documents.term_field(name)
        for place in clause.places:
            yield [each for match in place.matches for each in _of_place(documents, field, match, check_time)]
    elif clause.filter.kind is Kind.SUBSTRING:
        texts = documents.text_field(name)
        for value in clause.values:
            yield texts.containing(value.term)
    else:
        field = documents.term_field(name)
        for value in clause.values:
            yield field.lists_of(value.term)


def _of_place(documents: Documents, field: TermField, place: Match, check_time: Callable[[], None]) -> Sequence[Source]:
    """Return the documents that have one term at least of each of the place's alternatives."""
    parts = [[each for term in terms for each in field.lists_of(term)] for terms in place.terms]
    if len(parts) == 1:
        return parts[0]
    having = [Alternatives(documents.count, part) for part in parts]
    return [found(documents, None if parts else range(0), having, [], check_time).documents()]
