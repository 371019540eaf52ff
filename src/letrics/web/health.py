"""Whether the process is alive, and whether it can answer: for load balancers and supervisors."""

import asyncio

import sqlalchemy as sa
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from letrics.accounts.database import Database
from letrics.backend import Searcher
from letrics.web.wire import JSON, encode


async def healthz(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer that the process is alive."""
    await Response(encode({"status": "ok"}), media_type=JSON)(scope, receive, send)


class Readiness:
    """`/readyz`: the index opens and the accounts database answers; else an error says which does not."""

    def __init__(self, searcher: Searcher, accounts: Database) -> None:
        self._searcher = searcher
        self._accounts = accounts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or raise what stands in the way."""
        counts = self._searcher.counts()
        await asyncio.to_thread(self._ask_accounts)
        ready = {"status": "ready", "companies": counts.companies, "contacts": counts.contacts}
        await Response(encode(ready), media_type=JSON)(scope, receive, send)

    def _ask_accounts(self) -> None:
        with self._accounts.reading() as connection:
            connection.execute(sa.text("SELECT 1"))
