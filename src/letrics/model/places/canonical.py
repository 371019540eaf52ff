"""From a place as a file spells it to a location with codes; fills what is certain, and nothing else."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TypeVar

import msgspec

from letrics.model.location import Location
from letrics.model.places.countries import countries
from letrics.model.places.gazetteer import City, gazetteer
from letrics.model.places.names import name_keys
from letrics.model.places.raw import Parts, read_raw
from letrics.model.places.regions import regions

# Where no country is said, a smaller city may have namesakes that no gazetteer lists.
_CITY_ALONE_POPULATION_MIN = 100_000
# Of a column's distinct values, how many must name a region at all, and how many of these one of the country.
_KNOWN_SHARE_MIN = 0.8
_FITTING_SHARE_MIN = 0.9
# What is longer names no place, and to look for one in it would take long.
_PATH_LENGTH_MAX = 500
_SHORT_US_POSTAL_CODE = re.compile(r"\d{3,4}(-\d{4})?")

T = TypeVar("T")


def country_code_of(text: str) -> str | None:
    """Return the country that *text* names by code, alpha-3 or name in one of several languages."""
    return countries().by_code(text) or next(filter(None, map(countries().by_name, name_keys(text))), None)


@lru_cache(maxsize=65_536)
def canonical_location(
    *,
    raw: str | None = None,
    street: str | None = None,
    postal_code: str | None = None,
    city: str | None = None,
    region: str | None = None,
    country: str | None = None,
    region_code: str | None = None,
    country_code: str | None = None,
    continent: str | None = None,
    latitude: float | None = None,
    longitude: float | None = None,
) -> Location | None:
    """
    Return the location that these texts of a file tell of, None where they tell nothing.

    A lone *raw* is read as a path, small to large: `Munich, Bavaria, Germany`.  The region is filled from
    the city and the country from the region where only one fits.  The location's own fields give it again.
    """
    said = Location(
        raw=_said(raw),
        street=_said(street),
        postal_code=_said(postal_code),
        city=_said(city),
        region=_said(region),
        region_code=_said(region_code),
        country=_said(country),
        country_code=_said(country_code),
        continent=_said(continent),
        latitude=latitude,
        longitude=longitude,
    )
    if said == Location():
        return None
    parts = Parts(**{name: getattr(said, name) for name in Parts.__struct_fields__})
    if parts == Parts() and said.raw is not None and len(said.raw) <= _PATH_LENGTH_MAX:
        parts = read_raw(said.raw)
    return _with_long_postal_code(msgspec.structs.replace(said, **msgspec.structs.asdict(_settled(parts))))


def _said(text: str | None) -> str | None:
    return (text.strip() or None) if text is not None else None


def _settled(said: Parts) -> Parts:
    """Return *said* with names in English and codes, and with what follows from it for certain."""
    country, within = said.country or said.country_code, None
    code = next(
        (found for text in (said.country_code, said.country) if text and (found := country_code_of(text))), None
    )
    if code is None and country is not None:
        code, within = _country_by_region(country)
    region = None
    # A country that is not known may be anywhere: its cities' and regions' names tell nothing.
    if code is not None or country is None:
        region, code = _region(said, code)
    region = region or within
    shown = said.region or said.region_code
    if region is not None and (said.region is None or _regions_named(said.region, code)):
        shown = regions().names[region]
    return Parts(
        city=said.city,
        region=shown,
        region_code=region,
        country=countries().names[code] if code is not None else country,
        country_code=code,
        continent=countries().continents[code] if code is not None else _continent(said.continent),
    )


def _continent(text: str | None) -> str | None:
    if text is None:
        return None
    return text.upper() if text.upper() in countries().continent_names else countries().continent(text) or text


def _country_by_region(text: str) -> tuple[str | None, str | None]:
    """Return country and region where a country's column names a region that is known the world over: `England`."""
    found = {code for key in name_keys(text) for code in regions().by_name(key) if regions().is_top(code)}
    only = _only(found)
    return (only.partition("-")[0], only) if only is not None else (None, None)


