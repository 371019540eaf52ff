"""
Tokens as a server's worker checks them: from memory for half a second, then anew from the database.

So a revoked token is refused within that time in every worker, and the database is not asked for
each request.  What is kept is the secret's hash, never the secret.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from time import monotonic

import structlog

from letrics.accounts.secrets import is_well_formed, secret_hash
from letrics.accounts.tokens import Caller, Tokens
from letrics.errors import Unavailable

_log = structlog.get_logger(__name__)

# Unknown secrets are remembered too, so that repeating one is cheap; this bounds what an attacker can fill.
_KEPT_MAX = 10_000
_FLUSH_INTERVAL_S = 60.0


class TokenCache:
    """The tokens that a worker has checked within the last *lifetime_s* seconds."""

    def __init__(self, tokens: Tokens, now: Callable[[], datetime], *, lifetime_s: float) -> None:
        self._tokens = tokens
        self._now = now
        self._lifetime_s = lifetime_s
        self._kept: OrderedDict[bytes, tuple[Caller | None, float]] = OrderedDict()
        self._asked: dict[bytes, asyncio.Future[Caller | None]] = {}
        self._used: dict[str, datetime] = {}

    async def caller(self, secret: str) -> Caller | None:
        """
        Return who holds *secret*, None where it is malformed, unknown, expired or revoked.

        Raises Unavailable where the database does not answer: then nobody is let in.
        """
        if not is_well_formed(secret):
            return None
        digest = secret_hash(secret)
        kept = self._kept.get(digest)
        caller = kept[0] if kept is not None and kept[1] > monotonic() else await self._ask(digest, secret)
        if caller is None:
            return None
        used_at = self._now()
        if caller.expires_at is not None and caller.expires_at <= used_at:
            return None
        self._used[caller.token_id] = used_at
        return caller

    async def _ask(self, digest: bytes, secret: str) -> Caller | None:
        """Ask the database, once for all requests that wait for the same answer."""
        asked = self._asked.get(digest)
        if asked is None:
            # The answer counts from when it was asked for: what is revoked meanwhile must not live longer.
            until = monotonic() + self._lifetime_s
            asked = asyncio.ensure_future(asyncio.to_thread(self._tokens.find, secret))
            self._asked[digest] = asked
            try:
                caller = await asyncio.shield(asked)
            finally:
                del self._asked[digest]
            self._kept[digest] = (caller, until)
            self._kept.move_to_end(digest)
            if len(self._kept) > _KEPT_MAX:
                self._kept.popitem(last=False)
            return caller
        return await asyncio.shield(asked)

    def flush(self) -> None:
        """Write when tokens were last used."""
        used, self._used = self._used, {}
        if used:
            self._tokens.mark_used(used)

    async def run(self) -> None:
        """Flush once a minute, off the path of requests, until cancelled; then once more."""
        try:
            while True:
                await asyncio.sleep(_FLUSH_INTERVAL_S)
                await asyncio.to_thread(self._flush_or_log)
        finally:
            self._flush_or_log()

    def _flush_or_log(self) -> None:
        try:
            self.flush()
        except Unavailable as error:
            _log.warning("last use of tokens not written", reason=error.details)
