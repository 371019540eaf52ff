"""
Tokens as a server's worker checks them: from memory for half a second, then anew from the database.

So a revoked token is refused within that time in every worker, and the database is not asked for
each request.  What is kept is the secret's hash, never the secret.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from letrics.accounts.secrets import is_well_formed, secret_hash
from letrics.accounts.tokens import Caller, Tokens
from letrics.errors import Unavailable
from letrics.log import get_logger

_log = get_logger(__name__)

_KEPT_MAX = 10_000  # of valid tokens, and as many of unknown ones: some 3 MB each
_LAST_USED_STEP = timedelta(minutes=1)


class _Answer(msgspec.Struct, frozen=True):
    """What a look-up found, and when it was begun, by the monotonic clock."""

    caller: Caller | None
    asked_at: float


class TokenCache:
    """
    The tokens that a worker has checked within the last *lifetime_s* seconds.

    A revoked token is refused at most that much later, an expired one at its very time.  When the
    database does not answer, or not within *timeout_s*, nobody is let in.  One event loop uses it.
    """

    def __init__(
        self,
        tokens: Tokens,
        now: Callable[[], datetime],
        *,
        lifetime_s: float,
        timeout_s: float = 5.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tokens = tokens
        self._now = now
        self._lifetime_s = lifetime_s
        self._timeout_s = timeout_s
        self._monotonic = monotonic
        # Unknown secrets are remembered too, so that repeating one is cheap; apart from the valid ones, so
        # that a flood of them pushes none of those out.
        self._valid: dict[bytes, _Answer] = {}
        self._unknown: dict[bytes, _Answer] = {}
        self._asked: dict[bytes, tuple[float, asyncio.Task[_Answer]]] = {}
        self._used: dict[str, datetime] = {}
        self._written: dict[str, datetime] = {}

    async def caller(self, secret: str) -> Caller | None:
        """
        Return who holds *secret*, None where it is malformed, unknown, expired or revoked.

        What is remembered is returned without waiting.  Raises Unavailable where the database does not
        answer: then nobody is let in.
        """
        digest = secret_hash(secret)
        answer = self._valid.get(digest) or self._unknown.get(digest)
        if answer is None and not is_well_formed(secret):
            return None
        if answer is None or not self._is_fresh(answer.asked_at):
            answer = await self._ask(digest, secret)
        caller = answer.caller
        if caller is None:
            return None
        used_at = self._now()
        if caller.expires_at is not None and caller.expires_at <= used_at:
            return None
        self._used[caller.token_id] = used_at
        return caller

    async def flush(self) -> None:
        """Write when tokens were last used, each at most once a minute; what fails is logged and tried again."""
        due = {
            token_id: used_at
            for token_id, used_at in self._used.items()
            if token_id not in self._written or used_at - self._written[token_id] >= _LAST_USED_STEP
        }
        if not due:
            return
        try:
            await asyncio.to_thread(self._tokens.mark_used, due)
        except Unavailable as error:
            _log.warning("last use of tokens not written", tokens=len(due), reason=repr(error.__cause__))
            return
        self._written |= due
        for token_id, used_at in due.items():
            if self._used.get(token_id) == used_at:
                del self._used[token_id]

    def _is_fresh(self, asked_at: float) -> bool:
        return self._monotonic() - asked_at < self._lifetime_s

    async def _ask(self, digest: bytes, secret: str) -> _Answer:
        """Ask the database, once for all requests that wait for the same answer."""
        asked_at, task = self._asked.get(digest, (0.0, None))
        # A question that has been open for long may have been answered before a revocation: ask anew.
        if task is None or not self._is_fresh(asked_at):
            asked_at = self._monotonic()
            task = asyncio.create_task(self._look_up(digest, secret, asked_at))
            task.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody may be waiting
            self._asked[digest] = (asked_at, task)
        try:
            async with asyncio.timeout(self._timeout_s):
                return await asyncio.shield(task)  # a client that hangs up does not take it from the others
        except TimeoutError:
            raise Unavailable("The accounts database does not answer in time. Try again in a moment.") from None

    async def _look_up(self, digest: bytes, secret: str, asked_at: float) -> _Answer:
        try:
            # The answer counts from when it was asked for: what is revoked meanwhile must not live longer.
            answer = _Answer(await asyncio.to_thread(self._tokens.find, secret), asked_at)
        finally:
            if self._asked.get(digest) == (asked_at, asyncio.current_task()):
                del self._asked[digest]
        self._keep(digest, answer)
        return answer

    def _keep(self, digest: bytes, answer: _Answer) -> None:
        kept = self._valid.pop(digest, None) or self._unknown.pop(digest, None)
        if kept is not None and kept.asked_at > answer.asked_at:
            answer = kept
        place = self._unknown if answer.caller is None else self._valid
        place[digest] = answer
        if len(place) > _KEPT_MAX:
            del place[next(iter(place))]  # the one kept for the longest time
