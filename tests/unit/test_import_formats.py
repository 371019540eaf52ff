"""Every format and packing gives the same records; damaged ones are told."""

import csv
import gzip
import io
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from importing import NOW, Database, Silent, figures
from letrics.errors import InvalidInput, NotFound
from letrics.importer.read_parquet import ParquetReader
from letrics.importer.rows import BrokenRow
from letrics.importer.run import ImportOptions, run_import
from workbooks import as_xlsx as workbook

HEADER = ["Company", "Website", "Employees", "City", "Country", "Founded", "Note"]
ROWS: list[list[Any]] = [
    ["Zürcher Öl", "zuercher-oel-letricsdemo.ch", 120, "Zürich", "Switzerland", 1998, None],
    ["O'Neil, Sons", "oneil-letricsdemo.ie", 7, "Cork", "Ireland", 2004, 'says "hi"'],
    ["Łódź Tools", "lodz-letricsdemo.pl", 60, "Łódź", "Poland", 2011, "two\nlines"],
]


def as_csv(delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """Return the table as CSV, every cell in quotes that needs them."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter)
    writer.writerow(HEADER)
    writer.writerows([["" if cell is None else cell for cell in row] for row in ROWS])
    return written.getvalue().encode(encoding)


def as_parquet() -> bytes:
    """Return the table as Parquet, typed."""
    sink = io.BytesIO()
    pq.write_table(pa.table({name: [row[i] for row in ROWS] for i, name in enumerate(HEADER)}), sink)
    return sink.getvalue()


def as_xlsx(sheets: dict[str, list[list[Any]]] | None = None) -> bytes:
    """Return the table, or *sheets*, as a workbook."""
    return workbook(sheets or {"Data": [HEADER, *ROWS]})


FORMATS: dict[str, Callable[[], bytes]] = {
    "csv": as_csv,
    "semicolons": lambda: as_csv(";"),
    "tabs": lambda: as_csv("\t"),
    "bars": lambda: as_csv("|"),
    "bom": lambda: as_csv(encoding="utf-8-sig"),
    "utf-16": lambda: as_csv(encoding="utf-16"),
    "utf-16 without a mark": lambda: as_csv(encoding="utf-16-le"),
    "gzip": lambda: gzip.compress(as_csv()),
    "parquet": as_parquet,
    "xlsx": as_xlsx,
}


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """What plain CSV gives."""
    database = Database(tmp_path_factory.mktemp("expected"))
    report = database.take(as_csv())
    assert figures(report) == ((3, 0, 0), (0, 0, 0), 0)
    company = database.companies()["zuercher-oel-letricsdemo.ch"]
    assert (company.name, company.employee_count, company.founded_year) == ("Zürcher Öl", 120, 1998)
    assert database.companies()["lodz-letricsdemo.pl"].custom == {"Note": "two\nlines"}
    return database.rows("companies")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_records(database: Database, expected: list[bytes], name: str) -> None:
    """Whatever a table comes in, the records are those of plain CSV, to the byte; from a path and from standard input."""
    data = FORMATS[name]()
    database.run(["-"], stdin=data)
    assert database.rows("companies") == expected
    again = database.take(data)
    assert figures(again) == ((0, 0, 3), (0, 0, 0), 0)


def test_zstandard_is_unpacked(database: Database, expected: list[bytes]) -> None:
    """A file packed with zstd is read as what is in it."""
    path = database.folder / "packed.csv.zst"
    with pa.output_stream(str(path), compression="zstd") as stream:
        stream.write(as_csv())
    database.run([str(path)])
    assert database.rows("companies") == expected


OWN = [
    {
        "name": "Alpha",
        "domain": "alpha-letricsdemo.de",
        "industries": ["Software", "A, B"],
        "location": {"city": "Munich"},
    },
    {
        "name": "Beta",
        "domain": "beta-letricsdemo.de",
        "emails": [{"value": "info@beta-letricsdemo.de", "type": "generic"}],
    },
]


@pytest.mark.parametrize("form", ["lines", "array", "pretty array", "pretty objects", "utf-16 array", "parquet"])
def test_letrics_own_records_in_any_json_and_parquet(database: Database, form: str) -> None:
    """Objects a line, in an array, over several lines, or as typed columns are the same records."""
    whole = {
        "lines": "\n".join(map(json.dumps, OWN)).encode(),
        "array": b"\xef\xbb\xbf" + json.dumps(OWN).encode(),
        "pretty array": json.dumps(OWN, indent=2).encode(),
        "pretty objects": "\n".join(json.dumps(each, indent=2) for each in OWN).encode(),
        "utf-16 array": json.dumps(OWN).encode("utf-16"),
    }
    if form == "parquet":
        sink = io.BytesIO()
        pq.write_table(
            pa.Table.from_pylist([{**OWN[0], "emails": []}, {**OWN[1], "industries": [], "location": None}]), sink
        )
        report = database.take(sink.getvalue())
    else:
        report = database.take(whole[form])
    assert figures(report) == ((2, 0, 0), (0, 0, 0), 0)
    alpha, beta = (database.companies()[f"{name}-letricsdemo.de"] for name in ("alpha", "beta"))
    assert alpha.industries == ("Software", "A, B")
    assert alpha.location is not None
    assert alpha.location.city == "Munich"
    assert [email.value for email in beta.emails] == ["info@beta-letricsdemo.de"]


def test_an_array_that_breaks_off_keeps_what_came_before(database: Database) -> None:
    """What is no object is a reject by its place; where JSON ends early, so does the file, and the report says so."""
    report = database.take(
        b'[{"name": "A", "domain": "a-letricsdemo.de"}, 5, {"name": "B", "domain": "b-letricsdemo.de"}, {"na'
    )
    assert figures(report) == ((2, 0, 0), (0, 0, 0), 2)
    assert [reject.line for reject in report.rejects] == [2, 4]
    assert "no JSON object" in report.rejects[0].reason
    assert "what follows cannot be read" in report.rejects[1].reason


def test_a_folder_is_all_its_files(database: Database, expected: list[bytes]) -> None:
    """Files of a folder and its folders are taken by name; what is no data is named, not passed over in silence."""
    folder = database.folder / "drop" / "deeper"
    folder.mkdir(parents=True)
    (folder / "b.xlsx").write_bytes(as_xlsx({"S": [HEADER, ROWS[0]]}))
    (folder.parent / "a.csv.gz").write_bytes(gzip.compress(as_csv()))
    (folder.parent / "letter.pdf").write_bytes(b"%PDF")
    report = database.run([str(folder.parent)])
    assert database.rows("companies") == expected
    assert report.read == 4
    assert report.passed_over == [str(folder.parent / "letter.pdf")]
    with pytest.raises(InvalidInput, match="holds no file"):
        (database.folder / "bare").mkdir()
        database.run([str(database.folder / "bare")])


def test_a_sheet_is_chosen(database: Database) -> None:
    """The first sheet with anything in it is read, and the others are named; another one by its name."""
    path = database.folder / "book.xlsx"
    path.write_bytes(as_xlsx({"Cover": [], "First": [[None], [], HEADER, ROWS[0]], "Second": [HEADER, ROWS[1]]}))
    report = database.run([str(path)])
    assert list(database.companies()) == ["zuercher-oel-letricsdemo.ch"]
    assert any("'First' is read" in note and "'Second'" in note for note in report.notes[str(path)])
    for sheet, fault in (("Second", None), ("Third", "has no sheet 'Third'")):
        options = ImportOptions(sheet=sheet, rejects=database.folder / "r.csv")
        if fault is None:
            run_import([str(path)], options, database.index, now=NOW, stdin=io.BytesIO(), progress=Silent())
            assert len(database.companies()) == 2
        else:
            with pytest.raises(NotFound, match=fault):
                run_import([str(path)], options, database.index, now=NOW, stdin=io.BytesIO(), progress=Silent())


def test_typed_cells_become_the_text_a_csv_would_have(database: Database) -> None:
    """Whole numbers have no point, times are ISO 8601, lists are several values, and text that looks like a number stays text."""
    table = pa.table(
        {
            "name": ["A"],
            "domain": ["a-letricsdemo.de"],
            "employee_count": pa.array([12.0]),
            "revenue": pa.array([1_500_000]),
            "first_seen_at": pa.array([datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)], pa.timestamp("ns", tz="UTC")),
            "added_at": pa.array([date(2021, 5, 6)]),
            "technologies": pa.array([["Shopify", "A, B"]]),
            "external_id": ["00012"],
            "is public": [True],
        }
    )
    sink = io.BytesIO()
    pq.write_table(table, sink)
    database.take(sink.getvalue())
    company = database.companies()["a-letricsdemo.de"]
    assert (company.employee_count, company.revenue) == (12, 1_500_000)
    assert (company.first_seen_at, company.added_at) == ("2020-01-02T03:04:05Z", "2021-05-06T00:00:00Z")
    assert company.technologies == ("Shopify", "A, B")
    assert (company.external_id, company.custom) == ("00012", {"is public": "true"})


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"PAR1 and nothing else", "no Parquet file"),
        (b"PK\x03\x04 and nothing else", "no workbook"),
        (gzip.compress(as_csv())[:-9], "cannot be read to its end|cannot be unpacked"),
        (gzip.compress(as_parquet()), "packed Parquet"),
        (b"\x28\xb5\x2f\xfd and nothing else", "cannot be unpacked"),
    ],
    ids=["parquet", "workbook", "gzip", "packed parquet", "zstd"],
)
def test_broken_files_are_told(database: Database, data: bytes, fault: str) -> None:
    """A file that is damaged is one sentence, and nothing of it is imported."""
    with pytest.raises(InvalidInput, match=fault):
        database.take(data)
    assert database.companies() == {}


def test_a_sheet_with_a_cell_in_its_last_corner_is_refused(database: Database) -> None:
    """A workbook of two kilobytes that would be laid out as 17 thousand million cells is one sentence."""
    corner = '<c r="XFD1048576"><v>1</v></c>'
    with ZipFile(io.BytesIO(as_xlsx())) as whole:
        parts = {name: whole.read(name).decode() for name in whole.namelist()}
    packed = io.BytesIO()
    with ZipFile(packed, "w") as book:
        for name, text in parts.items():
            book.writestr(name, text.replace("</sheetData>", f'<row r="1048576">{corner}</row></sheetData>'))
    with pytest.raises(InvalidInput, match="1,048,576 rows and 16,384 columns"):
        database.run([database.file(packed.getvalue())])


def test_a_column_of_parquet_is_the_text_that_a_csv_has(tmp_path: Path) -> None:
    """Columns that become text at once say what their values say one by one; lists are JSON, nothing is empty."""
    columns: dict[str, tuple[Any, list[str]]] = {
        "whole": (pa.array([7, -1, None]), ["7", "-1", ""]),
        "most": (pa.array([2**64 - 1, 0, None], pa.uint64()), ["18446744073709551615", "0", ""]),
        "flag": (pa.array([True, None, False]), ["true", "", "false"]),
        "text": (pa.array(["ü", None, ""], pa.large_string()), ["ü", "", ""]),
        "none": (pa.nulls(3), ["", "", ""]),
        "list": (pa.array([["a", "é b"], [], None]), ['["a", "é b"]', "[]", ""]),
        "odd": (pa.array([['a"', "b\\"], ["c\n"], [None]]), ['["a\\"", "b\\\\"]', '["c\\n"]', "[null]"]),
        "part": (pa.array([1.0, 2.5, None]), ["1", "2.5", ""]),
    }
    pq.write_table(pa.table({name: column for name, (column, _) in columns.items()}), tmp_path / "x.parquet")
    rows = list(ParquetReader("x", tmp_path / "x.parquet").rows())
    assert [row.cells for row in rows if not isinstance(row, BrokenRow)] == [
        list(cells) for cells in zip(*(texts for _, texts in columns.values()), strict=True)
    ]
