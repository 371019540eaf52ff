"""The accounts database on a real PostgreSQL server."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from test_accounts_database import start_together

from letrics.accounts import tables
from letrics.accounts.database import open_database
from letrics.accounts.token_cache import TokenCache
from letrics.accounts.tokens import Tokens
from letrics.errors import ConflictError, Unavailable
from postgresql import PostgreSQL, running_postgresql


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    """One server for this file; each test has a database of its own on it."""
    with running_postgresql() as server:
        yield server


def test_a_token_lives_and_dies_as_on_sqlite(server: PostgreSQL) -> None:
    """Made, found, listed, used, its name refused to another, revoked, and its name free again."""
    database = open_database(server.new_database())
    tokens = Tokens(database, now)
    made, secret = tokens.create("Ünïcode ✓", ("companies:read", "export"), now() + timedelta(days=1))
    found = tokens.find(secret)
    assert found is not None
    assert (found.token_id, found.scopes) == (made.id, frozenset({"companies:read", "export"}))
    tokens.mark_used({made.id: made.created_at})
    assert [(token.id, token.last_used_at) for token in tokens.list()] == [(made.id, made.created_at)]
    with pytest.raises(ConflictError):
        tokens.create("Ünïcode ✓", ("companies:read",), None)
    assert tokens.revoke(made.prefix).revoked_at is not None
    assert tokens.find(secret) is None
    tokens.create("Ünïcode ✓", ("companies:read",), None)
    database.close()


def test_migrations_leave_the_tables_of_the_code(server: PostgreSQL) -> None:
    """On PostgreSQL too, migrations and tables.py describe one schema."""
    database = open_database(server.new_database())
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
    database.close()


def test_processes_that_start_at_once_migrate_one_after_the_other(server: PostgreSQL) -> None:
    """Of processes that open a new database at the same moment none fails, and none's token is lost."""
    url = server.new_database()
    start_together(url, 4)
    database = open_database(url)
    assert len(Tokens(database, now).list()) == 4
    database.close()


def test_while_the_server_is_away_nobody_is_let_in_and_afterwards_all_goes_on(server: PostgreSQL) -> None:
    """A server that stops means Unavailable, told without its address; when it is back, so are the tokens."""
    url = server.new_database()
    database = open_database(url)
    tokens = Tokens(database, now)
    _, secret = tokens.create("one", ("contacts:read",), None)
    assert tokens.find(secret) is not None
    server.stop()
    try:
        with pytest.raises(Unavailable) as refused:
            tokens.find(secret)
        assert "letrics-pg-" not in str(refused.value)
        with pytest.raises(Unavailable):
            open_database(url)
    finally:
        server.start()
    assert tokens.find(secret) is not None
    database.close()


def test_a_server_that_hangs_holds_no_request_for_longer_than_the_limit(server: PostgreSQL) -> None:
    """
    A request whose token cannot be looked up in time is Unavailable, and the next one after the hang succeeds.

    The server is made to hang by a lock on the table.
    """
    database = open_database(server.new_database())
    tokens = Tokens(database, now)
    _, secret = tokens.create("one", ("contacts:read",), None)

    async def ask_twice() -> None:
        cache = TokenCache(tokens, now, lifetime_s=0.0, timeout_s=0.3)
        assert await cache.caller(secret) is not None
        with database.writing() as connection:
            connection.execute(sa.text("LOCK TABLE tokens IN ACCESS EXCLUSIVE MODE"))
            with pytest.raises(Unavailable):
                await cache.caller(secret)
        assert await cache.caller(secret) is not None

    asyncio.run(ask_twice())
    database.close()
