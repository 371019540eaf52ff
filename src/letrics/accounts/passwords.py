"""
Passwords: what may be one, and argon2id hashes of them.

Checking one takes some 50 ms of a processor and 32 MiB on purpose; `Turns` bounds how many at once.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from letrics.errors import InvalidInput, Unavailable

CHARACTERS_MIN = 10
_CHARACTERS_MAX = 200
_DISTINCT_MIN = 5
# Over the least that OWASP's password storage cheat sheet asks for (19 MiB, two passes, one lane).
_HASHER = PasswordHasher(time_cost=2, memory_cost=32 * 1024, parallelism=1)

# How many a process checks at once: half of the processors are for others, who search meanwhile.
_AT_ONCE = min(2, max(1, (os.cpu_count() or 1) // 2))
# How many may wait for that: the last of them for a second or two.
_WAITING_MAX = 16
TURNS_MAX = _AT_ONCE + _WAITING_MAX


class Turns:
    """Who may check a password now: a few at once, some more wait, and the rest are to come again."""

    def __init__(self) -> None:
        self._places = threading.BoundedSemaphore(TURNS_MAX)
        self._checks = threading.BoundedSemaphore(_AT_ONCE)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for a turn, and have it for as long as the context lasts; raises Unavailable where too many wait."""
        if not self._places.acquire(blocking=False):
            raise Unavailable("Too many people are signing in at once. Try again in a moment.")
        try:
            with self._checks:
                yield
        finally:
            self._places.release()


def check_new_password(password: str, email: str) -> None:
    """Raise InvalidInput for a password that is too short, too plain, or made of the e-mail address."""
    if len(password) > _CHARACTERS_MAX:
        raise InvalidInput(f"A password has at most {_CHARACTERS_MAX} characters.", field="password")
    if len(password) < CHARACTERS_MIN:
        raise InvalidInput(f"A password has at least {CHARACTERS_MIN} characters.", field="password")
    folded, local = password.casefold(), email.partition("@")[0]
    if len(set(folded)) < _DISTINCT_MIN or folded in "01234567890123456789abcdefghijklmnopqrstuvwxyz":
        raise InvalidInput("This password is too easily guessed. Take several words, say.", field="password")
    if folded == email or (len(local) >= CHARACTERS_MIN // 2 and local in folded):
        raise InvalidInput("A password must not contain your e-mail address.", field="password")


def password_hash(password: str) -> str:
    """Return the argon2id hash of *password* with its salt and parameters."""
    return _HASHER.hash(password)


def is_password(stored: str | None, password: str) -> bool:
    """Return whether *password* is the one whose hash is *stored*; as slow for None, and never true."""
    try:
        return _HASHER.verify(stored or _nobodys(), password) and stored is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


def needs_rehash(stored: str) -> bool:
    """Return whether *stored* was made with less costly parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


@cache
def _nobodys() -> str:
    return _HASHER.hash("nobody has this password")
