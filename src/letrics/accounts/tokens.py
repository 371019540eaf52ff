"""API tokens: made, listed, revoked, and found by their secret."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any, Literal
from unicodedata import normalize

import msgspec
import sqlalchemy as sa

from letrics.accounts import tables, token_table
from letrics.accounts.actors import CONSOLE, Actor
from letrics.accounts.audit import append_entry
from letrics.accounts.database import Database
from letrics.accounts.scopes import scopes_of
from letrics.accounts.secrets import START, is_well_formed, mint_secret, secret_hash
from letrics.accounts.times import from_us, from_us_or_none, to_us
from letrics.accounts.users import User
from letrics.errors import ConflictError, InvalidInput, NotFound

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
    """
    A token as it is listed: never its secret.

    *owner* is the e-mail of a user, *owner_id* the id; both are empty for a token of the installation.
    *replaced_by* is the token that took its name while this one goes on until it expires.
    """

    id: str
    name: str
    prefix: str
    last_four: str
    scopes: tuple[str, ...]
    owner_id: str
    owner: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    replaced_by: str | None

    def status(self, now: datetime) -> Literal["active", "expired", "revoked"]:
        """Return what the token is at the time *now*."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "active"


class Caller(msgspec.Struct, frozen=True):
    """Who sends a request: the token, what it and its owner may do, and when it ends."""

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

    def create(
        self,
        name: str,
        scopes: tuple[str, ...],
        expires_at: datetime | None,
        *,
        owner: User | None = None,
        by: Actor = CONSOLE,
    ) -> tuple[Token, str]:
        """
        Make a token of *owner* (None: of the installation); return it with its secret, which is nowhere kept.

        Raises ConflictError where the owner has a token of that name already, and InvalidInput for a name or
        an end that cannot be used, and for scopes that the owner lacks.
        """
        with self._database.writing() as connection:
            return self._insert(connection, _clean_name(name), scopes, expires_at, owner=owner, by=by)

    def rotate(self, token_id: str, overlap: timedelta, *, user: User, by: Actor) -> tuple[Token, str]:
        """
        Make a token that takes the place of another: name, scopes, and as long a life; return it with its secret.

        The old one goes on for *overlap*, if it does not expire before.  Raises NotFound for a token that *user* may
        not rotate, and ConflictError for one that is not active.
        """
        now, c = self._now(), token_table.tokens.c
        with self._database.writing() as connection:
            old = self._one(connection, token_id, user)
            if old.owner_id not in ("", user.id):
                raise ConflictError("Only its owner can rotate this token: the new secret is the owner's alone.")
            if old.status(now) != "active" or old.replaced_by is not None:
                raise ConflictError(f"The token {old.name!r} is not active any more. Make a new one.")
            lifetime = None if old.expires_at is None else old.expires_at - old.created_at
            ends_at = now + overlap if old.expires_at is None else min(now + overlap, old.expires_at)
            # The name is free from here on; the id of the new token is filled in below.
            ending = token_table.tokens.update().where(c.id == old.id)
            connection.execute(ending.values(replaced_by="", expires_at_us=to_us(ends_at)))
            owner = user if old.owner_id else None
            scopes = tuple(s for s in old.scopes if owner is None or s in scopes_of(owner.role))
            made, secret = self._insert(
                connection, old.name, scopes, None if lifetime is None else now + lifetime, owner=owner, by=by
            )
            connection.execute(ending.values(replaced_by=made.id))
            append_entry(connection, now, by, "token.rotate", target_id=old.id, target=old.name)
        return made, secret

    def list(self, user: User | None = None) -> list[Token]:
        """Return the tokens that *user* may see, the newest first; every token for an administrator and for None."""
        query = _TOKENS.order_by(token_table.tokens.c.created_at_us.desc(), token_table.tokens.c.id)
        if user is not None and not user.is_admin:
            query = query.where(token_table.tokens.c.owner == user.id)
        with self._database.reading() as connection:
            return [_token(row) for row in connection.execute(query).mappings()]

    def get(self, token_id: str, user: User) -> Token:
        """Return a token by id; raises NotFound where there is none that *user* may see."""
        with self._database.reading() as connection:
            return self._one(connection, token_id, user)

    def revoke(self, wanted: str, *, user: User | None = None, by: Actor = CONSOLE) -> Token:
        """
        Revoke the token that has this id, secret or name, or begins with these characters; for a *user*, by id only.

        A token that is revoked already stays so.  Raises NotFound, and ConflictError where several fit.
        """
        token_id = wanted if user is not None else self._named(wanted).id
        c, now = token_table.tokens.c, self._now()
        with self._database.writing() as connection:
            found = self._one(connection, token_id, user)
            if found.revoked_at is None:
                change = token_table.tokens.update().where(c.id == token_id, c.revoked_at_us.is_(None))
                connection.execute(change.values(revoked_at_us=to_us(now)))
                append_entry(connection, now, by, "token.revoke", target_id=found.id, target=found.name)
            return self._one(connection, token_id, user)

    def _insert(
        self,
        connection: sa.Connection,
        name: str,
        scopes: tuple[str, ...],
        expires_at: datetime | None,
        *,
        owner: User | None,
        by: Actor,
    ) -> tuple[Token, str]:
        now = self._now()
        if expires_at is not None and expires_at <= now:
            raise InvalidInput("A token's end lies in the future.", field="expires")
        if not scopes:
            raise InvalidInput("A token has at least one scope.", field="scopes")
        lacking = [scope for scope in scopes if owner is not None and scope not in scopes_of(owner.role)]
        if lacking:
            raise InvalidInput(f"You cannot give a token what you lack yourself: {', '.join(lacking)}.", field="scopes")
        secret = mint_secret()
        row = {
            "id": _ID_START + token_hex(10),
            "name": name,
            "secret_sha256": secret_hash(secret),
            "prefix": secret[:_PREFIX_CHARACTERS],
            "last_four": secret[-4:],
            "scopes": " ".join(scopes),
            "owner": "" if owner is None else owner.id,
            "created_at_us": to_us(now),
            "expires_at_us": to_us(expires_at) if expires_at is not None else None,
        }
        try:
            connection.execute(token_table.tokens.insert().values(row))
        except sa.exc.IntegrityError:
            raise ConflictError(
                f"There is a token named {name!r} already. Choose another name, or revoke that one first.", field="name"
            ) from None
        append_entry(
            connection, now, by, "token.create", target_id=str(row["id"]), target=f"{name} ({' '.join(scopes)})"
        )
        return self._one(connection, str(row["id"]), None), secret

    def _one(self, connection: sa.Connection, token_id: str, user: User | None) -> Token:
        row = connection.execute(_TOKENS.where(token_table.tokens.c.id == token_id)).mappings().one_or_none()
        if row is None or (user is not None and not user.is_admin and row["owner"] != user.id):
            raise NotFound("There is no such token.")
        return _token(row)

    def _named(self, wanted: str) -> Token:
        if is_well_formed(wanted):
            query = _TOKENS.where(token_table.tokens.c.secret_sha256 == secret_hash(wanted))
            with self._database.reading() as connection:
                found = [_token(row) for row in connection.execute(query).mappings()]
        else:
            everything = self.list()
            alive = [token for token in everything if token.revoked_at is None]
            found = [token for token in everything if token.id == wanted]
            # A replaced token, in its last hours, gives its name to the one that replaced it.
            found = found or [token for token in alive if token.name == wanted and token.replaced_by is None]
            found = found or [t for t in alive if len(wanted) > len(START) and t.prefix.startswith(wanted)]
        if not found:
            raise NotFound("There is no such token. See: letrics token list")
        if len(found) > 1:
            several = ", ".join(f"{t.name} ({t.id})" for t in found)
            raise ConflictError(f"Several tokens fit: {several}. Give the id of one of them.")
        return found[0]

    def find(self, secret: str) -> Caller | None:
        """Return who holds *secret*, None where it is unknown, expired or revoked."""
        if not is_well_formed(secret):
            return None
        query = _TOKENS.where(token_table.tokens.c.secret_sha256 == secret_hash(secret))
        with self._database.reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
        if row is None or row["owner_disabled_at_us"] is not None:
            return None
        token = _token(row)
        if token.status(self._now()) != "active":
            return None
        scopes = frozenset(token.scopes)
        if token.owner_id:
            # The owner may have lost some since.
            scopes &= frozenset(scopes_of(row["owner_role"] or ""))
        return Caller(token.id, token.name, scopes, token.expires_at)

    def mark_used(self, uses: dict[str, datetime]) -> None:
        """
        Write when tokens were last used: token id → time.

        A time less than a minute after the written one is left out, whichever worker wrote that.
        """
        c = token_table.tokens.c
        is_due = sa.or_(c.last_used_at_us.is_(None), c.last_used_at_us <= sa.bindparam("until"))
        change = token_table.tokens.update().where(c.id == sa.bindparam("token_id"), is_due)
        rows = [
            {"token_id": token_id, "used_at_us": to_us(used_at), "until": to_us(used_at) - _LAST_USED_STEP_US}
            for token_id, used_at in sorted(uses.items())  # in one order, so that two workers cannot block each other
        ]
        if not rows:
            return
        with self._database.writing() as connection:
            connection.execute(change.values(last_used_at_us=sa.bindparam("used_at_us")), rows)


