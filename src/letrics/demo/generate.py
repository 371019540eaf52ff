"""
Writes a made-up data set in Letrics' own format: the same bytes for the same seed.

Skewed as real data is: a few companies with thousands of people and many with a handful, values
missing here and there.  Every domain and profile says that it is not real.
"""

import gzip
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from letrics.demo import market
from letrics.demo.countries import AREA_CODES, COUNTRIES, Country
from letrics.demo.names import MARK, CompanyName, mailbox_part, people_names
from letrics.demo.titles import TitleMaker
from letrics.model.places.gazetteer import City, gazetteer
from letrics.model.places.regions import regions

# The newest moment of the data: fixed, so that a seed gives the same bytes on any day.
_NEWEST = datetime(2026, 11, 20, 12, tzinfo=UTC)
_ADDED_DAYS = 730
_SEEN_DAYS = 4_000
_CITIES_MAX = 60
_encode = msgspec.json.Encoder().encode


class DemoFiles(msgspec.Struct, frozen=True):
    """Where the data set stands."""

    companies: Path
    contacts: Path


def generate(
    folder: Path,
    *,
    companies: int = 20_000,
    contacts: int = 200_000,
    seed: int = 2026,
    advance: Callable[[int], None] = lambda _: None,
) -> DemoFiles:
    """Write the data set into *folder*; *advance* is told how many contacts more are written."""
    folder.mkdir(parents=True, exist_ok=True)
    made = DemoFiles(folder / "companies.ndjson.gz", folder / "contacts.ndjson.gz")
    maker = _Maker(np.random.default_rng(seed))
    sizes = _sizes(np.random.default_rng(seed + 1), companies, contacts)
    with _packed(made.companies) as company_file, _packed(made.contacts) as contact_file:
        for size in sizes:
            company, people = maker.company(int(size))
            company_file.write(_encode(company) + b"\n")
            contact_file.write(b"".join(_encode(person) + b"\n" for person in people))
            advance(int(size))
    return made


@contextmanager
def _packed(path: Path) -> Iterator[gzip.GzipFile]:
    # Neither name nor time in the file: the same data gives the same bytes.
    with path.open("wb") as file, gzip.GzipFile("", "wb", 1, file, mtime=0) as packed:
        yield packed


def _sizes(chance: np.random.Generator, companies: int, contacts: int) -> Any:
    """Return how many contacts each company has: a few have thousands, and each has one at least."""
    weights = chance.pareto(1.05, companies) + 0.15
    weights = np.minimum(weights, weights.sum() * 0.02)
    spare = max(contacts - companies, 0)
    sizes = 1 + np.floor(weights / weights.sum() * spare).astype(int)
    for place in range(max(contacts - int(sizes.sum()), 0)):
        sizes[place % companies] += 1
    return sizes[: min(companies, contacts)] if contacts < companies else sizes


