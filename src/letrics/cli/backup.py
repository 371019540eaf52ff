"""`letrics backup` and `restore`: a whole installation into a folder, while it is in use, and back."""

from importlib.metadata import version
from pathlib import Path

import click
import msgspec

from letrics.accounts.actors import CONSOLE
from letrics.accounts.backup import copy_accounts, is_in_a_file, take_over_suppressions
from letrics.accounts.database import FILE_NAME, open_database, sqlite_url
from letrics.accounts.suppressions import KEY_FILE_NAME
from letrics.cli import terminal
from letrics.errors import ConflictError, DamagedData, InvalidInput
from letrics.importer.refusing import remove_suppressed
from letrics.index import files, manifest
from letrics.index.backup import copy_newest
from letrics.index.embedded import EmbeddedIndex
from letrics.services import Services, moment

# Written last: a folder without it is no whole backup.
_NOTE = "backup.json"
_INDEX = "index"
_VERSION = 1


class _Note(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup says of itself."""

    version: int = _VERSION
    letrics: str
    made_at: str
    generation: int
    has_accounts: bool


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.pass_obj
def backup(services: Services, folder: Path) -> None:
    """
    Copy the data, the accounts and the key of the suppressions to FOLDER, a new one; a running server goes on.

    On the same disk files that never change are linked, which takes no time and no space. Accounts in PostgreSQL are
    not in it: dump them with pg_dump, after this command.
    """
    if files.names(folder):
        raise ConflictError(f"{folder} is not empty. Name a new folder.")
    files.make_folder(folder)
    # First the data: whoever is suppressed while we copy is then in the accounts, and removed by the restore.
    generation = copy_newest(services.settings.index_dir, folder / _INDEX).generation
    accounts = services.accounts
    has_accounts = is_in_a_file(accounts)
    if has_accounts:
        copy_accounts(accounts, folder / FILE_NAME)
    key = services.settings.data / KEY_FILE_NAME
    if key.exists():
        files.copy_durably(key, folder / KEY_FILE_NAME)
    files.sync_folder(folder)
    note = _Note(letrics=version("letrics"), made_at=moment(), generation=generation, has_accounts=has_accounts)
    files.replace_durably(folder / _NOTE, msgspec.json.format(msgspec.json.encode(note), indent=2))
    services.audit().note(CONSOLE, "backup", target=f"generation {generation}")
    out = terminal.output
    out.print(f"Generation {generation} is in {folder}, and verified.", soft_wrap=True)
    if not has_accounts:
        out.print("The accounts are in PostgreSQL: dump them with pg_dump, now.")
    out.print(f"It comes back with: letrics --data NEW restore {folder}", soft_wrap=True)


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.pass_obj
def restore(services: Services, folder: Path) -> None:
    """
    Restore the backup in FOLDER into a data folder without data.

    Accounts that are there already stay as they are. Whoever is suppressed there, or in the backup, does not come back.
    """
    data, index = services.settings.data, services.settings.index_dir
    note = _note_of(folder)
    if manifest.load(index, manifest.newest_step(index)).segments:
        raise ConflictError(
            f"There is data in {data} already. Name another folder: letrics --data NEW restore {folder}"
        )
    _restore_key(folder, data)
    added = _restore_accounts(services, folder, note)
    unseen = data / "index.restoring"
    files.remove_folder(unseen)
    copy_newest(folder / _INDEX, unseen)
    is_suppressed = services.suppressions().check()
    gone = (0, 0)
    if is_suppressed is not None:
        gone = remove_suppressed(EmbeddedIndex(unseen), is_suppressed, at=moment())
    copy_newest(unseen, index)
    files.remove_folder(unseen)
    services.audit().note(CONSOLE, "restore", target=f"generation {note.generation}, made {note.made_at}")
    counts = services.backend.searcher().counts()
    out = terminal.output
    out.print(f"Restored, and verified: {counts.companies:,} companies and {counts.contacts:,} contacts.")
    if any(gone):
        out.print(f"Suppressed since, and not restored: {gone[0]:,} companies and {gone[1]:,} contacts.")
    if added:
        out.print(f"The backup suppresses {added:,} keys that these accounts did not; they do now.")
    if not note.has_accounts:
        out.print("The accounts were in PostgreSQL, and are not in this backup: restore them with pg_restore.")


def _note_of(folder: Path) -> _Note:
    try:
        note = msgspec.json.decode(files.read(folder / _NOTE), type=_Note)
    except FileNotFoundError:
        raise InvalidInput(f"{folder} is no whole backup: it has no {_NOTE}.") from None
    except msgspec.DecodeError as error:
        raise DamagedData(f"{folder / _NOTE} is damaged: {error}.") from None
    if note.version > _VERSION:
        raise InvalidInput(f"{folder} was made by Letrics {note.letrics}, which is newer. Use that one, or a newer.")
    return note


def _restore_key(folder: Path, data: Path) -> None:
    """Copy the key of the suppressions; raises ConflictError where there is another, under which nothing compares."""
    source, target = folder / KEY_FILE_NAME, data / KEY_FILE_NAME
    if not source.exists():
        return
    if not target.exists():
        files.make_folder(data)
        files.copy_durably(source, target)
    elif files.read(source) != files.read(target):
        raise ConflictError(
            f"{target} is another key than the backup's: who is suppressed there cannot be recognised here."
            " Restore into an empty folder."
        )


def _restore_accounts(services: Services, folder: Path, note: _Note) -> int:
    """Restore the accounts where there are none; else add who the backup suppresses, and return how many keys."""
    if not note.has_accounts:
        return 0
    data = services.settings.data
    files.make_folder(data)
    if not services.settings.accounts_url and not (data / FILE_NAME).exists():
        files.copy_durably(folder / FILE_NAME, data / FILE_NAME)
        return 0
    # Opening a database may bring it up to date: never that of the backup itself.
    with_own_name = data / "accounts.restoring"
    files.remove_folder(with_own_name)
    files.make_folder(with_own_name)
    files.copy_durably(folder / FILE_NAME, with_own_name / FILE_NAME)
    other = open_database(sqlite_url(with_own_name))
    try:
        return take_over_suppressions(services.accounts, other)
    finally:
        other.close()
        files.remove_folder(with_own_name)
