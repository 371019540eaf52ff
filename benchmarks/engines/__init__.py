"""
The engines that are measured, each behind one protocol, and the plans that are their floor.

An engine is imported only by name and only in its own process, so that none pays for another.
"""

from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from benchmarks.files import Dataset
from letrics.query.parse import Fields, Limits, parse_fields
from letrics.query.query import Query

ENGINES = ("letrics", "tantivy", "duckdb", "clickhouse", "postgresql")
PEERS = ENGINES[1:]


class Question:
    """The *body* of a request."""

    def __init__(self, body: dict[str, Any]) -> None:
        self.body = body

    @cached_property
    def query(self) -> Query:
        """The query that it asks, for engines that do not read requests: Letrics would have the words in its caches."""
        return parse_fields("contacts", Fields(self.body), Limits()).query


class Found(Protocol):
    """
    What was found: the exact total, and the rows of the page, each a JSON object with its id first.

    Who has the page as one text, as it is sent, may tell its rows apart when they are asked for.
    """

    @property
    def total(self) -> int:
        """How many records there are."""

    @property
    def rows(self) -> list[bytes]:
        """The rows of the page."""


@dataclass(frozen=True)
class FoundRows:
    """What was found, the rows one by one."""

    total: int
    rows: list[bytes]


class Engine(Protocol):
    """
    One engine over one data set in one folder.

    Only `ask` is timed; `prepare` puts a question into the engine's language beforehand, where it has one that a
    program could have written down.
    """

    name: str
    configuration: str
    kept_in: str  # the part of the folder that is counted as its size

    def build(self, data: Dataset, folder: Path) -> None:
        """Make what is searched out of the data set's files."""

    def open(self, data: Dataset, folder: Path) -> None:
        """Make ready to answer."""

    def prepare(self, question: Question) -> Any:
        """Return what `ask` takes."""

    def ask(self, prepared: Any) -> Found:
        """Answer one question."""

    def peak_bytes(self) -> int:
        """Return the most memory that was held at a time."""

    def close(self) -> None:
        """Stop."""


@dataclass(frozen=True)
class Variant:
    """Letrics' index after so many imports, or with one contact in so many deleted (0: none)."""

    parts: int = 1
    deleted_every: int = 0

    @property
    def name(self) -> str:
        """What its folder is called after."""
        return (f"-{self.parts}-imports" if self.parts > 1 else "") + (
            f"-one-in-{self.deleted_every}-deleted" if self.deleted_every else ""
        )


PLAIN = Variant()


def engine(name: str, variant: Variant = PLAIN) -> Engine:
    """Return the engine *name*, not open yet; only Letrics and the scan know variants."""
    make = import_module(f"benchmarks.engines.{name}").engine
    made: Engine = make() if variant == PLAIN else make(variant)
    return made
