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
# Readers may be opening an older generation while it is replaced.
_STEPS_KEPT = 5
# Changes that can be undone; the segments from before them stay on the disk.
_UNDOABLE_MAX = 10


class SegmentEntry(msgspec.Struct, frozen=True):
    """One segment: its file, the file of its deletes (None: none), and how many records it still has."""

    file: str
    deletes: str | None
    companies: int
    contacts: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """One generation, oldest segment first, with the changes that led to it."""

    version: int = VERSION
    step: int = 0
    generation: int = 0
    segments: tuple[SegmentEntry, ...] = ()
    changes: tuple[StoredChange, ...] = ()

    def undoable(self) -> tuple[StoredChange, ...]:
        """Return the changes that can be undone: what was before them is kept, but for what is suppressed since."""
        alive = [each for each in self.changes if each.undone_at is None and each.number > self.suppressed_last]
        return tuple(alive[-_UNDOABLE_MAX:])

    @property
    def suppressed_last(self) -> int:
        """The number of the last suppression, 0 if there was none."""
        return max((each.number for each in self.changes if each.change.kind == "suppress"), default=0)


class _Sealed(msgspec.Struct, frozen=True):
    crc32: int
    manifest: msgspec.Raw


def path_of(folder: Path, step: int) -> Path:
    """Return where the manifest of *step* stands."""
    return folder / f"manifest-{step:08d}.json"


def newest_step(folder: Path) -> int:
    """Return the step of the newest manifest; 0 where there is none yet."""
    return max((int(found[1]) for name in files.names(folder) if (found := _NAME.fullmatch(name))), default=0)


def load(folder: Path, step: int) -> Manifest:
    """Return the manifest of *step*, for step 0 the empty one; raises DamagedData, FileNotFoundError."""
    if step == 0:
        return Manifest()
    path = path_of(folder, step)
    try:
        sealed = msgspec.json.decode(files.read(path), type=_Sealed)
        if crc32(sealed.manifest) != sealed.crc32:
            raise DamagedData(f"{path} is damaged: its checksum does not fit.")
        manifest = msgspec.json.decode(sealed.manifest, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DamagedData(f"{path} is damaged: {error}.") from None
    if manifest.version > VERSION:
        raise DamagedData(
            f"{path} has format {manifest.version}; this Letrics reads up to {VERSION}. Use a newer Letrics."
        )
    return manifest


def save(folder: Path, manifest: Manifest) -> None:
    """Make *manifest* the newest, durably and in one step; its files must be durable already."""
    encoded = msgspec.json.encode(manifest)
    files.replace_durably(
        path_of(folder, manifest.step), msgspec.json.encode(_Sealed(crc32(encoded), msgspec.Raw(encoded)))
    )


def steps_of(changes: tuple[StoredChange, ...]) -> set[int]:
    """Return the steps of the manifests from before *changes*."""
    return {each.before for each in changes}


def clean(folder: Path) -> None:
    """Remove manifests that are several steps old and lead back to nothing, and every file that no other one names."""
    steps = sorted(int(found[1]) for name in files.names(folder) if (found := _NAME.fullmatch(name)))
    newest = load(folder, steps[-1]) if steps else Manifest()
    # Nothing from before a suppression is kept.
    before = newest.changes[newest.suppressed_last - 1].before if newest.suppressed_last else 0
    kept = sorted(
        step for step in {*steps[-_STEPS_KEPT:], *(steps_of(newest.undoable()) & set(steps))} if step > before
    )
    named = {path_of(folder, step).name for step in kept}
    for step in kept:
        for entry in load(folder, step).segments:
            named |= {entry.file, *([entry.deletes] if entry.deletes is not None else [])}
    for name in files.names(folder):
        if name not in named and name.startswith(("manifest-", "segment-", "deletes-")):
            files.remove(folder / name)
