"""
Readings: the places that a piece of text may name, and which of them lies in which.

Imports and queries read text by these alone, so that they cannot come to differ.
"""

from functools import lru_cache
from typing import Literal

import msgspec

from letrics.model.places.countries import Group, countries
from letrics.model.places.gazetteer import City, gazetteer
from letrics.model.places.names import name_keys
from letrics.model.places.regions import regions
from letrics.model.places.terms import city_term, continent_term, country_term, named_terms, region_term

Level = Literal["continent", "group", "country", "region", "city"]


class Reading(msgspec.Struct, frozen=True):
    """
    A place that a text may name.

    A record is there when it has one of *terms*: the place's code, or the very name where the record's
    own text was not certain enough for a code.  *country*, *line* (of regions, the smallest first) and
    *countries* tell what the place lies in and what lies in it; a reading *by_name* knows neither.
    """

    level: Level
    code: str | None
    name: str
    terms: tuple[str, ...]
    country: str | None = None
    line: tuple[str, ...] = ()
    countries: frozenset[str] = frozenset()
    population: int = 0
    by_name: bool = False


def is_country_code(text: str) -> bool:
    """Return whether *text* is two letters, which alone are always a country."""
    return len(text) == 2 and text.isascii() and text.isalpha()


@lru_cache(maxsize=4_096)
def readings(text: str, in_path: bool = False) -> tuple[Reading, ...]:
    """Return every place that *text* names, the large ones first; of a path's part also by a region's short code."""
    found: list[Reading] = []
    keys = name_keys(text)
    if is_country_code(text):
        country = countries().by_code(text)
        found += [_country(country, keys)] if country is not None else []
        if in_path:
            found += [_region(code, keys) for code in sorted(regions().by_code(text))]
        return tuple(found)
    continent = countries().continent(text)
    if continent is not None:
        found.append(_continent(continent))
    group = countries().group(text)
    if group is not None:
        # A name made for a group is not meant for a village: Apac, in Uganda, is `city:Apac`.
        return (*found, group_reading(group))
    country = countries().by_code(text) or next(filter(None, map(countries().by_name, keys)), None)
    if country is not None:
        found.append(_country(country, keys))
    named = frozenset().union(*(regions().by_name(key) for key in keys))
    coded = regions().by_code(text) if in_path or "-" in text else frozenset()
    found += [_region(code, keys) for code in sorted(named | coded)]
    taken = country is not None or continent is not None
    found += [_city(city, keys) for city in _cities(keys, named, taken, in_path)]
    return tuple(found)


def _cities(keys: tuple[str, ...], named: frozenset[str], taken: bool, in_path: bool) -> list[City]:
    """
    Return the cities that *keys* name, the largest first.

    A name that a country bears is no city's other name, and one that a region bears only within its country:
    New York City may be `New York`.  In a path it may be any, for the next part settles it.
    """
    places = gazetteer()
    found = places.own(keys) + places.others(keys) if in_path else places.own(keys) if taken else places.meant(keys)
    within = {code.partition("-")[0] for code in named}
    distinct = {
        city.id: city for city in found if in_path or not within or _bears(city, keys) or city.country in within
    }
    return sorted(distinct.values(), key=lambda city: (-city.population, city.id))


def _bears(city: City, keys: tuple[str, ...]) -> bool:
    return not set(name_keys(city.name)).isdisjoint(keys)


def readings_at(level: Level, text: str) -> tuple[Reading, ...]:
    """Return the places of one level that *text* names: there two letters may be a region's short code."""
    found = [each for each in readings(text, True) if each.level == level]
    if level == "city" and is_country_code(text):
        found = [_city(city, name_keys(text)) for city in gazetteer().own(name_keys(text))]
    return tuple(found) or (by_name(text, level),)


def by_name(text: str, level: Level | None = None) -> Reading:
    """Return a place that no data package knows: where records say this name, at *level* if given."""
    return Reading(level or "city", None, text, named_terms(name_keys(text), level), by_name=True)


def _continent(code: str) -> Reading:
    within = frozenset(country for country, each in countries().continents.items() if each == code)
    return Reading("continent", code, countries().continent_names[code], (continent_term(code),), countries=within)


def group_reading(group: Group) -> Reading:
    """Return the reading of a group: its members' terms, and those of the continents that it takes in whole."""
    terms = {country_term(code) for code in group.countries} | {continent_term(code) for code in group.continents}
    return Reading("group", None, group.name, tuple(sorted(terms)), countries=group.countries)


def _country(code: str, keys: tuple[str, ...]) -> Reading:
    terms = (country_term(code), *named_terms(keys, "country"))
    return Reading("country", code, countries().names[code], terms, code)


def _region(code: str, keys: tuple[str, ...]) -> Reading:
    terms = (region_term(code), *named_terms(keys, "region"))
    return Reading("region", code, regions().names[code], terms, code.partition("-")[0], regions().line(code))


def _city(city: City, keys: tuple[str, ...]) -> Reading:
    name = f"{city.name}, {city.region or city.country}"
    terms = (city_term(city.id), *named_terms(keys, "city"))
    return Reading("city", None, name, terms, city.country, regions().line(city.region), population=city.population)


def nests(small: Reading, large: Reading) -> bool:
    """Return whether *small* lies in *large*; what is known by its name only may lie anywhere."""
    if small.by_name or large.by_name:
        return True
    if large.level in ("continent", "group"):
        return small.level not in ("continent", "group") and small.country in large.countries
    if large.level == "country":
        return small.level in ("region", "city") and small.country == large.code
    if large.level == "region":
        return large.code in small.line and large.code != small.code
    return False
