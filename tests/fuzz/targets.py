"""
What is fuzzed: everything that reads bytes from outside, with real inputs to begin from.

A target takes bytes and either does its work or raises an error of `letrics.errors`; anything else is a defect.
"""

import gzip
import io
import json
import random
import tempfile
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from conformance.ledger import Growth
from importing import NOW, Silent
from letrics.errors import LetricsError
from letrics.importer import presets as presets_package
from letrics.importer.guess import guess
from letrics.importer.mapping_file import apply, read_mapping
from letrics.importer.run import ImportOptions, run_import, written_mapping
from letrics.index import manifest
from letrics.index.embedded import EmbeddedIndex
from letrics.index.format import Container
from letrics.model.filters import SEARCHES
from letrics.query.notation import fields_of_body, fields_of_query_string
from letrics.query.parse import Limits, parse_fields

_HEADER = ["Company", "Website", "First Name", "Last Name", "Email", "Title", "City", "Country", "Phone", "Founded"]
_ROWS = [
    ["Zürcher Öl", "zuercher-oel.example.ch", "Ada", "O'Neil", "ada@firm.example.ch", "VP, R&D", "Zürich", "CH", "+41 44 668 18 00", "1998"],
    ["Łódź Tools, Inc.", "https://lodz.example.pl/", "Bo", "van der Berg", "info@lodz.example.pl", 'Head of "IT"', "Łódź", "Poland", "", "2011"],
    ["İşbank", "", "Çağ", "ß", "", "two\nlines", "Georgia", "Georgia", "123", "MMXX"],
]  # fmt: skip
_RECORDS = [dict(zip(_HEADER, row, strict=True)) | {"nested": {"a": [1, 2.5, None, True]}} for row in _ROWS]


class Target(NamedTuple):
    """
    One thing to fuzz: the *originals* to begin from, and what *takes* bytes, with a folder of its own.

    *executions* is how many make one round, of a second or two.
    """

    name: str
    executions: int
    originals: Callable[[], list[bytes]]
    takes: Callable[[Path], Callable[[bytes], None]]


def refusing(work: Callable[[], object]) -> bool:
    """Do *work*; return whether it refused with an error of ours, which can be sent as JSON in UTF-8."""
    try:
        work()
    except LetricsError as error:
        for fault in error.faults:
            assert fault.details.encode(), error
            assert (fault.field or "").encode() is not None
        return True
    return False


def _csv(delimiter: str = ",") -> bytes:
    quoted = [['"' + cell.replace('"', '""') + '"' for cell in row] for row in [_HEADER, *_ROWS]]
    return "\r\n".join(delimiter.join(row) for row in quoted).encode()


def _csvs() -> list[bytes]:
    text = _csv().decode()
    return [_csv(), _csv(";"), _csv("\t"), text.encode("utf-16"), text.replace("Ł", "L").replace("ź", "z").replace("ş", "s").replace("ğ", "g").replace("İ", "I").encode("cp1252"), b"Name,Domain\nA,a.de\n"]  # fmt: skip


def _ndjsons() -> list[bytes]:
    company = {"id": "1", "name": "A", "domain": "a.de", "location": {"city": "Köln"}, "technologies": ["x", "y"]}
    contact = {"full_name": "B C", "emails": [{"value": "b@a.de"}], "company": company, "custom": {"k": {"l": []}}}
    return ["\n".join(map(json.dumps, each)).encode() for each in (_RECORDS, [company, contact], [contact] * 3)]


def _jsons() -> list[bytes]:
    return [
        json.dumps(_RECORDS).encode(),
        json.dumps(_RECORDS, indent=1).encode(),
        json.dumps(_RECORDS[0], indent=2).encode(),
    ]


def _parquets() -> list[bytes]:
    plain = pa.table({name: [row[i] for row in _ROWS] for i, name in enumerate(_HEADER)})
    typed = pa.table(
        {
            "name": ["A", "B", None],
            "employees": pa.array([1, None, 3], pa.int32()),
            "revenue": pa.array([Decimal("1.50"), None, Decimal("2.25")]),
            "location": [{"city": "Köln", "country": "DE"}, None, {"city": None, "country": "FR"}],
            "technologies": [["x"], [], None],
            "seen": pa.array([datetime(2026, 1, 1, tzinfo=UTC), None, None], pa.timestamp("ns", tz="UTC")),
            "blob": [b"\xff", b"", None],
            "map": pa.array([[("k", 1)], [], None], pa.map_(pa.string(), pa.int64())),
            "kind": pa.array(["x", "y", "x"]).dictionary_encode(),
        }
    )
    written = []
    for table, compression in ((plain, "none"), (typed, "none"), (typed, "snappy"), (typed, "zstd")):
        sink = io.BytesIO()
        pq.write_table(table, sink, compression=compression, write_page_checksum=False)
        written.append(sink.getvalue())
    return written


