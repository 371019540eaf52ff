"""A snapshot: the open segments and deletes of one generation; what a search sees from start to end."""

from pathlib import Path

import msgspec
from pyroaring import BitMap

from letrics.errors import DamagedData
from letrics.index import manifest as manifests
from letrics.index.format import Container, ContainerWriter
from letrics.index.manifest import Manifest, SegmentEntry
from letrics.index.postings import Serialized
from letrics.index.segment import Documents, Segment
from letrics.model.filters import SEARCHES, Search


class Part(msgspec.Struct, frozen=True):
    """One segment of a snapshot with the documents that are deleted from it, by search; *dead* are the same."""

    segment: Segment
    deletes: dict[Search, BitMap]
    dead: dict[Search, Serialized]
    entry: SegmentEntry

    def documents(self, search: Search) -> Documents:
        """Return the segment's documents of *search*, the deleted ones among them."""
        return self.segment.documents[search]

    def is_deleted(self, search: Search, document: int) -> bool:
        """Return whether *document* is deleted."""
        return document in self.deletes[search]


class Snapshot(msgspec.Struct, frozen=True):
    """One generation, open."""

    manifest: Manifest
    parts: tuple[Part, ...]

    @property
    def generation(self) -> int:
        """The data version that users see."""
        return self.manifest.generation


def open_snapshot(folder: Path, before: Snapshot | None = None) -> Snapshot:
    """
    Open the newest generation in *folder*; segments that *before* has open are not opened again.

    Raises DamagedData where a file is missing or does not hold what was written.
    """
    while True:
        step = manifests.newest_step(folder)
        try:
            return _open(folder, manifests.load(folder, step), before)
        except FileNotFoundError as error:
            # A writer that committed several times meanwhile has cleaned up behind us.
            if manifests.newest_step(folder) == step:
                raise DamagedData(f"{error.filename} is missing.") from error


def _open(folder: Path, manifest: Manifest, before: Snapshot | None) -> Snapshot:
    open_already = {part.entry.file: part for part in before.parts} if before is not None else {}
    parts = []
    for entry in manifest.segments:
        known = open_already.get(entry.file)
        if known is not None and known.entry == entry:
            parts.append(known)
            continue
        segment = known.segment if known is not None else Segment(folder / entry.file)
        deletes = _read_deletes(folder, entry.deletes)
        parts.append(Part(segment, deletes, {kind: Serialized.of(each) for kind, each in deletes.items()}, entry))
    return Snapshot(manifest, tuple(parts))


def _read_deletes(folder: Path, name: str | None) -> dict[Search, BitMap]:
    if name is None:
        return {search: BitMap() for search in SEARCHES}
    container = Container(folder / name)
    return {search: BitMap.deserialize(bytes(container.view(search))) for search in SEARCHES}


def write_deletes(path: Path, deletes: dict[Search, BitMap]) -> None:
    """Write the deletes of one segment."""
    writer = ContainerWriter(path)
    for search in SEARCHES:
        deletes[search].run_optimize()
        writer.add(search, [deletes[search].serialize()])
    writer.finish({})
