"""A clock that is set, forwards or back, locks nobody out for long and lets nobody stay for ever."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from letrics.accounts.actors import CONSOLE
from letrics.accounts.database import Database, open_database, sqlite_url
from letrics.accounts.sessions import Sessions
from letrics.accounts.sign_in import SignIn, Visitor
from letrics.accounts.token_cache import TokenCache
from letrics.accounts.tokens import Tokens
from letrics.accounts.usage import Usage
from letrics.accounts.users import Users
from letrics.errors import InvalidInput, RateLimited

PASSWORD = "three quiet lanterns"
HERE = Visitor("192.0.2.1", "a browser", "req_1")
YEAR = timedelta(days=365)
JUMPS = [YEAR, -YEAR, timedelta(hours=3), -timedelta(hours=3)]
EMAIL = "clock@example.org"


class Clocks:
    """The wall's clock, which is set by hand, and the monotonic one, which only goes on."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
        self.seconds = 0.0

    def wall(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        return self.seconds

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)
        self.seconds += timedelta(**time).total_seconds()


@pytest.fixture
def clocks() -> Clocks:
    """Both clocks."""
    return Clocks()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An accounts database."""
    with closing(open_database(sqlite_url(tmp_path))) as database:
        yield database


@pytest.fixture
def sessions(database: Database, clocks: Clocks) -> Sessions:
    """Sessions that end after twelve hours idle, and after two weeks."""
    return Sessions(database, clocks.wall, idle=timedelta(hours=12), lifetime=timedelta(days=14))


@pytest.fixture
def sign_in(database: Database, clocks: Clocks, sessions: Sessions) -> SignIn:
    """The ways in, for one person."""
    sign_in = SignIn(database, sessions, clocks.wall)
    _, secret = Users(database, clocks.wall).invite(EMAIL, "admin", CONSOLE)
    sign_in.accept(secret, "", "Some Body", PASSWORD, HERE)
    return sign_in


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_the_back_off_waits_no_longer_for_a_jump(sign_in: SignIn, clocks: Clocks, jump: timedelta) -> None:
    """After failures and a jump of hours, the right password is let in at once; a jump of seconds changes nothing much."""
    for _ in range(5):
        with pytest.raises(InvalidInput):
            sign_in.sign_in(EMAIL, "wrong", HERE)
    # Two servers' clocks may differ by seconds: a try that is a little ahead counts like any other.
    clocks.now -= timedelta(seconds=5)
    with pytest.raises(RateLimited) as refused:
        sign_in.sign_in(EMAIL, PASSWORD, HERE)
    assert 5 < refused.value.retry_after_s < 10
    clocks.now += jump
    assert sign_in.sign_in(EMAIL, PASSWORD, HERE)


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_a_session_is_idle_in_its_time_after_a_jump(
    sign_in: SignIn, sessions: Sessions, clocks: Clocks, jump: timedelta
) -> None:
    """A session that is seen after a jump ends twelve hours later; a jump over its end has ended it."""
    secret = sign_in.sign_in(EMAIL, PASSWORD, HERE)
    clocks.now += jump
    is_over = jump > timedelta(days=14)
    assert (sessions.find(secret) is None) == is_over
    clocks.wait(hours=12, seconds=1)
    assert sessions.find(secret) is None


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_tokens_are_trusted_no_longer_and_revoked_no_later_for_a_jump(
    database: Database, clocks: Clocks, jump: timedelta
) -> None:
    """The cache goes by the clock that nobody sets; expiry goes by the wall's, and last use is written again."""
    tokens = Tokens(database, clocks.wall)
    cache = TokenCache(tokens, clocks.wall, lifetime_s=0.5, timeout_s=120.0, monotonic=clocks.monotonic)
    lasting, secret = tokens.create("lasting", ("contacts:read",), None)
    _, ending = tokens.create("ending", ("contacts:read",), clocks.now + timedelta(hours=2))

    async def run() -> None:
        assert await cache.caller(secret) is not None
        assert await cache.caller(ending) is not None
        await cache.flush()
        tokens.revoke("lasting")
        clocks.now += jump
        assert await cache.caller(secret) is not None  # within the half second
        clocks.seconds += 0.5
        assert await cache.caller(secret) is None
        assert (await cache.caller(ending) is None) == (jump > timedelta(hours=2))
        await cache.flush()

    asyncio.run(run())
    assert lasting.id in {token.id for token in tokens.list()}


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_usage_is_counted_on_the_day_that_the_clock_says(database: Database, clocks: Clocks, jump: timedelta) -> None:
    """Nothing is lost and nothing counted twice; each request stands on the day it was counted on."""
    usage = Usage(database, clocks.wall)
    usage.count("tok_1", 2)
    clocks.now += jump
    usage.count("tok_1", 3)
    asyncio.run(usage.flush())
    clocks.now = max(clocks.now, clocks.now - jump)
    days = usage.days(["tok_1"], 800)["tok_1"]
    assert (sum(day.requests for day in days), sum(day.records for day in days)) == (2, 5)
