"""Stored rows: what compiled loops write the library `lz4` reads, and the other way round; garbage harms nothing."""

import random
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from lz4 import block
from numpy.typing import NDArray
from zlib_ng.zlib_ng import crc32

from letrics.index import kernels
from letrics.index.format import Container, ContainerWriter
from letrics.index.kernels.encoding import BROKEN, NO_OWNER, SLACK
from letrics.index.rows import MANY, Rows, read, sampled, write_rows

GUARD = 0xA5


def kinds_of_rows(chance: random.Random, count: int) -> list[list[bytes]]:
    """Rows alike, rows that nothing can be learnt from, ones that repeat themselves, short ones and long ones."""
    words = [chance.randbytes(chance.randrange(1, 40)) for _ in range(200)]

    def repeating() -> bytes:
        return b"".join(chance.choice(words)[: chance.randrange(1, 9)] * chance.randrange(1, 99) for _ in range(3))

    return [
        [b"{}" for _ in range(count)],
        [chance.randbytes(chance.randrange(1, 300)) for _ in range(count)],
        [b'{"name":"%d","city":"Oslo"}' % chance.randrange(999) for _ in range(count)],
        [b"".join(chance.choices(words, k=chance.randrange(1, 60))) for _ in range(count)],
        [repeating() for _ in range(count)],
        [b"".join(chance.choices(words, k=chance.choice([1, 2, 6_000]))) for _ in range(min(count, 40))],
        [bytes(chance.choice([1, 5, 12, 13, 127, 128, 300_000])) for _ in range(min(count, 40))],
    ]


def written(path: Path, kinds: list[list[bytes]], *, by_many: bool) -> Container:
    """Write rows by the loops, as if there were more of them, or by the library."""
    writer = ContainerWriter(path)
    for kind, rows in enumerate(kinds):
        sample = [rows[i] for i in sampled(len(rows)).tolist()]
        half, count = len(rows) // 2, MANY if by_many else len(rows)
        write_rows(writer, str(kind), [rows[:half], rows[half:]] if rows else [], sample, count)
    writer.finish({})
    return Container(path)


def pieces(read: tuple[NDArray[np.uint8], NDArray[np.int64]]) -> list[bytes]:
    """Return the rows that were read one after the other."""
    joined, ends = read
    return [joined[start:end].tobytes() for start, end in pairwise([0, *ends.tolist()])]


@pytest.mark.parametrize("count", [0, 1, 127, 128, 1_999, 3_000])
@pytest.mark.parametrize("by_many", [False, True])
def test_rows_come_back_byte_for_byte(tmp_path: Path, seed: int, count: int, *, by_many: bool) -> None:
    """Both write rows that both read, one by one and many at once, in any order."""
    chance = random.Random(seed)
    kinds = kinds_of_rows(chance, count)
    container = written(tmp_path / "file", kinds, by_many=by_many)
    for kind, rows in enumerate(kinds):
        stored = Rows(container, str(kind))
        assert [stored[i] for i in range(len(stored))] == rows
        numbers = chance.choices(range(len(rows)), k=500) if rows else []
        lines = pieces(read(stored, np.array(numbers, dtype=np.int64), end=b"\n"))
        assert lines == [rows[i] + b"\n" for i in numbers]


def test_each_row_is_followed_by_its_owner(tmp_path: Path, seed: int) -> None:
    """What a contact's company is, or that it has none."""
    chance = random.Random(seed)
    kinds = kinds_of_rows(chance, 300)
    container = written(tmp_path / "file", kinds, by_many=False)
    owners = np.array(chance.choices([NO_OWNER, *range(300)], k=300), dtype=np.uint32)
    owners.setflags(write=False)
    numbers = chance.sample(range(300), 100)
    contacts = pieces(read(Rows(container, "2"), np.array(numbers), owners, Rows(container, "4"), b"}"))
    expected = [
        kinds[2][i] + (b"null" if (owner := int(owners[i])) == NO_OWNER else kinds[4][owner]) + b"}" for i in numbers
    ]
    assert contacts == expected


def test_alike_rows_become_small(tmp_path: Path, seed: int) -> None:
    """The dictionary is used: rows that share most of their text take little of it, whoever writes them."""
    chance = random.Random(seed)
    names = [b"%d" % chance.randrange(10**6) for _ in range(2_000)]
    rows = [b'{"name":"%s","city":"Oslo","country":"NO","kind":"a company of no importance"}' % name for name in names]
    for by_many in (False, True):
        container = written(tmp_path / str(by_many), [rows], by_many=by_many)
        assert len(container.section("0/bytes")) * 3 < sum(map(len, rows))


def test_garbage_is_told_and_nothing_is_written_beside(seed: int) -> None:
    """Blocks with bits turned, cut off, or of another length: a text of that length, or an error; no byte elsewhere."""
    chance = random.Random(seed)
    dictionary = chance.randbytes(500)
    padded = np.frombuffer(dictionary + bytes(SLACK), dtype=np.uint8)[:500]
    end, none = np.frombuffer(b"", dtype=np.uint8), np.frombuffer(b"", dtype=np.uint32)
    broken = 0
    for _ in range(3_000):
        text = b"".join(dictionary[(at := chance.randrange(490)) : at + chance.randrange(30)] for _ in range(9)) + b"."
        length = len(text) if chance.random() < 0.5 else chance.randrange(1, 127)
        packed = bytearray(block.compress(text[:127], store_size=False, dict=dictionary))
        for _ in range(chance.randrange(4)):
            packed[chance.randrange(len(packed))] ^= 1 << chance.randrange(8)
        data = bytes([min(length, 127)]) + bytes(packed[: chance.choice([len(packed), chance.randrange(len(packed))])])
        data += crc32(data).to_bytes(4, "little")
        offsets = np.frombuffer(np.array([0, len(data)], dtype=np.uint64).tobytes(), dtype=np.uint64)
        rows = (np.frombuffer(data + bytes(SLACK), np.uint8), offsets, padded)
        into, ends = np.full(127 + 2 * SLACK, GUARD, dtype=np.uint8), np.empty(1, dtype=np.int64)
        size = kernels.read_rows(np.zeros(1, dtype=np.int64), rows, none, rows, end, into[: 127 + SLACK], ends)
        assert size in (BROKEN, min(length, 127)), seed
        assert (into[127 + SLACK :] == GUARD).all(), seed
        broken += size == BROKEN
    assert 300 < broken < 2_900
