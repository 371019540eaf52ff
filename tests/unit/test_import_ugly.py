"""Ugly files: whatever is in them, the outcome is clear, nothing is lost, and no traceback comes of it."""

import datetime
import decimal
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from importing import Database
from letrics.errors import InvalidInput
from letrics.importer.report import Report
from serving import run_letrics
from workbooks import as_xlsx


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path)


def told(report: Report) -> list[tuple[int, str]]:
    """Return line and reason of each reject."""
    return [(each.line, each.reason) for each in report.rejects]


def test_lines_of_several_encodings_in_one_file(database: Database) -> None:
    """A file put together from UTF-8 and Windows-1252 gives the right letters in every line."""
    lines = [b"Company,City", "Müller,Köln".encode(), "Søn – A/S,Århus".encode("cp1252"), "日本,東京".encode()]
    database.take(b"\r\n".join(lines))
    assert set(database.companies()) == {"Müller", "Søn – A/S", "日本"}


def test_ragged_rows(database: Database) -> None:
    """Rows too short or too long are rejected with both widths; empty lines, and commas over an end, cost nothing."""
    report = database.take("Company,City,Note\nAcorn,Berlin\nBeech,Paris,x,y\n\n,,\nCedar,Rome,z\nDogwood,Oslo,w,,,\n")
    assert told(report) == [
        (2, "has 2 fields where the header has 3"),
        (3, "has 4 fields where the header has 3; a field that holds a comma must stand in quotes"),
    ]
    assert set(database.companies()) == {"Cedar", "Dogwood"}


def test_headers_twice_empty_and_odd(database: Database) -> None:
    """Columns of one name, of none, and of control characters are told apart, and none is dropped."""
    database.take('Company,Note,Note,,"a\nb",\x00Zip\x07\nAcorn,1,2,3,4,5\n')
    assert database.companies()["Acorn"].custom == {"Note": "1", "Note (2)": "2", "column 4": "3", "a b": "4"} | {
        key: value for key, value in database.companies()["Acorn"].custom.items() if "Zip" in key
    }
    assert "5" in json.dumps([row.decode() for row in database.rows("companies")])


def test_line_breaks_within_cells(database: Database) -> None:
    """A cell of several lines is one cell, and later rejects have the right line."""
    report = database.take('Company,Description,City\n"Acorn","one\r\ntwo\n\nthree",Berlin\nBeech\n')
    assert database.companies()["Acorn"].description == "one\ntwo\n\nthree"
    assert told(report) == [(6, "has 1 fields where the header has 3")]


def test_ten_thousand_columns(database: Database) -> None:
    """Each column that says something is kept; the rest costs nothing."""
    names = ["Company", *(f"Column {i}" for i in range(9_999))]
    values = ["Acorn", *(str(i) if i % 100 == 0 else "" for i in range(9_999))]
    database.take(f"{','.join(names)}\n{','.join(values)}\n")
    custom = database.companies()["Acorn"].custom
    assert (len(custom), custom["Column 9900"]) == (100, "9900")


def test_a_cell_of_five_megabytes(database: Database) -> None:
    """It is taken whole, and the row after it too."""
    cell = "x, y\n" * 1_000_000
    database.take(f'Company,Description\nAcorn,"{cell}"\nBeech,short\n')
    assert database.companies()["Acorn"].description == cell.strip()
    assert database.companies()["Beech"].description == "short"


def test_formulas_are_text(database: Database) -> None:
    """What a spreadsheet would compute is taken as it stands, and disarmed when it goes out as CSV."""
    formula = '=HYPERLINK("http://evil.example","Acorn")'
    database.take(f'Company,City,Note\n"{formula.replace(chr(34), chr(34) * 2)}",+1+1,@SUM(A1)\n')
    (company,) = database.companies().values()
    assert (company.name, company.custom) == (formula, {"Note": "@SUM(A1)"})


