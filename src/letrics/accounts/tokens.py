"""API tokens: made, listed, revoked, and found by their secret."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any, Literal
from unicodedata import normalize

import msgspec
import sqlalchemy as sa

from letrics.accounts import tables
from letrics.accounts.database import Database
from letrics.accounts.secrets import START, is_well_formed, mint_secret, secret_hash
from letrics.errors import ConflictError, InvalidInput, NotFound

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ID_START = "tok_"
_PREFIX_CHARACTERS = len(START) + 4
_NAME_CHARACTERS_MAX = 100
_LAST_USED_STEP_US = 60_000_000
_EXPIRY = re.compile(r"([1-9][0-9]{0,8})([mhdwy])")
_UNITS = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "y": timedelta(days=365),
}
_EXPIRY_MAX = 100 * _UNITS["y"]


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token as it is listed: never its secret.  No *owner* means it belongs to the installation."""

    id: str
    name: str
    prefix: str
    last_four: str
    scopes: tuple[str, ...]
    owner: str | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None

    def status(self, now: datetime) -> Literal["active", "expired", "revoked"]:
        """Return what the token is at the time *now*."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "active"


class Caller(msgspec.Struct, frozen=True):
    """Who sends a request: the token, what it may do, and when it ends."""

    token_id: str
    name: str
    scopes: frozenset[str]
    expires_at: datetime | None


def parse_expiry(text: str) -> timedelta:
    """Return the time that a token lives: `90d`, `12h`, `2w`, `30m` (minutes), `1y`; raises InvalidInput."""
    found = _EXPIRY.fullmatch(text.strip())
    if found is None or int(found[1]) > _EXPIRY_MAX // _UNITS[found[2]]:
        raise InvalidInput(f"{text[:60]!r} is no time such as 90d, 12h, 2w, 30m or 1y, at most 100y.", field="expires")
    return int(found[1]) * _UNITS[found[2]]


class Tokens:
    """The tokens of an installation; *now* tells the time."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def create(self, name: str, scopes: tuple[str, ...], expires_at: datetime | None) -> tuple[Token, str]:
        """
        Make a token; return it with its secret, which is nowhere kept.

        Raises ConflictError where a token that is not revoked has the name, and InvalidInput for a name or
        an end that cannot be used.
        """
        name = _clean_name(name)
        now = self._now()
        if expires_at is not None and expires_at <= now:
            raise InvalidInput("A token's end lies in the future.", field="expires")
        secret = mint_secret()
        row = {
            "id": _ID_START + token_hex(10),
            "name": name,
            "secret_sha256": secret_hash(secret),
            "prefix": secret[:_PREFIX_CHARACTERS],
            "last_four": secret[-4:],
            "scopes": " ".join(scopes),
            "owner": None,
            "created_at_us": _us(now),
            "expires_at_us": _us(expires_at) if expires_at is not None else None,
            "last_used_at_us": None,
            "revoked_at_us": None,
        }
        try:
            with self._database.writing() as connection:
                connection.execute(tables.tokens.insert().values(row))
        except sa.exc.IntegrityError:
            raise ConflictError(
                f"There is a token named {name!r} already. Choose another name, or revoke that one first.", field="name"
            ) from None
        return _token(row), secret

    def list(self) -> list[Token]:
        """Return every token, the newest first."""
        query = tables.tokens.select().order_by(tables.tokens.c.created_at_us.desc(), tables.tokens.c.id)
        with self._database.reading() as connection:
            return [_token(row) for row in connection.execute(query).mappings()]

    def revoke(self, wanted: str) -> Token:
        """
        Revoke the token that has this id, secret or name, or begins with these characters.

        A token that is revoked already stays so.  Raises NotFound, and ConflictError where several fit.
        """
        found = self._named(wanted)
        this, c = tables.tokens.c.id == found.id, tables.tokens.c
        with self._database.writing() as connection:
            # Whoever revoked it in the meantime was first.
            change = tables.tokens.update().where(this, c.revoked_at_us.is_(None))
            connection.execute(change.values(revoked_at_us=_us(self._now())))
            return _token(connection.execute(tables.tokens.select().where(this)).mappings().one())

    def _named(self, wanted: str) -> Token:
        if is_well_formed(wanted):
            with self._database.reading() as connection:
                query = tables.tokens.select().where(tables.tokens.c.secret_sha256 == secret_hash(wanted))
                found = [_token(row) for row in connection.execute(query).mappings()]
        else:
            everything = self.list()
            alive = [token for token in everything if token.revoked_at is None]
            found = [token for token in everything if token.id == wanted]
            found = found or [token for token in alive if token.name == wanted]
            found = found or [t for t in alive if len(wanted) > len(START) and t.prefix.startswith(wanted)]
        if not found:
            raise NotFound("There is no such token. See: letrics token list")
        if len(found) > 1:
            raise ConflictError(f"Several tokens fit: {', '.join(t.name for t in found)}. Name one of them.")
        return found[0]

    def find(self, secret: str) -> Caller | None:
        """Return who holds *secret*, None where it is unknown, expired or revoked."""
        if not is_well_formed(secret):
            return None
        query = tables.tokens.select().where(tables.tokens.c.secret_sha256 == secret_hash(secret))
        with self._database.reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            return None
        token = _token(row)
        if token.status(self._now()) != "active":
            return None
        return Caller(token.id, token.name, frozenset(token.scopes), token.expires_at)

    def mark_used(self, uses: dict[str, datetime]) -> None:
        """
        Write when tokens were last used: token id → time.

        A time less than a minute after the written one is left out, whichever worker wrote that.
        """
        c = tables.tokens.c
        is_due = sa.or_(c.last_used_at_us.is_(None), c.last_used_at_us <= sa.bindparam("until"))
        change = tables.tokens.update().where(c.id == sa.bindparam("token_id"), is_due)
        rows = [
            {"token_id": token_id, "used_at_us": _us(used_at), "until": _us(used_at) - _LAST_USED_STEP_US}
            for token_id, used_at in sorted(uses.items())  # in one order, so that two workers cannot block each other
        ]
        if not rows:
            return
        with self._database.writing() as connection:
            connection.execute(change.values(last_used_at_us=sa.bindparam("used_at_us")), rows)


def _clean_name(name: str) -> str:
    cleaned = normalize("NFC", " ".join(name.split()))
    if not 1 <= len(cleaned) <= _NAME_CHARACTERS_MAX or not cleaned.isprintable():
        raise InvalidInput(f"A token's name has 1 to {_NAME_CHARACTERS_MAX} printable characters.", field="name")
    if cleaned.startswith((START, _ID_START)):
        # A secret given for a name would be stored as it is.
        raise InvalidInput(f"A token's name does not begin with {START} or {_ID_START}.", field="name")
    return cleaned


def _us(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _time(time_us: int | None) -> datetime | None:
    return None if time_us is None else _EPOCH + timedelta(microseconds=time_us)


def _token(row: Any) -> Token:
    created_at = _time(row["created_at_us"])
    assert created_at is not None
    return Token(
        id=row["id"],
        name=row["name"],
        prefix=row["prefix"],
        last_four=row["last_four"],
        scopes=tuple(row["scopes"].split()),
        owner=row["owner"],
        created_at=created_at,
        expires_at=_time(row["expires_at_us"]),
        last_used_at=_time(row["last_used_at_us"]),
        revoked_at=_time(row["revoked_at_us"]),
    )
