"""What a server tells of itself: metrics, log lines, and how much a token has left, right across its workers."""

import json
import re
import resource
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import msgspec
import pytest

import hostile
from hostile import wait_until
from letrics.accounts.scopes import DEFAULT_SCOPES
from letrics.config import Settings
from letrics.services import Services
from serving import Server, ServerProcess, ask_for, fill, run_letrics, start_server, stop_server
from visiting import Visitor, person, said

LIMIT = 40
WINDOW_S = 3_600
_SAMPLE = re.compile(r'([a-z_]+)(?:\{((?:[a-z]+="[^"\\\n]*",?)*)\})? (\S+)')
_HEADER = re.compile(r'"default";r=(\d+);t=(\d+)')


class Told(msgspec.Struct, frozen=True):
    """A server of two workers with a rate limit, its process, and the file that its log goes to."""

    server: Server
    process: ServerProcess
    log: Path

    def token(self, name: str) -> dict[str, str]:
        """Return the header of a new token."""
        with Services(Settings(data=self.server.data)) as services:
            _, secret = services.tokens().create(name, DEFAULT_SCOPES, None)
        return {"Authorization": f"Bearer {secret}"}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """The server."""
    folder = tmp_path_factory.mktemp("told")
    data, log = folder / "data", folder / "log"
    fill(data)
    token = run_letrics(data, "token", "create", "told", "--quiet").strip()
    settings = {"LETRICS_LOG_FORMAT": "json", "LETRICS_RATE_LIMIT": f"{LIMIT}/{WINDOW_S}"}
    with log.open("w") as errors:
        process, url = start_server(data, "--workers", "2", stderr=errors, **settings)
    yield Told(Server(url, token, data), process, log)
    stop_server(process)


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Told]:
    """A server of one worker, whose lines are in the order of the requests, and which nobody has asked yet."""
    log = tmp_path / "log"
    with log.open("w") as errors:
        process, url = start_server(tmp_path / "data", stderr=errors, LETRICS_LOG_FORMAT="json")
    yield Told(Server(url, "", tmp_path / "data"), process, log)
    stop_server(process)


def samples(text: str) -> dict[tuple[str, str], float]:
    """Return the samples of an exposition: name and labels → value; fails for a line that is none."""
    found = {}
    for line in text.splitlines():
        if not line.startswith("# "):
            match = _SAMPLE.fullmatch(line)
            assert match is not None, line
            found[match[1], match[2] or ""] = float(match[3])
    return found


