"""From a location string of a query to the places that it may mean."""

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from itertools import pairwise, product
from typing import Literal

import msgspec
from rapidfuzz import fuzz, process

from letrics.model.places.gazetteer import City, gazetteer
from letrics.model.places.names import place_key
from letrics.model.places.terms import city_term, continent_term, country_term, named_term, region_term

Level = Literal["continent", "group", "country", "region", "city"]

_TYPED = re.compile(r"\s*(country|region|city)\s*:\s*(.+)", re.IGNORECASE | re.DOTALL)
_PARTS_MAX = 4
_NEAR_POPULATION_MIN = 200_000
_NEAR_SCORE_MIN = 70.0  # of 100


class Match(msgspec.Struct, frozen=True):
    """
    One place that a string may mean.

    A record is in it when each tuple of *terms* shares one with the record (`terms.location_terms`).
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


class _Reading(msgspec.Struct, frozen=True):
    """A place that one part of a string may name; *country* and *line* of regions are what it lies in."""

    level: Level
    code: str | None
    name: str
    terms: tuple[str, ...]
    country: str | None = None
    line: tuple[str, ...] = ()
    members: frozenset[str] = frozenset()


@lru_cache(maxsize=16_384)
def resolve_place(text: str) -> Resolution:
    """Return what *text* means by the grammar of places; never raises."""
    typed = _TYPED.fullmatch(text)
    level, rest = (typed[1].lower(), typed[2]) if typed is not None else (None, text)
    parts = [part.strip() for part in rest.split(",") if place_key(part)][:_PARTS_MAX]
    if not parts:
        return Resolution(text, ())
    if len(parts) == 1 and level is None:
        return _alone(text, parts[0])
    first = _readings(parts[0], in_path=True)
    if level is not None:
        first = [each for each in first if each.level == level] or [_by_name(level, parts[0])]
    chains = [
        chain for chain in product(first, *(_readings(part, in_path=True) for part in parts[1:])) if _ordered(chain)
    ]
    if not chains and (level is None or level == "city"):
        unknown = _by_name("city", parts[0])
        chains = [(unknown, *c) for c in product(*(_readings(part, in_path=True) for part in parts[1:])) if _ordered(c)]
        # `DE` may be a part of a dozen countries; where no city tells, it is the country.
        chains = [chain for chain in chains if chain[-1].level == "country"] or chains
    return Resolution(text, _distinct(Match(c[0].level, c[0].code, c[0].name, _terms(c)) for c in chains))


def _alone(text: str, part: str) -> Resolution:
    """Return what one part means: two letters are always a country, a name every place that bears it."""
    places = gazetteer()
    code = part.upper()
    if len(code) == 2 and code.isascii() and code.isalpha():
        state = f"US-{code}"
        hint = f"{places.region_names[state]} is `{state}`" if state in places.region_names else None
        country = code if code in places.country_names else places.countries.get(place_key(part))
        if country is None:
            also = f" {hint}." if hint else ""
            return Resolution(
                text, (), (f"`{part}` is no country code: two letters alone are always a country.{also}",)
            )
        warnings = (f"`{part}` is {places.country_names[country]}; {hint}.",) if hint is not None else ()
        return Resolution(text, (_match(_country(country)),), warnings)
    return Resolution(text, _distinct(_match(each) for each in _readings(part) or [_by_name("city", part)]))


def _match(reading: _Reading) -> Match:
    return Match(reading.level, reading.code, reading.name, _terms((reading,)))


def _terms(chain: tuple[_Reading, ...]) -> tuple[tuple[str, ...], ...]:
    return tuple(each.terms for each in chain)


def _distinct(matches: Iterable[Match]) -> tuple[Match, ...]:
    return tuple({match.terms: match for match in matches}.values())


def _nests(small: _Reading, large: _Reading) -> bool:
    """Return whether *small* lies in *large*, as far as is known of it."""
    if large.level in ("continent", "group"):
        return small.country in large.members
    if large.level == "country":
        return small.level in ("region", "city") and small.country == large.code
    if large.level == "region":
        return (small.level == "city" and large.code in small.line) or (
            small.level == "region" and small.code != large.code and large.code in small.line
        )
    return False


def _ordered(chain: tuple[_Reading, ...]) -> bool:
    return all(_nests(small, large) for small, large in pairwise(chain))


def _readings(part: str, *, in_path: bool = False) -> list[_Reading]:
    """Return every place that *part* names, the large ones first."""
    places = gazetteer()
    key, code = place_key(part), part.upper()
    found: list[_Reading] = []
    if key in places.continent_names:
        found.append(_continent(places.continent_names[key]))
    if key in places.groups:
        name, members = places.groups[key]
        found.append(_Reading("group", None, name, tuple(sorted(map(country_term, members))), members=members))
    country = code if code in places.country_names else places.alpha3.get(code) or places.countries.get(key)
    if country is not None:
        found.append(_country(country))
    regions = set(places.regions_named(key))
    if code in places.region_names:
        regions.add(code)
    if in_path:
        regions |= places.region_suffixes.get(code, set())
    found += [_region(each, key) for each in sorted(regions)]
    found += [_city(each, key) for each in places.cities_named(key)]
    return found


def _continent(code: str) -> _Reading:
    places = gazetteer()
    name = next(name for name, each in places.continent_names.items() if each == code)
    members = frozenset(country for country, each in places.continents.items() if each == code)
    return _Reading("continent", code, name.title(), (continent_term(code),), members=members)


def _country(code: str) -> _Reading:
    name = gazetteer().country_names[code]
    return _Reading("country", code, name, (country_term(code), named_term("country", place_key(name))), country=code)


def _region(code: str, key: str) -> _Reading:
    places = gazetteer()
    terms = (region_term(code), named_term("region", key))
    return _Reading("region", code, places.region_names[code], terms, code.partition("-")[0], places.region_line(code))


def _city(city: City, key: str) -> _Reading:
    line = gazetteer().region_line(city.region) if city.region is not None else ()
    place = ", ".join(part for part in (city.name, city.region or city.country) if part)
    return _Reading("city", None, place, (city_term(city.id), named_term("city", key)), city.country, line)


def _by_name(level: str, part: str) -> _Reading:
    """Return a place that no data package knows: it is where records say this name."""
    kind: Level = "country" if level == "country" else "region" if level == "region" else "city"
    return _Reading(kind, None, part, (named_term(kind, place_key(part)),))


@cache
def _well_known() -> dict[str, str]:
    """Return the names that a misspelt place is compared with: key → name."""
    places = gazetteer()
    names = {place_key(name): name for name in places.country_names.values()}
    names |= {key: places.region_names[min(codes)] for key, codes in places.regions.items() if key not in names}
    for city in places.cities.values():
        if city.population >= _NEAR_POPULATION_MIN:
            names.setdefault(place_key(city.name), city.name)
    return names


@lru_cache(maxsize=1_024)
def near_places(text: str, limit: int = 3) -> tuple[str, ...]:
    """Return up to *limit* well-known places that are spelt most like *text*, the nearest first."""
    known = _well_known()
    key = place_key(text.partition(",")[0])
    found = process.extract(key, known.keys(), scorer=fuzz.ratio, limit=limit, score_cutoff=_NEAR_SCORE_MIN)
    return tuple(known[match] for match, _, _ in found)
