"""Names: of people from Faker's lists, of companies from words of our own."""

from functools import cache
from importlib import import_module
from typing import Any
from unicodedata import combining, normalize

import numpy as np

from letrics.demo.countries import Country

MARK = "letricsdemo"

FIRST_WORDS = (
    "Bright", "Blue", "North", "Silver", "Green", "Clear", "High", "Stone", "River", "Iron", "Oak", "Swift", "True", "Red", "East", "Open", "Golden",
    "Summit", "Solar", "Cedar", "Amber", "Crystal", "Harbor", "Falcon", "Maple", "Urban", "Prime", "Nova", "Alpine", "Coral", "Delta", "Ember", "Forest",
    "Granite", "Horizon", "Indigo", "Juniper", "Kestrel", "Lumen", "Meridian", "Nimbus", "Orbit", "Pioneer", "Quartz", "Raven", "Sierra", "Tidal",
    "Umbra", "Vertex", "Willow", "Zenith", "Atlas", "Beacon", "Copper", "Dune", "Echo", "Fern", "Glacier", "Hazel", "Ivory", "Jade", "Linden", "Marble",
    "Nordic", "Onyx", "Pebble", "Quill", "Ridge", "Sable", "Thistle", "Upland", "Velvet", "Winter", "Aster", "Birch", "Cobalt", "Drift", "Elm",
)  # fmt: skip
SECOND_WORDS = (
    "line", "field", "path", "bridge", "gate", "works", "stone", "wave", "point", "light", "forge", "leaf", "peak", "port", "craft", "spring", "mark",
    "crest", "wood", "stream", "yard", "loop", "grid", "cast", "flow", "root", "nest", "span", "ware", "mill", "bay", "brook", "hill", "lane", "view",
    "shore", "dale", "haven", "ford", "wind", "rock", "fox", "bird", "star", "sail", "tide", "rise", "core", "beam", "link",
)  # fmt: skip
TRADES = (
    "Systems", "Solutions", "Group", "Labs", "Partners", "Technologies", "Logistics", "Foods", "Media", "Consulting", "Energy", "Health", "Capital", "Digital",
    "Industries", "Services", "Studio", "Trading", "Software", "Design", "Engineering", "Networks", "Materials", "Analytics", "Robotics", "Retail", "Mobility",
)  # fmt: skip


class CompanyName:
    """Draws company names that are not drawn twice, and the domains that go with them."""

    def __init__(self, chance: np.random.Generator) -> None:
        self._chance = chance
        self._slugs: set[str] = set()

    def draw(self, country: Country) -> tuple[str, str, str]:
        """Return a name, the legal name, and a domain that says that it is not real."""
        while True:
            first, second, trade, form, suffix, is_long = self._chance.random(6)
            name = _pick(FIRST_WORDS, first) + _pick(SECOND_WORDS, second)
            if is_long < 0.75 or len(self._slugs) > 2_000:
                name = f"{name} {_pick(TRADES, trade)}"
            slug = name.lower().replace(" ", "-")
            number = 2
            while f"{slug}.{country.code}" in self._slugs and number < 60:
                slug = f"{name.lower().replace(' ', '-')}-{number}"
                number += 1
            if f"{slug}.{country.code}" in self._slugs:
                continue
            self._slugs.add(f"{slug}.{country.code}")
            mark = MARK if country.code == "US" else f"{country.code.lower()}-{MARK}"
            domain = f"{slug}-{mark}.{_pick(country.suffixes, suffix)}"
            return name, f"{name} {_pick(country.legal_forms, form)}", domain


def _pick(words: tuple[str, ...], chance: float) -> str:
    return words[int(chance * len(words))]


@cache
def people_names(locale: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the first and the last names of a locale, as Faker lists them."""
    provider = import_module(f"faker.providers.person.{locale}").Provider
    return _listed(provider, "first_names"), _listed(provider, "last_names")


def _listed(provider: Any, kind: str) -> tuple[str, ...]:
    """Return the names of a kind; some locales have them in one list, some in several."""
    names: dict[str, None] = {}
    for attribute in (kind, f"unisex_{kind}", f"{kind}_male"):
        listed = getattr(provider, attribute, ())
        names |= dict.fromkeys(name for name in listed if len(name) > 1)
    return tuple(names)


@cache
def mailbox_part(name: str) -> str:
    """Return *name* as it stands in an e-mail address: `Jürgen` is `juergen`, `Zoë` is `zoe`."""
    lowered = name.lower().translate(_UMLAUTS)
    plain = "".join(c for c in normalize("NFKD", lowered) if not combining(c))
    return "".join(c for c in plain if c.isascii() and c.isalnum()) or "x"


_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "ł": "l", "å": "a", "æ": "ae"})