def metrics(server: Server) -> dict[tuple[str, str], float]:
    """Return what a server tells a program on its machine."""
    answer = ask_for(f"{server.url}/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4"
    return samples(answer.text)


def answered(found: dict[tuple[str, str], float]) -> float:
    """Return how many requests were answered, those for the metrics themselves left out."""
    return sum(
        value
        for (name, labels), value in found.items()
        if name == "letrics_requests_total" and '"/metrics"' not in labels
    )


def test_requests_are_counted_once_whichever_worker_answers(told: Told) -> None:
    """Counters and histograms are exact over all workers; unknown paths are one label; no token is in the text."""
    header = told.token("metered")
    before = metrics(told.server)
    for number in range(30):
        assert ask_for(f"{told.server.url}/v1/contacts", headers=header).status_code == 200
        assert ask_for(f"{told.server.url}/nowhere/{number}").status_code == 404
    hostile.send(told.server, b"nonsense\r\n\r\n")
    ask_for(f"{told.server.url}/v1/contacts")
    # A request is counted once it is answered, and its stages after it: the client may be here before either.
    matched = "letrics_stage_seconds_count", 'stage="match"'

    def grown_by_now() -> Counter[tuple[str, str]]:
        grown = Counter(metrics(told.server))
        grown.subtract(before)
        return grown

    def is_counted(grown: Counter[tuple[str, str]]) -> bool:
        return answered(grown) >= 62 and grown[matched] >= 30

    wait_until(lambda: is_counted(grown_by_now()))
    grown, after = grown_by_now(), metrics(told.server)
    assert answered(grown) == 62
    requests = "letrics_requests_total"
    assert grown[requests, 'endpoint="/v1/contacts",method="GET",status="200"'] == 30
    assert grown[requests, 'endpoint="/v1/contacts",method="GET",status="401"'] == 1
    assert grown[requests, 'endpoint="none",method="GET",status="404"'] == 30
    assert grown[requests, 'endpoint="none",method="other",status="400"'] == 1
    for name in ("bucket", "count"):
        bound = ',le="+Inf"' if name == "bucket" else ""
        assert grown[f"letrics_request_seconds_{name}", f'endpoint="/v1/contacts"{bound}'] == 31
        assert grown[f"letrics_stage_seconds_{name}", f'stage="match"{bound}'] == 30
    buckets = [
        value for (name, labels), value in after.items() if name.endswith("bucket") and 'stage="match"' in labels
    ]
    assert buckets == sorted(buckets)
    assert (after["letrics_records", 'kind="companies"'], after["letrics_records", 'kind="contacts"']) == (3, 4)
    assert after["letrics_generation", ""] == after["letrics_segments", ""] == after["letrics_import_number", ""] == 1
    assert after["letrics_import_rows", ""] == 7
    assert after["letrics_index_bytes", ""] > 1_000
    for worker in "01":
        assert after["letrics_memory_bytes", f'worker="{worker}"'] > 10_000_000
    assert sum(value for (name, _), value in after.items() if name == "letrics_connections") >= 1
    text = ask_for(f"{told.server.url}/metrics").text
    assert "letr_" not in text
    assert "tok_" not in text
    assert "nowhere" not in text


def test_metrics_are_for_this_machine_or_for_a_token(told: Told, tmp_path: Path) -> None:
    """Who comes by a proxy, or by a name that others know, is refused; where a token is set, it is asked of everyone."""
    strange = [(name, value) for name in ("X-Forwarded-For", "Forwarded", "Via") for value in ("127.0.0.1", "foo", "")]
    strange += [("Host", name) for name in ("data.example.com", "localhost.example.com:80", "192.0.2.1", "[", "[::2]")]
    for name, value in strange:
        answer = ask_for(f"{told.server.url}/metrics", headers={name: value})
        assert (answer.status_code, answer.json()["errors"][0]["id"]) == (403, "forbidden")
    for name in ("localhost", "LOCALHOST:8000", "127.0.0.1", "127.0.0.2:8000", "[::1]:8000"):
        assert ask_for(f"{told.server.url}/metrics", headers={"Host": name}).status_code == 200
    process, url = start_server(tmp_path / "data", LETRICS_METRICS_TOKEN="sesame")
    try:
        for secret, status in (("sesame", 200), ("sesam", 401), ("sésame", 401)):
            header = {"Authorization": f"Bearer {secret}".encode()}
            assert ask_for(f"{url}/metrics", headers=header).status_code == status
        assert ask_for(f"{url}/metrics").status_code == 401
    finally:
        stop_server(process)


def test_a_token_has_its_requests_and_no_more_whichever_worker_answers(told: Told) -> None:
    """Of a hundred requests at once exactly as many succeed as the limit says; the rest are told when to come again."""
    header = told.token("limited")

    def ask(_: int) -> httpx2.Response:
        return ask_for(f"{told.server.url}/v1/companies", headers=header)

    with ThreadPoolExecutor(10) as clients:
        began = time.monotonic()
        answers = list(clients.map(ask, range(100)))
        took_s = time.monotonic() - began
    assert Counter(each.status_code for each in answers) == {200: LIMIT, 429: 100 - LIMIT}
    left = []
    for answer in answers:
        assert answer.headers["ratelimit-policy"] == f'"default";q={LIMIT};w={WINDOW_S}'
        found = _HEADER.fullmatch(answer.headers["ratelimit"])
        assert found is not None
        assert WINDOW_S - took_s - 1 < int(found[2]) <= WINDOW_S
        left.append(int(found[1]))
        if answer.status_code == 429:
            assert answer.json()["errors"][0]["id"] == "rate_limited"
            assert answer.headers["retry-after"] == found[2]
    assert sorted(left) == [0] * (100 - LIMIT) + list(range(LIMIT))
    # Another token, and who has none, are not concerned.
    assert ask_for(f"{told.server.url}/v1/companies", headers=told.token("other")).status_code == 200
    unknown = ask_for(f"{told.server.url}/v1/companies")
    assert unknown.status_code == 401
    assert "ratelimit" not in unknown.headers


def test_each_request_is_one_line_and_none_can_forge_one(alone: Told) -> None:
    """The line names method, path as routed, status, time, token and ids, and holds nothing that the client made up."""
    header = alone.token("logged")
    forged = '\x1b[2J","event":"forged'
    answer = ask_for(
        f"{alone.server.url}/v1/contacts",
        "POST",
        headers={**header, "X-Request-ID": "trace-1/a.b:c"},
        json={"job_titles": ["Geheim"]},
    )
    ask_for(f"{alone.server.url}/%0a{{%22event%22:%22forged%22}}?forged=%0d%0a", headers={"X-Request-ID": forged[4:]})
    ask_for(f"{alone.server.url}/welcome/a-secret-link", headers={"User-Agent": "forged"})
    hostile.send(alone.server, b"forged\r\n\r\n")
    # A line is written once its request is answered: the client may be here before it.
    wait_until(lambda: alone.log.read_text().count("\n") >= 4)
    text = alone.log.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["path"] for line in lines] == ["/v1/contacts", "none", "/welcome/{secret}", "none"]
    assert set(lines[0]) == set(
        "event method path status ms token request_id client_request_id level timestamp".split()
    )
    first = lines[0]
    assert (first["event"], first["method"], first["status"], first["level"]) == ("request", "POST", 200, "info")
    assert first["request_id"] == answer.headers["x-request-id"] == answer.json()["meta"]["request_id"]
    assert first["client_request_id"] == "trace-1/a.b:c"
    assert str(first["token"]).startswith("tok_")
    for hidden in ("forged", "Geheim", "secret-link", "letr_", "\x1b"):
        assert hidden not in text


