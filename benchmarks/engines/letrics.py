"""Letrics in process: a request's fields are parsed, searched and answered with the stored rows."""

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np

from benchmarks.engines import PLAIN, Found, Question, Variant
from benchmarks.files import Dataset
from benchmarks.machine import peak_bytes
from benchmarks.texts import SOURCE
from letrics import garbage
from letrics.index.embedded import EmbeddedIndex
from letrics.query.parse import Fields, Limits, parse_fields

_TIMEOUT_S = 120.0


class Letrics:
    """The embedded index, opened as a server's worker opens it; filled by `letrics import`."""

    name = "letrics"
    kept_in = "index"
    configuration = (
        "Defaults of `letrics serve`; filled by `letrics import` from Parquet."
        " The request's fields are parsed, searched, and the page's rows read."
    )

    def __init__(self, variant: Variant = PLAIN) -> None:
        self._variant = variant

    def build(self, data: Dataset, folder: Path) -> None:
        """Import the data set, in as many imports as the variant says, and delete what it says."""
        for part in range(self._variant.parts):
            import_files(folder, data.for_search(part, self._variant.parts))
        if self._variant.deleted_every:
            gone = np.arange(0, data.contacts, self._variant.deleted_every)
            with EmbeddedIndex(folder / "index").writer() as writer:
                for record_id in data.texts.contact_columns(gone)["id"].to_pylist():
                    writer.delete("contacts", record_id)
                writer.commit()

    def open(self, data: Dataset, folder: Path) -> None:
        """Open the index, and load what a worker loads before it is ready; the rest is read ahead, as there."""
        garbage.look_seldom()
        self._index = EmbeddedIndex(folder / "index")
        self._searcher = self._index.searcher()
        self._searcher.prepare()
        garbage.settle()
        self._ahead = threading.Thread(target=self._searcher.read_ahead)
        self._ahead.start()

    def settle(self) -> None:
        """Wait until what is read ahead is read: a server is that far a second after it was started."""
        self._ahead.join()

    def prepare(self, question: Question) -> Fields:
        """Return the fields as a request has them."""
        return Fields(question.body)

    def ask(self, prepared: Fields) -> Found:
        """Parse and search."""
        return self._searcher.search(parse_fields("contacts", prepared, Limits()).query, timeout_s=_TIMEOUT_S)

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
