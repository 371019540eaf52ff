"""
One-time links: a secret that lets a person choose a password, once and for a while.

Without a user it makes the first administrator.  These are steps within somebody's transaction.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe

import msgspec
import sqlalchemy as sa

from letrics.accounts import tables
from letrics.accounts.times import to_us
from letrics.errors import Gone

LIFETIME = timedelta(days=3)
_BYTES = 32


class Link(msgspec.Struct, frozen=True):
    """What a link is for: a user's password, or (None) the first administrator."""

    user_id: str | None


def new_link(connection: sa.Connection, user_id: str | None, now: datetime) -> str:
    """Make the link of *user_id*, the only one from now on, and return its secret, which is nowhere kept."""
    drop_links(connection, user_id)
    secret = token_urlsafe(_BYTES)
    row = {"secret_sha256": _hash(secret), "user_id": user_id, "expires_at_us": to_us(now + LIFETIME)}
    connection.execute(tables.links.insert().values(row))
    return secret


def find_link(connection: sa.Connection, secret: str, now: datetime) -> Link:
    """Return the link that has *secret*; raises Gone where there is none, or no longer."""
    c = tables.links.c
    query = sa.select(c.user_id).where(c.secret_sha256 == _hash(secret), c.expires_at_us > to_us(now))
    row = connection.execute(query).one_or_none()
    if row is None:
        raise Gone("This link was used already, has been replaced by a newer one, or is too old. Ask for a new one.")
    return Link(row.user_id)


def drop_links(connection: sa.Connection, user_id: str | None) -> None:
    """Make the links of *user_id* useless."""
    connection.execute(tables.links.delete().where(tables.links.c.user_id.is_not_distinct_from(user_id)))


def _hash(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
