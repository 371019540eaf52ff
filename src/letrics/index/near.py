"""Near values: what a value that occurs nowhere was probably meant to be."""

from itertools import islice

from letrics.deadline import CheckTime, no_deadline
from letrics.index.alternatives import have_live
from letrics.index.layout import field_name
from letrics.index.match import by_value
from letrics.index.postings import is_live
from letrics.index.snapshot import Part, Snapshot
from letrics.model.filters import Filter, Kind, Search
from letrics.model.places import near_places, resolve_place
from letrics.query.nearest import SCORE_MIN
from letrics.query.query import PlacesClause, TermsClause

NEAR_MAX = 3
# How many terms of a segment are compared letter by letter; they are those that share most trigrams.
_CANDIDATES = 40


def occurs(
    snapshot: Snapshot, search: Search, clause: TermsClause | PlacesClause, check_time: CheckTime = no_deadline
) -> bool:
    """Return whether any record of *search* has one of the values of *clause*."""
    return any(
        have_live(sources, part.deletes[search])
        for part in snapshot.parts
        for sources in by_value(clause, part.documents(search), check_time)
    )


def near_values(
    snapshot: Snapshot,
    search: Search,
    filter: Filter,
    term: str,
    given: str,
    check_time: CheckTime = no_deadline,
) -> tuple[str, ...]:
    """Return up to three values of *filter* in the data that are spelt most like *term*, nearest first."""
    if filter.kind is Kind.PLACE:
        # Well-known places are looked up for having somebody: a dictionary of codes is not spelt.
        candidates = near_places(given, 4 * NEAR_MAX)
        clauses = (PlacesClause(filter=filter, exclude=False, places=(resolve_place(each),)) for each in candidates)
        some = (each.places[0].input for each in clauses if occurs(snapshot, search, each, check_time))
        return tuple(islice(some, NEAR_MAX))
    if filter.kind is not Kind.TERM:
        return ()
    name = field_name(filter)
    places: dict[str, list[tuple[Part, int]]] = {}
    for part in snapshot.parts:
        field = part.documents(search).term_field(name)
        dictionary = field.dictionary
        # A dictionary this small is compared whole; one letter off in a short word shares no trigram.
        small = len(dictionary) <= 10 * _CANDIDATES
        ordinals = range(len(dictionary)) if small else field.substrings.near(term, _CANDIDATES).tolist()
        for ordinal in ordinals:
            places.setdefault(dictionary.terms[ordinal].decode(), []).append((part, ordinal))
    from rapidfuzz import fuzz, process  # of use for what is misspelt only

    found = process.extract(term, list(places), scorer=fuzz.ratio, limit=4 * NEAR_MAX, score_cutoff=SCORE_MIN)
    # Whether a value is still in use costs its posting list, so only the nearest are asked.
    spellings = (_live_spelling(search, name, places[match]) for match, _, _ in found)
    return tuple(islice((each for each in spellings if each is not None), NEAR_MAX))


def _live_spelling(search: Search, name: str, places: list[tuple[Part, int]]) -> str | None:
    """Return how the data spells a term that stands at *places*, None where only deleted documents have it."""
    for part, ordinal in places:
        field = part.documents(search).term_field(name)
        if is_live(field.postings[ordinal], part.deletes[search]):
            return field.dictionary.spelling(ordinal)
    return None
