"""
The back-off of sign-ins: after a few failures for one account, or from one address, each next try must wait longer.

A try is counted before the password is looked at, so that a hundred at once are a hundred.  Kept in
the database, it holds in every worker.  These are steps within somebody's transaction.
"""

from datetime import datetime, timedelta
from hashlib import sha256

import sqlalchemy as sa

from letrics.accounts import tables
from letrics.accounts.counting import add_up
from letrics.accounts.times import to_us
from letrics.errors import RateLimited

# Tries that are free; behind one address there may be a whole office.
_FREE_OF_ACCOUNT = 5
_FREE_OF_ADDRESS = 30
_WAIT_MAX_S = 900
_FORGOTTEN_AFTER = timedelta(hours=1)


def count_try(connection: sa.Connection, email: str, address: str, now: datetime) -> None:
    """Count a try to sign in; raises RateLimited, and counts nothing, where it comes too early."""
    forgotten_us = to_us(now - _FORGOTTEN_AFTER)
    connection.execute(tables.failures.delete().where(tables.failures.c.last_at_us < forgotten_us))
    c = tables.failures.c
    keys = {_account(email): _FREE_OF_ACCOUNT, _address(address): _FREE_OF_ADDRESS}
    query = (
        sa.select(c.key_sha256, c["count"].label("tries"), c.last_at_us).where(c.key_sha256.in_(keys)).with_for_update()
    )
    found = {row.key_sha256: row for row in connection.execute(query)}
    waits_us = [
        found[key].last_at_us + _wait_s(found[key].tries - free) * 1_000_000 - to_us(now)
        for key, free in keys.items()
        if key in found
    ]
    wait_s = -(-max(waits_us, default=0) // 1_000_000)
    if wait_s > 0:
        raise RateLimited(
            f"There were too many tries to sign in. Try again in {wait_s} second{'s' if wait_s > 1 else ''}.",
            retry_after_s=wait_s,
        )
    rows = [{"key_sha256": key, "count": 1, "last_at_us": to_us(now)} for key in sorted(keys)]
    add_up(connection, tables.failures, rows, replaced="last_at_us")


def forgive(connection: sa.Connection, email: str, address: str) -> None:
    """Forget the failures of an account, and take this try back from its address."""
    c = tables.failures.c
    connection.execute(tables.failures.delete().where(c.key_sha256 == _account(email)))
    taken_back = tables.failures.update().where(c.key_sha256 == _address(address), c["count"] > 0)
    connection.execute(taken_back.values(count=c["count"] - 1))


def _wait_s(failures_over: int) -> int:
    """Return how long the try after so many failures beyond the free ones must wait."""
    return 0 if failures_over < 0 else min(2 ** min(failures_over, 10), _WAIT_MAX_S)


def _account(email: str) -> bytes:
    return sha256(b"account:" + email.encode()).digest()


def _address(address: str) -> bytes:
    return sha256(b"address:" + address.encode()).digest()
