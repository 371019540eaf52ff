"""
Tables that need no reading: bytes in which a value is found where it stands, so that a mapped file serves as it is.

    parts    u32 number of parts, u32 length of each, the parts themselves
    records  two parts: u32 end of each value, the values end to end
    table    three parts: u32 first entry of each bucket, the keys and the values as records

Numbers are in the machine's own order.  A key's bucket is its CRC-32 modulo how many buckets there are.
"""

from array import array
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from zlib import crc32

_NUMBER = array("I").itemsize


def joined(parts: Sequence[bytes]) -> bytes:
    """Return *parts* as one piece, which `parted` takes apart."""
    return b"".join((array("I", [len(parts), *map(len, parts)]).tobytes(), *parts))


def parted(data: memoryview) -> list[memoryview]:
    """Return the parts of *data*, none of them copied."""
    (count,) = data[:_NUMBER].cast("I")
    start = (1 + count) * _NUMBER
    ends = list(accumulate(data[_NUMBER:start].cast("I"), initial=start))
    return [data[a:b] for a, b in pairwise(ends)]


def records(values: Sequence[bytes]) -> bytes:
    """Return *values* for `Records`."""
    return joined((array("I", accumulate(map(len, values), initial=0)).tobytes(), b"".join(values)))


class Records:
    """Values by their numbers, from 0."""

    def __init__(self, data: memoryview) -> None:
        ends, self._values = parted(data)
        self._ends = ends.cast("I")

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, number: int) -> memoryview:
        if not 0 <= number < len(self):
            raise IndexError(number)
        return self._values[self._ends[number] : self._ends[number + 1]]

    def find(self, value: bytes, begin: int, end: int) -> int:
        """Return the number of *value*, from *begin* to *end* - 1, -1 where it is none of them."""
        ends, values = self._ends, self._values
        for number in range(begin, end):
            if values[ends[number] : ends[number + 1]] == value:
                return number
        return -1


def table(entries: Mapping[str, bytes]) -> bytes:
    """Return *entries* for `Table`."""
    keys = [key.encode() for key in entries]
    buckets = [crc32(key) % len(keys) for key in keys]
    order = sorted(range(len(keys)), key=buckets.__getitem__)
    counts = [0] * len(keys)
    for bucket in buckets:
        counts[bucket] += 1
    values = list(entries.values())
    first = array("I", accumulate(counts, initial=0)).tobytes()
    return joined((first, records([keys[i] for i in order]), records([values[i] for i in order])))


class Table:
    """Values by their keys."""

    def __init__(self, data: memoryview) -> None:
        first, keys, values = parted(data)
        self._first = first.cast("I")
        self._keys, self._values = Records(keys), Records(values)

    def __len__(self) -> int:
        return len(self._keys)

    def get(self, key: str) -> memoryview | None:
        """Return the value of *key*, None where it has none."""
        first = self._first
        if len(first) == 1:
            return None
        wanted = key.encode("utf-8", "surrogatepass")
        bucket = crc32(wanted) % (len(first) - 1)
        number = self._keys.find(wanted, first[bucket], first[bucket + 1])
        return self._values[number] if number >= 0 else None
