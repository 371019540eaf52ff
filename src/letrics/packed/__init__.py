"""
Packed texts: many texts in one piece of bytes, for what is done with all of them at once by compiled loops.

Loading these loops takes longer than what a small file needs; whoever has little to do goes on without them.
"""

import sys
from collections.abc import Iterable, Sequence
from hashlib import blake2b as one_blake2b

import msgspec
import numpy as np
from numpy.typing import NDArray

_LINE_END = b"\n"
# As many texts as are worth a call of a loop, and room for it.
_MANY = 100
_NONE = np.empty(0, dtype=np.int64)


class Packed(msgspec.Struct, frozen=True):
    """Texts as UTF-8 in *data* (bytes): text i is from *starts*[i] to *ends*[i]."""

    data: NDArray[np.uint8]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    @classmethod
    def of(cls, texts: Sequence[bytes]) -> "Packed":
        """Return *texts* packed."""
        bounds = np.zeros(len(texts) + 1, dtype=np.int64)
        np.cumsum(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)), out=bounds[1:])
        return cls.between(np.frombuffer(b"".join(texts), dtype=np.uint8), bounds)

    @classmethod
    def between(cls, data: NDArray[np.uint8], bounds: NDArray[np.int64]) -> "Packed":
        """Return the texts that stand end to end, each between two *bounds*."""
        return cls(data[: bounds[-1]], bounds[:-1], bounds[1:])

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, i: int) -> bytes:
        return self.data[self.starts[i] : self.ends[i]].tobytes()

    def unpacked(self) -> list[bytes]:
        """Return the texts one by one."""
        data = self.data.tobytes()
        return [data[at:end] for at, end in zip(self.starts.tolist(), self.ends.tolist(), strict=True)]

    def decoded(self) -> list[str]:
        """Return the texts one by one, as texts."""
        if not is_loaded() or len(self) < _MANY:
            return [each.decode() for each in self.unpacked()]
        lines = self.wrapped(b"", [_LINE_END])
        parts = lines.data.tobytes().decode().split(_LINE_END.decode())[:-1]
        # Few texts go over several lines.
        return parts if len(parts) == len(self) else [each.decode() for each in self.unpacked()]

    def chosen(self, which: NDArray[np.int64] | slice) -> "Packed":
        """Return the texts *which*."""
        return Packed(self.data, self.starts[which], self.ends[which])

    def compact(self) -> "Packed":
        """Return the texts without what stands between them."""
        return self.wrapped(b"", [b""]) if is_loaded() else Packed.of(self.unpacked())

    @classmethod
    def all_of(cls, several: Sequence["Packed"]) -> "Packed":
        """Return the texts of *several*, one after the other."""
        shifts = np.cumsum([0, *(len(each.data) for each in several)]).tolist()
        starts = np.concatenate([each.starts + shift for each, shift in zip(several, shifts, strict=False)])
        ends = np.concatenate([each.ends + shift for each, shift in zip(several, shifts, strict=False)])
        return cls(np.concatenate([each.data for each in several]), starts, ends)

    def followed_by(self, other: "Packed") -> "Packed":
        """Return both, one after the other."""
        return Packed.all_of([self, other])

    def replaced(self, numbers: NDArray[np.int64], others: Sequence[bytes]) -> "Packed":
        """Return the texts with *others* instead of those of these *numbers*."""
        both = self.followed_by(Packed.of(others))
        which = np.arange(len(self))
        which[numbers] = np.arange(len(self), len(both))
        return both.chosen(which)

    def without(self, before: bytes, after: bytes) -> "Packed":
        """Return the texts, those that have both *before* and *after* around them without these."""
        starts, ends = self.starts.copy(), self.ends.copy()
        around = np.flatnonzero(ends - starts >= len(before) + len(after))
        for place, byte in [*enumerate(before), *enumerate(after, -len(after))]:
            at = (starts if place >= 0 else ends)[around] + place
            around = around[self.data[at] == byte]
        starts[around] += len(before)
        ends[around] -= len(after)
        return Packed(self.data, starts, ends)

    # What takes the loops

    def distinct(self) -> tuple["Packed", NDArray[np.int64]]:
        """Return the distinct texts, in the order in which they first appear, and which of them each text is."""
        from letrics.packed import texts

        table = np.zeros(max(16, 1 << (2 * len(self)).bit_length()), dtype=np.int32)
        codes, firsts = np.empty(len(self), dtype=np.int64), np.empty(len(self), dtype=np.int64)
        found = texts.distinct(self.data, self.starts, self.ends, table, codes, firsts)
        return self.chosen(firsts[:found]), codes

    def wrapped(self, before: bytes, after: Sequence[bytes], kinds: NDArray[np.int64] | None = None) -> "Packed":
        """Return the texts with *before* before each, and one of *after* behind: that of its kind, else the first."""
        if not is_loaded():
            behind = [after[kind] for kind in kinds.tolist()] if kinds is not None else [after[0]] * len(self)
            return Packed.of([before + each + end for each, end in zip(self.unpacked(), behind, strict=True)])
        from letrics.packed import texts

        ends = Packed.of(after)
        after_bounds = np.concatenate([ends.starts, ends.ends[-1:]])
        size = self._size() + len(self) * (len(before) + max(map(len, after)))
        out, bounds = np.empty(size, dtype=np.uint8), np.zeros(len(self) + 1, dtype=np.int64)
        packed_before = np.frombuffer(before, dtype=np.uint8)
        told = kinds if kinds is not None else _NONE
        texts.wrap(self.data, self.starts, self.ends, packed_before, ends.data, after_bounds, told, out, bounds)
        return Packed.between(out, bounds)

    def joined(self, other: "Packed", between: str) -> "Packed":
        """Return each text with that of *other* beside it, *between* between them unless one is empty."""
        from letrics.packed import texts

        size = self._size() + other._size() + len(self)
        out, bounds = np.empty(size, dtype=np.uint8), np.zeros(len(self) + 1, dtype=np.int64)
        own, others = (self.data, self.starts, self.ends), (other.data, other.starts, other.ends)
        texts.join(*own, *others, ord(between), out, bounds)
        return Packed.between(out, bounds)

    def spliced(self, pieces: NDArray[np.int64]) -> "Packed":
        """Return for each row of *pieces* the texts of these numbers, end to end."""
        from letrics.packed import texts

        size = int((self.ends - self.starts)[pieces].sum())
        out, bounds = np.empty(size, dtype=np.uint8), np.zeros(len(pieces) + 1, dtype=np.int64)
        texts.splice(self.data, self.starts, self.ends, pieces, out, bounds)
        return Packed.between(out, bounds)

    def digests(self, digest_bytes: int, key: bytes = b"") -> bytes:
        """Return the BLAKE2b digests of the texts, end to end; none of them may be empty where there is a *key*."""
        if not is_loaded() or len(self) < _MANY:
            return _digests_one_by_one(self.unpacked(), digest_bytes, key)
        from letrics.packed import blake2b

        block, states = np.zeros(blake2b.BLOCK_BYTES, dtype=np.uint8), np.empty((len(self) + 1, 8), dtype=np.uint64)
        keyed = np.frombuffer(key, dtype=np.uint8)
        room = keyed, block, block.view(np.uint64), states
        blake2b.digests(self.data, self.starts, self.ends, *room, digest_bytes)
        return states.view(np.uint8)[:-1, :digest_bytes].tobytes()

    def are_tidy(self, suspicious: NDArray[np.bool_], suspicious_max: int) -> NDArray[np.bool_]:
        """
        Return which texts are of ASCII that can be printed, with single spaces within only.

        One of at most *suspicious_max* bytes that begins with a *suspicious* one (flags by byte) is none of them.
        """
        from letrics.packed import looks

        is_tidy = np.empty(len(self), dtype=np.bool_)
        looks.tidy(self.data, self.starts, self.ends, suspicious, suspicious_max, is_tidy)
        return is_tidy

    def holding(self, wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which texts hold a byte that is *wanted* (flags by byte)."""
        from letrics.packed import looks

        is_holding = np.empty(len(self), dtype=np.bool_)
        looks.holding(self.data, self.starts, self.ends, wanted, is_holding)
        return is_holding

    def are_slugs(self, prefix: bytes, allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which texts are *prefix* and then *allowed* bytes (flags by byte), one at least."""
        from letrics.packed import looks

        is_slug = np.empty(len(self), dtype=np.bool_)
        packed_prefix = np.frombuffer(prefix, dtype=np.uint8)
        looks.slugs(self.data, self.starts, self.ends, packed_prefix, allowed, is_slug)
        return is_slug

    def emails(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """
        Return of plain addresses where the first part of the name ends, and where the host begins.

        Where that part has not but letters it is 0, and so is the host of what is no plain address.
        """
        from letrics.packed import looks

        names, hosts = np.empty(len(self), dtype=np.int64), np.empty(len(self), dtype=np.int64)
        looks.emails(self.data, self.starts, self.ends, names, hosts)
        return names, hosts

    def msgpack(self, width: int) -> "Packed":
        """Return each row of *width* texts as MessagePack has a list of them."""
        from letrics.packed import texts

        rows = len(self) // width
        out = np.empty(self._size() + 5 * (rows + len(self)), dtype=np.uint8)
        bounds = np.zeros(rows + 1, dtype=np.int64)
        texts.msgpack(self.data, self.starts, self.ends, width, out, bounds)
        return Packed.between(out, bounds)

    def _size(self) -> int:
        return int((self.ends - self.starts).sum())


def digests_of(texts: Sequence[bytes], digest_bytes: int) -> bytes:
    """Return the BLAKE2b digests of *texts*, which are packed where there are loops for them, end to end."""
    if is_loaded():
        return Packed.of(texts).digests(digest_bytes)
    return _digests_one_by_one(texts, digest_bytes, b"")


def _digests_one_by_one(texts: Iterable[bytes], digest_bytes: int, key: bytes) -> bytes:
    begin, digests = one_blake2b(digest_size=digest_bytes, key=key).copy, []
    for each in texts:
        # A copy costs less than to begin anew.
        hashing = begin()
        hashing.update(each)
        digests.append(hashing.digest())
    return b"".join(digests)


def is_loaded() -> bool:
    """Return whether the loops are loaded, as they are once there was a large file."""
    return "letrics.packed.compiled" in sys.modules


class Cells(msgspec.Struct, frozen=True):
    """
    Rows of CSV: the *cells* of those that are of the width of the table, row by row.

    Of each of *all* rows there are where it begins and ends in what was read, how many lines come before it, and
    whether it is one of these; the next one begins at *end*.
    """

    cells: Packed
    all: NDArray[np.int64]
    end: int


def cells_of(data: bytes, delimiter: str, width: int, cell_bytes_max: int) -> Cells:
    """Return the rows of *data* up to one that is not CSV, or not whole."""
    from letrics.packed import cells

    content = np.frombuffer(data, dtype=np.uint8)
    rows = np.empty((data.count(b"\n") + 1, 4), dtype=np.int64)
    bounds = np.zeros(len(rows) * width + 1, dtype=np.int64)
    packed = np.empty(len(data), dtype=np.uint8)
    count, plain, end = cells.split(content, ord(delimiter), width, cell_bytes_max, packed, bounds, rows)
    return Cells(Packed.between(packed, bounds[: plain * width + 1]), rows[:count], end)
