"""
The rejects file: the rows that were not taken, as CSV, with line, field and reason.

It is whole before anything is committed, so that an import that cannot tell what it rejected changes nothing.  It never
takes the place of a file that is read, nor unasked that of another import's rejects.
"""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from filecmp import cmp
from itertools import count
from pathlib import Path

import msgspec

from letrics.errors import InvalidInput, LetricsError
from letrics.importer.inputs import without_suffixes
from letrics.importer.report import Reject, Report


def check_rejects_place(path: Path | None, files: Sequence[str]) -> None:
    """Raise InvalidInput for a *path* in no folder, or of one of the *files* that are read."""
    if path is None:
        return
    if not path.parent.is_dir():
        raise InvalidInput(f"There is no folder {path.parent} for the rejected rows. Make it, or name another.")
    if path.exists() and any(file != "-" and Path(file).exists() and path.samefile(file) for file in files):
        raise InvalidInput(f"{path} is read, so the rejected rows cannot go there. Name another file.")


@contextmanager
def rejects_kept(report: Report, path: Path | None, first: str) -> Iterator[None]:
    """
    Write the rejected rows, if any; they stand under their name once the context has ended well, and nowhere else.

    That name is *path*, by default one after the *first* that was read, with a number where that is taken.  Raises
    LetricsError where they cannot be written.
    """
    if not report.rejects:
        yield
        return
    if path is not None and path.exists() and not path.is_file():
        _write(report.rejects, path)  # a pipe or a device
        yield
        report.rejects_file = str(path)
        return
    wanted = path.resolve() if path is not None else Path(f"{_name_of(first)}.rejects.csv")
    part = wanted.with_name(wanted.name + ".part")
    try:
        _write(report.rejects, part)
        yield
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    target = wanted if path is not None else _free(wanted, part)
    try:
        part.replace(target)
    except OSError:
        report.rejects_file = str(part)  # what the import did is done: its rejects are where they are
    else:
        report.rejects_file = str(path or target)


def _name_of(first: str) -> str:
    if first == "-":
        return "stdin"
    file = Path(first)
    return file.resolve().name if file.is_dir() else without_suffixes(file.name)


def _free(wanted: Path, part: Path) -> Path:
    """Return *wanted*, with the first number under which there is nothing, or just what stands in *part*."""
    names = (wanted.with_name(f"{wanted.stem}.{number}{wanted.suffix}") for number in count(2))
    target = wanted
    while target.exists() and not (target.is_file() and cmp(target, part, shallow=False)):
        target = next(names)
    return target


def _write(rejects: Sequence[Reject], path: Path) -> None:
    try:
        with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(Reject.__struct_fields__)
            writer.writerows(msgspec.structs.astuple(reject) for reject in rejects)
    except OSError as error:
        raise LetricsError(
            f"The rejected rows cannot be written to {path}: {error.strerror}. Nothing was changed;"
            " name another place by --rejects."
        ) from error
