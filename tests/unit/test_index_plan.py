"""Every plan of a search gives what plain sets give, whatever its costs are thought to be."""

import random
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from pyroaring import BitMap

from letrics.index import found, plan, postings, substrings, texts
from letrics.index.alternatives import Clause, Source, any_of, any_text_of, have_live
from letrics.index.collect import page_of
from letrics.index.format import Container, ContainerWriter
from letrics.index.kernels.encoding import KIND, PLAIN, ROARING
from letrics.index.postings import Postings, Serialized, bitmap, write_postings
from letrics.index.segment import Documents
from letrics.index.substrings import write_substrings
from letrics.index.terms import write_terms
from letrics.index.texts import TextField, write_texts

SEED = 20_261_124
COUNT = 250_000
SHARES = (0, 0.00005, 0.001, 0.004, 0.01, 0.03, 0.2, 0.6, 1)


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> tuple[Documents, list[Source]]:
    """Lists of every density, scattered, in runs, and in one corner: in the file, in memory, and as doc ids."""
    chance = np.random.default_rng(SEED)
    made = []
    for share in SHARES:
        scattered = chance.random(COUNT) < share
        runs = np.repeat(chance.random(COUNT // 100) < share, 100)
        corner = np.arange(COUNT) < share * COUNT
        made += [BitMap(np.flatnonzero(each).tolist()) for each in (scattered, runs, corner)]
    path = tmp_path_factory.mktemp("plan") / "file"
    writer = ContainerWriter(path)
    write_postings(writer, "field", made)
    writer.finish({})
    container = Container(path)
    field = Postings(container, "field")
    assert {PLAIN, ROARING} == {np.frombuffer(field[each].row, np.int64)[KIND] for each in range(len(field))}
    sources: list[Source] = [field[ordinal] for ordinal in range(len(field))]
    sources += [np.array(each.to_array(), dtype=np.uint32) for each in made if len(each) < COUNT // 10]
    return Documents(container, "contacts", COUNT), sources


def documents_of(source: Source) -> BitMap:
    return BitMap(source.tolist()) if isinstance(source, np.ndarray) else source.documents


def steps(chance: random.Random, pool: list[Source]) -> tuple[Clause, BitMap]:
    """Return sources of which some add and some take off, and their documents."""
    first, *others = chance.sample(pool, chance.choice([0, 1, 1, 1, 2, 4, 9]) + 1)
    takes_off = chance.random() < 0.2
    sources = [first, *others]
    taken_off = [place + 1 for place in range(len(others)) if takes_off and chance.random() < 0.5]
    most, documents = 0, BitMap()
    for place, each in enumerate(sources):
        if place in taken_off:
            documents -= documents_of(each)
        else:
            documents |= documents_of(each)
            most = min(COUNT, most + each.size)
    return Clause(most, sources, taken_off), documents


def all_of(matched: found.Found) -> set[int]:
    """Return all documents of *matched*."""
    return set(matched.documents().tolist())


@pytest.mark.parametrize("at_once", [1, 2, 256])
def test_any_plan_finds_what_plain_sets_find(
    pool: tuple[Documents, list[Source]], monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """Total, documents, ranks, and pages at the beginning, in the middle and at the end are those of plain sets."""
    monkeypatch.setattr(found, "_COUNTED", at_once)
    chance = random.Random(SEED + at_once)
    asked, sources = pool
    for _ in range(150):
        wanted = [steps(chance, sources) for _ in range(chance.choice([0, 1, 2, 2, 3, 4, 6]))]
        unwanted = [steps(chance, sources) for _ in range(chance.choice([0, 0, 1, 2]))]
        ends = sorted(chance.choices(range(COUNT + 1), k=2))
        span = chance.choice([None, None, range(*ends)])
        expected = BitMap(range(COUNT) if span is None else span)
        for _, documents in wanted:
            expected &= documents
        for _, documents in unwanted:
            expected -= documents
        own = chance.choice([None, Serialized.of(documents_of(chance.choice(sources)))])
        if own is not None:
            expected -= own.documents
        off = [clause for clause, _ in unwanted] + ([] if own is None else [any_of(COUNT, [own])])
        read = chance.choice(
            [range(0), range(25), range(5, 105), range(975, 1_000), range(max(len(expected) - 5, 0), len(expected) + 9)]
        )
        matched = plan.found(asked, span, [clause for clause, _ in wanted], off, lambda: None, read)
        assert matched.count == len(expected), SEED
        assert matched.ranked(read.start, read.stop) == list(expected[read.start : read.stop]), (SEED, read)
        for first in {
            read.start,
            0,
            25,
            975,
            len(expected) // 2,
            max(len(expected) - 25, 0),
            max(len(expected) - 1, 0),
        }:
            page = page_of("contacts", [None], [matched], first, 25)  # type: ignore[list-item]  # none is read
            assert [document for _, document in page] == list(expected[first : first + 25]), (SEED, first)
        for document in chance.choices(range(COUNT + 1), k=5):
            assert matched.rank(document) == len(expected & BitMap(range(document))), (SEED, document)
        blocks = list(matched.blocks(chance.choice([1_000, COUNT])))
        assert BitMap(np.concatenate([*blocks, np.empty(0, dtype=np.int64)]).tolist()) == expected, SEED


def test_a_bitmap_holds_what_it_is_made_from() -> None:
    """From any number of documents in any order, over one container or many, full or nearly empty."""
    chance = np.random.default_rng(SEED)
    for last, share in product((1, 70, 65_536, 65_537, 400_000), (0, 0.0005, 0.01, 0.0625, 0.3, 1)):
        documents = chance.permutation(np.flatnonzero(chance.random(last) < share)).astype("<u4")
        assert bitmap(documents) == BitMap(documents.tolist()), (SEED, last, share)
    both = np.concatenate((np.arange(0, 65_536, 20), np.arange(65_536, 131_072), np.arange(3 << 16, (3 << 16) + 5)))
    assert bitmap(both) == BitMap(both.tolist())


@pytest.mark.parametrize(
    ("words_max", "sorted_", "asked"), [(400, 10**9, 0), (400, 0, 10**9), (1, 10**9, 0), (1, 0, 0)]
)
def test_any_way_to_a_text_finds_what_a_scan_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words_max: int, sorted_: int, asked: int
) -> None:
    """Words, phrases, parts of both and single letters find the documents whose text contains them."""
    monkeypatch.setattr(texts, "_WORDS_FEW", words_max)
    monkeypatch.setattr(texts, "_WORDS_MAX", words_max)
    monkeypatch.setattr(texts, "_COMMON", 100)
    # A shorter list is looked for in any case, or only where many places are left.
    monkeypatch.setattr(substrings, "_MANY", words_max)
    # What is sorted, what is marked, and what is asked for one by one.
    monkeypatch.setattr(plan, "_SORTED", sorted_)
    monkeypatch.setattr(plan, "_ASKED", asked)
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
    container = Container(tmp_path / "file")
    field, every = TextField(container, "title"), Documents(container, "contacts", count)
    some = sorted(chance.sample(range(count), 500))
    few = any_of(count, [np.array(some, dtype=np.uint32)])
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
        sources = [source for one in {needle, other} for source in field.containing(one)]
        having = any_of(count, any_text_of(sources))
        assert all_of(plan.found(every, None, [having], [], lambda: None)) == expected, (SEED, needle)
        assert all_of(plan.found(every, None, [few, having], [], lambda: None)) == expected & set(some), (SEED, needle)
        assert all_of(plan.found(every, None, [few], [having], lambda: None)) == set(some) - expected, (SEED, needle)
        near = plan.found(every, range(1_000, 1_010), [having], [having], lambda: None)
        assert not near.count
        near = plan.found(every, range(1_000, 1_010), [having], [], lambda: None)
        assert all_of(near) == expected & set(range(1_000, 1_010)), (SEED, needle)
        assert having.most >= len(expected)
        assert have_live(sources, BitMap()) == bool(expected)
        assert not have_live(sources, BitMap(expected))
        if expected:
            assert have_live(sources, BitMap(sorted(expected)[1:])), (SEED, needle)
