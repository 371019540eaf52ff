"""Matching: from a query to the bitmap of the documents that match it, in one segment."""

from collections.abc import Callable
from functools import reduce
from operator import and_

import msgspec
from pyroaring import BitMap

from letrics.index.layout import field_name
from letrics.index.segment import Documents, TermField
from letrics.index.snapshot import Part
from letrics.model.filters import Kind
from letrics.model.places import Match
from letrics.query.query import PlacesClause, Query, TermsClause, TimeClause

# Which value of which clause: (clause's place in the query, value's place in the clause).
Wanted = tuple[int, int]


class Matched(msgspec.Struct, frozen=True):
    """The documents that match in one segment, and the wanted values of which it has a live document."""

    documents: BitMap
    occurring: set[Wanted]


def match(query: Query, part: Part, check_time: Callable[[], None]) -> Matched:
    """
    Return what matches *query* in *part*; *check_time* raises when the search has taken too long.

    Deletes are taken off once, at the root: inside an exclusion they would come back.
    """
    documents, deletes = part.documents(query.search), part.deletes[query.search]
    wanted: list[BitMap] = []
    unwanted: list[BitMap] = [deletes]
    occurring: set[Wanted] = set()
    for i, clause in enumerate(query.clauses):
        check_time()
        if isinstance(clause, TimeClause):
            wanted.append(documents.times_within(clause.field, clause.after_us, clause.before_us))
            continue
        lists = by_value(clause, documents)
        occurring |= {(i, j) for j, each in enumerate(lists) if has_live(each, deletes)}
        (unwanted if clause.exclude else wanted).append(_union(lists))
    check_time()
    return Matched(_combined(documents.count, wanted, unwanted), occurring)


def _combined(count: int, wanted: list[BitMap], unwanted: list[BitMap]) -> BitMap:
    # Smallest list first: an intersection can only shrink, so begin with the one that shrinks it most.
    wanted.sort(key=len)
    found = reduce(and_, wanted) if wanted else BitMap(range(count))
    for each in unwanted:
        if each:
            found = found - each
    return found


def _union(lists: list[BitMap]) -> BitMap:
    if len(lists) == 1:
        return lists[0]
    return BitMap.union(*lists) if lists else BitMap()


def has_live(found: BitMap, deletes: BitMap) -> bool:
    """Return whether any of *found* is alive: a value that only deleted documents have occurs nowhere."""
    return bool(found) and not (deletes and found.issubset(deletes))


def by_value(clause: TermsClause | PlacesClause, documents: Documents) -> list[BitMap]:
    """Return the documents, deleted ones among them, of each value of *clause*."""
    name = field_name(clause.filter)
    if isinstance(clause, PlacesClause):
        places = documents.term_field(name)
        return [_union([_of_place(places, each) for each in place.matches]) for place in clause.places]
    if clause.filter.kind is Kind.SUBSTRING:
        texts = documents.text_field(name)
        return [texts.containing(value.term) for value in clause.values]
    terms = documents.term_field(name)
    return [_of_term(terms, value.term) for value in clause.values]


def _of_term(field: TermField, term: str) -> BitMap:
    ordinal = field.dictionary.ordinal(term)
    return field.postings[ordinal] if ordinal is not None else BitMap()


def _of_place(field: TermField, place: Match) -> BitMap:
    """Return the documents that have one term at least of each of the place's alternatives."""
    parts = [_union([_of_term(field, term) for term in terms]) for terms in place.terms]
    parts.sort(key=len)
    return reduce(and_, parts) if parts else BitMap()
