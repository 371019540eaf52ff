"""ClickHouse in process (chdb): a MergeTree whose primary key is the order of answers."""

from pathlib import Path

import chdb
from chdb.session import Session

from benchmarks.engines import Found, FoundRows, Question
from benchmarks.files import Dataset
from benchmarks.machine import CORES, peak_bytes
from benchmarks.sql import Statements, listed, statements

_TABLE = """
CREATE TABLE market.contacts (
    rank UInt32, job_title Nullable(String), department LowCardinality(Nullable(String)),
    seniority LowCardinality(Nullable(String)), has_personal_email Bool, has_linkedin_profile Bool,
    is_decision_maker Bool, company_has_generic_email Bool, company_has_linkedin_profile Bool,
    added_us Int64, first_seen_us Int64, locations Array(LowCardinality(String)),
    functions Array(LowCardinality(String)), industries Array(LowCardinality(String)),
    technologies Array(LowCardinality(String)), tlds Array(LowCardinality(String)), row String CODEC(ZSTD(1))
) ENGINE = MergeTree ORDER BY rank
"""
# Caches of answers; those of blocks and marks stay.
_SETTINGS = f"SETTINGS max_threads = {CORES}, use_query_cache = 0, use_query_condition_cache = 0"


class ClickHouse:
    """A session over a folder, filled from Parquet."""

    name = "clickhouse"
    kept_in = "."
    configuration = (
        f"ClickHouse in process (chdb {chdb.__version__}), {CORES} threads; one denormalised MergeTree ordered by rank,"
        " LowCardinality where values repeat, merged into one part; query and condition caches off; count, then page"
    )

    def build(self, data: Dataset, folder: Path) -> None:
        """Fill the table, and merge it."""
        self._connect(folder)
        self._session.query("CREATE DATABASE IF NOT EXISTS market ENGINE = Atomic")
        self._session.query(_TABLE)
        # The name is our own file's.
        self._session.query(f"INSERT INTO market.contacts SELECT * FROM file('{data.denormalised()}', Parquet)")  # noqa: S608
        self._session.query("OPTIMIZE TABLE market.contacts FINAL")
        self.close()

    def open(self, data: Dataset, folder: Path) -> None:
        """Connect, and have the table loaded."""
        self._connect(folder)
        self._query("SELECT count() FROM market.contacts")

    def _connect(self, folder: Path) -> None:
        self._session = Session(str(folder / "data"))

    def prepare(self, question: Question) -> Statements:
        """Return the SQL."""
        made = statements(question.query, self)
        return Statements(*(_own(each) for each in (made.count, made.page)))

    def ask(self, prepared: Statements) -> Found:
        """Count, then fetch the page."""
        total = int(self._query(prepared.count))
        return FoundRows(total, self._query(prepared.page).splitlines() if total else [])

    def _query(self, statement: str) -> bytes:
        # Rows are JSON on one line each, so raw lines are the cheapest form.
        told: bytes = self._session.query(statement, "TSVRaw").bytes()
        return told

    def holds_one(self, column: str, values: tuple[str, ...]) -> str:
        """Say that a list holds one of *values*."""
        return f"hasAny({column}, [{listed(tuple(map(_escaped, values)))}])"

    def contains(self, column: str, value: str) -> str:
        """Say that a text holds *value*."""
        return f"position({column}, {listed((_escaped(value),))}) > 0"

    def peak_bytes(self) -> int:
        """Return this process's."""
        return peak_bytes()

    def close(self) -> None:
        """Disconnect."""
        self._session.close()


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\")


def _own(statement: str) -> str:
    return f"{statement.replace('FROM contacts', 'FROM market.contacts', 1)} {_SETTINGS}"


engine = ClickHouse
