"""What a worker remembers of tokens: for how long, how much, and what becomes of failures."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from letrics.accounts import token_cache
from letrics.accounts.database import Database, open_database, sqlite_url
from letrics.accounts.secrets import mint_secret
from letrics.accounts.token_cache import TokenCache
from letrics.accounts.tokens import Caller, Tokens
from letrics.errors import Unavailable

_PATIENCE_S = 120.0
START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Clock:
    """Both clocks, the wall's and the monotonic one, moved by the test."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds


class CountingTokens(Tokens):
    """Real tokens that count their look-ups, and can be held up or cut off."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database, clock.now)
        self.look_ups = 0
        self.read = 0
        self.hold: threading.Event | None = None
        self.reachable = True

    def find(self, secret: str) -> Caller | None:
        self.look_ups += 1
        found = super().find(secret)
        self.read += 1
        if self.hold is not None:
            assert self.hold.wait(_PATIENCE_S)
        if not self.reachable:
            raise Unavailable("cut off")
        return found

    def mark_used(self, uses: dict[str, datetime]) -> None:
        if not self.reachable:
            raise Unavailable("cut off")
        super().mark_used(uses)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(tmp_path: Path, clock: Clock) -> Iterator[CountingTokens]:
    database = open_database(sqlite_url(tmp_path))
    yield CountingTokens(database, clock)
    database.close()


@pytest.fixture
def cache(tokens: CountingTokens, clock: Clock) -> TokenCache:
    return TokenCache(tokens, clock.now, lifetime_s=0.5, timeout_s=_PATIENCE_S, monotonic=clock.monotonic)


async def until(look_ups: int, tokens: CountingTokens) -> None:
    """Wait until so many look-ups have read the token."""
    async with asyncio.timeout(_PATIENCE_S):
        while tokens.read < look_ups:
            await asyncio.sleep(0.001)


def test_a_token_is_looked_up_once_in_its_lifetime(tokens: CountingTokens, cache: TokenCache, clock: Clock) -> None:
    """Within half a second a token, valid or unknown, is looked up once; a malformed one never."""
    _, secret = tokens.create("one", ("contacts:read",), None)
    unknown = mint_secret()

    async def ask() -> None:
        for _ in range(10):
            caller = await cache.caller(secret)
            assert caller is not None
            assert caller.name == "one"
            assert await cache.caller(unknown) is None
            assert await cache.caller(secret[:-1]) is None
            clock.seconds += 0.04
        assert tokens.look_ups == 2
        clock.seconds += 0.2
        await cache.caller(secret)
        assert tokens.look_ups == 3

    asyncio.run(ask())


def test_what_is_remembered_is_answered_without_waiting(tokens: CountingTokens, cache: TokenCache) -> None:
    """A second question within the lifetime never gives way to another task."""
    _, secret = tokens.create("one", ("contacts:read",), None)

    async def ask() -> None:
        await cache.caller(secret)
        question = cache.caller(secret)
        with pytest.raises(StopIteration):
            question.send(None)

    asyncio.run(ask())


def test_a_revoked_token_is_refused_within_half_a_second(
    tokens: CountingTokens, cache: TokenCache, clock: Clock
) -> None:
    """Half a second after the last look-up, whoever revoked it, the token lets nobody in."""
    made, secret = tokens.create("one", ("contacts:read",), None)

    async def ask() -> None:
        assert await cache.caller(secret) is not None
        tokens.revoke(made.id)
        clock.seconds += 0.5
        assert await cache.caller(secret) is None

    asyncio.run(ask())


def test_a_token_that_expires_while_remembered_is_refused_at_its_time(
    tokens: CountingTokens, cache: TokenCache, clock: Clock
) -> None:
    """A remembered token is refused from its end on, without another look-up."""
    _, secret = tokens.create("one", ("contacts:read",), clock.now() + timedelta(seconds=0.2))

    async def ask() -> None:
        assert await cache.caller(secret) is not None
        clock.seconds += 0.19
        assert await cache.caller(secret) is not None
        clock.seconds += 0.01
        assert await cache.caller(secret) is None
        assert tokens.look_ups == 1

    asyncio.run(ask())


def test_questions_at_once_share_a_look_up(tokens: CountingTokens, cache: TokenCache) -> None:
    """Twenty requests with one token make one look-up, even when the first of them hangs up."""
    _, secret = tokens.create("one", ("contacts:read",), None)

    async def ask() -> None:
        tokens.hold = threading.Event()
        questions = [asyncio.create_task(cache.caller(secret)) for _ in range(20)]
        await until(1, tokens)
        questions[0].cancel()
        await asyncio.sleep(0.01)
        tokens.hold.set()
        answers = await asyncio.gather(*questions, return_exceptions=True)
        assert isinstance(answers[0], asyncio.CancelledError)
        assert all(isinstance(answer, Caller) for answer in answers[1:])
        assert await cache.caller(secret) is not None
        assert tokens.look_ups == 1

    asyncio.run(ask())


def test_a_slow_look_up_does_not_outlive_a_revocation(tokens: CountingTokens, cache: TokenCache, clock: Clock) -> None:
    """A request that comes after a revocation is not answered by a look-up that was read before it."""
    made, secret = tokens.create("one", ("contacts:read",), None)

    async def ask() -> None:
        tokens.hold = threading.Event()
        early = asyncio.create_task(cache.caller(secret))
        await until(1, tokens)  # it has read the token, and is held up
        await asyncio.to_thread(tokens.revoke, made.id)
        clock.seconds += 1.0
        late = asyncio.create_task(cache.caller(secret))
        await until(2, tokens)
        tokens.hold.set()
        assert await late is None
        await early
        assert await cache.caller(secret) is None

    asyncio.run(ask())


def test_a_flood_of_unknown_tokens_neither_grows_nor_pushes_out(
    tokens: CountingTokens, cache: TokenCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unknown tokens fill a bounded place of their own: a valid one stays remembered."""
    monkeypatch.setattr(token_cache, "_KEPT_MAX", 50)
    _, secret = tokens.create("one", ("contacts:read",), None)

    async def ask() -> None:
        await cache.caller(secret)
        first, *others = (mint_secret() for _ in range(200))
        for unknown in (first, *others):
            assert await cache.caller(unknown) is None
        assert tokens.look_ups == 201
        await cache.caller(secret)
        assert tokens.look_ups == 201
        await cache.caller(first)
        assert tokens.look_ups == 202, "the first of the flood is still remembered"

    asyncio.run(ask())


