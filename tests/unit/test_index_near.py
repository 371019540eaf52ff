"""Near values stay near, and cheap, in a large dictionary."""

import itertools
import random
from pathlib import Path

from importing import Database
from letrics.query.parse import Fields, Limits, parse_fields

SEED = 20_261_123


def test_near_values_in_a_large_dictionary(tmp_path: Path) -> None:
    """Among thousands of values that share trigrams the one meant is found, however many are asked for at once."""
    chance = random.Random(SEED)
    names = [f"technology suite number {chance.randrange(10**6)}" for _ in range(10_000)] + ["Shopify", "WordPress"]
    database = Database(tmp_path)
    database.take([{"name": "Acorn", "technologies": names}])
    wanted = ["Shopfy", "Wordpres", *(f"technology suit nomber {i}" for i in range(20))]
    query = parse_fields("companies", Fields({"technologies": wanted}), Limits()).query
    # A clock that stands still: how many are looked up must not hang on the machine.
    unknown = database.index.searcher(clock=lambda: 0.0).search(query, timeout_s=60).unknown
    assert [each.given for each in unknown] == wanted
    assert unknown[0].near[0] == "Shopify"
    assert all(each.near == () for each in unknown[10:])


def test_no_near_value_is_looked_up_when_the_time_for_it_is_over(tmp_path: Path) -> None:
    """What the clock leaves no time for is named without near values."""
    database = Database(tmp_path)
    database.take([{"name": "Acorn", "technologies": ["Shopify"]}])
    query = parse_fields("companies", Fields({"technologies": ["Shopfy", "Shopifi"]}), Limits()).query
    ticks = itertools.count(step=0.002)
    unknown = database.index.searcher(clock=lambda: next(ticks)).search(query, timeout_s=60).unknown
    assert [each.near for each in unknown] == [("Shopify",), ()]
