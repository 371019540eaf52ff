"""PostgreSQL: a server of its own in the folder, reached by a socket; arrays under GIN, titles under trigrams."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from benchmarks.engines import Found, FoundRows, Question
from benchmarks.files import Dataset
from benchmarks.machine import CORES, MEMORY_BYTES, peak_bytes
from benchmarks.sql import Statements, listed, literal, statements

_WAIT_S = 120.0
_BATCH_ROWS = 50_000
_MEGABYTE = 1 << 20
# A quarter and three quarters of the memory, as its documentation begins with.
_SETTINGS = {
    "shared_buffers": f"{min(4 << 30, MEMORY_BYTES // 4) // _MEGABYTE}MB",
    "effective_cache_size": f"{MEMORY_BYTES * 3 // 4 // _MEGABYTE}MB",
    "work_mem": "128MB",
    "maintenance_work_mem": "1GB",
    "random_page_cost": "1.1",
    "max_parallel_workers_per_gather": str(CORES),
    "max_wal_size": "8GB",
    "jit": "off",
}
_ARRAYS = ("locations", "functions", "industries", "technologies", "tlds")
_TABLE = """
CREATE UNLOGGED TABLE contacts (
    rank integer, job_title text, department text, seniority text, has_personal_email boolean,
    has_linkedin_profile boolean, is_decision_maker boolean, company_has_generic_email boolean,
    company_has_linkedin_profile boolean, added_us bigint, first_seen_us bigint, locations text[], functions text[],
    industries text[], technologies text[], tlds text[], row text
)
"""
_INDEXES = (
    "CREATE EXTENSION pg_trgm",
    "ALTER TABLE contacts ADD PRIMARY KEY (rank)",
    "CREATE INDEX ON contacts USING gin (job_title gin_trgm_ops)",
    *(f"CREATE INDEX ON contacts USING gin ({column})" for column in _ARRAYS),
    *(f"CREATE INDEX ON contacts ({column})" for column in ("department", "seniority", "added_us", "first_seen_us")),
    "VACUUM (FREEZE, ANALYZE) contacts",
)


class PostgreSQL:
    """A server over the folder, up while the engine is open."""

    name = "postgresql"
    kept_in = "data/base"
    configuration = (
        "PostgreSQL, a real server over a socket; one denormalised table loaded in the order of answers, GIN on arrays,"
        " trigram GIN on titles, B-trees on the rest, vacuumed and analysed; "
        + ", ".join(f"{name}={value}" for name, value in _SETTINGS.items())
        + "; count, then page"
    )

    def build(self, data: Dataset, folder: Path) -> None:
        """Make a cluster, load the table, then index it."""
        account = _account()
        if account:
            os.chown(folder, account["user"], account["group"])
        initdb: list[Any] = [_programs() / "initdb", "-D", folder / "data", "-U", "bench", "-A", "trust", "-E", "UTF8"]
        subprocess.run(
            [*initdb, "--locale=C", "--no-sync"], check=True, stdout=subprocess.DEVNULL, cwd=folder, **account
        )
        self.open(data, folder)
        try:
            self._fill(data)
        finally:
            self.close()

    def _fill(self, data: Dataset) -> None:
        self._connection.execute(_TABLE)
        copy = "COPY contacts FROM STDIN (FORMAT csv)"
        with self._connection.cursor().copy(copy) as target, pq.ParquetFile(data.denormalised()) as file:
            for batch in file.iter_batches(_BATCH_ROWS):
                sink = pa.BufferOutputStream()
                options = pyarrow.csv.WriteOptions(include_header=False)
                pyarrow.csv.write_csv(_with_arrays(pa.table(batch)), sink, options)
                target.write(sink.getvalue())
        for statement in _INDEXES:
            self._connection.execute(statement)

    def open(self, data: Dataset, folder: Path) -> None:
        """Start the server and connect."""
        # A socket's path must be short, so it is not in the folder.
        self._socket = Path(tempfile.mkdtemp(prefix="letrics-bench-"))
        account = _account()
        if account:
            os.chown(self._socket, account["user"], account["group"])
        options = [f"--{name}={value}" for name, value in _SETTINGS.items()]
        with (folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                [_programs() / "postgres", "-D", folder / "data", "-k", self._socket, "-h", "", *options],
                stdout=log,
                stderr=log,
                cwd=folder,
                **account,
            )
        self._connection = self._connected()

    def _connected(self) -> psycopg.Connection[Any]:
        deadline = time.monotonic() + _WAIT_S
        while True:
            try:
                return psycopg.connect(host=str(self._socket), user="bench", dbname="postgres", autocommit=True)
            except psycopg.OperationalError:
                if self._server.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    def prepare(self, question: Question) -> Statements:
        """Return the SQL."""
        return statements(question.query, self)

    def ask(self, prepared: Statements) -> Found:
        """Count, then fetch the page."""
        counted = self._connection.execute(prepared.count.encode()).fetchone()
        assert counted is not None
        rows = self._connection.execute(prepared.page.encode()).fetchall() if counted[0] else []
        return FoundRows(counted[0], [row.encode() for (row,) in rows])

    def holds_one(self, column: str, values: tuple[str, ...]) -> str:
        """Say that an array holds one of *values*."""
        return f"{column} && ARRAY[{listed(values)}]"

    def contains(self, column: str, value: str) -> str:
        """Say that a text holds *value*."""
        escaped = value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return f"{column} LIKE {literal(f'%{escaped}%')}"

    def peak_bytes(self) -> int:
        """Return that of the server's largest process, the shared buffers that it used included."""
        children = Path(f"/proc/{self._server.pid}/task/{self._server.pid}/children").read_text().split()
        processes: tuple[int | str, ...] = (self._server.pid, *children)
        return max(peak_bytes(each) for each in processes)

    def close(self) -> None:
        """Disconnect, and stop the server."""
        self._connection.close()
        self._server.send_signal(signal.SIGINT)
        self._server.wait(_WAIT_S)
        shutil.rmtree(self._socket, ignore_errors=True)


def _with_arrays(table: pa.Table) -> pa.Table:
    """Return *table* with its lists written as PostgreSQL reads them; no value has a quote or a backslash."""
    for place, field in enumerate(table.schema):
        if pa.types.is_list(field.type):
            column = table.column(place).combine_chunks()
            inside = pc.binary_join_element_wise('{"', pc.binary_join(column, '","'), '"}', "")
            empty = pc.equal(pc.list_value_length(column), 0)
            table = table.set_column(place, field.name, pc.if_else(empty, "{}", inside))
    return table


def _account() -> dict[str, Any]:
    """Return whom the server runs as: it refuses to be root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _programs() -> Path:
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    if not debian:
        raise FileNotFoundError("PostgreSQL's server programs are missing. On Debian: apt-get install postgresql")
    return debian[-1]


engine = PostgreSQL
