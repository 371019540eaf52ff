"""Places: data.md section 4 row by row, and spellings of files and requests crossed."""

import msgspec
import pytest

from letrics.model.location import Location
from letrics.model.places import (
    canonical_location,
    country_of_regions,
    location_terms,
    near_places,
    resolve_place,
)


def is_found(location: Location, text: str) -> bool:
    """Return whether a record at *location* is in the place *text*, by the rule that backends follow."""
    terms = set(location_terms(location))
    return any(all(terms & set(part) for part in match.terms) for match in resolve_place(text).matches)


def at(**parts: str) -> Location:
    location = canonical_location(**parts)
    assert location is not None
    return location


MUNICH = {"city": "Munich", "country": "DE"}
ATLANTA = {"city": "Atlanta", "region": "GA", "country": "US"}
TBILISI = {"city": "Tbilisi", "country": "Georgia"}
CROSSED = [
    # record as a file spells it, queries that find it, queries that do not
    (MUNICH, ["DE", "deu", "Germany", "Deutschland", "Allemagne", "DE-BY", "Bavaria", "Bayern", "München", "muenchen",
              "Munich, Germany", "Munich, DE", "München, Bayern, Deutschland", "Europe", "EMEA", "DACH", "city:Munich"],
     ["AT", "Hesse", "Berlin", "APAC", "Munich, US", "country:Munich", "region:Munich"]),
    ({"city": "München", "region": "Bayern", "country": "Deutschland"}, ["Munich", "DE-BY", "Germany"], ["DE-HE"]),
    ({"city": "Berlin", "country": "Germany"}, ["Berlin", "DE-BE", "Berlin, DE", "Berlin, Germany"], ["Berlin, NH", "Bern"]),
    ({"city": "Köln", "country": "DE"}, ["Cologne", "koeln", "North Rhine-Westphalia", "NRW", "DE-NW"], ["Bonn"]),
    ({"city": "Wilmington", "region": "Delaware", "country": "USA"}, ["Wilmington, DE", "US-DE", "Delaware"], ["DE", "Germany"]),
    ({"city": "Miami", "region": "FL", "country": "United States"}, ["Miami, FL, US", "Florida", "US", "USA", "Americas"], ["CA"]),
    ({"raw": "Austin, TX"}, ["Austin, TX", "US-TX", "Texas", "United States of America"], ["TX", "Mexico"]),
    ({"raw": "San Francisco, California, United States"}, ["US-CA", "San Francisco", "California"], ["CA", "Canada"]),
    ({"city": "Toronto", "region": "ON", "country": "CA"}, ["CA", "Canada", "CA-ON", "Ontario", "Toronto, Canada"], ["US-CA"]),
    (ATLANTA, ["Georgia", "region:Georgia", "REGION : georgia", "US-GA", "Atlanta"], ["country:Georgia", "city:Georgia"]),
    (TBILISI, ["Georgia", "country:Georgia", "GE", "Tbilisi"], ["region:Georgia", "US"]),
    ({"city": "York", "country": "GB"}, ["York", "UK", "Great Britain", "England", "GB-ENG"], ["New York", "Yorkshire"]),
    ({"city": "New York", "region": "NY", "country": "US"}, ["New York", "New York, NY", "New York City", "US-NY"], ["York"]),
    ({"city": "Manchester", "country": "United Kingdom"}, ["Manchester", "England", "EMEA"], ["Scotland", "Manchester, NH"]),
    ({"city": "Lyon", "country": "France"}, ["FR-ARA", "Auvergne-Rhône-Alpes", "Lyons", "auvergne rhone alpes"], ["Paris"]),
    ({"city": "Paris", "country": "FR"}, ["Paris", "Île-de-France", "ile de france", "Paris, France"], ["Paris, TX"]),
    ({"city": "Paris", "region": "Texas", "country": "US"}, ["Paris", "Paris, TX", "US-TX"], ["Paris, France", "FR"]),
    ({"city": "Barcelona", "country": "Spain"}, ["ES-CT", "Catalonia", "Cataluña", "España"], ["Madrid"]),
    ({"city": "Milano", "country": "IT"}, ["Milan", "IT-25", "Lombardia", "Lombardy", "Italia"], ["Rome"]),
    ({"city": "Zürich", "country": "CH"}, ["Zurich", "CH-ZH", "Schweiz", "Suisse", "DACH"], ["Bern"]),
    ({"city": "Wien", "country": "AT"}, ["Vienna", "AT-9", "Österreich", "Austria"], ["Graz"]),
    ({"city": "Amsterdam", "country": "NL"}, ["NL-NH", "North Holland", "Holland", "Benelux", "The Netherlands"], ["NL-ZH"]),
    ({"city": "Sydney", "region": "NSW", "country": "AU"}, ["AU-NSW", "New South Wales", "ANZ", "APAC", "Oceania"], ["NZ"]),
    ({"city": "São Paulo", "country": "Brazil"}, ["Sao Paulo", "BR", "Brasil", "LATAM", "South America", "BR-SP"], ["Rio"]),
    ({"city": "Tokyo", "country": "Japan"}, ["JP", "JPN", "Asia", "東京"], ["Osaka"]),
    ({"city": "Malmö", "country": "SE"}, ["Malmo", "Sweden", "Sverige", "Nordics"], ["Benelux"]),
    ({"city": "Prague", "country": "Czech Republic"}, ["CZ", "Czechia", "Praha"], ["Slovakia"]),
    ({"city": "Kleinkleckersdorf", "country": "DE"}, ["Kleinkleckersdorf", "kleinkleckersdorf, Germany", "KLEINKLECKERSDORF, DE"],
     ["Kleinkleckersdorf, FR", "Klein"]),
    ({"city": "Springfield", "region": "IL", "country": "US"}, ["Springfield", "Springfield, IL"], ["Springfield, MA"]),
    ({"country": "Germany"}, ["DE", "Europe"], ["Berlin", "Bavaria"]),
    ({"region": "Bavaria"}, ["DE", "DE-BY", "Bayern"], ["Munich"]),
    ({"city": "Atlantis", "country": "Neverland"}, ["Atlantis"], ["Atlantis, DE"]),
]  # fmt: skip


