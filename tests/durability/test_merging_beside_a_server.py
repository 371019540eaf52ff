"""A server merges by itself what an import leaves, in a process of its own, while it answers."""

import time
from pathlib import Path

from letrics.config import Settings
from letrics.index import manifest
from letrics.index.embedded import EmbeddedIndex
from letrics.query.query import Query
from letrics.services import Services
from records import company_of
from serving import start_server, stop_server

TIME = "2026-01-01T00:00:00Z"
WAIT_S = 120.0


def test_a_server_merges_what_is_due(tmp_path: Path) -> None:
    """Segments that no writer merged are one soon after a server started, with the same records in it."""
    with Services(Settings(data=tmp_path, merged_documents_max=1)) as services:
        for number in range(4):
            with services.index.writer() as writer:
                writer.put_company(company_of(f"co_{number}", added_at=TIME, first_seen_at=TIME))
                writer.commit()
    index = EmbeddedIndex(tmp_path / "index")
    before = list(index.searcher().scan(Query(search="companies")))
    process, _ = start_server(tmp_path)
    try:
        deadline = time.monotonic() + WAIT_S
        while manifest.newest_step(tmp_path / "index") == 4:
            assert time.monotonic() < deadline, "nothing was merged"
            time.sleep(0.1)
    finally:
        stop_server(process)
    (newest,) = index.generations()
    assert (newest.segments, newest.generation, newest.companies) == (1, 4, 4)
    assert list(EmbeddedIndex(tmp_path / "index").searcher().scan(Query(search="companies"))) == before
