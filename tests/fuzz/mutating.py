"""Seeded mutations of real inputs: what a damaged disk, a broken transfer, or a hostile hand makes of a file."""

import random
from collections.abc import Callable, Sequence

_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**64 - 1)
_TOKENS = (
    *(b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\n", b"\r", b'"', b"'", b"\\", b","),
    *(b"{", b"}", b"[", b"]", b":", b"null", b"1e999", b"-0", b"NaN", b"\\ud800", b"9" * 5_000, b"[" * 500, b"&", b"=", b"%"),
    *(b"[]=", b"%00", b"%ff", b"+", b"exclude_", b"PAR1", b"PK\x03\x04", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"<", b"&#0;"),
)  # fmt: skip


def mutated(chance: random.Random, originals: Sequence[bytes]) -> bytes:
    """Return one of *originals* with one change or several; now and then something made up."""
    if chance.random() < 0.02:
        return chance.randbytes(chance.randrange(200))
    data = bytearray(chance.choice(originals))
    for _ in range(chance.choice((0, 1, 1, 1, 2, 3, 8, 30))):
        chance.choice(_MUTATIONS)(chance, data, originals)
    return bytes(data[:1_000_000])


def _part(chance: random.Random, data: bytes | bytearray) -> tuple[int, int]:
    """Return where a random part of *data* begins and ends; it is mostly short."""
    start = chance.randrange(len(data) + 1)
    return start, min(len(data), start + chance.choice((1, 2, 4, 8, 16, chance.randrange(len(data) + 1))))


def _flip(chance: random.Random, data: bytearray, originals: Sequence[bytes]) -> None:
    if data:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _set_byte(chance: random.Random, data: bytearray, originals: Sequence[bytes]) -> None:
    if data:
        data[chance.randrange(len(data))] = chance.randrange(256)


def _set_number(chance: random.Random, data: bytearray, originals: Sequence[bytes]) -> None:
    size = chance.choice((1, 2, 4, 8))
    start = chance.randrange(len(data) + 1)
    number = chance.choice(_NUMBERS) % (1 << 8 * size)
    data[start : start + size] = number.to_bytes(size, chance.choice(("little", "big")))


def _delete(chance: random.Random, data: bytearray, originals: Sequence[bytes]) -> None:
    start, end = _part(chance, data)
    del data[start:end]


def _repeat(chance: random.Random, data: bytearray, originals: Sequence[bytes]) -> None:
    start, end = _part(chance, data)
    data[start:start] = data[start:end] * chance.choice((1, 1, 2, 50))


def _cut(chance: random.Random, data: bytearray, originals: Sequence[bytes]) -> None:
    del data[chance.randrange(len(data) + 1) :]


def _insert(chance: random.Random, data: bytearray, originals: Sequence[bytes]) -> None:
    start = chance.randrange(len(data) + 1)
    data[start:start] = chance.choice((chance.choice(_TOKENS), chance.randbytes(chance.randrange(1, 9))))


def _splice(chance: random.Random, data: bytearray, originals: Sequence[bytes]) -> None:
    other = chance.choice(originals)
    start, end = _part(chance, other)
    data[chance.randrange(len(data) + 1) :] = other[start:end]


def _move(chance: random.Random, data: bytearray, originals: Sequence[bytes]) -> None:
    start, end = _part(chance, data)
    part = data[start:end]
    del data[start:end]
    place = chance.randrange(len(data) + 1)
    data[place:place] = part


_MUTATIONS: tuple[Callable[[random.Random, bytearray, Sequence[bytes]], None], ...] = (
    *(_flip, _flip, _set_byte, _set_number, _delete, _repeat, _cut, _insert, _insert, _splice, _move),
)
