"""
The audit log: who did what, when, from where, with which result; each entry's hash covers the one before.

Entries are written in the transaction of what they tell of.  They never hold a secret or a contact's
values.  Whoever can write to the database can make a new chain from any point on: what shows that is
the last hash of an older `letrics audit verify`, kept somewhere else.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

import msgspec
import sqlalchemy as sa

from letrics.accounts import tables
from letrics.accounts.actors import Actor
from letrics.accounts.database import Database
from letrics.accounts.times import from_us, to_us
from letrics.errors import DamagedData, Unavailable
from letrics.log import get_logger

_log = get_logger(__name__)

Result = Literal["done", "refused", "failed"]

_START = bytes(32)
_AT_ONCE = 1_000
_TARGET_CHARACTERS_MAX = 500


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the audit log."""

    number: int
    at: datetime
    actor: Actor
    action: str
    target_id: str
    target: str
    result: Result
    hash: bytes


class Verified(msgspec.Struct, frozen=True):
    """How far the chain holds: the number of entries, and the hash of the last."""

    entries: int
    head: str


def append_entry(
    connection: sa.Connection,
    now: datetime,
    by: Actor,
    action: str,
    *,
    target_id: str = "",
    target: str = "",
    result: Result = "done",
) -> None:
    """Add an entry in the transaction that *connection* is in, which is one that writes."""
    if connection.dialect.name == "postgresql":
        # Of two writers one waits: both must not continue the same entry.  SQLite has one writer anyway.
        connection.execute(sa.text("LOCK TABLE audit IN SHARE ROW EXCLUSIVE MODE"))
    c = tables.audit.c
    last = connection.execute(sa.select(c.number, c.hash).order_by(c.number.desc()).limit(1)).one_or_none()
    row: dict[str, Any] = {
        "number": 1 if last is None else last.number + 1,
        "at_us": to_us(now),
        "actor_id": by.id,
        "actor": by.name,
        "address": by.address[:64],
        "request_id": by.request_id,
        "action": action,
        "target_id": target_id,
        "target": target[:_TARGET_CHARACTERS_MAX],
        "result": result,
    }
    row["hash"] = _hash(_START if last is None else last.hash, row)
    connection.execute(tables.audit.insert().values(row))


class Audit:
    """The audit log of an installation; *now* tells the time."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def note(self, by: Actor, action: str, *, target: str = "", result: Result = "done") -> None:
        """Add an entry of something that happened outside the accounts database, such as an import."""
        try:
            with self._database.writing() as connection:
                append_entry(connection, self._now(), by, action, target=target, result=result)
        except Unavailable as error:
            if result != "failed":
                raise
            # Its cause, such as a full disk, is being told; that it could not be noted either must not hide that.
            _log.warning("not noted in the audit log", action=action, reason=error.details)

    def entries(self, *, before: int | None, count: int) -> list[Entry]:
        """Return the newest *count* entries, of those with a number less than *before* if that is given."""
        c = tables.audit.c
        query = tables.audit.select().order_by(c.number.desc()).limit(count)
        if before is not None:
            query = query.where(c.number < before)
        with self._database.reading() as connection:
            return [_entry(row) for row in connection.execute(query).mappings()]

    def verify(self, expected: str | None = None) -> Verified:
        """
        Compute the chain anew from its start.

        Raises DamagedData that names the first entry which was changed, or before which some are missing, and
        where no entry has the hash that is *expected*.
        """
        count, head = 0, _START
        was_met = expected in (None, _START.hex())
        for row in self._oldest_first():
            if row["number"] != count + 1:
                raise DamagedData(f"The audit log is damaged: entry {count + 1} is missing.")
            if row["hash"] != _hash(head, row):
                raise DamagedData(f"The audit log is damaged: entry {count + 1} was changed.")
            count, head = count + 1, row["hash"]
            was_met = was_met or head.hex() == expected
        if not was_met:
            raise DamagedData("The audit log is damaged: the entry with the expected hash is not there any more.")
        return Verified(count, head.hex())

    def _oldest_first(self) -> Iterator[Any]:
        c, after = tables.audit.c, 0
        with self._database.reading() as connection:
            while True:
                query = tables.audit.select().where(c.number > after).order_by(c.number).limit(_AT_ONCE)
                rows = connection.execute(query).mappings().all()
                if not rows:
                    return
                yield from rows
                after = rows[-1]["number"]


def _hash(before: bytes, row: Any) -> bytes:
    """Return the SHA-256 of the hash *before* and the entry's values, as a JSON array in the table's order."""
    values = [row[column.name] for column in tables.audit.columns if column.name != "hash"]
    return sha256(before + msgspec.json.encode(values)).digest()


def _entry(row: Any) -> Entry:
    return Entry(
        number=row["number"],
        at=from_us(row["at_us"]),
        actor=Actor(row["actor_id"], row["actor"], row["address"], row["request_id"]),
        action=row["action"],
        target_id=row["target_id"],
        target=row["target"],
        result=row["result"],
        hash=row["hash"],
    )
