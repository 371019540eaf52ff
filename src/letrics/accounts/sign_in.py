"""Signing in and out, and how people come to their passwords: by a one-time link, or by the one they have."""

from collections.abc import Callable
from datetime import datetime

import msgspec
import sqlalchemy as sa

from letrics.accounts import tables
from letrics.accounts.actors import Actor
from letrics.accounts.audit import Result, append_entry
from letrics.accounts.backoff import count_try, forgive
from letrics.accounts.database import Database
from letrics.accounts.links import drop_links, find_link
from letrics.accounts.passwords import Turns, check_new_password, is_password, needs_rehash, password_hash
from letrics.accounts.sessions import Sessions, SignedIn
from letrics.accounts.times import to_us
from letrics.accounts.users import User, as_user, clean_email, clean_person_name, insert_user
from letrics.errors import ConflictError, InvalidInput

_WRONG = "This e-mail and password do not belong together."


class Visitor(msgspec.Struct, frozen=True):
    """A browser: its address, the program it says it is, and the id of its request."""

    address: str
    agent: str
    request_id: str

    def as_actor(self, user: User | None) -> Actor:
        """Return the visitor as the audit log names it."""
        if user is None:
            return Actor("", "visitor", self.address, self.request_id)
        return Actor(user.id, user.email, self.address, self.request_id)


class SignIn:
    """The ways in; *now* tells the time."""

    def __init__(self, database: Database, sessions: Sessions, now: Callable[[], datetime]) -> None:
        self._database = database
        self._sessions = sessions
        self._now = now
        self._turns = Turns()

    def sign_in(self, email: str, password: str, visitor: Visitor) -> str:
        """
        Begin a session and return its secret.

        Raises InvalidInput, in one wording and after the same time for an unknown account and a wrong
        password, RateLimited after too many failures, and Unavailable where too many do so at once.
        """
        try:
            address = clean_email(email)
        except InvalidInput:
            address = email.strip().lower()  # counts and takes time like any other
        # All of it in one turn: counting a try is a write, and a crowd of those keeps others from writing.
        with self._turns.taken():
            secret = self._signed_in(address, password, visitor)
        if secret is None:
            raise InvalidInput(_WRONG, field="password")
        return secret

    def _signed_in(self, address: str, password: str, visitor: Visitor) -> str | None:
        """Count the try and begin a session; return its secret, None where account and password do not fit."""
        row = self._counted(address, visitor)
        stored = None if row is None else row["password_hash"]
        is_right = is_password(stored, password)
        if is_right and stored is not None and needs_rehash(stored):
            stored = password_hash(password)
        user = None if row is None else as_user(row)
        with self._database.writing() as connection:
            if user is None or not is_right or user.disabled_at is not None:
                # What was typed for an e-mail may be a password: only an account's own name is written down.
                name = "unknown account" if user is None else user.email
                who = visitor.as_actor(None)
                append_entry(
                    connection,
                    self._now(),
                    who,
                    "sign_in",
                    target_id=user.id if user else "",
                    target=name,
                    result="failed",
                )
                return None
            forgive(connection, address, visitor.address, self._now())
            self._set(connection, user.id, password_hash=stored)
            return self._enter(connection, user, visitor)

    def sign_out(self, signed_in: SignedIn, visitor: Visitor) -> None:
        """End the visitor's session."""
        self._sessions.end(signed_in.user.id, signed_in.session_id, visitor.as_actor(signed_in.user))

    def link_is_for(self, secret: str) -> User | None:
        """Return whose password a one-time link is for, None for the first administrator's; raises Gone."""
        with self._database.reading() as connection:
            return self._user_of_link(connection, secret)

    def accept(self, secret: str, email: str, name: str, password: str, visitor: Visitor) -> str:
        """
        Use a one-time link: set the password, end the user's other sessions, begin one and return its secret.

        *email* is read for the first administrator only.  Raises Gone, InvalidInput and ConflictError.
        """
        with self._database.reading() as connection:
            user = self._user_of_link(connection, secret)
        name, email = clean_person_name(name), clean_email(email) if user is None else user.email
        check_new_password(password, email)
        with self._turns.taken():
            stored = password_hash(password)
        with self._database.writing() as connection:
            # Again, and within the transaction: of two who use it at once, one was first.
            user = self._user_of_link(connection, secret)
            drop_links(connection, None if user is None else user.id)
            if user is None:
                if connection.execute(sa.select(tables.users.c.id).limit(1)).first() is not None:
                    raise ConflictError("There is an administrator already. Ask for an invitation.")
                user = insert_user(connection, email, name, "admin", stored, self._now())
            self._set(connection, user.id, name=name, password_hash=stored)
            self._sessions.drop_others(connection, user.id, None)
            forgive(connection, email, visitor.address, self._now())
            append_entry(
                connection, self._now(), visitor.as_actor(user), "password.set", target_id=user.id, target=email
            )
            return self._enter(connection, user, visitor)

    def change_password(self, signed_in: SignedIn, current: str, password: str, visitor: Visitor) -> None:
        """
        Replace the password, and end the user's other sessions.

        Raises InvalidInput for a current one that is wrong or a new one that cannot be used, and RateLimited.
        """
        user = signed_in.user
        check_new_password(password, user.email)
        with self._turns.taken():
            row = self._counted(user.email, visitor)
            is_right = row is not None and is_password(row["password_hash"], current)
            stored = password_hash(password) if is_right else None
        with self._database.writing() as connection:
            result: Result = "done" if is_right else "failed"
            who = visitor.as_actor(user)
            append_entry(
                connection, self._now(), who, "password.change", target_id=user.id, target=user.email, result=result
            )
            if is_right:
                forgive(connection, user.email, visitor.address, self._now())
                self._set(connection, user.id, password_hash=stored)
                self._sessions.drop_others(connection, user.id, signed_in.session_id)
        if not is_right:
            raise InvalidInput("This is not your current password.", field="current")

    def set_password(self, user_id: str, name: str, password: str, by: Actor) -> None:
        """Set a user's name and password without a link: what `letrics demo` does for its own user."""
        with self._database.writing() as connection:
            self._set(connection, user_id, name=name, password_hash=password_hash(password))
            drop_links(connection, user_id)
            append_entry(connection, self._now(), by, "password.set", target_id=user_id)

    def _counted(self, email: str, visitor: Visitor) -> sa.RowMapping | None:
        """Count a try for the account and return its row, None where there is none."""
        with self._database.writing() as connection:
            count_try(connection, email, visitor.address, self._now())
            query = tables.users.select().where(tables.users.c.email == email)
            return connection.execute(query).mappings().one_or_none()

    def _user_of_link(self, connection: sa.Connection, secret: str) -> User | None:
        link = find_link(connection, secret, self._now())
        if link.user_id is None:
            return None
        query = tables.users.select().where(tables.users.c.id == link.user_id)
        return as_user(connection.execute(query).mappings().one())

    def _enter(self, connection: sa.Connection, user: User, visitor: Visitor) -> str:
        self._set(connection, user.id, last_sign_in_at_us=to_us(self._now()))
        append_entry(connection, self._now(), visitor.as_actor(user), "sign_in", target_id=user.id, target=user.email)
        return self._sessions.start(connection, user.id, visitor.address, visitor.agent)

    def _set(self, connection: sa.Connection, user_id: str, **values: object) -> None:
        connection.execute(tables.users.update().where(tables.users.c.id == user_id).values(**values))
