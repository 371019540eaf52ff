"""
The made-up companies and people as arrays, in the order of answers; no text is put together here.

Company *i* and contact *i* are the *i*-th of an answer that holds all, so a rank needs no column of its own.
"""

from dataclasses import dataclass
from math import gcd
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from benchmarks.world import ADDED_S, NEWEST_S, SEEN_S, Floats, World, drawn
from letrics.demo.countries import COUNTRIES

Numbers = NDArray[Any]

_TECHNOLOGIES_MAX = 20


@dataclass(frozen=True)
class Companies:
    """One row a company; *number* is its id as a number, times are seconds since the Unix epoch."""

    number: Numbers
    word: Numbers
    city: Numbers
    suffix: Numbers
    added_s: Numbers
    seen_s: Numbers
    industries: pa.ListArray
    functions: pa.ListArray
    technologies: pa.ListArray
    has_page: Numbers
    has_mailbox: Numbers
    size: Numbers


@dataclass(frozen=True)
class Contacts:
    """One row a contact; a title of -1 is none."""

    number: Numbers
    company: Numbers
    first: Numbers
    last: Numbers
    title: Numbers
    has_email: Numbers
    has_profile: Numbers
    has_phone: Numbers
    is_here: Numbers


def make_companies(world: World) -> Companies:
    """Return the companies, newest first; of those added in one second the smallest id first."""
    chance, count = world.chance(2), world.companies
    number = _distinct_numbers(chance, count)
    added = NEWEST_S - (chance.random(count) ** 1.5 * ADDED_S).astype(np.int64)
    order = np.lexsort((number, -added))
    number, added = number[order], added[order]
    city = drawn(chance, world.city_shares, count)
    suffixes = np.array([len(country.suffixes) for country in COUNTRIES])[world.city_countries[city]]
    draws = chance.random((6, count))
    return Companies(
        number=number,
        word=chance.integers(0, 1 << 30, count),
        city=city,
        suffix=(chance.random(count) * suffixes).astype(np.int32),
        added_s=added,
        seen_s=added - (draws[0] ** 3 * SEEN_S).astype(np.int64),
        industries=_several(chance, world.industry_shares, 1 + (draws[1] < 0.3)),
        functions=_several(chance, world.function_shares, np.where(draws[2] < 0.1, 0, 1 + (draws[2] > 0.7))),
        technologies=_several(
            chance,
            world.technology_shares,
            np.where(draws[3] < 0.1, 0, 1 + (chance.random(count) ** 2 * _TECHNOLOGIES_MAX).astype(int)),
        ),
        has_page=draws[4] < 0.8,
        has_mailbox=draws[5] < 0.6,
        size=_sizes(chance, count, world.contacts),
    )


def make_contacts(world: World, companies: Companies) -> Contacts:
    """Return the contacts: those of one company next to each other, by id."""
    chance, count = world.chance(3), world.contacts
    company = np.repeat(np.arange(len(companies.size), dtype=np.int32), companies.size)
    number = _distinct_numbers(chance, count)
    number = number[np.lexsort((number, company))]
    first, last = _names(world, chance, companies.size)
    draws = chance.random((5, count), dtype=np.float32)
    title = drawn(chance, world.title_shares, count)
    return Contacts(
        number=number,
        company=company,
        first=first,
        last=last,
        title=np.where(draws[0] < 0.97, title, -1),
        has_email=draws[1] < 0.92,
        has_profile=draws[2] < 0.6,
        has_phone=draws[3] < 0.4,
        is_here=draws[4] < 0.6,
    )


def _distinct_numbers(chance: np.random.Generator, count: int) -> Numbers:
    """Return *count* distinct numbers below 2^60, in no order: an odd factor maps these one to one."""
    start = np.uint64(chance.integers(1 << 40))
    places = chance.permutation(count).astype(np.uint64) + start
    mixed = (places * np.uint64(0x9E37_79B9_7F4A_7C15)) & np.uint64((1 << 60) - 1)
    return mixed.astype(np.int64)


def _several(chance: np.random.Generator, shares: Floats, counts: Numbers) -> pa.ListArray:
    """Return for each row so many values as *counts* says, without those drawn twice."""
    parents = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    kept = np.unique(parents * len(shares) + drawn(chance, shares, len(parents)))
    offsets = np.searchsorted(kept, np.arange(len(counts) + 1, dtype=np.int64) * len(shares))
    return pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), pa.array((kept % len(shares)).astype(np.int32)))


def _sizes(chance: np.random.Generator, companies: int, contacts: int) -> Numbers:
    """Return how many contacts each company has: one at least, a few have thousands."""
    weights = chance.pareto(1.05, companies) + 0.15
    weights = np.minimum(weights, weights.sum() * 0.005)
    edges = np.cumsum(weights) / weights.sum() * (contacts - companies)
    sizes: Numbers = 1 + np.diff(np.round(edges).astype(np.int64), prepend=0)
    return sizes


def _names(world: World, chance: np.random.Generator, sizes: Numbers) -> tuple[Numbers, Numbers]:
    """Return a first and a last name for each contact, no pair of them twice in a company."""
    firsts, lasts = (len(pool) for pool in world.names)
    pairs = firsts * lasts
    # Steps that share no factor with the number of pairs meet a pair again only after all others.
    step = next(each for each in range(int(pairs * 0.618), pairs) if gcd(each, pairs) == 1)
    within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    start = np.repeat(chance.integers(0, pairs, len(sizes)), sizes)
    pair = (start + within * step) % pairs
    return (pair // lasts).astype(np.int32), (pair % lasts).astype(np.int32)
