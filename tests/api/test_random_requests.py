"""Random requests: whatever comes, the server answers with what it documents or closes, and stays well."""

import json
import random
import socket
import time
from typing import Any

import pytest

import hostile
from counting import Count
from hostile import HOSTILE, PATIENCE_S, address, chunked, head, is_well, with_body
from letrics.model.filters import FILTERS
from serving import Server

SHORT, LONG = 1_500, 60_000
_FIELDS = [each.name for each in FILTERS] + [f"exclude_{each.name}" for each in FILTERS] + ["page", "per_page", "x"]
_CHARACTERS = "aZ09 .,-_&%+/\\\"'\0\n\t\u00e9\u0130\u1e9e\ufb01\u202e\U0001f600\ud800"
_PIECES = [
    b"\r\n",
    b"\n",
    b"\0",
    b" ",
    b":",
    b"GET ",
    b"HTTP/1.1",
    b"Host: x\r\n",
    b"0\r\n\r\n",
    b"Content-Length: 5\r\n",
]
_PIECES += [b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n", b"{", b"}", b"\xff", b"Upgrade: h2c\r\n"]


def random_request(chance: random.Random, server: Server) -> bytes:
    """Return bytes: random ones, or a right request that was damaged."""
    if chance.random() < 0.1:
        return chance.randbytes(chance.randrange(1, 400))
    body = random_body(chance)
    request = bytearray(
        chance.choice(
            [
                with_body(server, body),
                chunked(server, b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)),
                head(server, method="GET", path="/v1/companies?tlds=de&page=1"),
                head(server, method="GET", path="/docs"),
                head(server, method="HEAD", path="/sign-in"),
                with_body(server, body).replace(b"/v1/contacts", b"/sign-in"),
            ]
        )
    )
    for _ in range(chance.randrange(0, 4)):
        at = chance.randrange(len(request) + 1)
        end = at + chance.choice([0, 0, 1, 2, 8, 40])
        request[at:end] = chance.choice([chance.choice(_PIECES), chance.randbytes(2), b""])
    return bytes(request)


def random_value(chance: random.Random, depth: int = 0) -> Any:
    """Return any JSON value."""
    kind = chance.randrange(9 if depth < 4 else 7)
    if kind < 3:
        return "".join(chance.choices(_CHARACTERS, k=chance.randrange(0, 12)))
    if kind == 7:
        return [random_value(chance, depth + 1) for _ in range(chance.randrange(0, 5))]
    if kind == 8:
        return {chance.choice(_FIELDS): random_value(chance, depth + 1) for _ in range(chance.randrange(0, 4))}
    return chance.choice(
        [None, True, False, 0, -1, 1.5, 1e308, 10**30, "2026-01-01", "2026-13-01T99:00Z", "9999-12-31"]
    )


def random_body(chance: random.Random) -> bytes:
    """Return JSON of any value, mostly an object of fields that there are, sometimes damaged."""
    fields = {chance.choice(_FIELDS): random_value(chance) for _ in range(chance.randrange(0, 5))}
    value = fields if chance.random() < 0.9 else random_value(chance)
    body = json.dumps(value, ensure_ascii=chance.random() < 0.7).encode("utf-8", "surrogatepass")
    if chance.random() < 0.2:
        at = chance.randrange(len(body) + 1)
        body = body[:at] + chance.randbytes(chance.randrange(3)) + body[at + chance.randrange(3) :]
    return body


@pytest.mark.parametrize("rounds", [SHORT, pytest.param(LONG, marks=pytest.mark.long)])
def test_whatever_comes_is_answered_as_documented_or_closed(
    server: Server, rounds: int, seed: int, count: Count
) -> None:
    """No 5xx, each answer of a status that is documented, and afterwards the server answers as ever."""
    chance = random.Random(f"{seed} {rounds}")
    documented = {200, 303, 400, 401, 403, 404, 405, 406, 408, 413, 414, 415, 429, 431}
    for number in range(rounds):
        request = random_request(chance, server)
        with socket.create_connection(address(server), PATIENCE_S) as connection:
            try:
                connection.sendall(request)
                connection.shutdown(socket.SHUT_WR)
                got = hostile.read(connection, 1_000, time.monotonic())
            except ConnectionError:
                continue
        said = f"seed {seed}, number {number}: {request!r} → {got}"
        assert set(got.statuses) <= documented, said
        assert got.closed, said
    assert is_well(server)
    count(HOSTILE, rounds)


@pytest.mark.parametrize("rounds", [SHORT, pytest.param(LONG, marks=pytest.mark.long)])
def test_any_json_is_answered_with_records_or_with_what_is_wrong(
    server: Server, rounds: int, seed: int, count: Count
) -> None:
    """200 with a total, or 400 with at least one fault; over one connection, so that none breaks it."""
    chance = random.Random(f"{seed} {rounds}")
    with server.client(**{"Content-Type": "application/json"}) as client:
        for number in range(rounds):
            body = random_body(chance)
            answer = client.post(f"/v1/{chance.choice(['contacts', 'companies'])}", content=body)
            said = f"seed {seed}, number {number}: {body!r} → {answer.status_code} {answer.text[:500]}"
            envelope = answer.json()
            assert list(envelope) == ["data", "meta", "errors"], said
            if answer.status_code == 200:
                assert envelope["meta"]["total"] >= len(envelope["data"]), said
            else:
                assert answer.status_code == 400, said
                assert envelope["errors"], said
    assert is_well(server)
    count(HOSTILE, rounds)
