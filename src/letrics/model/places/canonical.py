"""From a place as a file spells it to a location with codes; fills what is certain, and nothing else."""

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from letrics.model.location import Location
from letrics.model.places.gazetteer import Gazetteer, gazetteer
from letrics.model.places.names import place_key

# Of a column's distinct regions, how many must lie in the one country.
_FITTING_SHARE_MIN = 0.9


def country_code_of(text: str) -> str | None:
    """Return the country that *text* names by code, alpha-3 or name in one of several languages."""
    places = gazetteer()
    code = text.strip().upper()
    if code in places.country_names:
        return code
    return places.alpha3.get(code) or places.countries.get(place_key(text))


def region_code_of(text: str, country: str | None) -> str | None:
    """Return the region that *text* names by ISO code, by the code's last part, or by name; None if not certain."""
    places = gazetteer()
    code = text.strip().upper()
    if code in places.region_names and (country is None or code.startswith(country + "-")):
        return code
    found = places.regions_named(place_key(text), country)
    if country is not None and f"{country}-{code}" in places.region_names:
        found = {f"{country}-{code}"}
    if len(found) > 1:
        # A region and a part of it that bears its name (Spain's Madrid): the larger one is certain.
        found = {each for each in found if not set(places.region_line(each)[1:]) & found}
    return found.pop() if len(found) == 1 else None


@lru_cache(maxsize=65_536)
def canonical_location(
    *,
    raw: str | None = None,
    street: str | None = None,
    postal_code: str | None = None,
    city: str | None = None,
    region: str | None = None,
    country: str | None = None,
    region_code: str | None = None,
    country_code: str | None = None,
    continent: str | None = None,
    latitude: float | None = None,
    longitude: float | None = None,
) -> Location | None:
    """
    Return the location that these texts of a file tell of, None where they tell nothing.

    A lone *raw* is read as a path, small to large: `Munich, Bavaria, Germany`.  The region is filled from
    the city and the country from the region where only one fits.
    """
    if not any((raw, street, postal_code, city, region, country, region_code, country_code, continent)):
        if latitude is None or longitude is None:
            return None
        return Location(latitude=latitude, longitude=longitude)
    places = gazetteer()
    if raw is not None and not any((city, region, country, region_code, country_code)):
        city, region, country = _parts(places, raw)
    code = country_code_of(country_code) if country_code is not None else None
    if code is None and country is not None:
        code = country_code_of(country)
    within = region_code_of(region_code, code) if region_code is not None else None
    if within is None and region is not None:
        within = region_code_of(region, code)
    if code is None and within is not None and country is None:
        code = within.partition("-")[0]
    if within is None and region is None and region_code is None and city is not None and code is not None:
        within = _region_of_city(places, city, code)
    if code == "US" and postal_code is not None and postal_code.isdigit() and 3 <= len(postal_code) <= 4:
        raw = raw if raw is not None else postal_code
        postal_code = postal_code.zfill(5)
    return Location(
        raw=raw,
        street=street,
        postal_code=postal_code,
        city=city,
        region=places.region_names[within] if within is not None else region or region_code,
        region_code=within,
        country=places.country_names[code] if code is not None else country or country_code,
        country_code=code,
        continent=places.continents[code] if code is not None else continent,
        latitude=latitude,
        longitude=longitude,
    )


def _region_of_city(places: Gazetteer, city: str, country: str) -> str | None:
    regions = {each.region for each in places.cities_named(place_key(city), country)}
    return regions.pop() if len(regions) == 1 else None


def _parts(places: Gazetteer, raw: str) -> tuple[str | None, str | None, str | None]:
    """Return city, region and country as the path *raw* names them."""
    parts = [part.strip() for part in raw.split(",") if part.strip()]
    if not parts:
        return None, None, None
    country = region = None
    code = country_code_of(parts[-1])
    as_state = region_code_of(parts[-1], "US") if len(parts) > 1 and len(parts[-1]) == 2 else None
    if as_state is not None and (code is None or _is_in(places, parts[-2], as_state, code)):
        return parts[-2], as_state, "US"
    if code is not None:
        country = parts.pop()
    is_city = len(parts) == 1 and bool(places.cities_named(place_key(parts[0]), code))
    if parts and not is_city and region_code_of(parts[-1], code) is not None:
        region = parts.pop()
    return (parts[-1] if parts else None), region, country


def _is_in(places: Gazetteer, city: str, region: str, country: str) -> bool:
    """Return whether *city* is known in *region* and not in *country*: `Wilmington, DE` is in Delaware."""
    key = place_key(city)
    return bool(places.cities_named(key, "US", region)) and not places.cities_named(key, country)


def country_of_regions(regions: Iterable[str]) -> str | None:
    """
    Return the one country that a column of regions fits, None where there is none or more than one.

    A few unknown values are passed over; `Georgia` among the states of the USA does not spoil them.
    """
    distinct = {region.strip() for region in regions if region.strip()}
    fitting: Counter[str] = Counter()
    places = gazetteer()
    for region in distinct:
        codes = places.regions_named(place_key(region)) | places.region_suffixes.get(region.upper(), set())
        codes |= {region.upper()} & places.region_names.keys()
        fitting.update({code.partition("-")[0] for code in codes})
    ranked = fitting.most_common(2)
    if not ranked or ranked[0][1] < _FITTING_SHARE_MIN * len(distinct):
        return None
    return ranked[0][0] if len(ranked) == 1 or ranked[1][1] < ranked[0][1] else None
