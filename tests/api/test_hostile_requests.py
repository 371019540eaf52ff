"""Promise 7: hostile requests get their 4xx, memory stays bounded, and the server is well after each."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

import hostile
from counting import Count
from hostile import (
    BODIES,
    HOSTILE,
    WIRE,
    Got,
    Make,
    address,
    chunked,
    head,
    is_well,
    most_memory_bytes,
    send,
    under_way,
    wait_until,
    with_body,
)
from serving import PATIENCE_S, Server, fill, run_letrics, start_server, stop_server

# Bytes that all hostile requests of this file together may add to what the server has used before.
MEMORY_MAX = 64_000_000


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the small data set."""
    data = tmp_path_factory.mktemp("hostile") / "data"
    fill(data)
    return data


@pytest.fixture(scope="module")
def token(data: Path) -> str:
    """A token that may read."""
    return run_letrics(data, "token", "create", "hostile", "--quiet").strip()


@pytest.fixture(scope="module")
def usual(data: Path, token: str) -> Iterator[Server]:
    """A server with the limits that it comes with; at the end it has not grown."""
    process, url = start_server(data, LETRICS_LOG_LEVEL="error")
    server = Server(url, token, data)
    assert is_well(server)
    before = most_memory_bytes(process.pid)
    yield server
    grown = most_memory_bytes(process.pid) - before
    stop_server(process)
    assert grown < MEMORY_MAX


@pytest.fixture(scope="module")
def tight(data: Path, token: str) -> Iterator[Server]:
    """A server that waits for nothing longer than a second."""
    seconds = {f"LETRICS_{stage}_TIMEOUT_S": "1" for stage in ("HEADER", "BODY", "SEND", "IDLE")}
    process, url = start_server(data, **seconds, LETRICS_LOG_LEVEL="error")
    yield Server(url, token, data)
    stop_server(process)


@pytest.fixture(scope="module")
def narrow(data: Path, token: str) -> Iterator[Server]:
    """A server that takes few at once."""
    process, url = start_server(data, LETRICS_CONNECTIONS_MAX="20", LETRICS_REQUESTS_MAX="4", LETRICS_LOG_LEVEL="error")
    yield Server(url, token, data)
    stop_server(process)


def in_time(ask: Callable[[], Got]) -> Got:
    """
    Return what *ask* gets of a server that waits for a second.

    Where this machine is so busy that not even the request was there in its second, the connection was closed without
    a word, and it is asked again; a server that closes them all is found out by the last.
    """
    for _ in range(20):
        got = ask()
        if got.statuses:
            break
    return got


@pytest.mark.parametrize(("make", "status", "error"), [row[1:] for row in WIRE], ids=[row[0] for row in WIRE])
def test_what_cannot_be_read_in_one_way_is_refused(
    usual: Server, make: Make, status: int, error: str, count: Count
) -> None:
    """One answer in the envelope, then the connection is closed; nothing that followed is taken for a request."""
    follows = b"" if status == 404 else b"GET /healthz HTTP/1.1\r\nHost: letrics\r\n\r\n"
    got = send(usual, make(usual), follows, answers=2 if follows and status != 413 else 1)
    assert (got.statuses, got.error) == ([status], error)
    assert got.seconds < PATIENCE_S
    assert is_well(usual)
    count(HOSTILE, 1)


@pytest.mark.parametrize(("body", "status", "error"), [row[1:] for row in BODIES], ids=[row[0] for row in BODIES])
def test_what_is_no_question_is_refused(usual: Server, body: bytes, status: int, error: str, count: Count) -> None:
    """One answer in the envelope, and the connection goes on."""
    got = send(usual, with_body(usual, body) + with_body(usual, b"{}"), answers=2)
    assert got.statuses == [status, 200]
    assert send(usual, with_body(usual, body)).error == error
    assert send(usual, chunked(usual, b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))).error == error
    assert got.seconds < PATIENCE_S
    assert is_well(usual)
    count(HOSTILE, 3)


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "zstd", "gzip, gzip", "identity, gzip", "x"])
def test_what_is_compressed_is_not_unpacked(usual: Server, coding: str) -> None:
    """415, whatever the coding, so that no small body becomes a large one."""
    got = send(usual, with_body(usual, b"{}", f"Content-Encoding: {coding}"))
    assert (got.statuses, got.error) == ([415], "unsupported_media_type")


