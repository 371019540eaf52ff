"""Users: invited, listed, disabled and enabled, given a role; how they sign in is in `sign_in.py`."""

from collections.abc import Callable
from datetime import datetime
from secrets import token_hex
from typing import Any, Literal
from unicodedata import normalize

import msgspec
import sqlalchemy as sa

from letrics.accounts import tables
from letrics.accounts.actors import Actor
from letrics.accounts.audit import append_entry
from letrics.accounts.database import Database
from letrics.accounts.links import drop_links, new_link
from letrics.accounts.scopes import ROLES, Role
from letrics.accounts.times import from_us, from_us_or_none, to_us
from letrics.errors import ConflictError, InvalidInput, NotFound
from letrics.model.values import email as canonical_email

_NAME_CHARACTERS_MAX = 100
_EMAIL_CHARACTERS_MAX = 254


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A person who may sign in."""

    id: str
    email: str
    name: str
    role: Role
    has_password: bool
    created_at: datetime
    last_sign_in_at: datetime | None
    disabled_at: datetime | None

    @property
    def is_admin(self) -> bool:
        """Whether this user manages the installation."""
        return self.role == "admin"

    @property
    def status(self) -> Literal["active", "invited", "disabled"]:
        """What the account is now."""
        if self.disabled_at is not None:
            return "disabled"
        return "active" if self.has_password else "invited"


class Users:
    """The users of an installation; *now* tells the time."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def list(self) -> list[User]:
        """Return every user, by e-mail."""
        with self._database.reading() as connection:
            return [as_user(row) for row in connection.execute(_USERS.order_by(tables.users.c.email)).mappings()]

    def get(self, user_id: str) -> User:
        """Return a user by id; raises NotFound."""
        return self._one(tables.users.c.id == user_id)

    def named(self, email: str) -> User:
        """Return a user by e-mail, in any spelling; raises NotFound."""
        return self._one(tables.users.c.email == clean_email(email))

    def setup_link(self) -> str | None:
        """Return the secret of a new link that makes the first administrator; None where there are users."""
        with self._database.writing() as connection:
            if connection.execute(sa.select(tables.users.c.id).limit(1)).first() is not None:
                return None
            return new_link(connection, None, self._now())

    def invite(self, email: str, role: str, by: Actor) -> tuple[User, str]:
        """
        Add a user; return it with the secret of the link by which the person chooses name and password.

        Raises InvalidInput for what is no address or role, and ConflictError where the address has a user.
        """
        with self._database.writing() as connection:
            user = insert_user(connection, email, "", role, None, self._now())
            secret = new_link(connection, user.id, self._now())
            append_entry(connection, self._now(), by, "user.invite", target_id=user.id, target=f"{user.email} ({role})")
        return user, secret

    def new_link(self, user_id: str, by: Actor) -> str:
        """Return the secret of a new link by which the user chooses a new password; older ones are useless."""
        with self._database.writing() as connection:
            user = _locked(connection, user_id)
            if user.disabled_at is not None:
                raise ConflictError(f"{user.email} is disabled. Enable the user first.")
            secret = new_link(connection, user_id, self._now())
            append_entry(connection, self._now(), by, "user.link", target_id=user_id, target=user.email)
        return secret

    def disable(self, user_id: str, by: Actor) -> User:
        """End a user's sessions and links, and refuse the user's tokens within a second."""
        with self._database.writing() as connection:
            user = _locked(connection, user_id)
            if user.disabled_at is None:
                _check_an_admin_is_left(connection, user)
                self._set(connection, user_id, disabled_at_us=to_us(self._now()))
                connection.execute(tables.sessions.delete().where(tables.sessions.c.user_id == user_id))
                drop_links(connection, user_id)
                append_entry(connection, self._now(), by, "user.disable", target_id=user_id, target=user.email)
            return _locked(connection, user_id)

    def enable(self, user_id: str, by: Actor) -> User:
        """Let a disabled user, and the user's tokens, in again."""
        with self._database.writing() as connection:
            user = _locked(connection, user_id)
            if user.disabled_at is not None:
                self._set(connection, user_id, disabled_at_us=None)
                append_entry(connection, self._now(), by, "user.enable", target_id=user_id, target=user.email)
            return _locked(connection, user_id)

    def set_role(self, user_id: str, role: str, by: Actor) -> User:
        """Give a user another role; the scopes that it lacks are gone from the user's tokens within a second."""
        _check_role(role)
        with self._database.writing() as connection:
            user = _locked(connection, user_id)
            if user.role != role:
                _check_an_admin_is_left(connection, user)
                self._set(connection, user_id, role=role)
                append_entry(
                    connection, self._now(), by, "user.role", target_id=user_id, target=f"{user.email} ({role})"
                )
            return _locked(connection, user_id)

    def _set(self, connection: sa.Connection, user_id: str, **values: Any) -> None:
        connection.execute(tables.users.update().where(tables.users.c.id == user_id).values(**values))

    def _one(self, where: sa.ColumnElement[bool]) -> User:
        with self._database.reading() as connection:
            row = connection.execute(_USERS.where(where)).mappings().one_or_none()
        if row is None:
            raise NotFound("There is no such user. See: letrics user list")
        return as_user(row)


