"""An import while a server answers: no failed request, answers of one generation each, and soon the new data."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hostile import wait_until
from serving import Server, ask_for, prepare, run_letrics, start_server, stop_server
from system import advised_files

WORKERS = 2
CLIENTS = 3
ROUNDS = 4
RECORDS = 30


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[Server]:
    """A server with two workers over a data set in which every contact carries the number of its import."""
    data = tmp_path / "data"
    write(tmp_path, 0)
    run_letrics(data, "import", "--quiet", str(tmp_path / "round.ndjson"))
    prepare(data)
    token = run_letrics(data, "token", "create", "tests", "--quiet").strip()
    process, url = start_server(data, "--workers", str(WORKERS))
    yield Server(url, token, data)
    stop_server(process)


def write(folder: Path, number: int) -> None:
    """Write the same contacts with another job title, and one more for each round."""
    records = [
        {"external_id": str(i), "full_name": f"Person {i}", "job_title": f"Round {number}"}
        for i in range(RECORDS + number)
    ]
    (folder / "round.ndjson").write_text("\n".join(map(json.dumps, records)), encoding="utf-8")


def test_searches_go_on_while_imports_commit(busy: Server, tmp_path: Path) -> None:
    """Every request under load is answered; total, rows and generation of an answer agree; within a second all are new."""
    failures: list[str] = []
    generations: set[int] = set()
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            # A connection of its own each time, so that both workers are asked.
            answer = busy.post("/v1/contacts", {"per_page": 100})
            if answer.status_code != 200:
                failures.append(answer.text)
                continue
            meta, titles = answer.json()["meta"], {record["job_title"] for record in answer.json()["data"]}
            number = meta["generation"] - 1
            generations.add(meta["generation"])
            if meta["total"] != RECORDS + number or titles != {f"Round {number}"}:
                failures.append(f"generation {meta['generation']}: {meta['total']} records, {titles}")

    clients = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    try:
        for number in range(1, ROUNDS + 1):
            write(tmp_path, number)
            # However busy the machine is, the clients have asked before each import, and after the last.
            wait_until(lambda number=number: number in generations)
            run_letrics(busy.data, "import", "--quiet", str(tmp_path / "round.ndjson"))
            time.sleep(1)
            seen = {busy.post("/v1/contacts", {}).json()["meta"]["generation"] for _ in range(8 * WORKERS)}
            assert seen == {number + 1}
        wait_until(lambda: ROUNDS + 1 in generations)
    finally:
        done.set()
        for client in clients:
            client.join()
    assert failures == []
    assert generations == set(range(1, ROUNDS + 2))


def test_what_was_imported_meanwhile_is_made_ready_before_anybody_asks(tmp_path: Path) -> None:
    """A server opens the segment of an import that came after its start, and tells the system how it reads the rows."""
    data = tmp_path / "data"
    process, _ = start_server(data, forked=False)
    try:
        assert not advised_files(process.pid)
        write(tmp_path, 0)
        run_letrics(data, "import", "--quiet", str(tmp_path / "round.ndjson"))
        wait_until(lambda: bool(advised_files(process.pid)))
        assert {Path(each).name for each in advised_files(process.pid)} == {"segment-00000001.letrics"}
    finally:
        stop_server(process)


def test_a_server_starts_before_there_is_any_data(tmp_path: Path) -> None:
    """An empty folder is served, says that it is ready, and answers with nothing."""
    token = run_letrics(tmp_path / "data", "token", "create", "tests", "--quiet").strip()
    process, url = start_server(tmp_path / "data", forked=False)
    try:
        server = Server(url, token, tmp_path / "data")
        assert ask_for(f"{url}/readyz").json()["status"] == "ready"
        assert server.post("/v1/companies", {"industries": ["Software"]}).json()["meta"]["total"] == 0
    finally:
        stop_server(process)
