"""Hashes of record keys put aside in a file while an import runs, each with the number of the record that holds it."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from letrics.index import files
from letrics.index.keys import PARTITIONS, partitions_of
from letrics.model.keys import HASH_BYTES

_HASH = f"V{HASH_BYTES}"
_OWNER_BYTES = 4


class KeySpool:
    """Pieces of keys, each in the order of partitions, so that one of these is read of all pieces."""

    def __init__(self, path: Path) -> None:
        self._file = files.ScratchFile(path)
        self._starts: list[int] = []
        self._bounds: list[NDArray[Any]] = []

    def extend(self, hashes: NDArray[Any], owners: NDArray[Any]) -> None:
        """Put *hashes* (V16) aside, which the records *owners* hold."""
        partitions = partitions_of(hashes)
        order = np.argsort(partitions, kind="stable")
        self._bounds.append(np.searchsorted(partitions[order], np.arange(PARTITIONS + 1)))
        content = hashes[order].tobytes() + owners[order].astype(np.uint32).tobytes()
        self._starts.append(self._file.append(content))

    def partition(self, number: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return the hashes of one partition and their owners, in the order in which they came."""
        starts = np.array(self._starts, dtype=np.int64)
        bounds = np.array(self._bounds, dtype=np.int64).reshape(-1, PARTITIONS + 1)
        first, last, behind = bounds[:, number], bounds[:, number + 1], starts + bounds[:, -1] * HASH_BYTES
        hashes = self._file.at((starts + first * HASH_BYTES).tolist(), (starts + last * HASH_BYTES).tolist())
        owners = self._file.at((behind + first * _OWNER_BYTES).tolist(), (behind + last * _OWNER_BYTES).tolist())
        return np.frombuffer(b"".join(hashes), dtype=_HASH), np.frombuffer(b"".join(owners), dtype=np.uint32)

    def settle(self) -> None:
        """Let nothing wait in memory for being put aside."""
        self._file.flush()

    def close(self) -> None:
        """Remove the file."""
        self._file.close()
