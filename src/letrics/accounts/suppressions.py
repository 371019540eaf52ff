"""
Suppressions: who must never come back, kept as keyed hashes.

What is kept of an address or a number is its HMAC-SHA256 under a key of the installation, in a file of its own:
who has the accounts database alone cannot try addresses against it.
"""

import hmac
import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path

import msgspec
import sqlalchemy as sa

from letrics.accounts import tables
from letrics.accounts.actors import Actor
from letrics.accounts.audit import append_entry
from letrics.accounts.counting import insert_missing
from letrics.accounts.database import Database
from letrics.accounts.times import from_us, to_us
from letrics.errors import DamagedData, NotFound

KEY_FILE_NAME = "suppression.key"
_KEY_BYTES = 32
_DIGEST = "sha256"


class Suppressed(msgspec.Struct, frozen=True):
    """How many of a kind (email, phone, linkedin, domain) were suppressed, and when the last."""

    kind: str
    count: int
    newest_at: datetime


class Suppressions:
    """The suppressions of an installation, whose secret key is in *folder*; *now* tells the time."""

    def __init__(self, database: Database, folder: Path, now: Callable[[], datetime]) -> None:
        self._database = database
        self._path = folder / KEY_FILE_NAME
        self._now = now

    def add(self, given: Mapping[str, Iterable[str]], by: Actor) -> None:
        """Suppress record keys for good: those *given*, and with each the keys by which its person is recognised."""
        secret = self._key(create=True)
        at = self._now()
        rows = [
            {
                "hash": _hash(secret, key),
                "cause": _hash(secret, cause),
                "kind": cause.partition(":")[0],
                "at_us": to_us(at),
            }
            for cause, keys in given.items()
            for key in {cause, *keys}
        ]
        with self._database.writing() as connection:
            insert_missing(connection, tables.suppressions, rows)
            append_entry(connection, at, by, "suppress", target=told(given))

    def lift(self, key: str, by: Actor) -> None:
        """Let what was suppressed by *key* come in again; raises NotFound where nothing was."""
        cause = _hash(self._key(), key)
        with self._database.writing() as connection:
            gone = connection.execute(tables.suppressions.delete().where(tables.suppressions.c.cause == cause))
            if not gone.rowcount:
                raise NotFound("That is not suppressed.")
            append_entry(connection, self._now(), by, "suppress.lift", target=told([key]))

    def counts(self) -> list[Suppressed]:
        """Return what is suppressed, by kind."""
        c = tables.suppressions.c
        query = (
            sa.select(c.kind, sa.func.count(), sa.func.max(c.at_us))
            .where(c.hash == c.cause)
            .group_by(c.kind)
            .order_by(c.kind)
        )
        with self._database.reading() as connection:
            return [Suppressed(kind, count, from_us(newest)) for kind, count, newest in connection.execute(query)]

    def check(self) -> Callable[[str], bool] | None:
        """Return what tells whether a record key is suppressed now; None where nothing is."""
        with self._database.reading() as connection:
            hashes = frozenset(connection.execute(sa.select(tables.suppressions.c.hash)).scalars())
        if not hashes:
            return None
        secret = self._key()
        return lambda key: _hash(secret, key) in hashes

    def _key(self, *, create: bool = False) -> bytes:
        """Return the key; raises DamagedData if there are suppressions and no key to compare with."""
        try:
            secret = self._path.read_bytes()
        except FileNotFoundError:
            if not create or self.counts():
                raise DamagedData(
                    f"{self._path} is missing: without it nobody who is suppressed can be recognised."
                    " Restore it from a backup."
                ) from None
            return _make_key(self._path)
        if len(secret) != _KEY_BYTES:
            raise DamagedData(f"{self._path} is damaged: it has {len(secret)} bytes. Restore it from a backup.")
        return secret


def told(keys: Iterable[str]) -> str:
    """Return how many record keys there are of each kind, without what they are: `2 email, 1 domain`."""
    counts: dict[str, int] = {}
    for key in keys:
        kind = key.partition(":")[0]
        counts[kind] = counts.get(kind, 0) + 1
    return ", ".join(f"{count} {kind}" for kind, count in counts.items())


def _hash(secret: bytes, key: str) -> bytes:
    return hmac.digest(secret, key.encode(), _DIGEST)


def _make_key(path: Path) -> bytes:
    """Make the key durably, for the owner only."""
    secret = secrets.token_bytes(_KEY_BYTES)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secret)
        file.flush()
        os.fsync(descriptor)
    temporary.rename(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return secret