def test_what_is_unusual_and_right_is_answered(usual: Server) -> None:
    """Pieces of a byte, an early LF, absolute URLs, HTTP/1.0, trailers, small chunks, Expect and pipelines are HTTP."""
    plain = b"GET /healthz HTTP/1.1\r\nHost: letrics\r\n\r\n"
    assert send(usual, *(plain[i : i + 1] for i in range(len(plain)))).statuses == [200]
    assert send(usual, b"\r\n" + plain).statuses == [200]
    assert send(usual, plain.replace(b"/healthz", b"http://letrics/healthz")).statuses == [200]
    assert send(usual, plain.replace(b"1.1", b"1.0")).closed
    assert send(usual, plain * 30, answers=30).statuses == [200] * 30
    small = b"".join(b"1\r\n%c\r\n" % each for each in b'{"tlds":["de"]}' + b" " * 20_000)
    assert send(usual, chunked(usual, small + b"0\r\n\r\n")).statuses == [200]
    # Much may come in one piece, and the last of it in two.
    many = with_body(usual, b'{"tlds":["de"]}' + b" " * 4_000) * 20
    for cut in (100, 4_100):
        assert send(usual, many[:-cut], many[-cut:], answers=20, pause_s=0.1).statuses == [200] * 20
    # What stands in a trailer is no header.
    late = b"POST /v1/contacts HTTP/1.1\r\nHost: letrics\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
    assert send(usual, late + f"Authorization: Bearer {usual.token}\r\n\r\n".encode()).statuses == [401]
    # An upgrade is passed over, and what follows is not read as HTTP.
    upgrade = plain.replace(b"\r\n\r\n", b"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
    assert send(usual, upgrade + plain, answers=2).statuses == [200]
    # A client that waits for leave to send its body gets it, and is told at once where it need not.
    assert send(usual, head(usual, "Content-Length: 2", "Expect: 100-continue"), b"{}", pause_s=0.2).statuses == [200]
    refused = head(usual, "Content-Length: 2", "Expect: 100-continue").replace(b"letr_", b"none_")
    assert send(usual, refused).statuses == [401]


def test_requests_far_ahead_of_their_answers_are_not_piled_up(usual: Server) -> None:
    """Of 5,000 requests at once those that fit are answered in order, then the connection is closed."""
    got = send(usual, with_body(usual, b"{}") * 5_000, answers=5_001)
    assert 30 <= len(got.statuses) < 5_000
    assert set(got.statuses) == {200}
    assert got.closed
    assert is_well(usual)


def test_an_answer_is_not_lost_to_what_follows_it(usual: Server) -> None:
    """A malformed request behind a right one does not take its answer."""
    got = send(usual, with_body(usual, b"{}") + b"nonsense\r\n\r\n", answers=2)
    assert got.statuses[0] == 200
    assert got.closed


def test_a_body_that_goes_on_after_its_answer_is_cut_off(usual: Server) -> None:
    """Who sends 99 GB and does not read is disconnected after a few MiB."""
    with socket.create_connection(address(usual), PATIENCE_S) as connection:
        connection.sendall(head(usual, "Content-Length: 99999999999"))
        with pytest.raises((ConnectionError, TimeoutError)):
            for _ in range(1_000):
                connection.sendall(b" " * 1_000_000)
    assert is_well(usual)


def test_half_closed_clients_get_their_answers(usual: Server) -> None:
    """Who sends no more may still read: the answer to what came whole, or what is wrong with what did not."""
    assert send(usual, with_body(usual, b"{}"), half_close=True).statuses == [200]
    for cut in (head(usual)[:-9], head(usual, "Content-Length: 9") + b"{}", chunked(usual, b"9\r\n{}")):
        got = send(usual, cut, half_close=True)
        assert (got.statuses, got.error, got.closed) == ([400], "invalid_input", True)
    assert send(usual, half_close=True).statuses == []


def test_clients_that_go_away_leave_nothing_behind(usual: Server) -> None:
    """Connections that end in the middle of a head, a body or an answer are forgotten."""
    whole = with_body(usual, b'{"per_page":100}')
    for length in range(0, len(whole), 7):
        with socket.create_connection(address(usual), PATIENCE_S) as connection:
            connection.sendall(whole[:length])
    assert is_well(usual)


@pytest.mark.parametrize("stage", ["head", "body", "chunks"])
def test_slow_senders_are_told_and_closed(tight: Server, stage: str) -> None:
    """A byte now and then does not keep a request alive: 408 when its time is over."""
    first = {
        "head": head(tight)[:-2] + b"X: ",
        "body": head(tight, "Content-Length: 10000"),
        "chunks": chunked(tight, b"ffff\r\n"),
    }[stage]
    got = in_time(lambda: trickled(tight, first))
    assert (got.statuses, got.error, got.closed) == ([408], "request_timeout", True)
    assert "took longer than 1 s" in got.body.decode()
    assert 0.9 < got.seconds < PATIENCE_S


def trickled(server: Server, first: bytes) -> Got:
    """Send *first*, and then a byte now and then until there is an answer, which is returned."""
    began = time.monotonic()
    with socket.create_connection(address(server), PATIENCE_S) as connection:
        stop = threading.Event()

        def trickle() -> None:
            while not stop.wait(0.1):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

        sender = threading.Thread(target=trickle)
        with suppress(OSError):
            connection.sendall(first)
        sender.start()
        got = hostile.read(connection, 1, began)
        stop.set()
        sender.join()
    return got


def test_silent_connections_are_closed(tight: Server) -> None:
    """Without a byte, or without a next request, a connection ends in its time, and without a word."""
    silent = send(tight, b"")
    answered = in_time(lambda: send(tight, b"GET /healthz HTTP/1.1\r\nHost: letrics\r\n\r\n", answers=2))
    assert (silent.statuses, answered.statuses) == ([], [200])
    for got in (silent, answered):
        assert got.closed
        assert 0.9 < got.seconds < PATIENCE_S


def test_who_is_answered_before_the_body_has_come_is_not_forgotten(tight: Server) -> None:
    """A connection on which a refused request ends late is closed in its time like any other."""

    def refused_and_silent() -> Got:
        with socket.create_connection(address(tight), PATIENCE_S) as connection:
            with suppress(OSError):
                connection.sendall(b"POST /v1/contacts HTTP/1.1\r\nHost: letrics\r\nContent-Length: 2\r\n\r\n")
            got = hostile.read(connection, 1, time.monotonic())
            with suppress(OSError):
                connection.sendall(b"{}")
            assert hostile.read(connection, 1, time.monotonic()).closed
            return got

    assert in_time(refused_and_silent).statuses == [401]


def test_who_does_not_read_is_disconnected(tight: Server) -> None:
    """Answers that nobody takes do not pile up: neither behind one request nor behind many."""
    with socket.create_connection(address(tight), PATIENCE_S) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.settimeout(PATIENCE_S)
        asked = b"GET /openapi.json HTTP/1.1\r\nHost: letrics\r\n\r\n" * 16
        with pytest.raises(ConnectionError):
            while True:
                connection.sendall(asked)
                time.sleep(0.01)
    got = in_time(lambda: send(tight, with_body(tight, b'{"job_titles": ["finance"]}')))
    assert json.loads(got.body)["meta"]["total"] == 2


def test_more_connections_than_are_taken_are_told_so(narrow: Server) -> None:
    """503 in the envelope with Retry-After beyond the limit; once others are gone, there is room again."""
    # They are taken in the order in which they were made.
    held = [socket.create_connection(address(narrow), PATIENCE_S) for _ in range(20)]
    answer = hostile.send(narrow, b"")
    assert (answer.statuses, answer.error, answer.closed) == ([503], "unavailable", True)
    for connection in held:
        connection.close()
    wait_until(lambda: narrow.post("/v1/contacts", {}).status_code == 200)
    assert is_well(narrow)


def test_more_requests_at_once_than_are_taken_are_told_so(narrow: Server) -> None:
    """503 with Retry-After for a search too many, while `/healthz` is answered; then all is as before."""
    with ExitStack() as stack:
        for _ in range(4):
            stack.enter_context(under_way(narrow, 100))
        answer = narrow.post("/v1/contacts", {})
        assert (answer.status_code, answer.json()["errors"][0]["id"]) == (503, "unavailable")
        assert int(answer.headers["retry-after"]) >= 1
        assert narrow.get("/healthz").status_code == 200
    wait_until(lambda: narrow.post("/v1/contacts", {}).status_code == 200)
    assert is_well(narrow)
