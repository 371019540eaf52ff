"""A crowd that signs in: how many at once, what becomes of the rest, and that nobody else waits for them."""

import asyncio
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Message, Scope

from letrics.accounts.backoff import count_try
from letrics.accounts.database import open_database, sqlite_url
from letrics.accounts.passwords import TURNS_MAX, Turns
from letrics.config import Settings
from letrics.errors import RateLimited, Unavailable
from letrics.services import Services
from letrics.web.pages import entrance
from letrics.web.pages.frame import error_page
from letrics.web.pages.visit import PageEndpoint, Site
from letrics.web.wire import Exchange

CROWD = 60
NOW = datetime(2026, 11, 1, tzinfo=UTC)


async def answer(endpoint: PageEndpoint, method: str, number: int) -> int:
    """Return the status of a page's answer to one of many browsers, of which each has an address of its own."""
    form = f"email=nobody{number}%40example.org&password=wrong".encode()
    headers = [(b"sec-fetch-site", b"same-origin"), (b"content-type", b"application/x-www-form-urlencoded")]
    asked = {"type": "http", "method": method, "path": "/sign-in", "query_string": b"", "headers": headers}
    said: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": form}

    async def send(message: Message) -> None:
        said.append(message)

    scope: Scope = {**asked, "client": (f"192.0.2.{number}", 1), "letrics.exchange": Exchange()}
    await endpoint(scope, receive, send)
    status: int = said[0]["status"]
    return status


def test_a_crowd_that_signs_in_keeps_nobody_else_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While more check passwords than may, the rest are told to come again; other pages and threads are free."""
    goes_on = threading.Event()
    monkeypatch.setattr("letrics.accounts.sign_in.is_password", lambda *_: goes_on.wait(60) and False)

    async def crowd(endpoint: PageEndpoint) -> None:
        tries = [asyncio.create_task(answer(endpoint, "POST", number)) for number in range(CROWD)]
        try:
            while sum(each.done() for each in tries) < CROWD - TURNS_MAX:
                await asyncio.sleep(0.01)
            assert await asyncio.wait_for(answer(endpoint, "GET", 0), 30) == 200
            assert await asyncio.wait_for(asyncio.to_thread(lambda: "free"), 30) == "free"
        finally:
            goes_on.set()
        results: list[Any] = await asyncio.gather(*tries, return_exceptions=True)
        refused = [each for each in results if isinstance(each, Unavailable)]
        assert len(refused) == CROWD - TURNS_MAX
        assert results.count(400) == TURNS_MAX
        assert int(error_page(refused[0], "req_1").headers["retry-after"]) > 0

    with Services(Settings(data=tmp_path)) as services:
        asyncio.run(asyncio.wait_for(crowd(PageEndpoint(Site(services), entrance.sign_in, "anyone")), 120))


def test_a_turn_ends_with_its_check() -> None:
    """Whoever is done, well or not, leaves a place for the next."""
    turns = Turns()
    for _ in range(2 * TURNS_MAX):
        with pytest.raises(ZeroDivisionError), turns.taken():
            raise ZeroDivisionError


def test_a_network_of_ipv6_is_one_address(tmp_path: Path) -> None:
    """Who has a /64 has as many addresses as anybody could try from; of IPv4 each is its own, in either spelling."""

    def tries(*addresses: str) -> int:
        """Return how many tries, each for another account, are counted before one must wait."""
        for number, address in enumerate(addresses):
            try:
                with database.writing() as connection:
                    count_try(connection, f"nobody{address}{number}@example.org", address, NOW)
            except RateLimited:
                return number
        return len(addresses)

    with closing(open_database(sqlite_url(tmp_path))) as database:
        assert tries(*(f"2001:db8:0:1::{number:x}" for number in range(40))) == 30
        assert tries(*(f"2001:db8:0:{number:x}::1" for number in range(2, 34))) == 32
        assert tries(*(f"192.0.2.{number}" for number in range(32))) == 32
        assert tries(*["::ffff:192.0.2.99", "192.0.2.99"] * 16) == 30
        assert tries(*["testclient"] * 31) == 30
