"""Canonical locations: what is filled, what is left open, and what is kept as it was."""

import random
from typing import Any

import msgspec
import pytest

from letrics.model.location import Location
from letrics.model.places import canonical_location, country_of_regions
from letrics.model.places.countries import countries
from letrics.model.places.gazetteer import gazetteer
from letrics.model.places.names import fold_name
from letrics.model.places.packages.regions import divisions
from letrics.model.places.regions import regions


def canonical(**place: Any) -> Location:
    location = canonical_location(**place)
    assert location is not None
    return location


# Cities by their country alone, and the ISO regions that they lie in.
PAIRS = """
AE Dubai AE-DU|AR Córdoba AR-X|AR Rosario AR-S|AT Graz AT-6|AT Linz AT-4|AT Vienna AT-9|AU Brisbane AU-QLD
AU Melbourne AU-VIC|AU Perth AU-WA|AU Sydney AU-NSW|BE Antwerp BE-VLG|BE Brussels BE-BRU|BE Liège BE-WAL
BG Sofia BG-22|BR Curitiba BR-PR|BR São Paulo BR-SP|CA Calgary CA-AB|CA Toronto CA-ON|CA Vancouver CA-BC
CH Basel CH-BS|CH Lausanne CH-VD|CH Zurich CH-ZH|CL Valparaíso CL-VS|CN Guangzhou CN-GD|CN Shanghai CN-SH
CN Hangzhou CN-ZJ|CO Medellín CO-ANT|CZ Brno CZ-64|CZ Prague CZ-10|DE Berlin DE-BE|DE Bremen DE-HB
DE Dresden DE-SN|DE Erfurt DE-TH|DE Frankfurt DE-HE|DE Hamburg DE-HH|DE Hannover DE-NI|DE Kiel DE-SH
DE Köln DE-NW|DE Magdeburg DE-ST|DE Mainz DE-RP|DE Munich DE-BY|DE Potsdam DE-BB|DE Rostock DE-MV
DE Saarbrücken DE-SL|DE Stuttgart DE-BW|DK Aarhus DK-82|DK Copenhagen DK-84|EG Alexandria EG-ALX
ES Barcelona ES-CT|ES Bilbao ES-PV|ES Madrid ES-MD|ES Sevilla ES-AN|ES Zaragoza ES-AR|FI Helsinki FI-18
FI Tampere FI-11|FR Bordeaux FR-NAQ|FR Lille FR-HDF|FR Lyon FR-ARA|FR Marseille FR-PAC|FR Nantes FR-PDL
FR Paris FR-IDF|FR Rennes FR-BRE|FR Strasbourg FR-GES|FR Toulouse FR-OCC|GB Belfast GB-NIR|GB Cardiff GB-WLS
GB Edinburgh GB-SCT|GB Manchester GB-ENG|GR Athens GR-I|HR Split HR-17|HU Budapest HU-BU|ID Surabaya ID-JI
IE Dublin IE-L|IL Haifa IL-HA|IN Bengaluru IN-KA|IN Hyderabad IN-TS|IN Mumbai IN-MH|IN Pune IN-MH|IT Milan IT-25
IT Naples IT-72|IT Rome IT-62|IT Turin IT-21|JP Kyoto JP-26|JP Nagoya JP-23|JP Osaka JP-27|JP Tokyo JP-13
JP Yokohama JP-14|KR Busan KR-26|KR Seoul KR-11|MX Guadalajara MX-JAL|MX Monterrey MX-NLE|MY Johor Bahru MY-01
NG Lagos NG-LA|NL Amsterdam NL-NH|NL Eindhoven NL-NB|NL Rotterdam NL-ZH|NO Bergen NO-46|NO Oslo NO-03
NZ Auckland NZ-AUK|PH Davao PH-11|PK Karachi PK-SD|PL Kraków PL-12|PL Warsaw PL-14|PL Wrocław PL-02|PT Lisbon PT-11
PT Porto PT-13|RO Cluj-Napoca RO-CJ|RU Moscow RU-MOW|SA Riyadh SA-01|SE Gothenburg SE-O|SE Malmö SE-M
SE Stockholm SE-AB|SK Bratislava SK-BL|TR Ankara TR-06|TR Izmir TR-35|UA Lviv UA-46|US Los Angeles US-CA
US Seattle US-WA|ZA Cape Town ZA-WC|ZA Johannesburg ZA-GP
""".replace("\n", "|").strip("|").split("|")  # fmt: skip


