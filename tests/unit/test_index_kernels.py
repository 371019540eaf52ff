"""Kernels are compiled once: what is loaded before a worker is ready is what its searches call."""

import random
from pathlib import Path

from conformance.backends import BACKENDS
from conformance.ledger import Growth
from conformance.questions import Questioner
from letrics.index import kernels
from letrics.index.kernels import grams, meeting, ranges, rows
from letrics.query.parse import Fields, Limits, parse_fields

KERNELS = (meeting.walk, ranges.gather, ranges.flag, ranges.mark, grams.rarest, grams.holders, rows.read)


def test_no_search_compiles_what_was_not_prepared(tmp_path: Path, seed: int) -> None:
    """Whatever is asked for, deleted and in several segments, each kernel is called with the types it was made for."""
    kernels.prepare()
    chance = random.Random(seed)
    backend = BACKENDS["embedded"](tmp_path)
    growth = Growth(chance, records_max=60).grow(backend, 4)
    questioner = Questioner(chance, growth)
    for _ in range(300):
        query = parse_fields("contacts", Fields(questioner.request("contacts")), Limits()).query
        backend.searcher().search(query, timeout_s=60)
    assert {each.__name__: len(each.signatures) for each in KERNELS} == {each.__name__: 1 for each in KERNELS}
