"""Usage: how many requests a token made and how many records it got, by day; counted in memory, then written."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

import msgspec
import sqlalchemy as sa

from letrics.accounts import tables
from letrics.accounts.counting import add_up
from letrics.accounts.database import Database
from letrics.accounts.times import day_of
from letrics.errors import Unavailable
from letrics.log import get_logger

_log = get_logger(__name__)

_DAY_ZERO = date(1970, 1, 1)


class Day(msgspec.Struct, frozen=True):
    """What happened on one day, by UTC."""

    day: date
    requests: int
    records: int


class Usage:
    """
    The usage of an installation's tokens; *now* tells the time.

    Every worker adds what it has counted to the stored numbers, so they are right across workers.  One
    event loop counts and flushes.
    """

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._counted: dict[tuple[str, int], tuple[int, int]] = {}

    def count(self, token_id: str, records: int) -> None:
        """Count a request that got *records*."""
        self._add((token_id, day_of(self._now())), 1, records)

    async def flush(self) -> None:
        """Write what was counted; what fails is logged, kept and tried again."""
        counted, self._counted = self._counted, {}
        if not counted:
            return
        try:
            await asyncio.to_thread(self._write, counted)
        except Unavailable as error:
            for key, (requests, records) in counted.items():
                self._add(key, requests, records)
            _log.warning("usage not written", tokens=len(counted), reason=repr(error.__cause__))

    def _add(self, key: tuple[str, int], requests: int, records: int) -> None:
        before = self._counted.get(key, (0, 0))
        self._counted[key] = (before[0] + requests, before[1] + records)

    def _write(self, counted: dict[tuple[str, int], tuple[int, int]]) -> None:
        rows = [
            {"token_id": token_id, "day": day, "requests": requests, "records": records}
            for (token_id, day), (requests, records) in sorted(counted.items())
        ]
        with self._database.writing() as connection:
            add_up(connection, tables.usage, rows)

    def days(self, token_ids: Sequence[str], days: int) -> dict[str, list[Day]]:
        """Return, for each of *token_ids*, the last *days* days, today last, those without a request too."""
        today, c = day_of(self._now()), tables.usage.c
        query = tables.usage.select().where(c.token_id.in_(token_ids), c.day > today - days)
        with self._database.reading() as connection:
            stored = {(row.token_id, row.day): row for row in connection.execute(query)}
        return {
            token_id: [
                Day(_DAY_ZERO + timedelta(days=day), *_figures(stored.get((token_id, day))))
                for day in range(today - days + 1, today + 1)
            ]
            for token_id in token_ids
        }


def _figures(row: sa.Row[tuple[str, int, int, int]] | None) -> tuple[int, int]:
    return (0, 0) if row is None else (row.requests, row.records)