def test_without_a_database_nobody_is_let_in(tokens: CountingTokens, cache: TokenCache, clock: Clock) -> None:
    """When the database does not answer, a token that was valid is Unavailable, and valid again afterwards."""
    _, secret = tokens.create("one", ("contacts:read",), None)

    async def ask() -> None:
        assert await cache.caller(secret) is not None
        tokens.reachable = False
        clock.seconds += 0.5
        for _ in range(2):
            with pytest.raises(Unavailable):
                await cache.caller(secret)
        tokens.reachable = True
        assert await cache.caller(secret) is not None

    asyncio.run(ask())


def test_last_use_is_written_off_the_path_and_kept_until_it_is(
    tokens: CountingTokens, cache: TokenCache, clock: Clock
) -> None:
    """Nothing is written by a request; a flush writes the newest use, a failed one leaves it for the next."""
    tokens.create("idle", ("contacts:read",), None)
    made, secret = tokens.create("one", ("contacts:read",), None)

    def noted() -> dict[str, datetime | None]:
        return {token.name: token.last_used_at for token in tokens.list()}

    async def ask() -> None:
        for _ in range(3):
            clock.seconds += 1
            await cache.caller(secret)
        used_at = clock.now()
        assert noted() == {"idle": None, "one": None}
        tokens.reachable = False
        await cache.flush()
        tokens.reachable = True
        assert noted() == {"idle": None, "one": None}
        await cache.flush()
        assert noted() == {"idle": None, "one": used_at}

    asyncio.run(ask())
    assert made.last_used_at is None