def _regions_named(text: str, country: str | None) -> frozenset[str]:
    """Return the regions that *text* names by ISO code, by its last part, or by name."""
    coded = regions().by_code(text, country)
    return coded or frozenset().union(*(regions().by_name(key, country) for key in name_keys(text)))


def _region(said: Parts, country: str | None) -> tuple[str | None, str | None]:
    """Return region and country as far as they are certain: by the region's code, its name, or the city."""
    cities = gazetteer().meant(name_keys(said.city), country) if said.city is not None else ()
    texts = [text for text in (said.region_code, said.region) if text is not None]
    home = country
    for text in texts:
        region, home = _region_of_text(text, cities, country)
        if region is not None:
            return region, home
    small = not cities or cities[0].population < _CITY_ALONE_POPULATION_MIN
    if any(_regions_named(text, None) for text in texts) or (country is None and (texts or small)):
        return None, home
    return _only({city.region for city in cities}), country or _only({city.country for city in cities})


def _region_of_text(text: str, cities: Sequence[City], country: str | None) -> tuple[str | None, str | None]:
    """
    Return the region that *text* names, if only one, and its country.

    Of all that it may mean the regions that the city lies in come first: `San Francisco, CA` is in
    California, whatever else `CA` may be.
    """
    named = _regions_named(text, country)
    nesting = {code for code in named if any(_fits(city, code) for city in cities)}
    found = _broadest(nesting or named)
    home = country or _only({code.partition("-")[0] for code in found})
    if country is None and not nesting and _is_country(text):
        return None, None
    return _only(found), home


def _fits(city: City, region: str) -> bool:
    """Return whether *city* lies in *region*, or in one that *region* is a part of."""
    return city.region is not None and (region in regions().line(city.region) or city.region in regions().line(region))


def _broadest(found: Iterable[str]) -> set[str]:
    """Return *found* without the parts of others: Spain's Madrid is a region, and a province of it."""
    codes = set(found)
    return {code for code in codes if codes.isdisjoint(regions().line(code)[1:])}


def _is_country(text: str) -> bool:
    """Return whether *text* is also a country's name, as Georgia is."""
    return any(countries().by_name(key) is not None for key in name_keys(text))


def _only(found: Iterable[T]) -> T | None:
    distinct = set(found)
    return distinct.pop() if len(distinct) == 1 else None


def _with_long_postal_code(location: Location) -> Location:
    """Give a postal code of the USA back the zeros that a spreadsheet took; *raw* keeps what was written."""
    code = location.postal_code
    if location.country_code != "US" or code is None or not _SHORT_US_POSTAL_CODE.fullmatch(code):
        return location
    short, dash, rest = code.partition("-")
    return msgspec.structs.replace(location, postal_code=short.zfill(5) + dash + rest, raw=location.raw or code)


_COMPASS = frozenset(
    {"north", "south", "east", "west", "central", "centre", "northeast", "northwest", "southeast", "southwest"}
)


def country_of_regions(column: Iterable[str]) -> str | None:
    """
    Return the one country that a column of regions fits, None where there is none or more than one.

    A few unknown values are passed over.  So is what names a country too, which tells nothing of the
    others: `Georgia` among the states of the USA.  Points of the compass are regions of Cameroon, and of
    every sales plan.
    """
    distinct = {text for each in column if (text := each.strip())}
    telling = [text for text in distinct if not _is_country(text) and text.lower() not in _COMPASS]
    homes = [{code.partition("-")[0] for code in _regions_named(text, None)} for text in telling]
    fitting = Counter(country for each in homes for country in each)
    known = sum(1 for each in homes if each)
    if not fitting or known < _KNOWN_SHARE_MIN * len(telling):
        return None
    (best, most), *others = fitting.most_common(2)
    clear = most >= _FITTING_SHARE_MIN * known and (not others or others[0][1] < most)
    return best if clear else None
