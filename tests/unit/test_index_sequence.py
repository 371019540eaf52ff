"""All hits of several segments, against sorting everything."""

import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from letrics.index.format import Container, ContainerWriter
from letrics.index.sequence import in_order
from letrics.index.strings import Strings, write_strings
from letrics.model.filters import Search

Key = tuple[int, bytes, bytes]


class SortedKeys:
    """A segment as `in_order` sees it: sort keys in order; it counts how often each part of one is read."""

    def __init__(self, keys: list[Key]) -> None:
        self.keys = sorted(keys)
        self.read: Counter[str] = Counter()

    def leads(self, search: Search, documents: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.array([self.keys[d][0] for d in documents.tolist()], dtype=np.int64)

    def padded_company_ids(self, documents: NDArray[np.int64]) -> NDArray[np.bytes_]:
        self.read["company ids"] += len(documents)
        return np.array([self.keys[d][1] for d in documents.tolist()], dtype=bytes)

    def padded_ids(self, search: Search, documents: NDArray[np.int64]) -> NDArray[np.bytes_]:
        self.read["ids"] += len(documents)
        return np.array([self.keys[d][2] for d in documents.tolist()], dtype=bytes)


def blocks_of(chance: random.Random, documents: list[int]) -> list[NDArray[np.int64]]:
    """Return *documents* in blocks of any length, some of them empty."""
    ends = sorted(chance.choices(range(len(documents) + 1), k=chance.randrange(8)))
    return np.split(np.array(documents, dtype=np.int64), ends)


def told(
    search: Search, segments: list[SortedKeys], found: list[list[NDArray[np.int64]]], count: int
) -> list[list[Key]]:
    """Return the keys of what `in_order` yields."""
    pieces = in_order(search, segments, found, count)  # type: ignore[arg-type]
    return [[segments[place].keys[document] for place, document in piece.T.tolist()] for piece in pieces]


@pytest.mark.parametrize("search", ["companies", "contacts"])
@pytest.mark.parametrize("alike", [1, 3, 10**15])
def test_all_hits_come_in_the_order_of_answers(seed: int, search: Search, alike: int) -> None:
    """Whatever segments hold, in whatever blocks, all comes as sorting gives it, so many at once, the rest at last."""
    chance = random.Random(seed)
    for _ in range(300):
        companies = [b"co_%d" % i for i in range(chance.choice([1, 4, 40]))]
        segments = [
            SortedKeys(
                [
                    (
                        chance.randint(-alike, alike),
                        chance.choice([b"", *companies]) if search == "contacts" else b"",
                        b"%d" % chance.randrange(10**9),
                    )
                    for _ in range(chance.choice([0, 1, 9, 60]))
                ]
            )
            for _ in range(chance.randint(1, 5))
        ]
        share = chance.choice([0, 0.3, 1])
        documents = [[d for d in range(len(each.keys)) if chance.random() < share] for each in segments]
        expected = sorted(each.keys[d] for each, own in zip(segments, documents, strict=True) for d in own)
        count = chance.choice([1, 2, 7, 50, 1_000])
        pieces = told(search, segments, [blocks_of(chance, own) for own in documents], count)
        assert [key for piece in pieces for key in piece] == expected, seed
        assert [len(piece) for piece in pieces[:-1]] == [count] * (len(pieces) - 1), seed
        assert all(pieces), seed


def test_nothing_comes_of_no_segment() -> None:
    """Without segments, there are no hits."""
    assert told("contacts", [], [], 10) == []


def test_only_documents_alike_over_segments_are_looked_at_closer(seed: int) -> None:
    """Keys behind the lead are read of documents that share all before with those of another segment, and no others."""
    keys = [[(lead, b"co_%d" % lead, b"%d" % (i + 2 * lead)) for lead in range(100)] for i in range(2)]
    apart = [SortedKeys([key for key in own if key[0] % 2 == i]) for i, own in enumerate(keys)]
    one = [SortedKeys(keys[0]), SortedKeys([(lead + 50, company, own) for lead, company, own in keys[1]])]
    both = [SortedKeys(each) for each in keys]
    for segments, company_ids, ids in ((apart, 0, 0), (one, 50, 0), (both, 100, 100)):
        found = [blocks_of(random.Random(seed), list(range(len(each.keys)))) for each in segments]
        told("contacts", segments, found, 1_000)
        assert [each.read["company ids"] for each in segments] == [company_ids] * 2
        assert [each.read["ids"] for each in segments] == [ids] * 2


def test_padded_strings_are_the_strings(seed: int, tmp_path: Path) -> None:
    """Any strings of a list are the same and sort the same padded, empty ones and none at all among them."""
    chance = random.Random(seed)
    strings = [bytes(chance.choices(range(1, 256), k=chance.randrange(9))) for _ in range(200)]
    writer = ContainerWriter(path := tmp_path / "file")
    write_strings(writer, "strings", strings, map(len, strings))
    writer.finish({})
    stored = Strings(Container(path), "strings")
    for count in (0, 1, 2, 100):
        numbers = chance.choices(range(len(strings)), k=count)
        padded = stored.padded(np.array(numbers, dtype=np.int64))
        assert padded.tolist() == [strings[each] for each in numbers], seed
        assert np.sort(padded).tolist() == sorted(strings[each] for each in numbers), seed
