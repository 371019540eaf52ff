"""Scopes: what a token may be used for; roles: which scopes a user may hand to a token."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Literal

from letrics.errors import InvalidInput

SCOPES = {
    "contacts:read": "Search contacts.",
    "companies:read": "Search companies.",
    "export": "Take out whole results.",
    "import": "Bring data in.",
    "admin": "Manage the installation.",
}
DEFAULT_SCOPES = ("contacts:read", "companies:read")

Role = Literal["admin", "member"]
ROLES: tuple[Role, ...] = ("admin", "member")
_OF_MEMBERS = ("contacts:read", "companies:read", "export")


def scopes_of(role: str) -> tuple[str, ...]:
    """Return the scopes that a user of *role* has; those of a role that is not known are none."""
    return {"admin": tuple(SCOPES), "member": _OF_MEMBERS}.get(role, ())


def parse_scopes(names: Iterable[str]) -> tuple[str, ...]:
    """
    Return the scopes that are named, in their own order; the default ones where none is.

    Raises InvalidInput that names every unknown scope, and the nearest known ones.
    """
    wanted = set(names) or set(DEFAULT_SCOPES)
    faults = [f"{name[:60]!r} is no scope.{_hint(name)}" for name in sorted(wanted - SCOPES.keys())]
    if faults:
        raise InvalidInput(f"{' '.join(faults)} The scopes are: {', '.join(SCOPES)}.", field="scopes")
    return tuple(name for name in SCOPES if name in wanted)


def _hint(name: str) -> str:
    near = get_close_matches(name[:60], SCOPES, 1)
    return f" Did you mean {near[0]}?" if near else ""
