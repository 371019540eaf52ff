"""The terms that a location is found by; `resolve.py` writes the same ones into a query."""

from functools import lru_cache

from letrics.model.location import Location
from letrics.model.places.gazetteer import gazetteer
from letrics.model.places.names import place_key


def country_term(code: str) -> str:
    """Return the term of a country."""
    return f"country:{code}"


def continent_term(code: str) -> str:
    """Return the term of a continent."""
    return f"continent:{code}"


def region_term(code: str) -> str:
    """Return the term of a region."""
    return f"region:{code}"


def city_term(number: int) -> str:
    """Return the term of a city of the gazetteer."""
    return f"city:{number}"


def named_term(level: str, key: str) -> str:
    """Return the term of a place that is known by its name only (`names.place_key`)."""
    return f"{level}-name:{key}"


@lru_cache(maxsize=65_536)
def location_terms(location: Location) -> tuple[str, ...]:
    """
    Return the terms of *location*, sorted.

    A region is found by all that it lies in, a city by its number and by its name; what is not
    recognised is found by the name that the source gave.
    """
    places = gazetteer()
    terms: set[str] = set()
    if location.country_code is not None:
        terms.add(country_term(location.country_code))
        continent = location.continent or places.continents.get(location.country_code)
        if continent is not None:
            terms.add(continent_term(continent))
    elif location.country is not None:
        terms.add(named_term("country", place_key(location.country)))
    if location.region_code is not None:
        terms.update(region_term(code) for code in places.region_line(location.region_code))
    elif location.region is not None:
        terms.add(named_term("region", place_key(location.region)))
    if location.city is not None:
        key = place_key(location.city)
        terms.add(named_term("city", key))
        # Where the country is not certain, every city of the name may be meant, and is found by its name alone.
        found = places.cities_named(key, location.country_code, location.region_code)
        terms.update(city_term(city.id) for city in found)
    return tuple(sorted(terms))
