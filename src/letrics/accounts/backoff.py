"""
The back-off of sign-ins: after a few failures for one account, or from one address, each next try must wait longer.

An address of IPv6 is its /64.  A try is counted before the password is looked at, so that a hundred at once are
a hundred.  Kept in the database, it holds in every worker.  These are steps within somebody's transaction.
"""

from datetime import datetime
from hashlib import sha256
from ipaddress import ip_address, ip_network

import msgspec
import sqlalchemy as sa

from letrics.accounts import tables
from letrics.accounts.counting import insert_missing
from letrics.accounts.times import to_us
from letrics.errors import RateLimited

# Tries that are free; behind one address there may be a whole office.
_FREE_OF_ACCOUNT = 5
_FREE_OF_ADDRESS = 30
_WAIT_MAX_S = 900
_FORGOTTEN_AFTER_US = 3_600_000_000


class _Tries(msgspec.Struct, frozen=True):
    """A row of the table."""

    key_sha256: bytes
    count: int
    last_at_us: int


def count_try(connection: sa.Connection, email: str, address: str, now: datetime) -> None:
    """Count a try to sign in; raises RateLimited, and counts nothing, where it comes too early."""
    c, now_us = tables.failures.c, to_us(now)
    free = {_account(email): _FREE_OF_ACCOUNT, _address(address): _FREE_OF_ADDRESS}
    rows = [{"key_sha256": key, "count": 0, "last_at_us": now_us} for key in sorted(free)]
    insert_missing(connection, tables.failures, rows)
    # Both rows are there and locked, in one order: of two tries at once the second sees the first.
    query = sa.select(tables.failures).where(c.key_sha256.in_(free)).order_by(c.key_sha256).with_for_update()
    found = [_Tries(**row) for row in connection.execute(query).mappings()]
    # A try far in the future is from before the clock was set back; waiting for that time would lock people out.
    recent = [each for each in found if -_WAIT_MAX_S * 1_000_000 <= now_us - each.last_at_us <= _FORGOTTEN_AFTER_US]
    waits_us = [each.last_at_us + _wait_s(each.count - free[each.key_sha256]) * 1_000_000 - now_us for each in recent]
    wait_s = -(-max(waits_us, default=0) // 1_000_000)
    if wait_s > 0:
        raise RateLimited(
            f"There were too many tries to sign in. Try again in {wait_s} second{'s' if wait_s > 1 else ''}.",
            retry_after_s=wait_s,
        )
    for each in found:
        count = each.count + 1 if each in recent else 1
        change = tables.failures.update().where(c.key_sha256 == each.key_sha256)
        connection.execute(change.values({c["count"]: count, c.last_at_us: now_us}))


def forgive(connection: sa.Connection, email: str, address: str, now: datetime) -> None:
    """Forget the failures of an account, take this try back from its address, and clear away what is forgotten."""
    c = tables.failures.c
    both = sa.select(c.key_sha256).where(c.key_sha256.in_([_account(email), _address(address)]))
    connection.execute(both.order_by(c.key_sha256).with_for_update())  # in the order of `count_try`
    forgotten = sa.select(c.key_sha256).where(c.last_at_us < to_us(now) - _FORGOTTEN_AFTER_US)
    # Nobody waits for rows to be cleared away, and this waits for nobody.
    rows = [*connection.execute(forgotten.with_for_update(skip_locked=True)).scalars()]
    connection.execute(tables.failures.delete().where(c.key_sha256.in_([*rows, _account(email)])))
    taken_back = tables.failures.update().where(c.key_sha256 == _address(address), c["count"] > 0)
    connection.execute(taken_back.values({c["count"]: c["count"] - 1}))


def _wait_s(failures_over: int) -> int:
    """Return how long the try after so many failures beyond the free ones must wait."""
    return 0 if failures_over < 0 else min(2 ** min(failures_over, 10), _WAIT_MAX_S)


def _account(email: str) -> bytes:
    return sha256(b"account:" + email.encode()).digest()


def _address(address: str) -> bytes:
    return sha256(b"address:" + _network(address).encode()).digest()


def _network(address: str) -> str:
    """Return what counts as one address: of IPv6 the /64, all of which any connection has to itself."""
    try:
        parsed = ip_address(address)
    except ValueError:  # whatever a proxy says
        return address
    if parsed.version == 4:
        return address
    return str(parsed.ipv4_mapped or ip_network((parsed.packed[:8] + bytes(8), 64)))
