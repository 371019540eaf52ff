"""
Merging: many small segments become few, while searches and imports go on.

A merge reads segments, which never change, and writes beside them without the lock of the writer; only to put its
result in place does it take that, for milliseconds.  What was deleted meanwhile is deleted from the result, too.
A merge that is killed or overtaken leaves a file that the next one removes, and nothing else.
"""

import os
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
from pyroaring import BitMap

from letrics.index import files, manifest
from letrics.index.manifest import Manifest, SegmentEntry
from letrics.index.merge_policy import documents_of, next_merge
from letrics.index.merged_segment import Merged, write_merged
from letrics.index.postings import bitmap
from letrics.index.snapshot import Part, Snapshot, open_snapshot, write_deletes
from letrics.model.filters import SEARCHES, Search

# No name that `manifest.clean` removes: a writer may come and go while it grows.
_UNFINISHED = "merging.letrics"
_POLL_S = 0.05


class MergeLimits(msgspec.Struct, frozen=True, kw_only=True):
    """
    How far merges go: *documents_max* in a merged segment, *work_max* documents rewritten by one merge.

    *patience_s* is how long a finished merge waits for a writer to end; then its work is thrown away.
    """

    documents_max: int
    work_max: int
    patience_s: float


def is_due(folder: Path, limits: MergeLimits) -> bool:
    """Return whether there is something to merge."""
    return bool(_chosen(_opened(folder), limits))


def merge_all(folder: Path, limits: MergeLimits, generations_kept: int) -> int:
    """
    Merge until all is well; return how many merges that were, none where another process is merging.

    Raises DamagedData for a segment that does not hold what was written, and OSError as the disk does.
    """
    merges = 0
    if not manifest.newest_step(folder):
        return merges
    with files.lock(folder / "merge.lock", _holder()) as other:
        if other is not None:
            return 0
        unfinished = folder / _UNFINISHED
        files.remove(unfinished)
        while parts := _chosen(_opened(folder), limits):
            merged = write_merged(unfinished, folder, parts)
            try:
                if not _put_in_place(folder, unfinished, parts, merged, limits.patience_s, generations_kept):
                    break
            finally:
                files.remove(unfinished)
            merges += 1
    return merges


def _holder() -> str:
    return f"{files.MERGE}, process {os.getpid()}"


def _opened(folder: Path) -> Snapshot:
    return open_snapshot(folder)


def _chosen(snapshot: Snapshot, limits: MergeLimits) -> list[Part]:
    chosen = next_merge(snapshot.parts, limits.documents_max)
    return chosen if sum(map(documents_of, chosen)) <= limits.work_max else []


def _put_in_place(
    folder: Path, unfinished: Path, parts: Sequence[Part], merged: Merged, patience_s: float, generations_kept: int
) -> bool:
    """Make the merged segment part of the next step; return whether that could be done."""
    patient_until = time.monotonic() + patience_s
    while True:
        with files.lock(folder / "writer.lock", _holder()) as other:
            if other is None:
                return _swap(folder, unfinished, parts, merged, generations_kept)
        if time.monotonic() >= patient_until:
            return False
        time.sleep(_POLL_S)


def _swap(folder: Path, unfinished: Path, parts: Sequence[Part], merged: Merged, generations_kept: int) -> bool:
    now = _opened(folder)
    others = {part.entry.file: part for part in now.parts}
    gone = {search: BitMap() for search in SEARCHES}
    for place, part in enumerate(parts):
        same = others.pop(part.entry.file, None)
        if same is None or not all(part.deletes[search].issubset(same.deletes[search]) for search in SEARCHES):
            # It was written anew without somebody, or an undo has led elsewhere: the merge holds what must not be.
            return False
        for search in SEARCHES:
            since = list(same.deletes[search] - part.deletes[search])
            gone[search] |= bitmap(merged.moved[search][place][since])
    before = now.manifest
    segments = [part.entry for part in others.values()]
    entry = _entry(folder, before.step + 1, merged, gone)
    if entry is not None:
        files.rename_durably(unfinished, folder / entry.file)
        segments.append(entry)
    after = Manifest(
        step=before.step + 1, generation=before.generation, segments=tuple(segments), changes=before.changes
    )
    manifest.save(folder, after)
    manifest.clean(folder, generations_kept)
    return True


def _entry(folder: Path, step: int, merged: Merged, gone: dict[Search, BitMap]) -> SegmentEntry | None:
    """Return the entry of the merged segment without what is *gone* since; None if nothing is left of it."""
    left = {search: merged.counts[search] - len(gone[search]) for search in SEARCHES}
    if not any(left.values()):
        return None
    number, deletes = f"{step:08d}", None
    if any(gone.values()):
        deletes = f"deletes-{number}-{number}.letrics"
        write_deletes(folder / deletes, gone)
    return SegmentEntry(f"segment-{number}.letrics", deletes, left["companies"], left["contacts"])
