"""The accounts database: made, migrated, and private, on real SQLite files."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from letrics.accounts import token_table
from letrics.accounts.database import HEAD, open_database, sqlite_url
from letrics.accounts.tokens import Tokens
from letrics.errors import DamagedData, InvalidInput, LetricsError, Unavailable

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

# Reads a line after its imports, so that several of it start on the database at the same moment.
START_AND_CREATE = """
import sys
from datetime import UTC, datetime
import alembic.command
from letrics.accounts.database import open_database
from letrics.accounts.tokens import Tokens
print("ready", flush=True)
sys.stdin.readline()
database = open_database(sys.argv[1])
Tokens(database, lambda: datetime.now(UTC)).create(sys.argv[2], ("contacts:read",), None)
database.close()
"""


def start_together(url: str, count: int) -> None:
    """Open *url* in *count* processes at once, each of which creates a token; raise if one fails."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", START_AND_CREATE, url, f"process {number}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(count)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    faults = [process.communicate(timeout=120)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * count, faults


def test_the_newest_migration_leaves_the_tables_that_the_code_works_with(tmp_path: Path) -> None:
    """Migrations and tables.py describe one schema, and HEAD names its last step."""
    config = Config()
    config.set_main_option("script_location", "letrics.accounts:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]
    database = open_database(sqlite_url(tmp_path))
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), token_table.tokens.metadata) == []
        indexes = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE type = 'index' AND sql <> ''")
        assert {sql for (sql,) in indexes} == {
            "CREATE INDEX sessions_user_id ON sessions (user_id)",
            "CREATE INDEX links_user_id ON links (user_id)",
            "CREATE UNIQUE INDEX tokens_name ON tokens (owner, name) WHERE revoked_at_us IS NULL AND replaced_by IS NULL",
            "CREATE INDEX suppressions_cause ON suppressions (cause)",
        }
    database.close()


def test_processes_that_start_at_once_all_get_the_migrated_database(tmp_path: Path) -> None:
    """Of processes that open a new database at the same moment none fails, and none's token is lost."""
    for attempt in range(3):
        url = sqlite_url(tmp_path / str(attempt))
        start_together(url, 4)
        database = open_database(url)
        names = {token.name for token in Tokens(database, lambda: NOW).list()}
        assert names == {f"process {number}" for number in range(4)}
        database.close()


def test_opening_a_migrated_database_does_not_import_alembic(tmp_path: Path) -> None:
    """A command on a migrated database starts without the time that importing Alembic takes."""
    open_database(sqlite_url(tmp_path)).close()
    program = (
        "import sys; from letrics.accounts.database import open_database;"
        "open_database(sys.argv[1]).close(); print('alembic' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, sqlite_url(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


def test_the_first_opening_says_nothing(tmp_path: Path) -> None:
    """`token create --quiet` on a new folder prints no line of Alembic's, even where information is logged."""
    program = (
        "import logging, sys; logging.basicConfig(level=logging.INFO);"
        "from letrics.accounts.database import open_database; open_database(sys.argv[1]).close()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, sqlite_url(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout + done.stderr == ""


def test_a_newer_database_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """A database that a later Letrics has migrated is left alone, and the message says to update."""
    url = sqlite_url(tmp_path)
    database = open_database(url)
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    with pytest.raises(LetricsError, match=r"9999.*newer Letrics"):
        open_database(url)


def test_only_the_owner_can_read_what_is_made(tmp_path: Path) -> None:
    """The folder has mode 0700; the database and its journals have mode 0600."""
    database = open_database(sqlite_url(tmp_path / "new" / "data"))
    Tokens(database, lambda: NOW).create("one", ("contacts:read",), None)
    folder = tmp_path / "new" / "data"
    assert folder.stat().st_mode & 0o777 == 0o700
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert modes == {"accounts.sqlite": 0o600, "accounts.sqlite-wal": 0o600, "accounts.sqlite-shm": 0o600}
    database.close()


@pytest.mark.parametrize("name", ["a b", "what?", "50%20off", "a#b", "ä@b:c"])
def test_any_folder_name_holds_a_database(tmp_path: Path, name: str) -> None:
    """The folder is the one that is named, whatever a URL would make of its characters."""
    open_database(sqlite_url(tmp_path / name)).close()
    assert [path.relative_to(tmp_path) for path in tmp_path.rglob("*.sqlite")] == [Path(name, "accounts.sqlite")]


def test_what_is_committed_is_synced(tmp_path: Path) -> None:
    """Every connection writes ahead, syncs at each commit and keeps foreign keys."""
    database = open_database(sqlite_url(tmp_path))
    with database.writing() as first, database.reading() as second:
        for connection in (first, second):
            settings = [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys")
            ]
            assert settings == ["wal", 2, 1]
    database.close()


def test_a_transaction_that_raises_leaves_nothing(tmp_path: Path) -> None:
    """What a block has written is undone when the block raises."""
    database = open_database(sqlite_url(tmp_path))
    tokens = Tokens(database, lambda: NOW)
    tokens.create("kept", ("contacts:read",), None)
    with pytest.raises(RuntimeError), database.writing() as connection:
        connection.execute(token_table.tokens.delete())
        raise RuntimeError
    assert [token.name for token in tokens.list()] == ["kept"]
    database.close()


def test_a_damaged_file_is_reported(tmp_path: Path) -> None:
    """A file that is no SQLite database is an error that names it, and is not touched."""
    path = tmp_path / "accounts.sqlite"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(DamagedData, match=r"accounts\.sqlite"):
        open_database(sqlite_url(tmp_path))
    assert path.read_bytes() == b"no database at all" * 100


@pytest.mark.parametrize(
    "url", ["", "nonsense", "mysql://u:hunter2@h/d", "sqlite://", "sqlite:///:memory:", "http://x"]
)
def test_a_url_of_no_accounts_database_is_refused(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A URL that names neither a SQLite file nor PostgreSQL is refused, without its password, and makes no file."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidInput) as refused:
        open_database(url)
    assert "hunter2" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_is_not_there_is_said_plainly(tmp_path: Path) -> None:
    """PostgreSQL that does not answer is Unavailable, and the message does not show the password."""
    with pytest.raises(Unavailable) as refused:
        open_database(f"postgresql://letrics:hunter2@/accounts?host={tmp_path}")
    assert "hunter2" not in str(refused.value)
