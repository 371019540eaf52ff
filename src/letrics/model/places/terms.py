"""The terms that a location is found by; `readings.py` writes the same ones into a query."""

from collections.abc import Iterable
from functools import lru_cache

from letrics.model.location import Location
from letrics.model.places.countries import countries
from letrics.model.places.gazetteer import gazetteer
from letrics.model.places.names import name_keys
from letrics.model.places.regions import regions

_LEVELS = ("city", "country", "raw", "region")


def continent_term(code: str) -> str:
    """Return the term of a continent."""
    return f"continent:{code}"


def country_term(code: str) -> str:
    """Return the term of a country."""
    return f"country:{code}"


def region_term(code: str) -> str:
    """Return the term of a region."""
    return f"region:{code}"


def city_term(number: int) -> str:
    """Return the term of a city of the gazetteer."""
    return f"city:{number}"


def named_terms(keys: Iterable[str], level: str | None = None) -> tuple[str, ...]:
    """
    Return the terms of what is known by its folded names *keys* only, at *level*, or at any.

    A text whose level could not be told (a lone `Georgia`) has the level `raw`.
    """
    levels = (level,) if level is not None else _LEVELS
    return tuple(f"{each}-name:{key}" for key in keys for each in levels)


@lru_cache(maxsize=65_536)
def location_terms(location: Location) -> tuple[str, ...]:
    """
    Return the distinct terms of *location*, sorted.

    A record is found by all that its region lies in, and by its city's number and name; what was not
    recognised, by the name that the source gave.
    """
    terms: set[str] = set()
    if location.country_code is not None:
        terms.add(country_term(location.country_code))
    elif location.country is not None:
        terms.update(named_terms(name_keys(location.country), "country"))
    continent = countries().continents.get(location.country_code or "") or location.continent
    if continent is not None:
        terms.add(continent_term(continent))
    terms.update(map(region_term, regions().line(location.region_code)))
    if location.region is not None and location.region != regions().names.get(location.region_code or ""):
        terms.update(named_terms(name_keys(location.region), "region"))
    if location.city is not None:
        terms.update(named_terms(name_keys(location.city), "city"))
        terms.update(_city_numbers(location))
    if not terms and location.raw is not None:
        terms.update(named_terms(name_keys(location.raw), "raw"))
    return tuple(sorted(terms))


def _city_numbers(location: Location) -> set[str]:
    """Return the terms of every city that the location may mean; where that is open, each may be it."""
    if location.country_code is None and location.country is not None:
        return set()
    line = regions().line(location.region_code)
    return {
        city_term(city.id)
        for city in gazetteer().meant(name_keys(location.city or ""), location.country_code)
        if not line or city.region is None or city.region in line or location.region_code in regions().line(city.region)
    }
