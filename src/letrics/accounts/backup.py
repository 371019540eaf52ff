"""Copying the accounts of an installation while it is in use, and taking over who is suppressed from such a copy."""

import os
import sqlite3
from pathlib import Path

import sqlalchemy as sa

from letrics.accounts import tables
from letrics.accounts.counting import insert_missing
from letrics.accounts.database import Database

_AT_ONCE = 10_000


def is_in_a_file(database: Database) -> bool:
    """Return whether the accounts are in a file of their own, which `copy_accounts` can copy."""
    return database.engine.dialect.name == "sqlite"


def copy_accounts(database: Database, path: Path) -> None:
    """Write the accounts, as of one moment, to the new file *path*, durably and for its owner only."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    copy = sqlite3.connect(path)
    try:
        with database.reading() as connection:
            source = connection.connection.driver_connection
            assert isinstance(source, sqlite3.Connection)
            source.backup(copy)
    finally:
        copy.close()
    with path.open("rb") as file:
        os.fsync(file.fileno())


def take_over_suppressions(database: Database, other: Database) -> int:
    """Suppress in *database* also whom *other* does; return of how many keys *database* did not know."""
    count = sa.select(sa.func.count()).select_from(tables.suppressions)
    with other.reading() as reading, database.writing() as writing:
        before = writing.execute(count).scalar_one()
        for rows in reading.execute(sa.select(tables.suppressions)).mappings().partitions(_AT_ONCE):
            insert_missing(writing, tables.suppressions, [dict(row) for row in rows])
        added: int = writing.execute(count).scalar_one() - before
    return added