_TOKENS = sa.select(
    token_table.tokens,
    tables.users.c.email.label("owner_email"),
    tables.users.c.role.label("owner_role"),
    tables.users.c.disabled_at_us.label("owner_disabled_at_us"),
).join_from(token_table.tokens, tables.users, tables.users.c.id == token_table.tokens.c.owner, isouter=True)


def _clean_name(name: str) -> str:
    cleaned = normalize("NFC", " ".join(name.split()))
    if not 1 <= len(cleaned) <= _NAME_CHARACTERS_MAX or not cleaned.isprintable():
        raise InvalidInput(f"A token's name has 1 to {_NAME_CHARACTERS_MAX} printable characters.", field="name")
    if cleaned.startswith((START, _ID_START)):
        # A secret given for a name would be stored as it is.
        raise InvalidInput(f"A token's name does not begin with {START} or {_ID_START}.", field="name")
    return cleaned


def _token(row: Any) -> Token:
    return Token(
        id=row["id"],
        name=row["name"],
        prefix=row["prefix"],
        last_four=row["last_four"],
        scopes=tuple(row["scopes"].split()),
        owner_id=row["owner"],
        owner=row["owner_email"] or "",
        created_at=from_us(row["created_at_us"]),
        expires_at=from_us_or_none(row["expires_at_us"]),
        last_used_at=from_us_or_none(row["last_used_at_us"]),
        revoked_at=from_us_or_none(row["revoked_at_us"]),
        replaced_by=row["replaced_by"],
    )
