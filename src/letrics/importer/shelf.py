"""
A shelf: where an import puts aside what it has read, so that memory holds little more than numbers.

What a small import has read stays in memory as it is; of a larger one all goes to a file.
"""

import pickle
import tempfile
from array import array
from pathlib import Path
from typing import Any

# As many rows as are read at once of a large file are held in memory anyway.
_KEPT_ROWS_MAX = 25_000


class Shelf:
    """
    Objects by the number that `put` gave; in a nameless file in *folder* (None: where temporary files go).

    Nobody changes what was put, or was got: it may be the same object.
    """

    def __init__(self, folder: Path | None) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  # closed by `close`
        self._starts = array("Q")
        self._end = 0
        # Moving about in a file empties its buffer, so things that come one after the other are put without.
        self._is_at_end = True
        # All things, until they are of too many rows.
        self._kept: list[Any] | None = []
        self._rows = 0

    def put(self, thing: Any, rows: int = 0) -> int:
        """Put *thing* aside; return its number.  It is the first one that is made of so many *rows*."""
        self._rows += rows
        if self._kept is not None and self._rows <= _KEPT_ROWS_MAX:
            self._kept.append(thing)
            return len(self._kept) - 1
        kept, self._kept = self._kept or [], None
        for each in (*kept, thing):
            self._write(each)
        return len(self._starts) - 1

    def _write(self, thing: Any) -> None:
        data = pickle.dumps(thing, pickle.HIGHEST_PROTOCOL)
        if not self._is_at_end:
            self._file.seek(self._end)
            self._is_at_end = True
        self._file.writelines((len(data).to_bytes(8, "little"), data))
        self._starts.append(self._end)
        self._end += 8 + len(data)

    def get(self, number: int) -> Any:
        """Return what was put aside under *number*."""
        if self._kept is not None:
            return self._kept[number]
        self._is_at_end = False
        self._file.seek(self._starts[number])
        length = int.from_bytes(self._file.read(8), "little")
        # Nobody but this process has ever written to the file, which has no name.
        return pickle.loads(self._file.read(length))  # noqa: S301

    def close(self) -> None:
        """Give the file back."""
        self._file.close()
