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
# To read so much between two rows costs less than another call.
_NEAR_BYTES = 2_048


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

    def extend(self, rows: Packed) -> None:
        """Put *rows*, which stand end to end, aside, under the next numbers."""
        self._file.append(rows.data.data)
        self._ends.frombytes((rows.ends.astype(np.uint64) + np.uint64(self._ends[-1])).tobytes())

    def read(self, number: int) -> bytes:
        """Return one row."""
        (row,) = self._file.at((self._ends[number],), (self._ends[number + 1],))
        return row

    def gathered(self, numbers: NDArray[Any]) -> Iterator[list[memoryview]]:
        """Yield the rows *numbers* in their order, in pieces."""
        ends = np.frombuffer(self._ends, dtype=np.uint64)
        for at in range(0, len(numbers), _GATHERED):
            piece = numbers[at : at + _GATHERED].astype(np.int64)
            yield self._rows(ends[piece].astype(np.int64), ends[piece + 1].astype(np.int64), np.argsort(piece))

    def _rows(self, starts: NDArray[Any], ends: NDArray[Any], order: NDArray[Any]) -> list[memoryview]:
        """Return what is from each of *starts* to its end; what is near in the *order* of the file is read at once."""
        first, last = starts[order], ends[order]
        begins = np.flatnonzero(np.append(True, first[1:] > last[:-1] + _NEAR_BYTES))
        read = self._file.at(first[begins].tolist(), last[np.append(begins[1:], len(order)) - 1].tolist())
        pieces = [memoryview(each) for each in read]
        # Which of the pieces each row is in, and where that begins.
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.repeat(np.arange(len(begins)), np.diff(begins, append=len(order)))
        before = first[begins][place]
        within = zip(place.tolist(), (starts - before).tolist(), (ends - before).tolist(), strict=True)
        return [pieces[i][start:end] for i, start, end in within]

    def settle(self) -> None:
        """Let nothing wait in memory for being put aside."""
        self._file.flush()

    def close(self) -> None:
        """Remove the file."""
        self._file.close()
