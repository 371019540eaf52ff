"""Exports: everything, or what a search finds, as NDJSON or CSV; whole, or not there."""

import csv
import io
import json
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import msgspec
import pytest

from importing import Database
from letrics.cli.csv_rows import write_csv
from letrics.importer import inputs
from letrics.query.query import Query
from serving import fill, run_letrics

RECORDS = 12_000


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export") / "data"
    fill(folder)
    return folder


def test_everything_is_exported_companies_first(data: Path) -> None:
    """Every record as it is answered, one a line."""
    lines = [json.loads(line) for line in run_letrics(data, "export").splitlines()]
    assert [line["id"][:3] for line in lines] == ["co_"] * 3 + ["ct_"] * 4
    answered = json.loads(run_letrics(data, "search", "contacts", "--format", "json"))["data"]
    assert lines[3:] == answered


def test_an_export_can_be_filtered(data: Path) -> None:
    """The filters of the search apply, in both formats; an export of nothing is empty."""
    found = run_letrics(data, "export", "contacts", "--location", "Germany").splitlines()
    assert [json.loads(line)["full_name"] for line in found] == ["Ada Ash", "Cy Cedar"]
    rows = list(csv.DictReader(io.StringIO(run_letrics(data, "export", "companies", "--format", "csv"))))
    assert [row["domain"] for row in rows] == ["alpha-letricsdemo.de", "beta-letricsdemo.co.uk", ""]
    assert rows[0]["location.city"] == "Munich"
    assert run_letrics(data, "export", "contacts", "--location", "Japan") == ""
    assert "--location" in run_letrics(data, "export", "contacts", "--locaton", "x", fails=True)


def test_an_exported_csv_can_be_imported(data: Path, tmp_path: Path) -> None:
    """CSV of companies and contacts gives the same people and companies in another folder."""
    for search in ("companies", "contacts"):
        run_letrics(data, "export", search, "--format", "csv", "-o", str(tmp_path / f"{search}.csv"))
    run_letrics(tmp_path / "b", "import", "-q", str(tmp_path / "companies.csv"), str(tmp_path / "contacts.csv"))
    for search in ("companies", "contacts"):
        one, other = (
            json.loads(run_letrics(folder, "search", search, "--format", "json"))["data"]
            for folder in (data, tmp_path / "b")
        )
        ours = ("updated_at", "sources")
        assert [{k: v for k, v in row.items() if k not in ours} for row in one] == [
            {k: v for k, v in row.items() if k not in ours} for row in other
        ]


def test_cells_are_no_formulas(tmp_path: Path) -> None:
    """What a spreadsheet would take for a formula is disarmed, in every cell that has one."""
    database = Database(tmp_path)
    custom = {"a": "-1+2", "b": "fine", "c": "'-1", "d": "-1"}
    database.take([{"name": '=HYPERLINK("x")', "external_id": "@1", "revenue": -5000, "custom": custom}])
    file = io.BytesIO()
    write_csv(database.index.searcher().scan(Query(search="companies")), file)
    (row,) = csv.DictReader(io.StringIO(file.getvalue().decode()))
    assert (row["name"], row["external_id"], row["custom.a"]) == ('\'=HYPERLINK("x")', "'@1", "'-1+2")
    # A number is none.
    assert (row["custom.b"], row["custom.c"], row["custom.d"], row["revenue"]) == ("fine", "''-1", "-1", "-5000")


@pytest.mark.parametrize("is_large", [False, True])
def test_what_was_disarmed_comes_back_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_large: bool
) -> None:
    """Our own CSV, however large, gives the same names, numbers and custom texts; of other files no apostrophe is taken."""
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    database, other = Database(tmp_path / "a"), Database(tmp_path / "b")
    custom = {"a": "-1+2", "b": "'=1", "c": "''@1", "d": "'tis", "e": "-1"}
    names = ["+Pluss AS", "'+Pluss AS", "@home", "'t Hof", *map("Acorn {}".format, range(200))]
    database.take(
        [
            {"name": name, "revenue": -5000, "location": {"latitude": -77.03, "longitude": -1e-05}, "custom": custom}
            for name in names
        ]
    )
    file = io.BytesIO()
    write_csv(database.index.searcher().scan(Query(search="companies")), file)
    if is_large:
        monkeypatch.setattr(inputs, "_LARGE_BYTES", 1)
    other.take(file.getvalue())
    ours = ("updated_at", "sources")
    told = [
        {
            name: {key: value for key, value in msgspec.to_builtins(each).items() if key not in ours}
            for name, each in one.companies().items()
        }
        for one in (database, other)
    ]
    assert told[0] == told[1]
    assert set(told[1]) == set(names)
    other.take("Company,Website\n'+Minus AS,minus-letricsdemo.no\n")
    assert other.companies()["minus-letricsdemo.no"].name == "'+Minus AS"