@pytest.mark.parametrize(("parts", "found", "missed"), CROSSED, ids=lambda value: ascii(value)[:40])
def test_one_spelling_in_a_file_and_another_in_a_request_meet(
    parts: dict[str, str], found: list[str], missed: list[str]
) -> None:
    """A record is found by every spelling of where it is, and by none of where it is not."""
    location = at(**parts)
    assert [text for text in found if not is_found(location, text)] == []
    assert [text for text in missed if is_found(location, text)] == []


def levels(text: str) -> list[tuple[str, str | None]]:
    return [(match.level, match.code) for match in resolve_place(text).matches]


def test_two_letters_alone_are_always_a_country() -> None:
    """`CA` is Canada, with a warning that California is `US-CA`."""
    assert levels("CA") == [("country", "CA")]
    assert "US-CA" in resolve_place("CA").warnings[0]


@pytest.mark.parametrize(
    ("given", "plain"), [("ＤＥ", "DE"), ("ｃｉｔｙ：Berlin", "city:Berlin"), ("Munich，Germany", "Munich, Germany")]
)
def test_letters_of_another_width_are_the_same(given: str, plain: str) -> None:
    """Codes, types and commas are read as compatible letters have them, in requests and in files."""
    assert resolve_place(given).matches == resolve_place(plain).matches
    assert canonical_location(country="ＤＥ") == canonical_location(country="DE")


def test_an_unknown_lone_code_suggests_the_region() -> None:
    """`TX` matches nothing, warns, and suggests `US-TX`."""
    assert levels("TX") == []
    assert "US-TX" in resolve_place("TX").warnings[0]


def test_a_bare_ambiguous_name_matches_every_reading() -> None:
    """`Georgia` is the country and the state, and the resolution says so."""
    assert levels("Georgia") == [("country", "GE"), ("region", "US-GA")]
    assert levels("country:Georgia") == [("country", "GE")]
    assert levels("Region : GEORGIA") == [("region", "US-GA")]


def test_paths_keep_the_readings_that_nest() -> None:
    """Wilmington, DE is in Delaware; Berlin, DE is in Germany."""
    assert [match.name for match in resolve_place("Wilmington, DE").matches] == ["Wilmington, US-DE"]
    assert all("DE-BE" in (match.code or match.name) for match in resolve_place("Berlin, DE").matches)


def test_historic_names_do_not_resolve() -> None:
    """A country that is no more is read as a city's name, which no record has."""
    assert levels("Czechoslovakia") == [("city", None)]


@pytest.mark.parametrize("text", [",", ", ,", "🦉", "a" * 256, "city:", "x,y,z,a,b,c", "İ", "\x00", "Germany,,", "--"])
def test_no_text_breaks_the_resolver(text: str) -> None:
    """Whatever a request sends is resolved, to something or to nothing."""
    assert resolve_place(text).input == text


def test_near_places_are_offered() -> None:
    """A misspelt country or city is near the right one."""
    assert near_places("Germny")[0] == "Germany"
    assert "Barcelona" in near_places("Barcelna")


@pytest.mark.parametrize(
    ("regions", "country"),
    [
        (["Texas", "Georgia", "California"], "US"),
        (["TX", "GA", "CA", "NY"], "US"),
        (["Bayern", "Hessen", "Berlin"], "DE"),
        (["North", "South"], None),
        ([], None),
    ],
)
def test_a_column_of_regions_tells_its_country(regions: list[str], country: str | None) -> None:
    """Regions that fit one country only give that country; `Georgia` among states does not spoil it."""
    assert country_of_regions(regions) == country


@pytest.mark.parametrize(("parts", "_", "__"), CROSSED, ids=lambda value: ascii(value)[:40])
def test_a_canonical_location_stays_as_it_is(parts: dict[str, str], _: object, __: object) -> None:
    """Reading back what was written changes nothing, so that an import twice is an import once."""
    location = at(**parts)
    assert canonical_location(**msgspec.structs.asdict(location)) == location


def test_nothing_is_no_location() -> None:
    """Where a file says nothing of a place, there is none."""
    assert canonical_location() is None