_SHEET = "xl/worksheets/sheet1.xml"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_OF_A_WORKBOOK = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/><Override PartName="/{_SHEET}" ContentType="{_KIND}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="Data" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}  # fmt: skip


def _workbook(sheet: bytes) -> bytes:
    """Return a workbook of one sheet, whose XML is *sheet*."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as workbook:
        for name, content in _OF_A_WORKBOOK.items():
            workbook.writestr(name, content)
        workbook.writestr(_SHEET, sheet)
    return packed.getvalue()


def _sheets() -> list[bytes]:
    def cell(place: str, text: str) -> str:
        escaped = text.replace("&", "&amp;").replace("<", "&lt;")
        return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escaped}</t></is></c>'

    rows = "".join(
        f'<row r="{n}">' + "".join(cell(f"{chr(65 + i)}{n}", text) for i, text in enumerate(row)) + "</row>"
        for n, row in enumerate([_HEADER, *_ROWS], 1)
    )
    whole = f'<worksheet xmlns="{_MAIN}"><dimension ref="A1:J4"/><sheetData>{rows}</sheetData></worksheet>'
    typed = f'<worksheet xmlns="{_MAIN}"><sheetData><row r="1"><c r="A1" t="str"><v>Company</v></c><c r="B1" t="str"><v>Founded</v></c></row><row r="2"><c r="A2" t="str"><v>A</v></c><c r="B2"><v>1999</v></c></row><row r="3"><c r="A3" t="b"><v>1</v></c><c r="B3" t="e"><v>#N/A</v></c></row></sheetData></worksheet>'
    return [whole.encode(), typed.encode()]


def _zstds() -> list[bytes]:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(_csv())
    return [sink.getvalue().to_pybytes()]


def _importing(folder: Path) -> Callable[[bytes], None]:
    """Return what imports bytes as a file, without writing: it is told apart, read, mapped and merged."""
    backend = EmbeddedIndex(folder / "index", reload_interval_s=0)
    path = folder / "file"
    options = ImportOptions(dry_run=True)

    def take(data: bytes) -> None:
        path.write_bytes(data)
        stdin = io.BytesIO()
        refused = refusing(lambda: run_import([str(path)], options, backend, now=NOW, stdin=stdin, progress=Silent()))
        if not refused:
            refusing(lambda: written_mapping(str(path), options, stdin))

    return take


def _importing_sheet(folder: Path) -> Callable[[bytes], None]:
    take = _importing(folder)
    return lambda sheet: take(_workbook(sheet))


def _body(folder: Path) -> Callable[[bytes], None]:
    def take(data: bytes) -> None:
        search = SEARCHES[data[:1] == b"c"]
        refusing(lambda: parse_fields(search, fields_of_body(data[1:], 32), Limits()))

    return take


def _bodies() -> list[bytes]:
    requests = [
        {
            "job_titles": ["finance", "R&D"],
            "exclude_locations": ["Germany", "city:Georgia"],
            "page": 2,
            "per_page": 100,
        },
        {"added_after": "2026-01-01T00:00:00+02:00", "first_seen_before": "2026-06-30", "tlds": [".co.uk", "рф"]},
        {"has_personal_email": False, "exclude_is_decision_maker": True, "seniorities": ["VP"], "departments": None},
        {"industries": ["İ", "ß", "ﬁ", "🦉", "\u202eabc"], "technologies": [], "functions": ["x" * 256]},
    ]
    return [first + json.dumps(each).encode() for each in requests for first in (b"c", b"p")]


def _query_string(folder: Path) -> Callable[[bytes], None]:
    def take(data: bytes) -> None:
        search = SEARCHES[data[:1] == b"c"]
        refusing(lambda: parse_fields(search, fields_of_query_string(search, data[1:]), Limits()))

    return take


def _query_strings() -> list[bytes]:
    return [
        b"cjob_titles=finance&job_titles[]=R%26D&exclude_locations=Germany&page=2&per_page=100&is_decision_maker=true",
        b"padded_after=2026-01-01T00:00:00%2B02:00&tlds=%D1%80%D1%84&has_generic_email=0&industries=a,b&technologies[]=x",
        b"cfirst_seen_before=2026-01-01T00:00:00 02:00&added_before=2026-06-30&seniorities=VP&departments=hr",
    ]


def _mapping(folder: Path) -> Callable[[bytes], None]:
    guessed = guess(_HEADER, _ROWS, None)

    def take(data: bytes) -> None:
        text = data.decode("utf-8", "replace")  # the command reads the file as text
        refusing(lambda: apply(read_mapping(text, "fuzz.toml"), "fuzz.toml", _HEADER, guessed))

    return take


def _mappings() -> list[bytes]:
    made = b"""record = "contact"