def test_an_export_needs_no_memory_for_its_rows(tmp_path: Path) -> None:
    """Thousands of large records are passed on one by one, as NDJSON and as CSV with columns that differ."""
    database = Database(tmp_path)
    database.take([{"external_id": str(i), "name": "x", "custom": {f"c{i % 7}": "y" * 8_000}} for i in range(RECORDS)])
    rows = database.index.searcher().scan(Query(search="companies"))
    size = sum(map(len, rows))
    with (tmp_path / "out.csv").open("wb") as file:
        tracemalloc.start()
        assert write_csv(rows, file) == RECORDS
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < size / 4
    assert file.closed


def test_a_scan_stays_with_its_generation(tmp_path: Path) -> None:
    """An import while an export runs changes nothing of it, not even of its second pass."""
    database = Database(tmp_path)
    database.take([{"name": "Acorn"}])
    rows = database.index.searcher().scan(Query(search="companies"), Query(search="contacts"))
    first = list(rows)
    database.take([{"name": "Beech", "custom": {"new": "column"}}, {"full_name": "Eva", "external_id": "1"}])
    assert list(rows) == first
    assert len(list(database.index.searcher().scan(Query(search="companies"), Query(search="contacts")))) == 3


def test_lines_are_the_records_of_a_scan(tmp_path: Path) -> None:
    """Read many at once, records are the same bytes in the same order, whichever segments they stand in."""
    database = Database(tmp_path)
    for day in (3, 1, 2):
        company = {"name": f"Acorn {day}", "domain": f"acorn{day}.com", "added_at": f"2026-01-0{day}T00:00:00Z"}
        people = [{"full_name": f"Eva {i}", "company": {"domain": company["domain"]}} for i in range(3)]
        database.take([company, *people, {"full_name": f"Nobody's {day}", "external_id": str(day)}])
    searcher = database.index.searcher()
    queries = [Query(search=search, per_page=100) for search in ("companies", "contacts")]
    rows = [row for query in queries for row in searcher.search(query, timeout_s=60).rows]
    scan = searcher.scan(*queries)
    read = [(count, bytes(lines)) for count, lines in scan.lines()]
    assert b"".join(lines for _, lines in read) == b"".join(row + b"\n" for row in rows)
    assert list(scan) == rows
    assert sum(records for records, _ in read) == len(rows) == 15
    pieces = iter(scan.lines())
    _, first = next(pieces)
    assert list(pieces)
    with pytest.raises(ValueError, match="released"):
        bytes(first)


def test_a_file_is_there_only_when_it_is_whole(data: Path, tmp_path: Path) -> None:
    """A failed export leaves the file that was there, and no part of a new one."""
    output = tmp_path / "all.ndjson"
    output.write_text("before")
    if os.geteuid() == 0:
        said = run_letrics(data, "export", "-o", str(tmp_path / "none" / "all.ndjson"), fails=True)
        assert "No such file" in said
    command = [sys.executable, "-c", _LIMITED, "--data", str(data), "export", "-o", str(output)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "full" in done.stderr
    assert output.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["all.ndjson"]
    run_letrics(data, "export", "-o", str(output))
    assert len(output.read_text().splitlines()) == 7


def test_what_is_no_file_of_its_own_stays_what_it_is(data: Path, tmp_path: Path) -> None:
    """A pipe or a device is written to, and what a link leads to is written anew: neither is replaced by a file."""
    pipe, file, link = tmp_path / "pipe", tmp_path / "all.ndjson", tmp_path / "link"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE) as reader:
        run_letrics(data, "export", "-o", str(pipe))
        assert reader.stdout is not None
        assert len(reader.stdout.read().splitlines()) == 7
    assert pipe.is_fifo()
    link.symlink_to(file)
    run_letrics(data, "export", "-o", str(link))
    assert link.is_symlink()
    assert len(file.read_text().splitlines()) == 7


# A file may have no more than 100 bytes, as on a disk that is full.
_LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
from letrics.cli.main import main
main()
"""
