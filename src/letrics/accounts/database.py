"""
The accounts database: opened, and brought to the newest schema.

SQLite in the data folder by default; PostgreSQL by URL.  Processes that start at once migrate one
after the other: SQLite by a lock on its folder, PostgreSQL by an advisory lock.
"""

import fcntl
import logging
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from letrics.errors import DamagedData, InvalidInput, Unavailable

HEAD = "0003"
FILE_NAME = "accounts.sqlite"
_BUSY_TIMEOUT_S = 10.0
# Any number will do, as long as nobody else on the server uses it: "letr" in ASCII.
_ADVISORY_LOCK = 0x6C657472
_WRITES = "letrics_writes"
_OBSTACLES = {sqlite3.SQLITE_FULL: "the disk is full", sqlite3.SQLITE_READONLY: "it is read-only"}


def sqlite_url(data_dir: Path) -> str:
    """Return the URL of the SQLite database in *data_dir*."""
    return sa.URL.create("sqlite", database=str(data_dir / FILE_NAME)).render_as_string()


class Database:
    """An open accounts database; its methods may be called from any thread."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that is durable when it ends without an error, and undone when it ends with one."""
        with _reachable(self.engine.url), self.engine.connect() as connection:
            connection.execution_options(**{_WRITES: True})
            with connection.begin():
                yield connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection to read by."""
        with _reachable(self.engine.url), self.engine.connect() as connection:
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


@contextmanager
def _reachable(url: sa.URL) -> Iterator[None]:
    """Turn a database that does not answer, or is damaged, into an error that says so; the rest are ours."""
    try:
        yield
    except (exc.OperationalError, exc.InterfaceError, exc.TimeoutError) as error:
        # This goes out to clients; the cause, which names hosts and files, is for the log.
        cause = error.orig if isinstance(error, exc.DBAPIError) else None
        obstacle = _OBSTACLES.get(getattr(cause, "sqlite_errorcode", 0) & 0xFF)
        if obstacle is not None:
            raise Unavailable(f"The accounts database cannot be written to: {obstacle}.") from error
        raise Unavailable("The accounts database does not answer now. Try again in a moment.") from error
    except exc.DatabaseError as error:
        if type(error) is exc.DatabaseError:  # its subclasses speak of statements, it of the file
            raise DamagedData(f"The accounts database {_shown(url)} is damaged: {error.orig}") from error
        raise


def open_database(url: str) -> Database:
    """
    Open the accounts database at *url* and bring it to the newest schema.

    Raises InvalidInput for a URL that names no database, Unavailable for one that does not answer or is
    newer than this Letrics, and DamagedData for a file that is no database.
    """
    engine = _engine(url)
    try:
        with _reachable(engine.url):
            if engine.dialect.name == "sqlite":
                _bring_sqlite_up_to_date(engine)
            else:
                _bring_postgresql_up_to_date(engine)
    except Unavailable as error:
        engine.dispose()
        if not isinstance(error.__cause__, exc.DBAPIError):
            raise
        # Whoever opens a database is its operator, and may know why it does not answer.
        reason = _obstacle(engine.url) or " ".join(str(error.__cause__.orig).split())
        raise Unavailable(f"The accounts database {_shown(engine.url)} does not answer: {reason}") from error
    except BaseException:
        engine.dispose()
        raise
    return Database(engine)


def _engine(url: str) -> sa.Engine:
    wanted = "LETRICS_ACCOUNTS_URL takes postgresql://user@host/name, sqlite:///file, or nothing"
    try:
        parsed = sa.make_url(url)
    except exc.ArgumentError:
        raise InvalidInput(f"{wanted}; it holds no URL.") from None
    if parsed.drivername in ("postgresql", "postgres"):
        return _postgresql_engine(parsed.set(drivername="postgresql+psycopg"))
    if parsed.drivername != "sqlite":
        raise InvalidInput(f"{wanted}; it holds {parsed.drivername}://.")
    if not parsed.database or parsed.database.startswith((":", "file:")) or parsed.query:
        raise InvalidInput(f"{wanted}; {_shown(parsed)} names no file.")
    _make_private(Path(parsed.database))
    engine = sa.create_engine(parsed, hide_parameters=True, connect_args={"timeout": _BUSY_TIMEOUT_S})
    sa.event.listen(engine, "connect", _configure_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _postgresql_engine(url: sa.URL) -> sa.Engine:
    # A server that has vanished from the network is to be an error, not a connection that hangs.
    patience = {"connect_timeout": "5", "tcp_user_timeout": "5000"}
    try:
        return sa.create_engine(
            url.update_query_dict({**patience, **url.query}), hide_parameters=True, pool_pre_ping=True
        )
    except ModuleNotFoundError as error:
        raise InvalidInput(
            f"PostgreSQL needs {error.name}, which is not installed: pip install 'letrics[postgresql]'."
        ) from None


def _obstacle(url: sa.URL) -> str | None:
    """Return what in a file's surroundings keeps it from being opened; SQLite says no more than that it is not."""
    if url.get_backend_name() != "sqlite":
        return None
    folder = Path(str(url.database)).parent
    if not os.access(folder, os.W_OK):
        return f"{folder} cannot be written to, which SQLite needs even to read."
    return "the disk is full." if not shutil.disk_usage(folder).free else None


def _shown(url: sa.URL) -> str:
    """Return *url* without its password, which may stand in two places."""
    return url.set(query={}).render_as_string(hide_password=True)


def _make_private(path: Path) -> None:
    """Make the file durably, for its owner only, before SQLite would make it for everyone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _configure_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # the driver would begin late and leave out tables; `_begin_sqlite` begins
    # FULL: a token that was acknowledged survives a crash of the machine.
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    # A transaction that reads first and writes later fails at once when another has written in between;
    # one that takes the write lock first waits for its turn.
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _bring_sqlite_up_to_date(engine: sa.Engine) -> None:
    with _alone(Path(str(engine.url.database)).parent), engine.connect() as connection:
        with connection.begin():
            if _version(connection) == HEAD:
                return
        # These can only be set outside a transaction.  To alter a table SQLite copies and drops it, and
        # with foreign keys on that would delete the rows that refer to it.
        driver: Any = connection.connection.dbapi_connection
        driver.execute("PRAGMA journal_mode=WAL")
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                _migrate(connection)
        finally:
            driver.execute("PRAGMA foreign_keys=ON")


def _bring_postgresql_up_to_date(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        if _version(connection) != HEAD:
            _migrate(connection)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the lock on *folder*; SQLite's own cannot be held while a database turns to write-ahead logging."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _version(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return version


def _migrate(connection: sa.Connection) -> None:
    """Bring the schema to HEAD within the transaction that *connection* is in."""
    # Alembic reports its steps, to people who only wanted a token; and says so while it is imported.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # Imported here: Alembic takes longer to import than a command takes to run.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "letrics.accounts:migrations")
    config.set_main_option("path_separator", "os")
    version = _version(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if version is not None and version not in known:
        raise Unavailable(
            f"The accounts database {_shown(connection.engine.url)} has schema {version}, which this Letrics"
            " does not know. Use a newer Letrics."
        )
    command.upgrade(config, "head")
