"""Scans against the pages of the same searches, on indexes with a history."""

import random
from pathlib import Path

import pytest

from conformance.ledger import Growth
from conformance.questions import Questioner, query_of
from letrics.index import scan
from letrics.index.embedded import EmbeddedIndex
from letrics.index.snapshot import Part, open_snapshot
from letrics.model.filters import SEARCHES
from letrics.query.query import Query
from records import EQUAL_TIMES, TIMES


def pages_of(index: EmbeddedIndex, query: Query) -> bytes:
    """Return all pages of *query* as lines."""
    lines, page = [], 1
    while rows := index.searcher().search(query_at(query, page), timeout_s=60).rows:
        lines += [row + b"\n" for row in rows]
        page += 1
    return b"".join(lines)


def query_at(query: Query, page: int) -> Query:
    return Query(search=query.search, clauses=query.clauses, page=page, per_page=100)


@pytest.mark.parametrize("times", [EQUAL_TIMES, TIMES], ids=["alike", "apart"])
@pytest.mark.parametrize("number", range(2))
def test_a_scan_is_all_pages(
    number: int, times: tuple[str, ...], seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever was replaced and deleted, and however few are read at once, a scan is byte for byte all pages."""
    chance = random.Random(seed + number)
    index = EmbeddedIndex(tmp_path, reload_interval_s=0, merged_documents_max=1)
    ledger = Growth(chance, times, records_max=60).grow(index, 14)
    parts = open_snapshot(tmp_path).parts
    assert len(parts) > 4
    assert any(part.deletes[search] for part in parts for search in SEARCHES)
    questioner = Questioner(chance, ledger)
    for search in SEARCHES:
        for request in [{}, *({**questioner.request(search), "page": 1} for _ in range(30))]:
            query = query_of(search, request)
            monkeypatch.setattr(scan, "_ORDERED", chance.choice([1, 2, 7, 16_384]))
            monkeypatch.setattr(scan, "_RECORDS", chance.choice([1, 3, 4_096]))
            monkeypatch.setattr(scan, "_BYTES", chance.choice([1, 3_000, 4_000_000]))
            read = [(count, bytes(lines)) for count, lines in index.searcher().scan(query).lines()]
            assert b"".join(lines for _, lines in read) == pages_of(index, query), (seed + number, request)
            assert [count for count, _ in read] == [lines.count(b"\n") for _, lines in read], (seed + number, request)
            assert all(count for count, _ in read)


def test_all_live_documents_are_those_that_are_not_deleted(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each segment, all documents come but those deleted, in blocks some of which may be empty."""
    chance = random.Random(seed)
    Growth(chance, records_max=40).grow(EmbeddedIndex(tmp_path, merged_documents_max=1), 10)
    for count in (1, 3, 16_384):
        monkeypatch.setattr(scan, "_ORDERED", count)
        for part in open_snapshot(tmp_path).parts:
            for search in SEARCHES:
                read = [document for block in scan._live(part, search) for document in block.tolist()]
                assert read == live_in(part, search), seed


def live_in(part: Part, search: str) -> list[int]:
    return [d for d in range(part.documents(search).count) if not part.is_deleted(search, d)]  # type: ignore[arg-type]
