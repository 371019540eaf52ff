"""The accounts database on a real PostgreSQL server."""

import asyncio
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from test_accounts_database import start_together

from letrics.accounts import token_table
from letrics.accounts.database import Database, open_database
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


@pytest.fixture
def database(server: PostgreSQL) -> Iterator[Database]:
    """A new database, closed however the test ends."""
    with closing(open_database(server.new_database())) as database:
        yield database


def test_a_token_lives_and_dies_as_on_sqlite(database: Database) -> None:
    """Made, found, listed, used, its name refused to another, revoked, and its name free again."""
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


def test_migrations_leave_the_tables_of_the_code(database: Database) -> None:
    """On PostgreSQL too, migrations and tables.py describe one schema."""
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), token_table.tokens.metadata) == []


def test_processes_that_start_at_once_migrate_one_after_the_other(server: PostgreSQL) -> None:
    """Of processes that open a new database at the same moment none fails, and none's token is lost."""
    url = server.new_database()
    start_together(url, 4)
    with closing(open_database(url)) as database:
        assert len(Tokens(database, now).list()) == 4


def test_while_the_server_is_away_nobody_is_let_in_and_afterwards_all_goes_on(server: PostgreSQL) -> None:
    """A server that stops means Unavailable, told without its address; when it is back, so are the tokens."""
    url = server.new_database()
    with closing(open_database(url)) as database:
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


def test_a_server_that_hangs_holds_no_request_for_longer_than_the_limit(database: Database) -> None:
    """
    A request whose token cannot be looked up in time is Unavailable, and after the hang they succeed again.

    The server is made to hang by a lock on the table.
    """
    tokens = Tokens(database, now)
    _, secret = tokens.create("one", ("contacts:read",), None)

    async def ask_until_it_answers(cache: TokenCache) -> None:
        async with asyncio.timeout(60):  # a busy machine is slow, too, and no hang
            while True:
                with suppress(Unavailable):
                    assert await cache.caller(secret) is not None
                    return

    async def ask_before_during_and_after() -> None:
        cache = TokenCache(tokens, now, lifetime_s=0.0, timeout_s=0.3)
        await ask_until_it_answers(cache)
        with database.writing() as connection:
            connection.execute(sa.text("LOCK TABLE tokens IN ACCESS EXCLUSIVE MODE"))
            with pytest.raises(Unavailable):
                await cache.caller(secret)
        await ask_until_it_answers(cache)

    asyncio.run(ask_before_during_and_after())
