"""From a location string of a query to the places that it may mean."""

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from itertools import takewhile

import msgspec

from letrics.model.folding import compatible
from letrics.model.places.countries import countries
from letrics.model.places.gazetteer import gazetteer
from letrics.model.places.names import fold_name, fold_names, name_keys
from letrics.model.places.readings import (
    Level,
    Reading,
    by_name,
    group_reading,
    is_country_code,
    nests,
    readings,
    readings_at,
)
from letrics.model.places.regions import regions
from letrics.model.places.terms import named_terms

_TYPED = re.compile(r"\s*(country|region|city)\s*:\s*(\S.*)", re.IGNORECASE | re.DOTALL)
_LEVELS: dict[str, Level] = {"country": "country", "region": "region", "city": "city"}
_PARTS_MAX = 6
_SHORT_CODES = ("US-", "CA-", "AU-")
_HINTS_MAX = 3
_NEAR_POPULATION_MIN = 100_000
_NEAR_SCORE_MIN = 70.0  # of 100


class Match(msgspec.Struct, frozen=True):
    """
    One place that a string may mean; *code* is ISO's, None for a group or a city.

    A record is there when each tuple of *terms* shares one with the record's (`terms.location_terms`).
    """

    level: Level
    code: str | None
    name: str
    terms: tuple[tuple[str, ...], ...]


class Resolution(msgspec.Struct, frozen=True):
    """What one location string was understood as; no match means that it names no place."""

    input: str
    matches: tuple[Match, ...]
    warnings: tuple[str, ...] = ()


@lru_cache(maxsize=2_048)
def resolve_place(text: str) -> Resolution:
    """Return what *text* means by the grammar of places (country, name, path, group, typed); never raises."""
    plain = compatible(text)
    typed = _TYPED.fullmatch(plain)
    level = _LEVELS[typed[1].lower()] if typed is not None else None
    parts = split_path(typed[2] if typed is not None else plain)
    if not parts:
        return Resolution(text, (_match((by_name(plain),)),))
    if len(parts) > 1:
        whole = _with_comma(plain) if level is None else []
        return Resolution(text, _distinct(map(_match, whole or read_path(parts, level))))
    if level is not None:
        return Resolution(text, _distinct(_match((each,)) for each in readings_at(level, parts[0])))
    if is_country_code(parts[0]):
        return _of_two_letters(text, parts[0])
    return Resolution(text, _distinct(_alone(parts[0], each) for each in readings(parts[0]) or (by_name(parts[0]),)))


def split_path(text: str) -> list[str]:
    """Return the parts of a path, small to large; what has too many parts for a path is one name."""
    parts = [stripped for part in text.split(",") if (stripped := part.strip())]
    return parts if len(parts) <= _PARTS_MAX else [text]


def read_path(parts: list[str], level: Level | None = None) -> list[tuple[Reading, ...]]:
    """
    Return every way to read *parts* in which each lies in all that come after it.

    A part that nests in no way is taken by its name: no gazetteer knows every village.  *level* is that
    of the first part, if it is said.
    """
    chains: list[tuple[Reading, ...]] = [()]
    for i, part in reversed(list(enumerate(parts))):
        smallest = i == 0
        found = readings_at(level, part) if level is not None and smallest else readings(part, in_path=True)
        longer = [(each, *chain) for each in found for chain in chains if all(nests(each, large) for large in chain)]
        chains = longer or [
            _by_name_in(part, "city" if smallest else None, chain) for chain in _likely(parts, i, chains)
        ]
    return chains


def _by_name_in(part: str, level: Level | None, chain: tuple[Reading, ...]) -> tuple[Reading, ...]:
    unknown = by_name(part, level)
    within = f", {chain[0].code or chain[0].name}" if chain else ""
    return (msgspec.structs.replace(unknown, name=unknown.name + within), *chain)


def _likely(parts: list[str], i: int, chains: list[tuple[Reading, ...]]) -> list[tuple[Reading, ...]]:
    """
    Leave out the regions that nothing speaks for: behind an unknown town `CA` is Canada or California.

    Regions of many countries have that short code, but few countries write theirs behind a town's name.
    """
    if i + 1 == len(parts) or not is_country_code(parts[i + 1]):
        return chains
    return [c for c in chains if c[0].level != "region" or str(c[0].code).startswith(_SHORT_CODES)] or chains


def _with_comma(text: str) -> list[tuple[Reading, ...]]:
    """Return the countries whose very name has a comma: `Korea, Republic of`."""
    return [(each,) for each in readings(text) if each.level == "country"]


def _of_two_letters(text: str, code: str) -> Resolution:
    """Return what two letters alone mean: always a country; `EU` is the one group that is written so."""
    found = readings(code)
    state = f"US-{code.upper()}"
    also = regions().names.get(state)
    if found:
        hints = (f"`{code}` is {found[0].name}; {also} is `{state}`.",) if also is not None else ()
        return Resolution(text, tuple(_match((each,)) for each in found), hints)
    group = countries().group(code)
    if group is not None:
        return Resolution(text, (_match((group_reading(group),)),))
    codes = sorted(regions().by_code(code), key=lambda each: (each != state, each))[:_HINTS_MAX]
    near = "".join(f" {regions().names[each]} is `{each}`." for each in codes)
    return Resolution(text, (), (f"`{code}` is no country code, and two letters alone are always a country.{near}",))


def _alone(part: str, reading: Reading) -> Match:
    """Return the match of a bare name, which also means the records that say no more than this name."""
    terms = (*reading.terms, *named_terms(name_keys(part), "raw"))
    return Match(reading.level, reading.code, reading.name, (tuple(dict.fromkeys(terms)),))


def _match(chain: tuple[Reading, ...]) -> Match:
    first = chain[0]
    return Match(first.level, first.code, first.name, tuple(each.terms for each in chain))


def _distinct(matches: Iterable[Match]) -> tuple[Match, ...]:
    return tuple({match.terms: match for match in matches}.values())


@cache
def _well_known() -> dict[str, str]:
    """Return the names that a misspelt place is compared with, by their keys."""
    cities = takewhile(lambda city: city.population >= _NEAR_POPULATION_MIN, gazetteer().cities())
    names = [city.name for city in cities]
    # Of one spelling the country's name stands, which comes last.
    names += [*regions().names.values(), *countries().continent_names.values(), *countries().names.values()]
    return dict(zip(fold_names(names), names, strict=True))


@lru_cache(maxsize=1_024)
def near_places(text: str, limit: int = 3) -> tuple[str, ...]:
    """Return up to *limit* well-known places that are spelt most like the first part of *text*, nearest first."""
    from rapidfuzz import fuzz, process  # of use for what is misspelt only

    known = _well_known()
    plain = compatible(text)
    typed = _TYPED.fullmatch(plain)
    key = fold_name((typed[2] if typed is not None else plain).partition(",")[0])
    found = process.extract(key, known.keys(), scorer=fuzz.ratio, limit=limit, score_cutoff=_NEAR_SCORE_MIN)
    return tuple(known[match] for match, _, _ in found)
