"""
What the made-up market is made of: each vocabulary with the share of records that hold a value.

Shares fall with the rank of a value as they do in real data (Zipf).  Everything follows from the number of
contacts and the seed, so that questions can be asked without reading the data.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from letrics.demo import market, titles
from letrics.demo.countries import COUNTRIES
from letrics.demo.names import mailbox_part, people_names
from letrics.model.places.gazetteer import City, gazetteer
from letrics.model.values import email_type
from letrics.model.vocabulary.seniorities import DECISION_MAKER_SENIORITIES

Floats = NDArray[np.float64]

COMPANIES_SHARE = 10  # contacts a company, on average
NEWEST_S = 1_795_000_000  # 2026-11-18: fixed, so that a seed gives the same data on any day
ADDED_S = 730 * 86_400
SEEN_S = 4_000 * 86_400
_CITIES_MAX = 400  # of a country
_TOOLS = 1_800  # technologies nobody has heard of, behind the well-known ones
# Distinct titles grow slower than contacts: 300,000 to choose from at two million (190,000 of them occur).
_TITLES_AT_2M = 300_000
_TITLES_GROWTH = 0.75


def zipf(count: int, exponent: float) -> Floats:
    """Return the shares of *count* values, the commonest first."""
    weights = 1.0 / np.arange(1, count + 1, dtype=np.float64) ** exponent
    shares: Floats = weights / weights.sum()
    return shares


@dataclass(frozen=True)
class Title:
    """A job title, and what it says of its holder."""

    text: str
    department: str
    seniority: str

    @property
    def decides(self) -> bool:
        """Whether who bears it makes decisions."""
        return self.seniority in DECISION_MAKER_SENIORITIES


class World:
    """The vocabularies of a data set of *contacts* contacts; the same *seed* gives the same."""

    def __init__(self, contacts: int, seed: int = 2026) -> None:
        self.contacts = contacts
        self.companies = max(1, contacts // COMPANIES_SHARE)
        self.seed = seed

    def chance(self, purpose: int) -> np.random.Generator:
        """Return a source of chance of its own for each *purpose*."""
        return np.random.default_rng([self.seed, purpose])

    @cached_property
    def titles(self) -> list[Title]:
        """Job titles, the commonest first: plain ones before those that name a region, a second field or a town."""
        wanted = int(_TITLES_AT_2M * (self.contacts / 2_000_000) ** _TITLES_GROWTH)
        chance = self.chance(1)
        fields = [(field, name) for name, named in titles.FIELDS.items() for field in named]
        plain = [
            Title(form.format(field=field), department, level)
            for (field, department), (level, _, forms) in product(fields, titles.LEVELS)
            for form in forms
        ]
        towns = [city.name for city in self.cities[:: max(1, len(self.cities) // 600)]]
        endings = [f", {each}" for each in titles.SPECIALITIES]
        endings += [f" & {field}" for field, _ in fields] + [f" ({each})" for each in towns]
        plain = [plain[place] for place in chance.permutation(len(plain))]
        more = chance.choice(len(plain) * len(endings), max(0, wanted - len(plain)), replace=False)
        # The common endings with the common titles come first, so that the tail is long and strange.
        more = more[np.argsort((more % len(plain) + 1.0) * (more // len(plain) + 20.0))]
        made = [(plain[each % len(plain)], endings[each // len(plain)]) for each in more.tolist()]
        return (plain + [Title(t.text + ending, t.department, t.seniority) for t, ending in made])[:wanted]

    @cached_property
    def title_shares(self) -> Floats:
        """The share of each title."""
        return zipf(len(self.titles), 1.0)

    @cached_property
    def departments(self) -> list[str]:
        """Departments, as titles have them."""
        return list(titles.FIELDS)

    @cached_property
    def seniorities(self) -> list[str]:
        """Seniorities, as titles have them."""
        return [level for level, _, _ in titles.LEVELS]

    @cached_property
    def industries(self) -> list[str]:
        """Industries, the commonest first."""
        return list(market.INDUSTRIES)

    @cached_property
    def industry_shares(self) -> Floats:
        """The share of each industry."""
        return zipf(len(self.industries), 0.8)

    @cached_property
    def functions(self) -> list[str]:
        """Functions, the commonest first."""
        return list(dict.fromkeys(market.INDUSTRIES.values()))

    @cached_property
    def function_shares(self) -> Floats:
        """The share of each function."""
        return zipf(len(self.functions), 0.9)

    @cached_property
    def technologies(self) -> list[str]:
        """Technologies: a few that most companies use, and a long tail."""
        known = list(dict.fromkeys(market.TECHNOLOGIES + market.SHOP_TECHNOLOGIES))
        return known + [f"Tool {number:04}" for number in range(_TOOLS)]

    @cached_property
    def technology_shares(self) -> Floats:
        """The share of each technology."""
        return zipf(len(self.technologies), 1.1)

    @cached_property
    def _of_countries(self) -> list[tuple[int, list[City]]]:
        found: dict[str, list[City]] = {country.code: [] for country in COUNTRIES}
        for city in gazetteer().cities():
            if city.country in found and len(found[city.country]) < _CITIES_MAX:
                found[city.country].append(city)
        return [(place, found[country.code]) for place, country in enumerate(COUNTRIES)]

    @cached_property
    def cities(self) -> list[City]:
        """Towns of the gazetteer: the largest of each country."""
        return [city for _, cities in self._of_countries for city in cities]

    @cached_property
    def city_countries(self) -> NDArray[np.int64]:
        """The number of each town's country among the demo's."""
        return np.array([place for place, cities in self._of_countries for _ in cities])

    @cached_property
    def city_shares(self) -> Floats:
        """The share of companies in each town."""
        total = sum(country.share for country in COUNTRIES)
        shares: list[Floats] = []
        for place, cities in self._of_countries:
            weights = np.array([city.population for city in cities], dtype=float) ** 0.75
            shares.append(weights / weights.sum() * COUNTRIES[place].share / total)
        return np.concatenate(shares)

    @cached_property
    def names(self) -> tuple[list[str], list[str]]:
        """First and last names; no two give the same mailbox, and none gives a role's."""
        firsts: dict[str, str] = {}
        lasts: dict[str, str] = {}
        for locale in dict.fromkeys(country.locale for country in COUNTRIES):
            for kept, pool in zip((firsts, lasts), people_names(locale), strict=True):
                for name in pool:
                    kept.setdefault(mailbox_part(name), name)
        return [name for part, name in firsts.items() if _is_persons(part)], list(lasts.values())


def _is_persons(part: str) -> bool:
    return email_type(f"{part}.li@example.com") == "personal"


def drawn(chance: np.random.Generator, shares: Floats, count: int) -> NDArray[Any]:
    """Return the numbers of *count* values, drawn by their shares."""
    edges = np.cumsum(shares)
    found: NDArray[Any] = np.searchsorted(edges, chance.random(count) * edges[-1], side="right").astype(np.int32)
    return found