class _Maker:
    """Makes companies with their people, one after the other, from one source of chance."""

    def __init__(self, chance: np.random.Generator) -> None:
        self._chance = chance
        self._names = CompanyName(chance)
        self._titles = TitleMaker(chance)
        self._shares = np.array([country.share for country in COUNTRIES]) / sum(c.share for c in COUNTRIES)
        self._cities = {country.code: _cities(country.code) for country in COUNTRIES}
        ranks = np.arange(1, len(market.TECHNOLOGIES) + 1)
        self._popularity = (1 / ranks**0.8) / (1 / ranks**0.8).sum()
        self._industries = tuple(market.INDUSTRIES)
        industry_ranks = np.arange(1, len(self._industries) + 1)
        self._industry_shares = (1 / industry_ranks**0.6) / (1 / industry_ranks**0.6).sum()

    def company(self, size: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        chance = self._chance
        country = COUNTRIES[chance.choice(len(COUNTRIES), p=self._shares)]
        name, legal_name, domain = self._names.draw(country)
        draws = chance.random(16)
        added = _NEWEST - timedelta(seconds=int(draws[0] ** 1.5 * _ADDED_DAYS * 86_400))
        seen = added - timedelta(seconds=int(draws[1] ** 3 * _SEEN_DAYS * 86_400))
        industries = [self._industries[i] for i in self._several(self._industry_shares, 1 + (draws[2] < 0.3))]
        functions = list(dict.fromkeys(market.INDUSTRIES[industry] for industry in industries))
        location = self._location(country)
        company: dict[str, Any] = {
            "name": name,
            "legal_name": legal_name,
            "domain": domain,
            "website_url": f"https://www.{domain}",
            "location": location,
            "industries": industries,
            "first_seen_at": f"{seen:%Y-%m-%dT%H:%M:%SZ}",
            "added_at": f"{added:%Y-%m-%dT%H:%M:%SZ}",
        }
        self._add_some(company, country, size, draws[3:], functions)
        return company, self._people(company, country, size, added)

    def _add_some(self, company: dict[str, Any], country: Country, size: int, draws: Any, functions: list[str]) -> None:
        """Add what a source may have of a company, or may not."""
        slug = company["domain"].partition(".")[0]
        employees = max(1, int(size * (1 + draws[0] * 9)))
        technologies = self._technologies(functions, float(draws[1]))
        place = company["location"]["city"]
        optional: dict[str, tuple[float, Any]] = {
            "functions": (0.85, functions),
            "technologies": (0.9, technologies),
            "linkedin_url": (0.8, f"https://www.linkedin.com/company/{slug}"),
            "emails": (0.6, [f"info@{company['domain']}"]),
            "employee_count": (0.75, employees),
            "founded_year": (0.6, int(2024 - draws[2] ** 2.5 * 120)),
            "revenue": (0.3, employees * int(60_000 + draws[3] * 240_000)),
            "keywords": (
                0.4,
                [market.KEYWORDS[i] for i in self._chance.choice(len(market.KEYWORDS), 3, replace=False)],
            ),
            "description": (0.5, f"{company['name']} is a company in {company['industries'][0].lower()} from {place}."),
            "phones": (0.5, [self._phone(country)]),
        }
        for (field, (share, value)), draw in zip(optional.items(), self._chance.random(len(optional)), strict=True):
            if draw < share and value and value != [None]:
                company[field] = value

    def _technologies(self, functions: list[str], draw: float) -> list[str]:
        used = [market.TECHNOLOGIES[i] for i in self._several(self._popularity, int(draw**2 * 24) + 1)]
        if market.SHOPS & set(functions):
            shop = self._several(None, 1 + int(draw * 3), len(market.SHOP_TECHNOLOGIES))
            used += [market.SHOP_TECHNOLOGIES[i] for i in shop]
        return list(dict.fromkeys(used))

    def _several(self, shares: Any, count: int, among: int | None = None) -> list[int]:
        picked: list[int] = self._chance.choice(among or len(shares), count, p=shares).tolist()
        return list(dict.fromkeys(picked))

    def _location(self, country: Country) -> dict[str, str]:
        names, regions, shares = self._cities[country.code]
        place = int(self._chance.choice(len(names), p=shares))
        location = {"city": names[place], "country": country.code}
        if country.code in ("US", "CA", "AU"):
            location["region"] = regions[place]
        return location

    def _phone(self, country: Country) -> str | None:
        if country.phone is None:
            return None
        area = AREA_CODES[int(self._chance.integers(len(AREA_CODES)))]
        start = country.phone.format(area=area)
        return f"{start}{int(self._chance.integers(100)):02}" + ("" if country.code != "GB" else "0")

    def _people(self, company: dict[str, Any], country: Country, size: int, added: datetime) -> list[dict[str, Any]]:
        firsts, lasts = people_names(country.locale)
        chance = self._chance
        titles = self._titles.draw(country.code, size, tops=1 if size < 5 else 2)
        first = chance.integers(len(firsts), size=size).tolist()
        last = chance.integers(len(lasts), size=size).tolist()
        draws = chance.random((size, 6)).tolist()
        taken: set[str] = set()
        people = []
        for (title, department, seniority), f, l, draw in zip(titles, first, last, draws, strict=True):
            person: dict[str, Any] = {"first_name": firsts[f], "last_name": lasts[l]}
            mailbox = f"{mailbox_part(firsts[f])}.{mailbox_part(lasts[l])}"
            if mailbox in taken:
                # Two of one name in one company would be taken for one person, so they have another first name too.
                second = next(
                    name for name in firsts[f + 1 :] + firsts if f"{mailbox_part(name)}.{mailbox}" not in taken
                )
                person["first_name"] += f" {second}"
                mailbox = f"{mailbox_part(second)}.{mailbox}"
            taken.add(mailbox)
            if draw[0] < 0.97:
                person["job_title"] = title
            if draw[1] < 0.4 and department is not None:
                person |= {"departments": [department], "seniority": seniority}
            if draw[2] < 0.7:
                person["emails"] = [{"value": f"{mailbox}@{company['domain']}", "type": "personal"}]
            if draw[3] < 0.6 or draw[2] >= 0.7:
                slug = company["domain"].partition(".")[0].removesuffix(f"-{MARK}")
                person["linkedin_url"] = f"https://www.linkedin.com/in/{MARK}-{mailbox.replace('.', '-')}-{slug}"
            if draw[4] < 0.12 and (phone := self._phone(country)) is not None:
                person["phones"] = [phone]
            if draw[5] < 0.8:
                person["location"] = company["location"] if draw[5] < 0.6 else self._location(country)
            person["company"] = {"domain": company["domain"]}
            person["added_at"] = f"{added:%Y-%m-%dT%H:%M:%SZ}"
            people.append(person)
        return people


@cache
def _cities_of() -> dict[str, list[City]]:
    """Return the cities of each country, the largest first."""
    found: dict[str, list[City]] = defaultdict(list)
    for city in gazetteer().cities():
        found[city.country].append(city)
    return found


def _cities(country: str) -> tuple[list[str], list[str], Any]:
    """Return the largest cities of *country*, the regions that they lie in, and their shares of companies."""
    found = _cities_of()[country][:_CITIES_MAX]
    # Firms gather less in the largest cities than people do.
    weights = np.array([city.population for city in found], dtype=float) ** 0.75
    inside = [regions().names[city.region] if city.region is not None else "" for city in found]
    return [city.name for city in found], inside, weights / weights.sum()