def test_a_full_disk_stops_no_search_and_loses_no_usage(tmp_path: Path) -> None:
    """While nothing can be written, searches go on and sign-in is 503; then usage is written, and how much log was lost."""
    data, log = tmp_path / "data", tmp_path / "log"
    fill(data)
    with log.open("w") as errors:
        process, url = start_server(data, stderr=errors)
    try:
        visitor = person(url, data, "full@example.org", "admin")
        header = {"Authorization": f"Bearer {visitor.create_token('full')}"}
        assert ask_for(f"{url}/v1/contacts", headers=header).status_code == 200
        # A process that may let no file grow: what a full disk is to it.
        before = resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        for _ in range(20):
            assert ask_for(f"{url}/v1/contacts", headers=header).status_code == 200
            time.sleep(0.06)
        assert ask_for(f"{url}/readyz").status_code == 200
        refused = Visitor(url).sign_in("full@example.org")
        assert refused.status_code == 503
        assert "does not answer now" in said(refused)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, before)
        assert Visitor(url).sign_in("full@example.org").status_code == 303
        assert ask_for(f"{url}/v1/contacts", headers=header).status_code == 200
    finally:
        stop_server(process)
    with sqlite3.connect(data / "accounts.sqlite") as connection:
        assert connection.execute("SELECT sum(requests) FROM usage").fetchone() == (22,)
    connection.close()
    lost = [int(lines) for lines in re.findall(r"log lines lost +lines=(\d+)", log.read_text())]
    # The searches, the check and the sign-in; a line is written once its request is answered, so that the last of them
    # may have come when there was room again, and that of the request before them when there was none any more.
    assert 21 <= sum(lost) <= 23, lost
