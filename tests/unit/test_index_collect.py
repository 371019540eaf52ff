"""Pages over several segments, against sorting everything."""

import random

import numpy as np
import pytest
from numpy.typing import NDArray

from letrics.index import collect, plan
from letrics.index.alternatives import any_of
from letrics.index.collect import page_of
from letrics.index.format import Container, ContainerWriter
from letrics.index.found import Found
from letrics.index.segment import Documents

SEED = 20_261_123

Key = tuple[int, bytes, bytes]


class SortedKeys:
    """A segment as `page_of` sees it: sort keys in order; it counts how many are read, and how many leads."""

    def __init__(self, keys: list[Key]) -> None:
        self.keys = sorted(keys)
        self.order = np.array([key[0] for key in self.keys], dtype=np.int64)
        self.keys_read = self.leads_read = 0

    def sort_key(self, search: str, document: int) -> Key:
        self.keys_read += 1
        return self.keys[document]

    def leads(self, search: str, documents: list[int]) -> NDArray[np.int64]:
        self.leads_read += len(documents)
        return self.order[documents]

    def with_lead(self, search: str, lead: int, low: int, high: int) -> range:
        first, last = (int(self.order[low:high].searchsorted(lead, side=side)) for side in ("left", "right"))
        return range(low + first, low + last)


def strewn(chance: random.Random, keys: list[Key], parts: int) -> list[SortedKeys]:
    """Return *keys* in so many segments."""
    lots: list[list[Key]] = [[] for _ in range(parts)]
    for key in keys:
        lots[chance.randrange(parts)].append(key)
    return list(map(SortedKeys, lots))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Container:
    """A file that holds no list: all documents are given as doc ids."""
    path = tmp_path_factory.mktemp("collect") / "file"
    ContainerWriter(path).finish({})
    return Container(path)


def found_of(empty: Container, segment: SortedKeys, documents: list[int]) -> Found:
    count = len(segment.keys)
    wanted = [any_of(count, [np.array(documents, dtype=np.uint32)])]
    return plan.found(Documents(empty, "contacts", count), None, wanted, [], lambda: None)


def found_in(chance: random.Random, empty: Container, segment: SortedKeys) -> Found:
    """Return some of the documents: many, few, or only of the first third."""
    share, last = chance.choice([(0.8, 1), (0.1, 1), (0.6, 3)])
    documents = range(len(segment.keys) // last)
    return found_of(empty, segment, [d for d in documents if chance.random() < share])


def test_any_page_is_the_slice_of_all_hits_in_order(empty: Container, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the segments hold, rank first to first + count is what sorting all hits gives."""
    chance = random.Random(SEED)
    for _ in range(600):
        monkeypatch.setattr(collect, "_NEAR", chance.choice([0, 1, 5, 100]))
        alike = chance.choice([0, 3, 1_000])
        everything = [
            (chance.randint(-alike, alike), bytes([chance.randrange(4)]), b"%d" % i)
            for i in range(chance.randrange(80))
        ]
        segments = strewn(chance, everything, chance.randint(1, 5))
        found = [found_in(chance, empty, segment) for segment in segments]
        expected = sorted(s.keys[d] for s, hits in zip(segments, found, strict=True) for d in hits.documents().tolist())
        for first in range(len(expected) + 2):
            count = chance.randint(1, 7)
            page = page_of("contacts", segments, found, first, count)  # type: ignore[arg-type]
            assert [segments[p].keys[d] for p, d in page] == expected[first : first + count], (
                SEED,
                first,
                count,
            )


def test_what_is_read_for_a_page_does_not_depend_on_where_it_is(empty: Container) -> None:
    """Of 40,000 hits, no page has more than a few hundred leads read; keys only where several segments are alike."""
    chance = random.Random(SEED)
    for alike, keys_most in ((10**12, 0), (5, 1_200), (0, 1_200)):
        keys = [(chance.randint(-alike, alike), b"%d" % chance.randrange(900), b"%d" % i) for i in range(50_000)]
        segments = strewn(chance, keys, 4)
        found = [found_of(empty, s, [d for d in range(len(s.keys)) if d % 5]) for s in segments]
        expected = sorted(s.keys[d] for s, hits in zip(segments, found, strict=True) for d in hits.documents().tolist())
        for first in (0, 25, 1_000, 9_999, 20_000, 33_333, len(expected) - 1_000, len(expected) - 25):
            for segment in segments:
                segment.keys_read = segment.leads_read = 0
            page = page_of("contacts", segments, found, first, 25)  # type: ignore[arg-type]
            assert [segments[p].keys[d] for p, d in page] == expected[first : first + 25], (SEED, first)
            assert sum(segment.leads_read for segment in segments) <= 1_000, (SEED, alike, first)
            assert sum(segment.keys_read for segment in segments) <= keys_most, (SEED, alike, first)
