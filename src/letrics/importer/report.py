"""The report of an import: what was read, what became of it, what was rejected, and why."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from letrics.backend import Change
from letrics.importer.preview import ColumnPreview

_CLASHES_MAX = 20


class Outcome(msgspec.Struct):
    """What became of the records of one kind; those that are *suppressed* were kept out."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    suppressed: int = 0

    def as_change(self) -> tuple[int, int, int, int]:
        """Return what is kept of it: how many were created, updated, unchanged and deleted."""
        return self.created, self.updated, self.unchanged, self.deleted


class Reject(msgspec.Struct, frozen=True):
    """A row that was not taken: where it stands, the field at fault if one is, why, and its text."""

    file: str
    line: int
    field: str
    reason: str
    row: str


class Report(msgspec.Struct):
    """
    What an import did.

    *clashes* are the first of *clashes_total* contradictions, *passed_over* the files of folders that are no data.
    *number* is that of the import.  A *dry_run* says what would have been done, and in *previews* what each
    file's columns would feed.
    """

    number: int = 0
    read: int = 0
    companies: Outcome = msgspec.field(default_factory=Outcome)
    contacts: Outcome = msgspec.field(default_factory=Outcome)
    rejected: int = 0
    rejects: list[Reject] = []
    rejects_file: str | None = None
    clashes_total: int = 0
    clashes: list[str] = []
    dry_run: bool = False
    previews: dict[str, list[ColumnPreview]] = {}
    passed_over: list[str] = []
    notes: dict[str, list[str]] = {}
    generation: int = 0
    seconds: float = 0.0

    def as_change(self, at: str, what: Sequence[str], sources: Sequence[str]) -> Change:
        """Return what is kept of the import, which was at *at*."""
        return Change(
            kind="import",
            at=at,
            what=tuple(what),
            sources=tuple(dict.fromkeys(sources)),
            read=self.read,
            rejected=len(self.rejects),
            companies=self.companies.as_change(),
            contacts=self.contacts.as_change(),
        )

    def clash(self, sentence: str) -> None:
        """Note a contradiction; beyond the first few they are counted only."""
        self.clashes_total += 1
        if len(self.clashes) < _CLASHES_MAX:
            self.clashes.append(sentence)


class Progress(Protocol):
    """How an import tells how far it is."""

    def phase(self, name: str, total: int | None) -> None:
        """Begin the part *name*, of *total* steps where that is known."""

    def advance(self, steps: int, share: float | None = None) -> None:
        """Have *steps* more behind; *share* is how much of the part is done, where its total is not known."""


class Untold:
    """The progress of an import that nobody is told."""

    def phase(self, name: str, total: int | None) -> None:
        """Begin a part."""

    def advance(self, steps: int, share: float | None = None) -> None:
        """Have *steps* more behind."""
