"""The embedded index as a backend: one folder, any number of reading processes, one writer at a time."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, perf_counter

import msgspec

from letrics.backend import StoredChange
from letrics.errors import ConflictError, DamagedData, NotFound
from letrics.index import files, manifest, merge
from letrics.index.generations import Checked, Generation, check, generations
from letrics.index.lookup import SnapshotLookup
from letrics.index.manifest import GENERATIONS_KEPT, Manifest
from letrics.index.merge import MergeLimits
from letrics.index.searcher import EmbeddedSearcher
from letrics.index.snapshot import Snapshot, open_snapshot
from letrics.index.transaction import EmbeddedWriter
from letrics.log import get_logger

_PURPOSE_CHARACTERS = 120
_log = get_logger(__name__)
# What a writer merges before it goes: a second's work or two.  More is left to `letrics merge`.
_SHORT_MERGE_DOCUMENTS = 100_000
_WAIT_FOR_WRITER_S = 3_600.0


class EmbeddedIndex:
    """
    An index in *folder*, made by the first writer; before that it is empty.

    *reload_interval_s* is how often a search looks whether another process has committed;
    *generations_kept* is how many changes can be undone; *merged_documents_max* bounds the segments that merges make.
    """

    def __init__(
        self,
        folder: Path,
        *,
        reload_interval_s: float = 0.25,
        generations_kept: int = GENERATIONS_KEPT,
        merged_documents_max: int = 2_000_000,
    ) -> None:
        self._folder = folder
        self._generations_kept = generations_kept
        self._merged_documents_max = merged_documents_max
        self._reload_interval_s = reload_interval_s
        self._snapshot: Snapshot | None = None
        self._looked_at = 0.0

    def searcher(self, clock: Callable[[], float] = perf_counter) -> EmbeddedSearcher:
        """Return the searcher of this process; its look for near values takes time by *clock*."""
        return EmbeddedSearcher(self._current, clock)

    def lookup(self) -> SnapshotLookup:
        """Return what finds the records of the newest generation."""
        return SnapshotLookup(self._current())

    @contextmanager
    def writer(self, purpose: str = "writer") -> Iterator[EmbeddedWriter]:
        """Open the one writer; leaving the context without a commit discards its changes."""
        files.make_folder(self._folder)
        with files.writer_lock(self._folder / "writer.lock", _holder(purpose)):
            writer = EmbeddedWriter(self._folder, open_snapshot(self._folder, self._snapshot))
            try:
                yield writer
            finally:
                writer.abandon()
                with _tidying("files left over"):
                    manifest.clean(self._folder, self._generations_kept)
        # What this process has written, it sees at once.
        self._looked_at = 0.0
        with _tidying("segments not merged"):
            limits = self._limits(_SHORT_MERGE_DOCUMENTS, patience_s=0.0)
            merge.merge_all(self._folder, limits, self._generations_kept)

    def _limits(self, work_max: int, patience_s: float) -> MergeLimits:
        return MergeLimits(documents_max=self._merged_documents_max, work_max=work_max, patience_s=patience_s)

    def merge(self) -> int:
        """Merge all that is due, however long it takes; return how many merges that were."""
        limits = self._limits(self._merged_documents_max, _WAIT_FOR_WRITER_S)
        return merge.merge_all(self._folder, limits, self._generations_kept)

    def merge_is_due(self) -> bool:
        """Return whether `merge` has something to do."""
        return merge.is_due(self._folder, self._limits(self._merged_documents_max, 0.0))

    def changes(self) -> tuple[StoredChange, ...]:
        """Return the changes that there were, oldest first."""
        return manifest.load(self._folder, manifest.newest_step(self._folder)).changes

    def generations(self) -> list[Generation]:
        """Return the generations that are kept, oldest first."""
        return generations(self._folder, self._generations_kept)

    def check(self) -> Checked:
        """Verify every checksum there is; reads all files."""
        return check(self._folder)

    def undone_with(self, number: int) -> tuple[StoredChange, ...]:
        """Return the changes that undoing the change *number* takes back, itself the first."""
        now = manifest.load(self._folder, manifest.newest_step(self._folder))
        self._undoable(now, number)
        return tuple(each for each in now.changes if each.number >= number and each.undone_at is None)

    def undo(self, number: int, at: str) -> int:
        """Restore, as a new generation, the data from before the change *number*."""
        files.make_folder(self._folder)
        with files.writer_lock(self._folder / "writer.lock", _holder(f"undo of {number}")):
            now = manifest.load(self._folder, manifest.newest_step(self._folder))
            before = manifest.load(self._folder, self._undoable(now, number).before)
            changes = tuple(
                msgspec.structs.replace(each, undone_at=at)
                if each.number >= number and each.undone_at is None
                else each
                for each in now.changes
            )
            after = Manifest(
                step=now.step + 1, generation=now.generation + 1, segments=before.segments, changes=changes
            )
            manifest.save(self._folder, after)
            with _tidying("files left over"):
                manifest.clean(self._folder, self._generations_kept)
        self._looked_at = 0.0
        return after.generation

    def _undoable(self, now: Manifest, number: int) -> StoredChange:
        found = next((each for each in now.changes if each.number == number), None)
        if found is None:
            raise NotFound(f"There is no import {number}. See: letrics imports")
        if found.undone_at is not None:
            raise ConflictError(f"Import {number} is undone already, since {found.undone_at}.")
        if number <= now.suppressed_last:
            raise ConflictError(
                f"Import {number} cannot be undone: what was before the suppression {now.suppressed_last} is not kept."
            )
        kept = {0, *manifest.kept_steps(self._folder, self._generations_kept)}
        undoable = [each for each in now.undoable(self._generations_kept) if each.before in kept]
        if found not in undoable:
            oldest = (
                f"the data from before import {undoable[0].number} is the oldest kept" if undoable else "none is kept"
            )
            raise ConflictError(f"Import {number} is too far back: {oldest}.")
        return found

    def close(self) -> None:
        """Let go of the open segments; the memory that they map is given back with them."""
        self._snapshot = None

    def _current(self) -> Snapshot:
        """Return the newest generation, looking for one at most every *reload_interval_s*."""
        now = monotonic()
        if self._snapshot is None or now - self._looked_at >= self._reload_interval_s:
            self._looked_at = now
            if self._snapshot is None or manifest.newest_step(self._folder) != self._snapshot.manifest.step:
                self._snapshot = open_snapshot(self._folder, self._snapshot)
        return self._snapshot


def _holder(purpose: str) -> str:
    """Return who holds the writer's lock, for whom it keeps out."""
    since = datetime.now(UTC)
    return f"{purpose[:_PURPOSE_CHARACTERS]}, process {os.getpid()}, since {since:%Y-%m-%d %H:%M:%S} UTC"


@contextmanager
def _tidying(what: str) -> Iterator[None]:
    """Let nothing that goes wrong in here undo or hide what was committed before: the next writer tries again."""
    try:
        yield
    except (DamagedData, OSError) as error:
        _log.warning(what, exc_info=error)
