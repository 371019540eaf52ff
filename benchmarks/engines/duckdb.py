"""DuckDB: one table in the order of answers, whose row groups know their least and greatest values."""

from pathlib import Path

import duckdb

from benchmarks.engines import Found, FoundRows, Question
from benchmarks.files import Dataset
from benchmarks.machine import CORES, peak_bytes
from benchmarks.sql import Statements, listed, literal, statements


class DuckDB:
    """A database file, filled from Parquet."""

    name = "duckdb"
    kept_in = "."
    configuration = (
        f"DuckDB {duckdb.__version__} in process, {CORES} threads; one denormalised table, sorted by rank, lists as"
        " LIST; no ART index, as its documentation advises for filters that are not needles; count, then page"
    )

    def build(self, data: Dataset, folder: Path) -> None:
        """Fill the table."""
        with duckdb.connect(folder / "contacts.duckdb", config={"threads": CORES}) as connection:
            connection.execute("CREATE TABLE contacts AS SELECT * FROM read_parquet(?)", [str(data.denormalised())])
            connection.execute("ANALYZE")

    def open(self, data: Dataset, folder: Path) -> None:
        """Connect."""
        self._connection = duckdb.connect(folder / "contacts.duckdb", read_only=True, config={"threads": CORES})

    def prepare(self, question: Question) -> Statements:
        """Return the SQL."""
        return statements(question.query, self)

    def ask(self, prepared: Statements) -> Found:
        """Count, then fetch the page."""
        counted = self._connection.execute(prepared.count).fetchone()
        assert counted is not None
        rows = self._connection.execute(prepared.page).fetchall() if counted[0] else []
        return FoundRows(counted[0], [row.encode() for (row,) in rows])

    def holds_one(self, column: str, values: tuple[str, ...]) -> str:
        """Say that a list holds one of *values*."""
        return f"list_has_any({column}, [{listed(values)}])"

    def contains(self, column: str, value: str) -> str:
        """Say that a text holds *value*."""
        return f"contains({column}, {literal(value)})"

    def peak_bytes(self) -> int:
        """Return this process's."""
        return peak_bytes()

    def close(self) -> None:
        """Disconnect."""
        self._connection.close()


engine = DuckDB
