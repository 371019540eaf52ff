"""
Packed texts: many texts as one piece of bytes, for what is done with all of them at once by compiled loops.

Loading these loops takes longer than what a small file needs; whoever has little to do goes on without them.
"""

import sys
from collections.abc import Sequence
from hashlib import blake2b as one_blake2b
from itertools import pairwise

import msgspec
import numpy as np
from numpy.typing import NDArray


class Packed(msgspec.Struct, frozen=True):
    """Texts as UTF-8, end to end in *data* (bytes): text i is between *ends*[i] and *ends*[i + 1]."""

    data: NDArray[np.uint8]
    ends: NDArray[np.int64]

    @classmethod
    def of(cls, texts: Sequence[bytes]) -> "Packed":
        """Return *texts* packed."""
        ends = np.zeros(len(texts) + 1, dtype=np.int64)
        np.cumsum(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)), out=ends[1:])
        return cls(np.frombuffer(b"".join(texts), dtype=np.uint8), ends)

    def __len__(self) -> int:
        return len(self.ends) - 1

    def __getitem__(self, i: int) -> bytes:
        return self.data[self.ends[i] : self.ends[i + 1]].tobytes()

    def unpacked(self) -> list[bytes]:
        """Return the texts one by one."""
        data, ends = self.data.tobytes(), self.ends.tolist()
        return [data[at:end] for at, end in pairwise(ends)]

    def chosen(self, which: NDArray[np.int64]) -> "Packed":
        """Return the texts *which*."""
        return Packed.of([self[i] for i in which.tolist()])

    def followed_by(self, other: "Packed") -> "Packed":
        """Return both, one after the other."""
        ends = np.concatenate([self.ends, self.ends[-1] + other.ends[1:]])
        return Packed(np.concatenate([self.data, other.data]), ends)

    def decoded(self, which: NDArray[np.int64]) -> list[str]:
        """Return the texts *which*, one by one."""
        from letrics.packed import texts

        sizes = self.ends[which + 1] - self.ends[which]
        gathered = np.empty(int(sizes.sum()) + len(which), dtype=np.uint8)
        texts.gather(self.data, self.ends, which, _SEPARATOR, gathered)
        parts = gathered.tobytes().decode().split(chr(_SEPARATOR))[:-1]
        # Few texts go over several lines.
        return parts if len(parts) == len(which) else [self[i].decode() for i in which.tolist()]

    def distinct(self, first: int, step: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """
        Return the distinct ones of every *step*-th text from *first* on, and which of them each is.

        They are in the order in which they first appear.
        """
        from letrics.packed import texts

        count = len(range(first, len(self), step))
        table = np.zeros(max(16, 1 << (2 * count).bit_length()), dtype=np.int32)
        codes, firsts = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
        found = texts.distinct(self.data, self.ends, first, step, table, codes, firsts)
        return firsts[:found], codes

    def digests(self, digest_bytes: int, key: bytes = b"") -> bytes:
        """Return the BLAKE2b digests of the texts, end to end; none of them may be empty where there is a *key*."""
        if not _is_loaded() or len(self) < _MANY:
            begun, digests = one_blake2b(digest_size=digest_bytes, key=key), []
            for each in self.unpacked():
                # Costs less than to begin anew.
                hashing = begun.copy()
                hashing.update(each)
                digests.append(hashing.digest())
            return b"".join(digests)
        from letrics.packed import blake2b

        block, states = np.zeros(blake2b.BLOCK_BYTES, dtype=np.uint8), np.empty((len(self) + 1, 8), dtype=np.uint64)
        keyed = np.frombuffer(key, dtype=np.uint8)
        blake2b.digests(self.data, self.ends, keyed, block, block.view(np.uint64), states, digest_bytes)
        return states.view(np.uint8)[:-1, :digest_bytes].tobytes()

    def msgpack(self, width: int) -> "Packed":
        """Return each row of *width* texts as MessagePack has a list of them."""
        from letrics.packed import texts

        rows = len(self) // width
        out = np.empty(len(self.data) + 5 * (rows + len(self)), dtype=np.uint8)
        ends = np.zeros(rows + 1, dtype=np.int64)
        texts.msgpack(self.data, self.ends, width, out, ends)
        return Packed(out[: ends[-1]], ends)


_SEPARATOR = ord("\n")
# As many texts as are worth a call of a loop, and room for it.
_MANY = 100


def _is_loaded() -> bool:
    """Return whether the loops are loaded, as they are once there was a large file."""
    return "letrics.packed.cells" in sys.modules


class Cells(msgspec.Struct, frozen=True):
    """
    Rows of CSV: the *cells* of those that are of the width of the table, row by row.

    Of each of *all* rows there are where it begins and ends in what was read, how many lines come before it, and
    whether it is one of these; the next one begins at *end*.
    """

    cells: Packed
    all: NDArray[np.int64]
    end: int


def cells_of(data: bytes, delimiter: str, width: int, cell_bytes_max: int) -> Cells | None:
    """Return the rows of *data*; None where not all of it is CSV."""
    from letrics.packed import cells

    content = np.frombuffer(data, dtype=np.uint8)
    rows = np.empty((data.count(b"\n") + 1, 4), dtype=np.int64)
    ends = np.zeros(len(rows) * width + 1, dtype=np.int64)
    packed = np.empty(len(data), dtype=np.uint8)
    count, plain, end = cells.split(content, ord(delimiter), width, cell_bytes_max, packed, ends, rows)
    if count < 0:
        return None
    ends = ends[: plain * width + 1]
    return Cells(Packed(packed[: ends[-1]], ends), rows[:count], end)
