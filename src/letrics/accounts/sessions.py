"""Sessions: kept on the server, found by the hash of what the browser's cookie holds, ended at any time."""

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_hex, token_urlsafe

import msgspec
import sqlalchemy as sa

from letrics.accounts import tables
from letrics.accounts.actors import Actor
from letrics.accounts.audit import append_entry
from letrics.accounts.database import Database
from letrics.accounts.times import from_us, to_us
from letrics.accounts.users import User, as_user

_BYTES = 32
_SEEN_STEP = timedelta(minutes=1)


class Session(msgspec.Struct, frozen=True):
    """One browser that is signed in: since when, last seen, from where and with which program."""

    id: str
    created_at: datetime
    seen_at: datetime
    address: str
    agent: str


class SignedIn(msgspec.Struct, frozen=True):
    """Who a browser is signed in as, and the id of its session."""

    user: User
    session_id: str


class Sessions:
    """
    The sessions of an installation; *now* tells the time.

    One that was not seen for *idle*, or is older than *lifetime*, is over.
    """

    def __init__(
        self, database: Database, now: Callable[[], datetime], *, idle: timedelta, lifetime: timedelta
    ) -> None:
        self._database = database
        self._now = now
        self._idle = idle
        self.lifetime = lifetime

    def start(self, connection: sa.Connection, user_id: str, address: str, agent: str) -> str:
        """Begin a session in the transaction of *connection*; return its secret, of which the hash is kept."""
        connection.execute(tables.sessions.delete().where(~self._alive()))
        secret, now_us = token_urlsafe(_BYTES), to_us(self._now())
        row = {
            "id": f"ses_{token_hex(10)}",
            "secret_sha256": _hash(secret),
            "user_id": user_id,
            "created_at_us": now_us,
            "seen_at_us": now_us,
            "address": address[:64],
            "agent": agent[:200],
        }
        connection.execute(tables.sessions.insert().values(row))
        return secret

    def find(self, secret: str) -> SignedIn | None:
        """Return whose session has *secret*, None where it is over, unknown, or its user disabled."""
        s, u = tables.sessions.c, tables.users.c
        query = (
            sa.select(tables.users, s.id.label("session_id"), s.seen_at_us)
            .join_from(tables.sessions, tables.users, u.id == s.user_id)
            .where(s.secret_sha256 == _hash(secret), self._alive(), u.disabled_at_us.is_(None))
        )
        with self._database.reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            return None
        # Seen in the future is from before the clock was set back: left so, the session would never be idle.
        if abs(self._now() - from_us(row["seen_at_us"])) >= _SEEN_STEP:
            change = tables.sessions.update().where(s.id == row["session_id"])
            with self._database.writing() as connection:
                connection.execute(change.values(seen_at_us=to_us(self._now())))
        return SignedIn(as_user(row), row["session_id"])

    def list(self, user_id: str) -> list[Session]:
        """Return a user's sessions, the one seen last first."""
        s = tables.sessions.c
        query = tables.sessions.select().where(s.user_id == user_id, self._alive()).order_by(s.seen_at_us.desc(), s.id)
        with self._database.reading() as connection:
            return [
                Session(row.id, from_us(row.created_at_us), from_us(row.seen_at_us), row.address, row.agent)
                for row in connection.execute(query)
            ]

    def end(self, user_id: str, session_id: str, by: Actor) -> None:
        """End one of the user's sessions; one that is over already stays so."""
        s = tables.sessions.c
        with self._database.writing() as connection:
            connection.execute(tables.sessions.delete().where(s.user_id == user_id, s.id == session_id))
            append_entry(connection, self._now(), by, "session.end", target_id=session_id)

    def end_others(self, user_id: str, session_id: str, by: Actor) -> None:
        """End all of the user's sessions but one."""
        with self._database.writing() as connection:
            self.drop_others(connection, user_id, session_id)
            append_entry(connection, self._now(), by, "session.end_others", target_id=user_id)

    def drop_others(self, connection: sa.Connection, user_id: str, session_id: str | None) -> None:
        """End all of the user's sessions but one (None: all) in the transaction of *connection*."""
        s = tables.sessions.c
        gone = tables.sessions.delete().where(s.user_id == user_id, s.id != (session_id or ""))
        connection.execute(gone)

    def _alive(self) -> sa.ColumnElement[bool]:
        s, now = tables.sessions.c, self._now()
        return sa.and_(s.seen_at_us > to_us(now - self._idle), s.created_at_us > to_us(now - self.lifetime))


def _hash(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
