"""
Passwords: what may be one, and argon2id hashes of them.

Checking one takes some 50 ms of a processor and 32 MiB on purpose; whoever checks bounds how many at once.
"""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from letrics.errors import InvalidInput

CHARACTERS_MIN = 10
_CHARACTERS_MAX = 200
_DISTINCT_MIN = 5
# Over the least that OWASP's password storage cheat sheet asks for (19 MiB, two passes, one lane).
_HASHER = PasswordHasher(time_cost=2, memory_cost=32 * 1024, parallelism=1)


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
