"""Scopes: what a token may be used for."""

from collections.abc import Iterable
from difflib import get_close_matches

from letrics.errors import InvalidInput

SCOPES = {
    "contacts:read": "Search contacts.",
    "companies:read": "Search companies.",
    "export": "Take out whole results.",
    "import": "Bring data in.",
    "admin": "Manage the installation.",
}
DEFAULT_SCOPES = ("contacts:read", "companies:read")


def parse_scopes(names: Iterable[str]) -> tuple[str, ...]:
    """Return the scopes that are named, in their own order; the default ones where none is."""
    wanted = set(names) or set(DEFAULT_SCOPES)
    for name in sorted(wanted - SCOPES.keys()):
        near = get_close_matches(name, SCOPES, 1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise InvalidInput(f"{name!r} is no scope.{hint} The scopes are: {', '.join(SCOPES)}.", field="scopes")
    return tuple(name for name in SCOPES if name in wanted)
