"""Letrics in process: a request's fields are parsed, searched and answered with the stored rows."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.engines import Found
from benchmarks.files import Dataset
from benchmarks.machine import peak_bytes
from benchmarks.texts import SOURCE
from letrics.index.embedded import EmbeddedIndex
from letrics.query.parse import Fields, Limits, parse_fields
from letrics.query.query import Query

_TIMEOUT_S = 120.0


class Letrics:
    """The embedded index, opened as a server's worker opens it; filled by `letrics import`, once a *part*."""

    name = "letrics"
    configuration = (
        "Defaults of `letrics serve`; filled by `letrics import` from Parquet."
        " The request's fields are parsed, searched, and the page's rows read."
    )

    def __init__(self, parts: int = 1) -> None:
        self._parts = parts

    def build(self, data: Dataset, folder: Path) -> None:
        """Import the data set, in as many imports as there are parts."""
        for part in range(self._parts):
            import_files(folder, data.for_search(part, self._parts))

    def open(self, data: Dataset, folder: Path) -> None:
        """Open the index and look at its newest generation."""
        self._index = EmbeddedIndex(folder / "index")
        self._searcher = self._index.searcher()
        self._searcher.counts()

    def prepare(self, body: dict[str, Any], query: Query) -> Fields:
        """Return the fields as a request has them."""
        return Fields(body)

    def ask(self, prepared: Fields) -> Found:
        """Parse and search."""
        answer = self._searcher.search(parse_fields("contacts", prepared, Limits()).query, timeout_s=_TIMEOUT_S)
        return Found(answer.total, answer.rows)

    def peak_bytes(self) -> int:
        """Return this process's."""
        return peak_bytes()

    def close(self) -> None:
        """Let go of the index."""
        self._index.close()


def import_files(folder: Path, files: list[Path]) -> None:
    """Run `letrics import` as a user does."""
    command = [sys.executable, "-m", "letrics", "--data", str(folder), "import", "--quiet", "--source", SOURCE]
    subprocess.run([*command, *map(str, files)], check=True)


engine = Letrics
