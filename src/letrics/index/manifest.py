"""
The manifest: which segments and deletes make up one generation.

`manifest-<step>.json` is written whole and renamed into place, so the newest one is the database.
*step* counts commits of the storage, *generation* counts changes of the data, which is what users see.
"""

import re
from pathlib import Path
from zlib import crc32

import msgspec

from letrics.backend import StoredChange
from letrics.errors import DamagedData
from letrics.index import files

VERSION = 1
_NAME = re.compile(r"manifest-([0-9]{8})\.json")
# How many changes can be undone, unless the settings say otherwise; the files from before them stay on the disk.
GENERATIONS_KEPT = 5


class SegmentEntry(msgspec.Struct, frozen=True):
    """One segment: its file, the file of its deletes (None: none), and how many records it still has."""

    file: str
    deletes: str | None
    companies: int
    contacts: int

    @property
    def file_names(self) -> tuple[str, ...]:
        """The names of its files."""
        return (self.file,) if self.deletes is None else (self.file, self.deletes)


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """One generation, oldest segment first, with the changes that led to it."""

    version: int = VERSION
    step: int = 0
    generation: int = 0
    segments: tuple[SegmentEntry, ...] = ()
    changes: tuple[StoredChange, ...] = ()

    def undoable(self, generations_kept: int) -> tuple[StoredChange, ...]:
        """Return the changes that can be undone: the last ones, but none from before a suppression."""
        alive = [each for each in self.changes if each.undone_at is None and each.number > self.suppressed_last]
        return tuple(alive[-generations_kept:])

    @property
    def file_names(self) -> set[str]:
        """The names of the files that this generation is made of, its manifest not among them."""
        return {name for entry in self.segments for name in entry.file_names}

    @property
    def suppressed_last(self) -> int:
        """The number of the last suppression, 0 if there was none."""
        return max((each.number for each in self.changes if each.change.kind == "suppress"), default=0)


class _Version(msgspec.Struct, frozen=True):
    version: int


class _Sealed(msgspec.Struct, frozen=True):
    crc32: int
    manifest: msgspec.Raw


def path_of(folder: Path, step: int) -> Path:
    """Return where the manifest of *step* stands."""
    return folder / f"manifest-{step:08d}.json"


def steps(folder: Path) -> list[int]:
    """Return the steps whose manifests are in *folder*, ascending."""
    return sorted(int(found[1]) for name in files.names(folder) if (found := _NAME.fullmatch(name)))


def newest_step(folder: Path) -> int:
    """Return the step of the newest manifest; 0 where there is none yet."""
    return max(steps(folder), default=0)


def load(folder: Path, step: int) -> Manifest:
    """Return the manifest of *step*, for step 0 the empty one; raises DamagedData, FileNotFoundError."""
    if step == 0:
        return Manifest()
    path = path_of(folder, step)
    try:
        sealed = msgspec.json.decode(files.read(path), type=_Sealed)
        if crc32(sealed.manifest) != sealed.crc32:
            raise DamagedData(f"{path} is damaged: its checksum does not fit.")
        version = msgspec.json.decode(sealed.manifest, type=_Version).version
        if version > VERSION:
            raise DamagedData(f"{path} has format {version}; this Letrics reads up to {VERSION}. Use a newer Letrics.")
        return msgspec.json.decode(sealed.manifest, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DamagedData(f"{path} is damaged: {error}.") from None


def save(folder: Path, manifest: Manifest) -> None:
    """Make *manifest* the newest, durably and in one step; its files must be durable already."""
    encoded = msgspec.json.encode(manifest)
    files.replace_durably(
        path_of(folder, manifest.step), msgspec.json.encode(_Sealed(crc32(encoded), msgspec.Raw(encoded)))
    )


def kept_steps(folder: Path, generations_kept: int) -> list[int]:
    """Return the steps of the newest generation and of those that it can be taken back to, ascending."""
    there = steps(folder)
    if not there:
        return []
    undoable = load(folder, there[-1]).undoable(generations_kept)
    return sorted({there[-1], *({each.before for each in undoable} & set(there))})


def clean(folder: Path, generations_kept: int) -> None:
    """
    Remove every file of the index that no kept generation names; whoever calls this is the one writer.

    A reader that is about to open one of them finds it gone, and takes the newest generation instead.
    """
    kept = kept_steps(folder, generations_kept)
    named = {path_of(folder, step).name for step in kept}
    for step in kept:
        named |= load(folder, step).file_names
    there = [name for name in files.names(folder) if name not in named]
    gone = [name for name in there if name.startswith("manifest-")]
    for name in gone:
        files.remove(folder / name)
    if gone:
        # Durably before what they name: a manifest that is there names nothing that is not.
        files.sync_folder(folder)
    for name in there:
        if name.startswith(("segment-", "deletes-")):
            files.remove(folder / name)