country = "DE"
[columns]
Company = "company.name"
"First Name" = { to = ["contact.first_name", "custom"], split = ";", date = "%d.%m.%Y", remove = "x", nothing = ["-"] }
[constants]
"contact.location.country" = "DE"
[[joins]]
to = "contact.full_name"
columns = ["First Name", "Last Name"]
[[people]]
columns = { Email = "emails" }
job_title = "Founder"
"""
    return [made, *(path.read_bytes() for path in sorted(Path(presets_package.__path__[0]).glob("*.toml")))]


def _index(folder: Path) -> EmbeddedIndex:
    """Return an index in *folder* of two commits, the second of which replaces and removes records."""
    index = EmbeddedIndex(folder, reload_interval_s=0)
    Growth(random.Random(1), records_max=12).grow(index, 2)
    return index


def _files_of_an_index(pattern: str) -> list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        _index(Path(folder))
        return [path.read_bytes() for path in sorted(Path(folder).glob(pattern))]


def _container(pattern: str) -> Callable[[Path], Callable[[bytes], None]]:
    """Return what opens bytes as one of the files of an index: it is as it was, or damage is told."""

    def takes(folder: Path) -> Callable[[bytes], None]:
        path = folder / "file.letrics"

        def sections(data: bytes) -> dict[str, bytes] | None:
            path.write_bytes(data)
            container = Container(path)
            return None if container.damaged_sections() else {n: bytes(container.view(n)) for n in container._sections}

        originals = [sections(each) for each in _files_of_an_index(pattern)]

        def open_file(data: bytes) -> None:
            found = sections(data)
            assert found is None or found in originals, "Damage that no checksum tells."

        return lambda data: refusing(lambda: open_file(data))

    return takes


def _manifest(folder: Path) -> Callable[[bytes], None]:
    """Return what loads bytes as a manifest: it is as it was, or damage is told."""
    path = manifest.path_of(folder, 1)

    def loaded(data: bytes) -> manifest.Manifest:
        path.write_bytes(data)
        return manifest.load(folder, 1)

    originals = [loaded(each) for each in _files_of_an_index("manifest-*")]

    def load(data: bytes) -> None:
        assert loaded(data) in originals, "Damage that no checksum tells."

    return lambda data: refusing(lambda: load(data))


TARGETS = {
    target.name: target
    for target in (
        Target("body", 4_000, _bodies, _body),
        Target("query string", 4_000, _query_strings, _query_string),
        Target("csv", 300, _csvs, _importing),
        Target("ndjson", 300, _ndjsons, _importing),
        Target("json", 300, _jsons, _importing),
        Target("parquet", 300, _parquets, _importing),
        Target("workbook", 300, lambda: list(map(_workbook, _sheets())), _importing),
        Target("sheet", 300, _sheets, _importing_sheet),
        Target("gzip", 300, lambda: [gzip.compress(_csv(), mtime=0)], _importing),
        Target("zstd", 300, _zstds, _importing),
        Target("mapping", 500, _mappings, _mapping),
        Target("manifest", 3_000, partial(_files_of_an_index, "manifest-*"), _manifest),
        Target("segment", 500, partial(_files_of_an_index, "segment-*"), _container("segment-*")),
        Target("deletes", 3_000, partial(_files_of_an_index, "deletes-*"), _container("deletes-*")),
    )
}
