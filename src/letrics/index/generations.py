"""The generations that are kept, and whether what they are made of holds what was written."""

from collections import Counter
from pathlib import Path

import msgspec

from letrics.errors import DamagedData
from letrics.index import files, manifest
from letrics.index.format import Container


class Generation(msgspec.Struct, frozen=True, kw_only=True):
    """
    One generation that is kept, as the *step* of the storage that made it.

    *undoes* is the number of the change that is undone by going back to it, None for the newest.  *size_bytes* is what
    its files take, *own_bytes* what only they take, which is given back when it goes.
    """

    generation: int
    step: int
    undoes: int | None
    segments: int
    companies: int
    contacts: int
    size_bytes: int
    own_bytes: int


def generations(folder: Path, generations_kept: int) -> list[Generation]:
    """Return the generations kept in *folder*, oldest first; raises DamagedData where a file is missing."""
    kept = [manifest.load(folder, step) for step in manifest.kept_steps(folder, generations_kept)]
    if not kept:
        return []
    undoable = {each.before: each.number for each in reversed(kept[-1].undoable(generations_kept))}
    sizes = {name: _size(folder / name) for name in set().union(*(each.file_names for each in kept))}
    named = Counter(name for each in kept for name in each.file_names)
    return [
        Generation(
            generation=each.generation,
            step=each.step,
            undoes=None if each is kept[-1] else undoable[each.step],
            segments=len(each.segments),
            companies=sum(entry.companies for entry in each.segments),
            contacts=sum(entry.contacts for entry in each.segments),
            size_bytes=sum(sizes[name] for name in each.file_names),
            own_bytes=sum(sizes[name] for name in each.file_names if named[name] == 1),
        )
        for each in kept
    ]


def _size(path: Path) -> int:
    try:
        return files.size(path)
    except FileNotFoundError:
        raise DamagedData(f"{path} is missing.") from None


class Damage(msgspec.Struct, frozen=True):
    """What is wrong with one file: the *section* that does not hold what was written, None for the file itself."""

    file: str
    section: str | None
    details: str


class Checked(msgspec.Struct, frozen=True):
    """What `check` has read, and the damage that it found."""

    files: int
    size_bytes: int
    damage: list[Damage]


def check(folder: Path) -> Checked:
    """
    Verify every checksum of every file that a manifest in *folder* names, and of the manifests.

    The folder may be in use: what a writer cleans away meanwhile is no damage.
    """
    damage: list[Damage] = []
    seen: set[str] = set()
    read = 0
    for step in manifest.steps(folder):
        path = manifest.path_of(folder, step)
        try:
            named = manifest.load(folder, step).file_names
            read += files.size(path)
        except FileNotFoundError:
            continue
        except DamagedData as error:
            damage.append(Damage(path.name, None, error.details))
            seen.add(path.name)
            continue
        seen.add(path.name)
        for name in sorted(named - seen):
            seen.add(name)
            try:
                read += files.size(folder / name)
                damage += _damage_of(folder / name)
            except FileNotFoundError:
                # Not of a generation that was cleaned away while we read.
                if step in manifest.steps(folder):
                    damage.append(Damage(name, None, f"{folder / name} is missing."))
            except DamagedData as error:
                damage.append(Damage(name, None, error.details))
    return Checked(len(seen), read, damage)


def _damage_of(path: Path) -> list[Damage]:
    return [
        Damage(path.name, section, f"{path} is damaged in {section}.") for section in Container(path).damaged_sections()
    ]
