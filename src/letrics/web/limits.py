"""
Rate limits: how many requests a token may make in a window of time, over all workers of one server.

A window begins with a token's first request and lasts as long as the setting says.  The count is exact:
workers take turns at one table in shared memory.  It is empty again when the server starts.
"""

import re
import struct
import time
from collections.abc import Callable
from hashlib import blake2b
from math import ceil

import msgspec

from letrics.errors import InvalidInput, RateLimited
from letrics.web.shared import SharedMemory

_SLOT = struct.Struct("=Qdd")  # key, begin of the window by the monotonic clock, requests in it
_SLOTS = 32_768
_PROBES = 16
BYTES = _SLOT.size * _SLOTS
_RATE = re.compile(r"([1-9][0-9]{0,8})/([1-9][0-9]{0,5})")


class Rate(msgspec.Struct, frozen=True):
    """So many *requests* in each window of *window_s* seconds."""

    requests: int
    window_s: int


def parse_rate(text: str) -> Rate | None:
    """Return the rate of a setting such as `600/60`, None for an empty one; raises InvalidInput."""
    if not text:
        return None
    found = _RATE.fullmatch(text)
    if found is None:
        raise InvalidInput(
            f"LETRICS_RATE_LIMIT is {text[:40]!r}; it takes requests/seconds, such as 600/60, or nothing."
        )
    return Rate(int(found[1]), int(found[2]))


class Quota(msgspec.Struct, frozen=True):
    """What a token has left: *remaining* requests for *reset_s* more seconds."""

    rate: Rate
    remaining: int
    reset_s: int

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return the header fields of draft-ietf-httpapi-ratelimit-headers-11, one policy named `default`."""
        return [
            (b"ratelimit-policy", f'"default";q={self.rate.requests};w={self.rate.window_s}'.encode()),
            (b"ratelimit", f'"default";r={self.remaining};t={self.reset_s}'.encode()),
        ]


class RateLimit:
    """The table of windows; *monotonic* is a clock that all workers share and that nobody sets."""

    def __init__(self, rate: Rate, memory: SharedMemory, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._memory = memory
        self._monotonic = monotonic

    def spend(self, token_id: str) -> tuple[Quota, RateLimited | None]:
        """Count a request; return what is left, and the refusal where nothing was: that one is not counted."""
        key = int.from_bytes(blake2b(token_id.encode(), digest_size=8).digest()) or 1
        with self._memory.locked():
            now = self._monotonic()
            offset, began, count = self._slot(key, now)
            is_over = count >= self._rate.requests
            if not is_over:
                count += 1
                _SLOT.pack_into(self._memory.bytes, offset, key, began, count)
        reset_s = max(1, ceil(self._rate.window_s - (now - began)))
        quota = Quota(self._rate, int(self._rate.requests - count), reset_s)
        if not is_over:
            return quota, None
        details = (
            f"This token may make {self._rate.requests:,} requests in {self._rate.window_s:,} s, and has."
            f" Try again in {reset_s:,} s."
        )
        return quota, RateLimited(details, retry_after_s=reset_s)

    def _slot(self, key: int, now: float) -> tuple[int, float, float]:
        """Return the place of *key* in the table, and its window: the open one, or one that begins now."""
        best, best_began = 0, float("inf")
        for probe in range(_PROBES):
            offset = (key + probe) % _SLOTS * _SLOT.size
            held, began, count = _SLOT.unpack_from(self._memory.bytes, offset)
            is_open = count > 0 and now - began < self._rate.window_s
            if held == key:
                return (offset, began, count) if is_open else (offset, now, 0.0)
            if not is_open:
                began = float("-inf")
            if began < best_began:
                best, best_began = offset, began
        # Free, or else the oldest of sixteen that are all in use: its token gets a new window early.
        return best, now, 0.0
