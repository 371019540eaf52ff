"""Copying the newest generation to another folder, while the index is in use."""

from pathlib import Path

from letrics.errors import DamagedData
from letrics.index import files, manifest
from letrics.index.generations import check
from letrics.index.manifest import Manifest


def copy_newest(folder: Path, target: Path) -> Manifest:
    """
    Make *target*, whatever was in it, an index of the newest generation in *folder*; it opens from the last step on.

    Its files never change, so they are linked where both folders are on one disk.  Older generations stay behind: what
    was changed before cannot be undone in the copy.  Raises DamagedData for a file that does not hold what was written.
    """
    files.make_folder(target)
    while True:
        step = manifest.newest_step(folder)
        newest = manifest.load(folder, step)
        try:
            _copy(folder, target, newest)
            break
        except FileNotFoundError as error:
            # Cleaned away meanwhile: then there is a newer one.
            if manifest.newest_step(folder) == step:
                raise DamagedData(f"{error.filename} is missing.") from None
    if step:
        manifest.save(target, newest)
    damage = check(target).damage
    if damage:
        raise DamagedData(" ".join(each.details for each in damage))
    return newest


def _copy(folder: Path, target: Path, newest: Manifest) -> None:
    for name in files.names(target):
        if name not in newest.file_names:
            files.remove(target / name)
    there = set(files.names(target))
    for name in sorted(newest.file_names - there):
        files.link_durably(folder / name, target / name)
    files.sync_folder(target)
