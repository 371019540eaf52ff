"""Matching: from a query to the documents that match it, in one segment."""

from collections.abc import Sequence

import msgspec

from letrics.deadline import CheckTime
from letrics.index.alternatives import Clause, Source, any_of, any_text_of, have_live
from letrics.index.found import Found
from letrics.index.layout import ORDER_FIELD, field_name
from letrics.index.plan import found
from letrics.index.segment import Documents, TermField
from letrics.index.snapshot import Part
from letrics.index.times import TimeRange
from letrics.model.filters import Kind
from letrics.model.places import Match
from letrics.query.query import PlacesClause, Query, TermsClause, TimeClause

# Python looks a member of an enumeration up in a tenth of a microsecond, for each clause of each search.
_SUBSTRING = Kind.SUBSTRING
# Which value of which clause: (clause's place in the query, value's place in the clause).
Wanted = tuple[int, int]


class Matched(msgspec.Struct, frozen=True):
    """The documents that match in one segment, and the wanted values of which it has no live document."""

    found: Found
    missing: set[Wanted]


def match(query: Query, part: Part, check_time: CheckTime, page: range = range(0)) -> Matched:
    """
    Return what matches *query* in *part*; *check_time* raises when the search has taken too long.

    The documents of the ranks of *page* will be asked for.  Deletes are one more exclusion: inside a clause that is
    excluded they would come back.
    """
    documents, deletes = part.documents(query.search), part.deletes[query.search]
    wanted: list[Clause | TimeRange] = []
    unwanted: list[Clause] = []
    if deletes:
        unwanted.append(any_of(documents.count, [part.dead[query.search]]))
    missing: set[Wanted] = set()
    span: range | None = None
    for i, clause in enumerate(query.clauses):
        if isinstance(clause, TimeClause):
            if clause.field == ORDER_FIELD:
                span = documents.added_within(clause.after_us, clause.before_us)
                # A contact without a company has its own time in the order, but no company that was added.
                unwanted += [any_of(documents.count, [each]) for each in documents.without_company]
            else:
                wanted.append(documents.times(clause.field).within(clause.after_us, clause.before_us))
            continue
        found_of = by_value(clause, documents, check_time)
        if deletes or not all(found_of):
            missing.update((i, j) for j, each in enumerate(found_of) if not have_live(each, deletes))
        sources = found_of[0] if len(found_of) == 1 else [source for each in found_of for source in each]
        if clause.filter.kind is _SUBSTRING:
            sources = any_text_of(sources)
        (unwanted if clause.exclude else wanted).append(any_of(documents.count, sources))
    return Matched(found(documents, span, wanted, unwanted, check_time, page), missing)


def by_value(
    clause: TermsClause | PlacesClause, documents: Documents, check_time: CheckTime
) -> Sequence[Sequence[Source]]:
    """Return the documents, deleted ones among them, of each value of *clause*; no source is empty."""
    name = field_name(clause.filter)
    if isinstance(clause, PlacesClause):
        field = documents.term_field(name)
        return [_of_place(documents, field, place.matches, check_time) for place in clause.places]
    if clause.filter.kind is _SUBSTRING:
        texts, found_of = documents.text_field(name), []
        for value in clause.values:
            check_time()
            found_of.append(texts.containing(value.term))
        return found_of
    lists = documents.term_field(name).lists
    if len(clause.values) == 1:
        return (lists[clause.values[0].term],)
    return [lists[value.term] for value in clause.values]


def _of_place(
    documents: Documents, field: TermField, matches: Sequence[Match], check_time: CheckTime
) -> Sequence[Source]:
    """Return the documents that one match at least fits: they have a term of each of its alternatives."""
    sources: list[Source] = []
    for match in matches:
        check_time()
        sources += _of_match(documents, field, match, check_time)
    return sources


def _of_match(documents: Documents, field: TermField, match: Match, check_time: CheckTime) -> Sequence[Source]:
    parts: list[Sequence[Source]] = []
    for terms in match.terms:
        part = [each for term in terms for each in field.lists[term]]
        if not part:
            return ()
        parts.append(part)
    if len(parts) == 1:
        return parts[0]
    having = [any_of(documents.count, part) for part in parts]
    all_of_them = range(min(each.most for each in having))
    both = found(documents, None, having, [], check_time, all_of_them).documents()
    return [both] if len(both) else ()
