"""Every plan of a search gives what plain sets give, whatever its costs are thought to be."""

import random
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from pyroaring import BitMap

from letrics.index import alternatives, found, plan, postings, texts
from letrics.index.alternatives import Alternatives, any_of
from letrics.index.collect import page_of
from letrics.index.format import Container, ContainerWriter
from letrics.index.postings import PostingCache, PostingList, bitmap
from letrics.index.substrings import write_substrings
from letrics.index.terms import write_terms
from letrics.index.texts import TextField, write_texts

SEED = 20_261_124
COUNT = 150_000
SHARES = (0, 0.00005, 0.004, 0.03, 0.2, 0.6, 1)

# Costs that lead to each way: what is sparse, what is dense, what is turned round, distributed, and looked at for a page.
COSTS = list(product((1, 200, 10**9), (1, 16), (170, 10**9), (1, 10**9), (1, 8_192)))


def lists_of(chance: random.Random, pool: list[PostingList]) -> Alternatives:
    return Alternatives(COUNT, chance.sample(pool, chance.choice([0, 1, 1, 1, 2, 4])))


@pytest.fixture(scope="module")
def pool() -> list[PostingList]:
    """Lists of every density: scattered, in runs, and in one corner."""
    chance = np.random.default_rng(SEED)
    made = []
    for share in SHARES:
        scattered = chance.random(COUNT) < share
        runs = np.repeat(chance.random(COUNT // 100) < share, 100)
        corner = np.arange(COUNT) < share * COUNT
        for each in (scattered, runs, corner):
            documents = BitMap(np.flatnonzero(each).tolist())
            documents.run_optimize()
            made.append(PostingList(documents, len(documents)))
    return made


def test_any_plan_finds_what_plain_sets_find(pool: list[PostingList], monkeypatch: pytest.MonkeyPatch) -> None:
    """Total, documents, and pages at the beginning, in the middle and at the end are those of plain set operations."""
    chance = random.Random(SEED)
    for _ in range(8):
        for sparse, dense, turned, distributed, least in COSTS:
            monkeypatch.setattr(plan, "_SPARSE", sparse)
            monkeypatch.setattr(plan, "_DENSE", dense)
            monkeypatch.setattr(plan, "_TURNED", turned)
            monkeypatch.setattr(alternatives, "_DISTRIBUTED", distributed)
            monkeypatch.setattr(found, "_LEAST", least)
            wanted = [lists_of(chance, pool) for _ in range(chance.choice([0, 1, 2, 2, 3, 4]))]
            unwanted = [lists_of(chance, pool) for _ in range(chance.choice([0, 0, 1, 2]))]
            ends = sorted(chance.choices(range(COUNT + 1), k=2))
            span = chance.choice([None, None, range(*ends)])
            expected = BitMap(range(COUNT) if span is None else span)
            for each in wanted:
                expected &= BitMap.union(BitMap(), *(one.documents for one in each.lists))
            for each in unwanted:
                expected -= BitMap.union(BitMap(), *(one.documents for one in each.lists))
            matched = plan.found(COUNT, span, wanted, unwanted, lambda: None)
            assert matched.count == len(expected), SEED
            for first in {0, 25, 975, len(expected) // 2, max(len(expected) - 25, 0), max(len(expected) - 1, 0)}:
                page = page_of("contacts", [None], [matched], first, 25)  # type: ignore[list-item]  # none is read
                assert [document for _, document in page] == list(expected[first : first + 25]), (SEED, first)
            assert matched.documents == expected, SEED


def test_a_bitmap_holds_what_it_is_made_from() -> None:
    """From any number of documents in any order, over one container or many, full or nearly empty."""
    chance = np.random.default_rng(SEED)
    for last, share in product((1, 70, 65_536, 65_537, 400_000), (0, 0.0005, 0.01, 0.0625, 0.3, 1)):
        documents = chance.permutation(np.flatnonzero(chance.random(last) < share)).astype("<u4")
        assert bitmap(documents) == BitMap(documents.tolist()), (SEED, last, share)
    both = np.concatenate((np.arange(0, 65_536, 20), np.arange(65_536, 131_072), np.arange(3 << 16, (3 << 16) + 5)))
    assert bitmap(both) == BitMap(both.tolist())


@pytest.mark.parametrize(("words_max", "gathered", "asked"), [(400, 4_000, 4), (400, 0, 4), (1, 0, 4), (1, 0, 10**9)])
def test_any_way_to_a_text_finds_what_a_scan_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words_max: int, gathered: int, asked: int
) -> None:
    """Words, phrases, parts of both and single letters find the documents whose text contains them."""
    monkeypatch.setattr(texts, "_WORDS_FEW", words_max)
    monkeypatch.setattr(texts, "_WORDS_MAX", words_max)
    monkeypatch.setattr(texts, "_COMMON", 100)
    monkeypatch.setattr(texts, "_GATHERED", gathered)
    monkeypatch.setattr(texts, "_ASKED", asked)
    monkeypatch.setattr(postings, "_FEW", 10)
    chance = random.Random(SEED)
    words = ["a", "ab", "ba", "abba", "é", "éa", "b", "chief", "chiefs", "fief", "of"]
    distinct = sorted({" ".join(chance.choices(words, k=chance.randint(1, 4))).encode() for _ in range(300)})
    count = 3_000
    text_of = [chance.choice([None, *range(len(distinct))]) for _ in range(count)]
    documents = np.array(sorted((d for d in range(count) if text_of[d] is not None), key=lambda d: text_of[d] or 0))
    bounds = np.searchsorted([text_of[d] for d in documents], np.arange(len(distinct) + 1))
    writer = ContainerWriter(tmp_path / "file")
    write_terms(writer, "title", distinct, [b""] * len(distinct))
    write_substrings(writer, "title", distinct)
    write_texts(writer, "title", distinct, documents, bounds)
    writer.finish({})
    field = TextField(Container(tmp_path / "file"), "title", PostingCache(100_000))
    some = BitMap(chance.sample(range(count), 500))
    for _ in range(400):
        text = chance.choice(distinct).decode()
        start = chance.randrange(len(text))
        needle = " ".join(text[start : start + chance.randint(1, 9)].split()) or "a"
        other = chance.choice([needle, "ab", "f o", "of a"])
        expected = {
            d
            for d, t in enumerate(text_of)
            if t is not None and any(n.encode() in distinct[t] for n in (needle, other))
        }
        each = [Alternatives(count, *field.containing(one)) for one in (needle, other)]
        having = any_of(count, each[: 1 + (needle != other)])
        assert set(having.united()) == expected, (SEED, needle)
        assert set(having.of(some)) == expected & set(some), (SEED, needle)
        assert set(having.outside(some)) == set(some) - expected, (SEED, needle)
        assert having.most >= len(expected)
        assert having.has_live(BitMap()) == bool(expected)
        assert not having.has_live(BitMap(expected))
        if expected:
            assert having.has_live(BitMap(sorted(expected)[1:])), (SEED, needle)
