"""Pages over several segments, against sorting everything."""

import random
from bisect import bisect_left

from pyroaring import BitMap

from letrics.index.collect import page_of
from letrics.index.found import Found

SEED = 20_261_123


class SortedKeys:
    """A segment as `page_of` sees it: sort keys in order."""

    def __init__(self, keys: list[tuple[int, bytes, bytes]]) -> None:
        self.keys = sorted(keys)

    def sort_key(self, search: str, document: int) -> tuple[int, bytes, bytes]:
        return self.keys[document]

    def leads(self, search: str, documents: list[int]) -> list[int]:
        return [self.keys[document][0] for document in documents]

    def first_not_before(self, search: str, key: tuple[int, bytes, bytes]) -> int:
        return bisect_left(self.keys, key)


def test_any_page_is_the_slice_of_all_hits_in_order() -> None:
    """Whatever the segments hold, rank first to first + count is what sorting all hits gives."""
    chance = random.Random(SEED)
    for _ in range(400):
        everything = [
            (chance.randint(-3, 3), bytes([chance.randrange(4)]), b"%d" % i) for i in range(chance.randrange(60))
        ]
        segments = [SortedKeys([]) for _ in range(chance.randint(1, 5))]
        for key in everything:
            segments[chance.randrange(len(segments))].keys.append(key)
        segments = [SortedKeys(segment.keys) for segment in segments]
        found = [Found(BitMap(d for d in range(len(s.keys)) if chance.random() < 0.6)) for s in segments]
        expected = sorted(s.keys[d] for s, hits in zip(segments, found, strict=True) for d in hits)
        for first in range(len(expected) + 2):
            count = chance.randint(1, 7)
            page = page_of("contacts", segments, found, first, count)  # type: ignore[arg-type]
            assert [segments[p].keys[d] for p, d in page] == expected[first : first + count], (
                SEED,
                first,
                count,
            )
