"""
CRC-32 as zlib has it, eight bytes at once.

See Kounavis and Berry, "A Systematic Approach to Building High Performance, Software-based, CRC Generators" (2005).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from letrics.index.kernels.compiled import inner, signed, word_at

_POLYNOMIAL = 0xEDB8_8320
_START = np.uint64(0xFFFF_FFFF)
_BYTE = np.uint64(0xFF)
_EIGHT = np.uint64(8)


def _tables() -> NDArray[np.uint64]:
    """Return what each byte adds, by how many others follow it among the eight: row after row of 256."""
    rows = np.zeros((8, 256), dtype=np.uint64)
    rows[0] = np.arange(256)
    for _ in range(8):
        rows[0] = (rows[0] >> np.uint64(1)) ^ (np.uint64(_POLYNOMIAL) * (rows[0] & np.uint64(1)))
    for row in range(1, 8):
        rows[row] = (rows[row - 1] >> _EIGHT) ^ rows[0][(rows[row - 1] & _BYTE).astype(int)]
    return rows.ravel()


_ADDS = _tables()


@inner
def crc32(data: Any, first: int, last: int) -> int:
    """Return the CRC-32 of the bytes from *first* to *last* of *data*, behind which there are eight more."""
    found = _START
    while first + 8 <= last:
        word = word_at(data, first) ^ found
        found = np.uint64(0)
        for follow in range(7, -1, -1):
            found ^= _ADDS[(follow << 8) + signed(word & _BYTE)]
            word >>= _EIGHT
        first += 8
    for at in range(first, last):
        found = (found >> _EIGHT) ^ _ADDS[signed((found ^ np.uint64(data[at])) & _BYTE)]
    return signed(found ^ _START)
