"""Whatever a request holds is answered or refused in its time, and fills no memory."""

from pathlib import Path
from typing import Any

import pytest

from importing import Database
from letrics.deadline import deadline
from letrics.errors import InvalidRequest, SearchTimeout
from letrics.index import searcher
from letrics.index.embedded import EmbeddedIndex
from letrics.index.format import BLOCK_BYTES
from letrics.index.segment import ROWS
from letrics.query.notation import fields_of_body
from letrics.query.parse import Fields, Limits, Parsed, parse_fields
from system import bytes_read

# A letter that stands for eighteen.
LIGATURE = "\ufdfa"


def parsed(**given: Any) -> Parsed:
    """Return what a request for companies asks for."""
    return parse_fields("companies", Fields(given), Limits())


@pytest.mark.parametrize("segments", [0, 1, 3])
def test_a_page_of_any_number_is_empty_behind_the_last(tmp_path: Path, segments: int) -> None:
    """A page beyond the last is an empty one with the true total, though its number fit no processor."""
    database = Database(tmp_path)
    for i in range(segments):
        database.take([{"name": f"Acorn {i}", "domain": f"acorn{i}.com"}])
    for page in (2**62, 2**63, 10**19, 10**300):
        answer = database.index.searcher().search(parsed(page=page, per_page=1).query, timeout_s=60)
        assert (answer.total, answer.rows) == (segments, [])


def test_a_first_search_finds_what_was_read_ahead(tmp_path: Path) -> None:
    """Once all is read ahead, no search verifies more than the terms and rows that it reads."""
    database = Database(tmp_path)
    people = [{"full_name": f"Ann {i}", "job_title": f"Head of Task {i}", "company": {"name": "A"}} for i in range(600)]
    database.take(people)
    searcher = database.index.searcher()
    searcher.read_ahead()
    (part,) = database.index.searcher()._current().parts
    container = part.segment._container
    read = [name for name in container._sections if name.startswith("contacts/contact.job_title")]
    assert any(name.endswith("grams/positions") for name in read)
    assert any(name.endswith("postings/bytes") for name in read)
    for name in read:
        if name.endswith("bytes") and "/postings/" not in name:
            continue  # of terms only what is asked for is read
        section = container.section(name)
        blocks = range(section._first, section._first + -(-len(section) // BLOCK_BYTES))
        assert not any(container.pending[block] for block in blocks), name
    rows = {name for name in container._sections if ROWS in name}
    assert rows == {"contacts/rows/bytes", "companies/rows/bytes", "summaries/rows/bytes"}


def test_rows_are_read_ahead_where_those_of_all_segments_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are if all together take what they may; if they take a byte more, none of them is."""
    database = Database(tmp_path)
    for batch in range(2):
        database.take([{"full_name": f"Ann {batch}.{i}", "custom": {"note": str(i) * 50}} for i in range(2_000)])

    def read() -> tuple[int, int]:
        index = EmbeddedIndex(database.folder / "index")
        before = bytes_read()
        index.searcher().read_ahead()
        return sum(part.segment.rows_bytes for part in index.searcher()._current().parts), bytes_read() - before

    rows, with_rows = read()
    monkeypatch.setattr(searcher, "_ROWS_AHEAD_BYTES_MAX", rows)
    assert read() == (rows, with_rows)
    monkeypatch.setattr(searcher, "_ROWS_AHEAD_BYTES_MAX", rows - 1)
    assert read() == (rows, with_rows - rows)


def test_places_are_read_within_the_time_of_a_search() -> None:
    """Reading many ambiguous paths ends when the time is over."""
    with pytest.raises(SearchTimeout):
        parse_fields("companies", Fields({"locations": ["San Juan, CO"]}), Limits(), deadline(-1))


def test_spellings_of_one_place_are_one_place() -> None:
    """Each is told what it was understood as, and the place is looked for once."""
    found = parsed(locations=["EMEA", "emea", "E'MEA", "Germany"])
    assert found.filters["locations"] == ["EMEA", "emea", "E'MEA", "Germany"]
    assert [each.input for each in found.resolved["locations"]] == ["EMEA", "emea", "E'MEA", "Germany"]
    (clause,) = found.query.clauses
    assert [each.input for each in clause.places] == ["EMEA", "Germany"]  # type: ignore[union-attr]


def test_near_places_are_in_the_data(tmp_path: Path) -> None:
    """A place that nobody is in is not offered, and no value for itself; a code that is none is told of once."""
    database = Database(tmp_path)
    database.take([{"name": "Acorn", "domain": "acorn.de", "location": {"city": "Berlin", "country": "DE"}}])

    def near(place: str) -> list[tuple[str, ...]]:
        answer = database.index.searcher(clock=lambda: 0.0).search(parsed(locations=[place]).query, timeout_s=60)
        return [each.near for each in answer.unknown]

    assert near("Vatican City") == [()]
    assert near("Germny") == [("Germany",)]
    assert near("city:Berlni") == [("Berlin",)]
    assert near("xq") == []


def test_a_value_that_is_long_once_folded_is_refused() -> None:
    """The limit on a value holds for what it is compared by, too, four times over: `&` becomes ` and `."""
    assert parsed(technologies=["&" * 256, "x" * 256]).query.clauses
    wide = parse_fields("companies", Fields({"technologies": ["x" * 2_000]}), Limits(characters=2_000))
    assert wide.filters == {"technologies": ["x" * 2_000]}
    for name in ("technologies", "locations", "tlds"):
        for characters in (60, 200):
            with pytest.raises(InvalidRequest) as refusal:
                parsed(**{name: [LIGATURE * characters]})
            (fault,) = refusal.value.faults
            assert (fault.field, "too long once folded" in fault.details) == (f"{name}[0]", True)


def test_a_number_of_any_length_is_one() -> None:
    """What is too large for a page is told of at its field, beside all other faults."""
    fields = fields_of_body(b'{"page": ' + b"9" * 5_000 + b', "colour": 1}', 10)
    with pytest.raises(InvalidRequest) as refusal:
        parse_fields("companies", fields, Limits())
    assert [fault.field for fault in refusal.value.faults] == ["page", "colour"]
