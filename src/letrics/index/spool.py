"""A spool: rows put aside in a file while an import runs, to be read back in another order."""

from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from letrics.index import files
from letrics.packed import Packed

# Rows that are gathered at once: some megabytes, so that neither calls nor memory count.
_GATHERED = 16_384


class Spool:
    """Rows by number, from 0; written first, gathered after `rewind`, or read in between one by one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = files.ScratchFile(path)
        self._ends = array("Q", [0])

    def __len__(self) -> int:
        return len(self._ends) - 1

    def append(self, row: bytes) -> None:
        """Put *row* aside, under the next number."""
        self._file.append(row)
        self._ends.append(self._ends[-1] + len(row))

    def extend(self, rows: Packed) -> None:
        """Put *rows*, which stand end to end, aside, under the next numbers."""
        self._file.append(rows.data.data)
        self._ends.frombytes((rows.ends.astype(np.uint64) + np.uint64(self._ends[-1])).tobytes())

    def read(self, number: int) -> bytes:
        """Return one row."""
        start = self._ends[number]
        return bytes(self._file.at(start, self._ends[number + 1] - start))

    def rewind(self) -> None:
        """Make all rows readable at the speed of memory."""
        self._file.map()

    def gathered(self, numbers: NDArray[Any]) -> Iterator[list[memoryview]]:
        """Yield the rows *numbers* in their order, in pieces; only after `rewind`."""
        content, ends = self._file.at(0, self._ends[-1]), np.frombuffer(self._ends, dtype=np.uint64)
        for start in range(0, len(numbers), _GATHERED):
            piece = numbers[start : start + _GATHERED]
            yield [content[a:b] for a, b in zip(ends[piece].tolist(), ends[piece + 1].tolist(), strict=True)]

    def close(self) -> None:
        """Remove the file."""
        self._file.close()