def test_nuls_and_control_characters(database: Database) -> None:
    """They are taken out of values; the file is read to its end."""
    database.take(b"Company,City\nAc\x00orn\x07,Ber\x00lin\n\x00Beech,Paris\n")
    assert set(database.companies()) == {"Acorn", "Beech"}


def test_right_to_left_and_signs_of_direction(database: Database) -> None:
    """Hebrew and Arabic are kept letter by letter."""
    database.take("Company,City\nאלון בע״מ,תל אביב\nشركة البلوط,دبي\n")
    assert set(database.companies()) == {"אלון בע״מ", "شركة البلوط"}


@pytest.mark.parametrize(
    ("dates", "seen", "kept"),
    [
        (("13/02/2024", "03/04/2024"), ("2024-02-13", "2024-04-03"), []),
        (("02/13/2024", "03/04/2024"), ("2024-02-13", "2024-03-04"), []),
        (("13-02-2024 10:00", "03-04-2024", "2024-05-06"), ("2024-02-13", "2024-04-03", "2024-05-06"), []),
        (("13/02/2024", "14/02/2024", "02/15/2024", "Mar 4, 2024"), ("2024-02-13", "2024-02-14", None, "2024-03-04"), [2]),
        (("31.12.2020", "12/31/2020", "03/04/2020"), ("2020-12-31", "2020-12-31", "2020-03-04"), []),
        (("03/04/2024", "05/06/2024"), (None, None), [0, 1]),
    ],
)  # fmt: skip
def test_dates_of_two_kinds_in_one_column(
    database: Database, dates: tuple[str, ...], seen: tuple[str | None, ...], kept: list[int]
) -> None:
    """One date that can be read one way only tells how to read the column; what contradicts it is kept and counted."""
    rows = [f'C{i},"{date}"' for i, date in enumerate(dates)]
    report = database.take("\n".join(["Company,First detected", *rows]))
    found = database.companies()
    for i, day in enumerate(seen):
        company = found[f"C{i}"]
        if day is not None:
            assert company.first_seen_at[:10] == day
        assert company.custom == ({"First detected": dates[i]} if i in kept else {})
    notes = " ".join(note for notes in report.notes.values() for note in notes)
    assert (f"First detected: {len(kept)} values kept" in notes) == bool(kept)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \n\n ", "is empty"),
        (b"\xff\xfe", "is empty"),
        (gzip.compress(b""), "is empty"),
        (gzip.compress(b"Company\n" + b"Acorn\n" * 9)[:-12], "cannot be"),
        (b"\x28\xb5\x2f\xfd" + b"no zstd", "cannot be unpacked"),
        (b"PAR1 no parquet", "is no Parquet file that can be read"),
        (b"PK\x03\x04 no workbook", "is no workbook that can be read"),
        (b"\x00\x01\x02", "is no text"),
        (bytes(range(256)) * 9, "is no text"),
        (b",,,\n,,,\n", "names no columns"),
        (b"https://acorn-letricsdemo.de,12\n", "must name the columns"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_files_of_which_nothing_can_be_made(database: Database, content: bytes, said: str) -> None:
    """One sentence names the file and what is wrong with it."""
    path = database.file(content)
    with pytest.raises(InvalidInput, match=said) as raised:
        database.run([path])
    assert path in raised.value.details
    assert database.index.changes() == ()


def test_a_header_and_no_row(database: Database) -> None:
    """A file of headers only is an import of nothing."""
    report = database.take("Company,City\n")
    assert (report.read, report.rejected, database.companies()) == (0, 0, {})


def test_a_quote_that_is_never_closed_in_the_last_line(database: Database) -> None:
    """The line is rejected by its number, the rest is taken."""
    report = database.take('Company,City\nAcorn,Berlin\nBeech,"Par\n')
    assert told(report) == [(3, "opens a quote that is never closed")]
    assert set(database.companies()) == {"Acorn"}


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_ends_of_lines(database: Database, end: str) -> None:
    """Lines of Windows, of old Macs and of Unix are counted alike."""
    report = database.take(end.join(["Company,City", "Acorn,Berlin", "Beech", "Cedar,Rome", ""]))
    assert (set(database.companies()), told(report)[0][0]) == ({"Acorn", "Cedar"}, 3)


def test_json_that_is_cut_off(database: Database) -> None:
    """What stands before the cut is taken, and where it is cut is told; lines of NDJSON break one by one."""
    whole = json.dumps([{"name": "Acorn"}, {"name": "Beech"}])
    report = database.take(whole[:-6])
    assert set(database.companies()) == {"Acorn"}
    assert told(report)[0][0] == 2
    report = database.take('{"name": "Cedar"}\n{"name": "Dog\n[1]\nnull\n{"name": "Elm"}\n')
    assert [line for line, _ in told(report)] == [2, 3, 4]
    assert set(database.companies()) == {"Acorn", "Cedar", "Elm"}


def workbook(*, title: bool) -> bytes:
    rows = [
        ["Company", "Employees", "First seen", "Zip", "Sum"],
        ["Acorn", 120.0, datetime.date(2024, 2, 13), 80331, ("B2*2", 240)],
    ]
    above: list[list[Any]] = [["Our customers, 2024", None, None, None, None], []] if title else []
    return as_xlsx({"Data": [*above, *rows]}, merged="A1:E1" if title else None)


@pytest.mark.parametrize("title", [False, True])
def test_a_workbook_with_formulas_dates_and_a_merged_title(database: Database, *, title: bool) -> None:
    """Formulas give what they computed, dates are dates, numbers have no point; a title above the header is passed over."""
    database.take(workbook(title=title))
    company = database.companies()["Acorn"]
    assert company.location is not None
    assert (company.employee_count, company.first_seen_at) == (120, "2024-02-13T00:00:00Z")
    assert (company.location.postal_code, company.custom) == ("80331", {"Sum": "240"})


def test_parquet_with_nested_values(database: Database) -> None:
    """Structs are dotted columns, lists several values, decimals and times text; nothing is lost."""
    table = pa.table(
        {
            "name": ["Acorn"],
            "domain": ["acorn-letricsdemo.de"],
            "location": [{"city": "Berlin", "country": "DE"}],
            "technologies": [["React", "Vue; old"]],
            "first_seen_at": pa.array([datetime.datetime(2024, 2, 13, 10, 0, 0, 123456)], pa.timestamp("ns")),
            "price": pa.array([decimal.Decimal("12.50")], pa.decimal128(9, 2)),
            "people": [[{"n": 1, "at": datetime.date(2024, 1, 1)}]],
            "raw": [b"\xff\x00"],
            "flag": [None],
        }
    )
    content = io.BytesIO()
    pq.write_table(table, content)
    database.take(content.getvalue())
    company = database.companies()["acorn-letricsdemo.de"]
    assert company.location is not None
    assert (company.location.city, company.technologies) == ("Berlin", ("React", "Vue; old"))
    assert company.first_seen_at == "2024-02-13T10:00:00.123456Z"
    assert (company.custom["price"], json.loads(company.custom["people"])) == ("12.50", [{"n": 1, "at": "2024-01-01"}])


def test_packed_files_that_are_cut_off(database: Database) -> None:
    """A cut is told with the file's name, and nothing of the file is taken: what is missing cannot be known."""
    rows = b"Company,Note\n" + b"".join(b"Acorn %d,%d\n" % (i, i * 7919) for i in range(50_000))
    for packed, suffix in ((gzip.compress(rows), "csv.gz"), (pa.compress(rows, "zstd", asbytes=True), "csv.zst")):
        path = database.file(packed[: len(packed) // 2], suffix)
        with pytest.raises(InvalidInput, match="cannot be") as raised:
            database.run([path])
        assert path in raised.value.details
    assert database.companies() == {}


def test_a_folder_with_junk(tmp_path: Path) -> None:
    """Data files are taken in order of their names, the rest is named as passed over; rejects of before are no data."""
    folder = tmp_path / "in"
    (folder / "sub").mkdir(parents=True)
    for name, content in (
        ("a.csv", "Company\nAcorn\n"),
        ("sub/b.JSONL", '{"name": "Beech"}'),
        (".DS_Store", "x"),
        ("readme.pdf", "x"),
        ("a.rejects.csv", "file,line\nx,1\n"),
    ):
        (folder / name).write_text(content)
    report = Database(tmp_path).run([str(folder)])
    assert (report.companies.created, len(report.passed_over)) == (2, 3)


def test_the_command_never_shows_a_traceback(tmp_path: Path) -> None:
    """What is wrong is told on one line, with file and place; the exit code is 2 for a file that cannot be read."""
    path = tmp_path / "a.csv"
    for content in (
        b"",
        b"\x1f\x8b\x08",
        b"PK\x03\x04",
        b"PAR1",
        b"\x00\x01\x02",
        b"{",
        b"[",
        b'"',
        b"[[[[",
    ):
        path.write_bytes(content)
        said = run_letrics(tmp_path / "d", "import", str(path), "--rejects", str(tmp_path / "r.csv"), fails=True)
        assert "Traceback" not in said
        assert not said or "Error: " in said


def test_deep_nesting_is_a_reject(database: Database) -> None:
    """A line nested beyond all reason is rejected; the next one is read."""
    deep: Any = "[" * 100_000
    report = database.take('{"name": "Acorn"}\n{"name": ' + deep + '\n{"name": "Beech"}\n')
    assert [line for line, _ in told(report)] == [2]
    assert set(database.companies()) == {"Acorn", "Beech"}


_TOO_LARGE = "holds a whole number of more than 64 bits; write it as text"
_BEECH = '{"name": "Beech", "domain": "beech-letricsdemo.de"}'


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (str(2**64), _TOO_LARGE),
        (str(-(2**63) - 1), _TOO_LARGE),
        ('{"a": [' + "9" * 30 + "]}", _TOO_LARGE),
        ("[" * 3_000 + "]" * 3_000, "is nested too deeply"),
        ('{"a": ' * 3_000 + "1" + "}" * 3_000, "is nested too deeply"),
        ('{"a": ' * 970 + "1" + "}" * 970, "is nested too deeply"),
    ],
)
@pytest.mark.parametrize("form", ["{0}\n{1}\n{2}\n", "[{0}, {1}, {2}]", "{1}\n{0}\n{2}\n"])
def test_what_cannot_be_kept_of_json_is_a_reject(database: Database, form: str, value: str, reason: str) -> None:
    """A number of more than 64 bits, or an object nested too deeply, costs its own row and no other, in every form of JSON."""
    acorn = '{"name": "Acorn", "domain": "acorn-letricsdemo.de", "x": ' + value + "}"
    eva = '{"full_name": "Eva", "emails": ["eva@elm-letricsdemo.de"]}'
    content = form.format(acorn, _BEECH, eva)
    report = database.run([database.file(content, "json")])
    place = 2 if form.startswith("{1}") else 1
    assert [(each.line, each.reason) for each in report.rejects] == [(place, reason)]
    assert (set(database.companies()), set(database.contacts())) == (
        {"beech-letricsdemo.de", "elm-letricsdemo.de"},
        {"Eva"},
    )


def test_numbers_beyond_all_measure_are_rejects(database: Database) -> None:
    """A count that no file can mean, and a number that is none to JSON's readers, are told by their rows."""
    report = database.run([database.file(f'{{"name": "Acorn", "revenue": 1e300}}\n{_BEECH}\n', "ndjson")])
    assert told(report) == [(1, "takes a number of at most 18 digits")]
    report = database.run([database.file(f'[{_BEECH}, {{"name": "Acorn", "x": 1e400}}, {_BEECH}]', "json")])
    assert [each.line for each in report.rejects] == [2]
    for number in ("1e99999999999999999999", "9" * 10_000):
        report = database.run([database.file(f'[{_BEECH}, {{"name": "Acorn", "x": {number}}}]', "json")])
        assert [each.line for each in report.rejects] == [2]
    assert set(database.companies()) == {"beech-letricsdemo.de"}
