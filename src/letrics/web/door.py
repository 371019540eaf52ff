"""
The door of a worker: how many may be in, how long they may take, and whether it is open at all.

It says yes or no; `protocol.py` watches the connections, and `app.py` turns a no into an answer.
"""

from letrics.config import Settings
from letrics.errors import LetricsError, Unavailable

# Paths that are answered whatever the state of the worker: they tell of it.
_ALWAYS = frozenset({"/healthz", "/metrics"})


class Door:
    """A worker's state, from loading to draining, and its limits."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.is_loaded = False
        self.is_draining = False

    def refusal(self, path: str, under_way: int) -> LetricsError | None:
        """Return why a request for *path* is not taken up while *under_way* others are, None where it is."""
        if path in _ALWAYS:
            return None
        if self.is_draining:
            return Unavailable("This server is stopping. Try another, or again in a moment.")
        if not self.is_loaded:
            return Unavailable("This server is starting. Try again in a moment.")
        if under_way >= self.settings.requests_max:
            return Unavailable(
                f"There are {under_way:,} requests under way, which is the most that are taken. Try again in a moment."
            )
        return None