@pytest.mark.parametrize("pair", PAIRS)
def test_region_is_filled_from_the_city(pair: str) -> None:
    """A real city lies in its real region, whatever GeoNames' own code of that region is."""
    country, *city, region = pair.split()
    assert canonical(city=" ".join(city), country=country).region_code == region


def test_table_of_divisions_agrees_with_the_names_of_cities() -> None:
    """
    Cities that bear the name of a region of their country lie in it, but for a few namesakes.

    That is evidence apart from the names by which the table was made.  Hungary is left out: its larger
    cities are regions of their own, which GeoNames counts to the counties around them.
    """
    agree = differ = 0
    for city in gazetteer().cities():
        named = regions().by_name(fold_name(city.name), city.country)
        if city.population >= 100_000 and city.country != "HU" and city.region is not None and len(named) == 1:
            (code,) = named
            inside = code in regions().line(city.region) or city.region in regions().line(code)
            agree, differ = agree + inside, differ + (not inside)
    assert agree > 700, (agree, differ)
    assert differ < agree * 0.03, (agree, differ)


def test_table_of_divisions_names_real_regions_once() -> None:
    """Each division is one region that ISO knows, and no two are the same but where GeoNames doubles one."""
    codes = [each.region for each in divisions()]
    assert set(codes) <= regions().names.keys()
    assert len(codes) - len(set(codes)) <= 2


FILLED: list[tuple[dict[str, str], dict[str, str | None]]] = [
    ({"country": "deu"}, {"country": "Germany", "country_code": "DE", "continent": "EU"}),
    ({"country_code": "gb"}, {"country": "United Kingdom", "country_code": "GB"}),
    ({"country": "France", "country_code": "DE"}, {"country_code": "DE", "country": "Germany"}),
    ({"country": "England"}, {"country_code": "GB", "region_code": "GB-ENG", "region": "England"}),
    ({"country": "Georgia"}, {"country_code": "GE"}),
    ({"country": "Freedonia"}, {"country": "Freedonia", "country_code": None, "continent": None}),
    ({"country_code": "XX"}, {"country": "XX", "country_code": None}),
    ({"region": "Texas"}, {"region_code": "US-TX", "country_code": "US", "country": "United States"}),
    ({"region": "US-TX"}, {"region": "Texas", "region_code": "US-TX", "country_code": "US"}),
    ({"region": "Bayern", "country": "DE"}, {"region": "Bavaria", "region_code": "DE-BY"}),
    ({"region": "TX", "country": "US"}, {"region": "Texas", "region_code": "US-TX"}),
    ({"region": "D.C.", "country": "US"}, {"region_code": "US-DC"}),
    ({"region": "Bavaria", "country": "US"}, {"region": "Bavaria", "region_code": None}),
    ({"region": "CA"}, {"region": "CA", "region_code": None, "country_code": None}),
    ({"region": "Limburg"}, {"region": "Limburg", "region_code": None, "country_code": None}),
    ({"region": "Limburg", "country": "NL"}, {"region_code": "NL-LI"}),
    ({"region": "Georgia"}, {"region": "Georgia", "region_code": None, "country_code": None}),
    ({"region": "Madrid", "country": "ES"}, {"region_code": "ES-MD"}),
    ({"city": "Austin", "region": "TX"}, {"region_code": "US-TX", "country_code": "US"}),
    ({"city": "Atlanta", "region": "Georgia"}, {"region_code": "US-GA", "country_code": "US"}),
    ({"city": "Munich"}, {"region_code": "DE-BY", "country_code": "DE", "city": "Munich"}),
    ({"city": "Muenchen", "country": "DE"}, {"city": "Muenchen", "region_code": "DE-BY"}),
    ({"city": "Springfield"}, {"region_code": None, "country_code": None}),
    ({"city": "Springfield", "country": "US"}, {"region_code": None, "country_code": "US"}),
    ({"city": "Portland", "country": "US"}, {"region_code": None, "region": None}),
    ({"city": "Paris"}, {"country_code": None}),
    ({"city": "Munich", "country": "Freedonia"}, {"region_code": None, "country_code": None}),
    ({"city": "Munich", "region": "Oberbayern", "country": "DE"}, {"region": "Oberbayern", "region_code": "DE-BY"}),
    ({"city": "Munich", "region": "Texas", "country": "DE"}, {"region": "Texas", "region_code": None}),
    ({"continent": "Europa"}, {"continent": "EU"}),
    ({"raw": "Munich, Bavaria, Germany"}, {"city": "Munich", "region_code": "DE-BY", "country_code": "DE"}),
    ({"raw": "Berlin"}, {"city": "Berlin", "region_code": "DE-BE", "country_code": "DE", "raw": "Berlin"}),
    ({"raw": "Germany"}, {"city": None, "country_code": "DE"}),
    ({"raw": "Mexico"}, {"city": None, "country_code": "MX"}),
    ({"raw": "Georgia"}, {"city": None, "region_code": None, "country_code": None}),
    ({"raw": "Washington"}, {"region_code": None, "country_code": None}),
    ({"raw": "Wilmington, DE"}, {"city": "Wilmington", "region_code": "US-DE", "country_code": "US"}),
    ({"raw": "Springfield, US"}, {"city": "Springfield", "region_code": None, "country_code": "US"}),
    ({"raw": "12 High Street, Kleindorf, Germany"}, {"country_code": "DE"}),
    ({"raw": "Germany", "city": "Paris", "country": "FR"}, {"raw": "Germany", "country_code": "FR"}),
    ({"postal_code": "2134", "country": "US"}, {"postal_code": "02134", "raw": "2134"}),
    ({"postal_code": "501", "country": "US", "raw": "Holtsville"}, {"postal_code": "00501", "raw": "Holtsville"}),
    ({"postal_code": "2134-1001", "region": "Massachusetts"}, {"postal_code": "02134-1001"}),
    ({"postal_code": "2134", "country": "DK"}, {"postal_code": "2134", "raw": None}),
    ({"postal_code": "02134", "country": "US"}, {"postal_code": "02134", "raw": None}),
]


