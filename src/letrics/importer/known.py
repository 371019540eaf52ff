"""
Rows that are known by their bytes: a stored record is made of each already, so that they are not read.

Those whose record another row leads to as well are read after all.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from letrics.importer.origins import Origins
from letrics.importer.shelf import Shelf


class KnownRows(msgspec.Struct):
    """Rows of *file* of which stored records are made already: the numbers of these *records* for `Lookup`."""

    file: int
    origins: Origins
    records: NDArray[Any]


class KnownBatches:
    """All known rows of one kind of record, batch by batch on *shelf*."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._batches: list[int] = []
        self._records: list[NDArray[Any]] = []

    def add(self, known: KnownRows) -> None:
        """Put a batch aside."""
        if len(known.records):
            self._batches.append(self._shelf.put(known, len(known.records)))
            self._records.append(known.records)

    def records(self) -> NDArray[Any]:
        """Return the numbers of the records, those of several rows several times."""
        return np.concatenate([*self._records, np.empty(0, dtype=np.int64)])

    def unless(self, spoken_of: NDArray[Any]) -> NDArray[Any]:
        """Return the numbers of the records that are not among those *spoken_of*, each once."""
        return np.setdiff1d(self.records(), spoken_of)

    def among(self, spoken_of: NDArray[Any]) -> Iterator[KnownRows]:
        """Yield the rows whose records are among those *spoken_of*."""
        is_among = np.isin(self.records(), spoken_of)
        end = 0
        for number, records in zip(self._batches, self._records, strict=True):
            end += len(records)
            places = np.flatnonzero(is_among[end - len(records) : end])
            if len(places):
                known: KnownRows = self._shelf.get(number)
                yield KnownRows(known.file, known.origins.chosen(places), records[places])
