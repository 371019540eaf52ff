"""A spool: rows put aside in a file while an import runs, to be read back in another order."""

from pathlib import Path

from letrics.index import files


class Spool:
    """Rows by the number that `append` gave; written first, read after `rewind`, or in between by `read`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = files.ScratchFile(path)

    def append(self, row: bytes) -> int:
        """Put *row* aside; return the number by which it is read."""
        return self._file.append(len(row).to_bytes(4, "little") + row)

    def read(self, number: int) -> memoryview:
        """Return a row."""
        return self._file.at(number + 4, int.from_bytes(self._file.at(number, 4), "little"))

    def rewind(self) -> None:
        """Make all rows readable at the speed of memory."""
        self._file.map()

    def close(self) -> None:
        """Remove the file."""
        self._file.close()
