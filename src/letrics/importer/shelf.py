"""A shelf: where an import puts aside what it has read, in a file, so that memory holds little more than numbers."""

import pickle
import tempfile
from pathlib import Path
from typing import Any


class Shelf:
    """Objects by the number that `put` gave; in a nameless file in *folder* (None: where temporary files go)."""

    def __init__(self, folder: Path | None) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  # closed by `close`
        self._end = 0
        # Moving about in a file empties its buffer, so things that come one after the other are put without.
        self._is_at_end = True

    def put(self, thing: Any) -> int:
        """Put *thing* aside; return its number."""
        number = self._end
        data = pickle.dumps(thing, pickle.HIGHEST_PROTOCOL)
        if not self._is_at_end:
            self._file.seek(number)
            self._is_at_end = True
        self._file.writelines((len(data).to_bytes(8, "little"), data))
        self._end += 8 + len(data)
        return number

    def get(self, number: int) -> Any:
        """Return what was put aside under *number*."""
        self._is_at_end = False
        self._file.seek(number)
        length = int.from_bytes(self._file.read(8), "little")
        # Nobody but this process has ever written to the file, which has no name.
        return pickle.loads(self._file.read(length))  # noqa: S301

    def close(self) -> None:
        """Give the file back."""
        self._file.close()