@pytest.mark.parametrize(("place", "filled"), FILLED, ids=[", ".join(place.values()) for place, _ in FILLED])
def test_what_is_certain_is_filled(place: dict[str, str], filled: dict[str, str | None]) -> None:
    """Codes and names are filled where only one place fits; else the source's text stays as it is."""
    location = canonical(**place)
    assert {name: getattr(location, name) for name in filled} == filled


def test_nothing_is_no_location() -> None:
    """Where a file says nothing of a place there is no location."""
    assert canonical_location() is None
    assert canonical_location(city=" ", country="") is None
    assert canonical(latitude=0.0, longitude=0.0) == Location(latitude=0.0, longitude=0.0)


def test_canonical_locations_stay_as_they_are() -> None:
    """A canonical location read again is itself, for sensible and for random places."""
    words = [
        None,
        "DE",
        "TX",
        "Georgia",
        "Texas",
        "Berlin",
        "Springfield",
        "Bavaria",
        "US-TX",
        "Paris",
        "Freedonia",
        "12",
    ]
    words += [
        "Mexico",
        "London",
        "England",
        "CA",
        "Europe",
        "EMEA",
        "Luxembourg",
        "2134",
        "Munich, Germany",
        "X, CA",
        "é",
    ]
    choose = random.Random(20_260_601)
    names = ("raw", "postal_code", "city", "region", "region_code", "country", "country_code", "continent")
    for _ in range(5_000):
        place = {name: choose.choice(words) for name in choose.sample(names, choose.randint(1, 4))}
        location = canonical_location(**place)
        if location is not None:
            assert canonical_location(**msgspec.structs.asdict(location)) == location, place
    for code in countries().names:
        location = canonical(country=countries().names[code])
        assert location.country_code == code
    for code in list(regions().names)[::7]:
        location = canonical(region=code)
        assert location.region_code == code
        assert canonical_location(**msgspec.structs.asdict(location)) == location


STATES = sorted(name for code, name in regions().names.items() if code.startswith("US-"))
COLUMNS = [
    (STATES, "US"),
    ([*STATES[:20], "Georgia", "Nowhere"], "US"),
    (["CA", "NY", "TX", "GA", "IN"], "US"),
    (["ON", "QC", "BC"], "CA"),
    (["NSW", "VIC", "QLD"], "AU"),
    (["Bayern", "Hessen", "Berlin", "Sachsen"], "DE"),
    (["England", "Scotland", "Wales"], "GB"),
    (["US-TX", "US-NY"], "US"),
    (["Limburg"], None),
    (["Georgia"], None),
    (["CA"], None),
    (["Texas", "Bavaria", "Ontario"], None),
    (["Texas", "one", "two", "three"], None),
    (["", " "], None),
    ([], None),
]


@pytest.mark.parametrize(("column", "country"), COLUMNS, ids=[", ".join(column)[:40] for column, _ in COLUMNS])
def test_country_of_a_column_of_regions(column: list[str], country: str | None) -> None:
    """A column that fits one country only tells that country, and one that fits several or none tells nothing."""
    assert country_of_regions(column) == country
    assert country_of_regions(reversed(column)) == country
