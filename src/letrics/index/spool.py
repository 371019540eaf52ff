"""A spool: rows put aside in a file while an import runs, to be read back in another order."""

from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from letrics.index import files

# Rows that are gathered at once: some megabytes, so that neither calls nor memory count.
_GATHERED = 16_384


class Spool:
    """Rows by number, from 0."""

    def __init__(self, path: Path) -> None:
        self._file = files.ScratchFile(path)
        self._ends = array("Q", [0])

    def __len__(self) -> int:
        return len(self._ends) - 1

    def append(self, row: bytes) -> None:
        """Put *row* aside, under the next number."""
        self._file.append(row)
        self._ends.append(self._ends[-1] + len(row))

    def extend(self, rows: Sequence[bytes]) -> None:
        """Put *rows* aside, under the next numbers."""
        lengths = np.fromiter(map(len, rows), dtype=np.uint64, count=len(rows))
        self._file.append(b"".join(rows))
        self._ends.frombytes((np.cumsum(lengths) + np.uint64(self._ends[-1])).tobytes())

    def read(self, number: int) -> bytes:
        """Return one row."""
        (row,) = self._file.at((self._ends[number],), (self._ends[number + 1],))
        return row

    def gathered(self, numbers: NDArray[Any]) -> Iterator[list[bytes]]:
        """Yield the rows *numbers* in their order, in pieces."""
        ends = np.frombuffer(self._ends, dtype=np.uint64)
        for start in range(0, len(numbers), _GATHERED):
            piece = numbers[start : start + _GATHERED]
            yield self._file.at(ends[piece].tolist(), ends[piece + 1].tolist())

    def close(self) -> None:
        """Remove the file."""
        self._file.close()
