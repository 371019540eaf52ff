"""From one text that holds a whole place to its parts, as far as they are certain."""

from typing import TypeVar

import msgspec

from letrics.model.places.readings import Reading, is_country_code, readings
from letrics.model.places.regions import regions
from letrics.model.places.resolve import read_path, split_path

# A lone name is not that of a country or region if a city of this size elsewhere bears it too.
_RIVAL_POPULATION_MIN = 50_000

T = TypeVar("T")


class Parts(msgspec.Struct, frozen=True):
    """The parts of a place that a name or a code can tell; a code may also stand in its name's field."""

    city: str | None = None
    region: str | None = None
    region_code: str | None = None
    country: str | None = None
    country_code: str | None = None
    continent: str | None = None


def read_raw(text: str) -> Parts:
    """Return the parts of *text*: a path, small to large, or one name; what may be more than one thing is left out."""
    parts = split_path(text)
    if not parts:
        return Parts()
    return _of_path(parts) if len(parts) > 1 else _of_name(parts[0])


def _of_path(parts: list[str]) -> Parts:
    chains = read_path(parts)
    known = [[each for each in chain if not each.by_name] for chain in chains]
    if not all(known):
        return Parts()
    country = _only({chain[0].country for chain in known})
    lines = [next((each.line for each in chain if each.line), ()) for chain in known]
    return Parts(
        city=_city_in(parts, chains),
        region_code=_only({line[0] if line else None for line in lines}) if country is not None else None,
        country_code=country,
        continent=_only({each.code for chain in known for each in chain if each.level == "continent"}),
    )


def _city_in(parts: list[str], chains: list[tuple[Reading, ...]]) -> str | None:
    """
    Return the part that is a city: one the gazetteer knows, else what comes before the region or country.

    What has a figure in it is a street or a postal code.
    """
    for i, part in enumerate(parts):
        levels = {chain[i].level for chain in chains if not chain[i].by_name}
        if "city" in levels:
            return part
        if not levels and all(
            not after.by_name and after.level != "city" for chain in chains for after in chain[i + 1 :]
        ):
            return None if any(map(str.isdigit, part)) else part
    return None


def _of_name(name: str) -> Parts:
    found = readings(name)
    at = {
        level: [each for each in found if each.level == level]
        for level in ("continent", "group", "country", "region", "city")
    }
    if at["country"]:
        country = at["country"][0]
        rivals = [each for each in at["region"] if regions().is_top(each.code or "") and each.country != country.code]
        return Parts() if rivals else Parts(country_code=country.code)
    if is_country_code(name) or at["group"]:
        return Parts()
    if at["continent"]:
        return Parts(continent=at["continent"][0].code)
    tops = [each for each in at["region"] if regions().is_top(each.code or "")]
    if len(tops) == 1 and not _has_rivals(tops[0], [*at["region"], *at["city"]]):
        inside = any(tops[0].code in each.line for each in at["city"])
        return Parts(city=name if inside else None, region_code=tops[0].code, country_code=tops[0].country)
    return Parts(city=name) if at["city"] or not found else Parts()


def _has_rivals(region: Reading, others: list[Reading]) -> bool:
    """Return whether *others* hold a region elsewhere, or a city elsewhere that is not small."""
    return any(
        region.code not in each.line and (each.level == "region" or each.population >= _RIVAL_POPULATION_MIN)
        for each in others
    )


def _only(found: set[T]) -> T | None:
    return next(iter(found)) if len(found) == 1 else None
