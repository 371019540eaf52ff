"""
Regions: the subdivisions of countries by ISO 3166-2, by code and by name.

Codes, names and what lies in what are pycountry's, its translations included.  `admin1.tsv` tells
which region each first-order division of GeoNames is, and what it is called in English.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from gettext import GNUTranslations
from importlib.resources import files
from pathlib import Path

import pycountry

from letrics.model.places.aliases import REGIONS
from letrics.model.places.countries import LANGUAGES
from letrics.model.places.names import keys_of

# `Catalunya [Cataluña]`, `Kingston upon Hull (City of)`, `Bolama / Bijagós`: more than one name in one.
_NAMES = re.compile(r"\s*[\[\](/);†]\s*")
_CODE = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")
_NAME_CHARACTERS_MIN = 3
# `London, City of` is no more than a mile of London.
_MERE_CITY = "City of"


class Regions:
    """All regions: what they are called, what they lie in, and which division of GeoNames each is."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.by_suffix: dict[str, tuple[str, ...]] = {}
        self.by_admin1: dict[tuple[str, str], str] = {}
        self._parents: dict[str, str] = {}
        self._lines: dict[str, tuple[str, ...]] = {}
        self._keys: dict[str, set[str]] = defaultdict(set)
        english = self._read_admin1()
        official = {each.code: each.name for each in pycountry.subdivisions}
        by_suffix = defaultdict(list)
        for each in pycountry.subdivisions:
            self.names[each.code] = english.get(each.code) or _shown(each.name)
            by_suffix[each.code.partition("-")[2]].append(each.code)
            if each.parent_code is not None:
                self._parents[each.code] = each.parent_code
        self.by_suffix = {suffix: tuple(codes) for suffix, codes in by_suffix.items()}
        self._name([(code, name) for code, whole in official.items() for name in _names_in(whole)])
        self._name(list(english.items()))
        self._name([(code, name) for code, aliases in REGIONS.items() for name in aliases])
        for catalogue in _catalogues():
            translated = (
                (code, catalogue.gettext(name), name) for code, name in official.items() if _MERE_CITY not in name
            )
            self._name([(code, part) for code, name, own in translated if name != own for part in _names_in(name)])

    def _read_admin1(self) -> dict[str, str]:
        english = {}
        table = files(__package__).joinpath("admin1.tsv").read_text(encoding="utf-8")
        for line in table.splitlines():
            if not line.startswith("#"):
                country, admin1, suffix, *name = line.split("\t")
                code = f"{country}-{suffix}"
                self.by_admin1[country, admin1] = code
                if name:
                    english[code] = name[0]
        return english

    def _name(self, pairs: list[tuple[str, str]]) -> None:
        for i, key in keys_of([name for _, name in pairs]):
            if len(key) >= _NAME_CHARACTERS_MIN or not key.isascii():
                self._keys[key].add(pairs[i][0])

    def line(self, code: str | None) -> tuple[str, ...]:
        """Return *code* and the regions that it lies in, the smallest first; nothing for None."""
        if code is None:
            return ()
        line = self._lines.get(code)
        if line is None:
            line = (code, *self.line(self._parents.get(code)))
            self._lines[code] = line
        return line

    def is_top(self, code: str) -> bool:
        """Return whether *code* lies in no other region."""
        return code not in self._parents

    def by_name(self, key: str, country: str | None = None) -> frozenset[str]:
        """Return the regions that bear the folded name *key*, those of *country* if given."""
        found = self._keys.get(key, ())
        return frozenset(code for code in found if country is None or code.startswith(country + "-"))

    def by_code(self, text: str, country: str | None = None) -> frozenset[str]:
        """Return the regions whose ISO code is *text*, whole (`US-TX`) or without its country (`TX`)."""
        code = re.sub(r"[\s.]", "", text).upper()
        found = (code,) if code in self.names else self.by_suffix.get(code, ())
        # Digits alone are the codes of half the world's regions.
        if code.isdigit() and country is None:
            return frozenset()
        return frozenset(each for each in found if country is None or each.startswith(country + "-"))


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


@cache
def regions() -> Regions:
    """Return the regions, read when first asked for."""
    return Regions()