_USERS = sa.select(tables.users)


def insert_user(
    connection: sa.Connection, email: str, name: str, role: str, stored_hash: str | None, now: datetime
) -> User:
    """Add a user in the transaction of *connection*; raises InvalidInput and ConflictError."""
    _check_role(role)
    row = {
        "id": f"usr_{token_hex(10)}",
        "email": clean_email(email),
        "name": name,
        "role": role,
        "password_hash": stored_hash,
        "created_at_us": to_us(now),
        "last_sign_in_at_us": None,
        "disabled_at_us": None,
    }
    try:
        connection.execute(tables.users.insert().values(row))
    except sa.exc.IntegrityError:
        raise ConflictError(f"There is a user with the e-mail {row['email']} already.", field="email") from None
    return as_user(row)


def as_user(row: Any) -> User:
    """Return the user of a row of the table."""
    return User(
        id=row["id"],
        email=row["email"],
        name=row["name"],
        role=row["role"],
        has_password=row["password_hash"] is not None,
        created_at=from_us(row["created_at_us"]),
        last_sign_in_at=from_us_or_none(row["last_sign_in_at_us"]),
        disabled_at=from_us_or_none(row["disabled_at_us"]),
    )


def clean_email(email: str) -> str:
    """Return the canonical form of an address; raises InvalidInput."""
    try:
        if len(email) > _EMAIL_CHARACTERS_MAX:
            raise ValueError(f"An e-mail address has at most {_EMAIL_CHARACTERS_MAX} characters.")
        return canonical_email(email)
    except ValueError as error:
        raise InvalidInput(str(error), field="email") from None


def clean_person_name(name: str) -> str:
    """Return a person's name with its white space tidied; raises InvalidInput."""
    cleaned = normalize("NFC", " ".join(name.split()))
    if not 1 <= len(cleaned) <= _NAME_CHARACTERS_MAX or not cleaned.isprintable():
        raise InvalidInput(f"A name has 1 to {_NAME_CHARACTERS_MAX} printable characters.", field="name")
    return cleaned


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise InvalidInput(f"{role[:60]!r} is no role. The roles are: {', '.join(ROLES)}.", field="role")


def _locked(connection: sa.Connection, user_id: str) -> User:
    """
    Return a user as it stays until the transaction ends; raises NotFound.

    All administrators stay as well, so that of two who disable each other one is left.  Rows are locked in one
    order: two who lock them in different ones would wait for each other.
    """
    c = tables.users.c
    is_admin = sa.and_(c.role == "admin", c.disabled_at_us.is_(None))
    connection.execute(sa.select(c.id).where(sa.or_(c.id == user_id, is_admin)).order_by(c.id).with_for_update())
    row = connection.execute(_USERS.where(c.id == user_id)).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no such user.")
    return as_user(row)


def _check_an_admin_is_left(connection: sa.Connection, user: User) -> None:
    """Raise ConflictError where *user* is the last administrator who can sign in."""
    c = tables.users.c
    query = sa.select(c.id).where(c.role == "admin", c.disabled_at_us.is_(None), c.password_hash.is_not(None))
    if list(connection.execute(query).scalars()) == [user.id]:
        raise ConflictError(f"{user.email} is the only administrator. Make another one first.")
