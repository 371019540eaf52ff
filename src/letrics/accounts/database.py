"""
The accounts database: opened, and brought to the newest schema.

SQLite in the data folder by default; PostgreSQL by URL.  Processes that start at once migrate one
after the other: SQLite by its write lock, PostgreSQL by an advisory lock.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError

from letrics.errors import InvalidInput, Unavailable

HEAD = "0001"
FILE_NAME = "accounts.sqlite"
_BUSY_TIMEOUT_MS = 10_000
# Any number will do, as long as nobody else on the server uses it: "letr" in ASCII.
_ADVISORY_LOCK = 0x6C657472


def sqlite_url(data_dir: Path) -> str:
    """Return the URL of the SQLite database in *data_dir*."""
    return f"sqlite:///{data_dir / FILE_NAME}"


class Database:
    """An open accounts database."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that is durable when it ends without an error."""
        with _reachable(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection to read by."""
        with _reachable(), self.engine.connect() as connection:
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


@contextmanager
def _reachable() -> Iterator[None]:
    """Turn a database that does not answer into an error that says so; a broken constraint is the caller's."""
    try:
        yield
    except sa.exc.IntegrityError:
        raise
    except DBAPIError as error:
        raise Unavailable(f"The accounts database does not answer: {error.orig}") from error


def open_database(url: str) -> Database:
    """
    Open the accounts database at *url* and bring it to the newest schema.

    Raises InvalidInput for a URL that names no database, Unavailable for one that does not answer or is
    newer than this Letrics.
    """
    engine = _engine(url)
    database = Database(engine)
    with database.reading() as connection:
        version = _version(connection)
    if version != HEAD:
        _migrate(database)
    return database


def _engine(url: str) -> sa.Engine:
    if url.startswith(("postgresql://", "postgres://")):
        url = "postgresql+psycopg://" + url.partition("://")[2]
    try:
        parsed = sa.make_url(url)
    except ArgumentError:
        raise InvalidInput(
            "LETRICS_ACCOUNTS_URL names no database; it takes postgresql://user@host/name, or nothing."
        ) from None
    if parsed.get_backend_name() == "postgresql":
        return sa.create_engine(parsed, pool_pre_ping=True)
    if parsed.get_backend_name() != "sqlite" or parsed.database is None:
        raise InvalidInput(f"LETRICS_ACCOUNTS_URL names {parsed.get_backend_name()}; it takes PostgreSQL, or nothing.")
    _make_private(Path(parsed.database))
    engine = sa.create_engine(parsed, connect_args={"timeout": _BUSY_TIMEOUT_MS / 1000})
    sa.event.listen(engine, "connect", _configure_sqlite)
    return engine


def _make_private(path: Path) -> None:
    """Make the file, for its owner only, before SQLite would make it for everyone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))


def _configure_sqlite(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    # FULL: a token that was acknowledged survives a crash of the machine.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={_BUSY_TIMEOUT_MS}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _version(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def _migrate(database: Database) -> None:
    # Imported here: Alembic takes longer to import than a command takes to run.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", "letrics.accounts:migrations")
    config.set_main_option("path_separator", "os")
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    with database.writing() as connection:
        _wait_for_turn(connection)
        version = _version(connection)
        if version is not None and version not in known:
            raise Unavailable(
                f"The accounts database has schema {version}, which this Letrics does not know. Use a newer Letrics."
            )
        if version != HEAD:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _wait_for_turn(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
