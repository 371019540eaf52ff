"""
Laws of importing, on files drawn at random: order and splitting change nothing, twice is once, undo is to the byte.

A failing example is printed with the seed that gives it again.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from importing import LATER, NOW, Database, Silent
from letrics.importer.mapping_file import read_mapping
from letrics.importer.restoring import run_restore
from letrics.importer.run import ImportOptions, written_mapping
from letrics.model.filters import SEARCHES
from letrics.query.query import Query

# Each example runs imports on indexes of its own.
laws = settings(max_examples=25, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])

_FIRMS = st.integers(0, 4)
_WORDS = st.sampled_from(("Acorn", "Straße", "R&D", "=1+1", "日本", "a;b", 'say "hi"', "two\nlines", "x,y"))


@st.composite
def _rows(draw: st.DrawFn) -> list[dict[str, Any]]:
    """
    Draw records that do not contradict each other: what is said of one is said once, or the same again.

    Companies are named by domain, by id, or by both; people by profile, address or name.
    """
    rows: list[dict[str, Any]] = []
    for number in draw(st.sets(_FIRMS, min_size=1)):
        facts = {
            "name": f"Firm {number}",
            "industries": [draw(_WORDS)],
            "employee_count": number * 7,
            "location": {"city": "Munich", "country": "DE"},
        }
        keys = {"domain": f"firm{number}-letricsdemo.de", "external_id": f"F{number}"}
        rows.append(keys | draw(_some(facts)))
        for name, value in facts.items():
            if draw(st.booleans()):
                key = draw(st.sampled_from(sorted(keys)))
                rows.append({key: keys[key], name: value})
        for person in range(draw(st.integers(0, 2))):
            own = {
                "linkedin_url": f"https://www.linkedin.com/in/letricsdemo-{number}-{person}",
                "emails": [f"p{person}@firm{number}-letricsdemo.de"],
            }
            facts = {
                "full_name": f"Eva Linde{person}",
                "job_title": draw(_WORDS),
                "company": {"domain": keys["domain"]},
            }
            rows.append(own | draw(_some(facts)) | {"company": facts["company"]})
            if draw(st.booleans()):
                rows.append({"linkedin_url": own["linkedin_url"], **draw(_some(facts))})
    return rows


def _some(facts: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.sets(st.sampled_from(sorted(facts))).map(lambda names: {name: facts[name] for name in sorted(names)})


@st.composite
def _split(draw: st.DrawFn, rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Draw an order of *rows* and how they are split into files."""
    order = draw(st.permutations(rows))
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(rows) - 1)), max_size=3)))
    parts = [order[start:end] for start, end in zip([0, *cuts], [*cuts, len(order)], strict=True)]
    return [part for part in parts if part]


def everything(database: Database) -> list[list[bytes]]:
    """Return all records, in the order of answers."""
    return [database.rows(search) for search in SEARCHES]


def _database(folder: str, name: str) -> Database:
    path = Path(folder) / name
    path.mkdir()
    return Database(path)


@laws
@given(st.data(), _rows())
def test_order_and_files_change_nothing(data: st.DataObject, rows: list[dict[str, Any]]) -> None:
    """Rows that do not contradict each other give the same records to the byte, in any order and any split into files."""
    with tempfile.TemporaryDirectory() as folder:
        one, other = _database(folder, "one"), _database(folder, "other")
        one.take(rows)
        report = other.take(*data.draw(_split(rows)))
        assert everything(other) == everything(one)
        assert report.clashes == []


@laws
@given(_rows(), _rows())
def test_twice_is_once_and_undo_is_to_the_byte(first: list[dict[str, Any]], second: list[dict[str, Any]]) -> None:
    """The same file again changes no byte and makes no generation; undoing another one restores every byte."""
    with tempfile.TemporaryDirectory() as folder:
        database = _database(folder, "data")
        generation = database.take(first).generation
        before = everything(database)
        again = database.take(first, now=LATER)
        assert (again.generation, everything(database)) == (generation, before)
        number = database.take(second, source="another", now=LATER).number
        database.index.undo(number, LATER)
        assert everything(database) == before


@laws
@given(_rows())
def test_what_is_exported_is_restored(rows: list[dict[str, Any]]) -> None:
    """Export and restore into an empty folder give the same bytes."""
    with tempfile.TemporaryDirectory() as folder:
        one, other = _database(folder, "one"), _database(folder, "other")
        one.take(rows, source="list")
        scan = one.index.searcher().scan(*(Query(search=search) for search in SEARCHES))
        path = one.file(b"\n".join(scan), "ndjson")
        with Path(path).open("rb") as stdin:
            report = run_restore(["-"], other.index, now=LATER, stdin=stdin, progress=Silent())
        assert report.rejects == []
        assert everything(other) == everything(one)


@laws
@given(_WORDS, _WORDS, st.booleans())
def test_of_contradicting_rows_the_later_wins(one: str, other: str, in_one_file: bool) -> None:
    """Within one command the later row's value is kept, and the report names both places."""
    rows = [{"domain": "acorn-letricsdemo.de", "name": name} for name in (one, other)]
    with tempfile.TemporaryDirectory() as folder:
        database = _database(folder, "data")
        report = database.take(rows) if in_one_file else database.take(rows[:1], rows[1:])
        assert database.companies()["acorn-letricsdemo.de"].name == other
        assert len(report.clashes) == (one != other)
        for clash in report.clashes:
            places = ("file1.ndjson:1", "file1.ndjson:2" if in_one_file else "file2.ndjson:1")
            assert all(place in clash for place in places)


_HEADERS = ("Company", "Website", "Employees", "City", "Country", "First detected", "Notes", "CEO", "E-Mail", "Umsatz")
_CELLS = (
    "",
    "Acorn",
    "12",
    "1,200",
    "Paris",
    "France",
    "13/02/2024",
    "a-letricsdemo.de",
    "eva@a-letricsdemo.de",
    "N/A",
)


@laws
@given(st.lists(st.lists(st.sampled_from(_CELLS), min_size=10, max_size=10), min_size=1, max_size=6), st.data())
def test_a_written_mapping_is_the_guess(cells: list[list[str]], data: st.DataObject) -> None:
    """A file imported by the mapping that `--write-mapping` wrote of it gives the records of the guess, and its rejects."""
    header = data.draw(st.permutations(_HEADERS))
    lines = [header, *cells]
    content = "\n".join(",".join(json.dumps(cell) for cell in line) for line in lines) + "\n"
    with tempfile.TemporaryDirectory() as folder:
        one, other = _database(folder, "one"), _database(folder, "other")
        path = one.file(content)
        first = one.run([path], now=NOW)
        with Path(path).open("rb") as stdin:
            mapping = read_mapping(written_mapping(path, ImportOptions(), stdin), "m.toml")
        second = other.run([path], now=NOW, mapping=("m.toml", mapping))
        assert everything(other) == everything(one)
        assert second.rejects == first.rejects
