"""
Regions, made from data packages.

Codes, names and what lies in what are pycountry's, its translations included.  `admin1.tsv` tells
which region each first-order division of GeoNames is, and what it is called in English.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from gettext import GNUTranslations
from importlib.resources import files
from pathlib import Path

import msgspec
import pycountry

from letrics.model.places.aliases import REGIONS
from letrics.model.places.names import keys_of
from letrics.model.places.packages.countries import LANGUAGES
from letrics.model.tables import joined, table

# `Catalunya [Cataluña]`, `Kingston upon Hull (City of)`, `Bolama / Bijagós`: more than one name in one.
_NAMES = re.compile(r"\s*[\[\](/);†]\s*")
_CODE = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")
_NAME_CHARACTERS_MIN = 3
# `London, City of` is no more than a mile of London.
_MERE_CITY = "City of"


class Division(msgspec.Struct, frozen=True):
    """A first-order division of GeoNames: country, code there, ISO region, and English name where ISO's is another."""

    country: str
    admin1: str
    region: str
    name: str | None


def divisions() -> Iterator[Division]:
    """Yield the first-order divisions of GeoNames that are regions."""
    text = files(__package__).joinpath("admin1.tsv").read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line.startswith("#"):
            country, admin1, suffix, *name = line.split("\t")
            yield Division(country, admin1, f"{country}-{suffix}", name[0] if name else None)


def made_regions() -> bytes:
    """Return what `regions.Regions` is read from: names and parents, and a table of codes by folded names."""
    english = {each.region: each.name for each in divisions() if each.name is not None}
    official = {each.code: each.name for each in pycountry.subdivisions}
    names = {code: english.get(code) or _shown(name) for code, name in official.items()}
    parents = {each.code: each.parent_code for each in pycountry.subdivisions if each.parent_code is not None}
    keys: dict[str, set[str]] = defaultdict(set)

    def add(pairs: list[tuple[str, str]]) -> None:
        for i, key in keys_of([name for _, name in pairs]):
            if len(key) >= _NAME_CHARACTERS_MIN or not key.isascii():
                keys[key].add(pairs[i][0])

    add([(code, name) for code, whole in official.items() for name in _names_in(whole)])
    add(list(english.items()))
    add([(code, name) for code, aliases in REGIONS.items() for name in aliases])
    for catalogue in _catalogues():
        translated = (
            (code, catalogue.gettext(name), name) for code, name in official.items() if _MERE_CITY not in name
        )
        add([(code, part) for code, name, own in translated if name != own for part in _names_in(name)])
    about = msgspec.msgpack.encode((names, parents))
    return joined((about, table({key: " ".join(sorted(codes)).encode() for key, codes in keys.items()})))


def _names_in(whole: str) -> Iterator[str]:
    """Yield the names in an ISO name: `Madrid, Comunidad de` is also `Comunidad de Madrid` and `Madrid`."""
    for part in _NAMES.split(whole):
        name, comma, kind = part.partition(", ")
        if comma:
            yield f"{kind} {name}"
        if not kind.startswith(_MERE_CITY) and (name[:1].isupper() or not name.isascii()) and not _CODE.search(name):
            yield name


def _shown(whole: str) -> str:
    name, comma, kind = _NAMES.split(whole)[0].partition(", ")
    return f"{kind} {name}" if comma and kind.startswith(_MERE_CITY) else name


def _catalogues() -> Iterator[GNUTranslations]:
    """Yield pycountry's translations of the names of regions, in those of our languages that it has."""
    for language in LANGUAGES:
        path = Path(pycountry.LOCALES_DIR) / language / "LC_MESSAGES" / "iso3166-2.mo"
        if path.exists():
            with path.open("rb") as file:
                yield GNUTranslations(file)
