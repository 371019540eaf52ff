"""Hostile requests: what is sent as it stands, and what must come back."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from serving import PATIENCE_S, Server

# Under what name suites count what they sent.
HOSTILE = "hostile requests"


class Got(msgspec.Struct, frozen=True):
    """What came back: statuses, the last body, whether the server closed, and the seconds until the last byte."""

    statuses: list[int]
    body: bytes
    closed: bool
    seconds: float

    @property
    def error(self) -> str:
        """The id of the first error of the last answer."""
        return str(json.loads(self.body)["errors"][0]["id"])


def address(server: Server) -> tuple[str, int]:
    """Return where a server listens."""
    parts = urlsplit(server.url)
    return parts.hostname or "", parts.port or 0


def send(server: Server, *pieces: bytes, answers: int = 1, half_close: bool = False, pause_s: float = 0.0) -> Got:
    """Send *pieces* as they are; return what comes until the server closes or has given that many *answers*."""
    began = time.monotonic()
    with socket.create_connection(address(server), PATIENCE_S) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(pause_s)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the server has had enough; what it says of it is still to be read
        return read(connection, answers, began)


def read(connection: socket.socket, answers: int, began: float) -> Got:
    """Read answers by their lengths, so that an open connection is not waited for."""
    received, statuses, body = b"", [], b""
    closed = False
    while len(statuses) < answers:
        head, found, rest = received.partition(b"\r\n\r\n")
        if found:
            fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
            length = int(fields.get(b"content-length", b"0"))
            if len(rest) >= length:
                status = int(head.split(b" ")[1])
                if status >= 200:
                    statuses.append(status)
                    body, closed = rest[:length], fields.get(b"connection") == b"close"
                received = rest[length:]
                continue
        try:
            piece = connection.recv(65_536)
        except ConnectionResetError:
            piece = b""
        if not piece:
            return Got(statuses, body, True, time.monotonic() - began)
        received += piece
    return Got(statuses, body, closed, time.monotonic() - began)


@contextmanager
def under_way(server: Server, length: int) -> Iterator[socket.socket]:
    """Give a connection with a search under way: the server has said that it waits for the *length* bytes of its body."""
    with socket.create_connection(address(server), PATIENCE_S) as connection:
        connection.sendall(head(server, f"Content-Length: {length}", "Expect: 100-continue"))
        said = b""
        while not said.endswith(b"\r\n\r\n"):
            piece = connection.recv(65_536)
            assert piece, said
            said += piece
        assert said.startswith(b"HTTP/1.1 100 "), said
        yield connection


def most_memory_bytes(pid: int) -> int:
    """Return the most memory that a process has had."""
    status = Path(f"/proc/{pid}/status").read_text()
    return 1024 * int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait until something holds; fails where it does not come to hold."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_well(server: Server) -> bool:
    """Return whether a server answers a search as ever."""
    return server.post("/v1/contacts", {"job_titles": ["finance"]}).json()["meta"]["total"] == 2


def head(server: Server, *lines: str, method: str = "POST", path: str = "/v1/contacts") -> bytes:
    """Return the head of a request with a token, in JSON."""
    fixed = ["Host: letrics", f"Authorization: Bearer {server.token}", "Content-Type: application/json"]
    return "\r\n".join([f"{method} {path} HTTP/1.1", *fixed, *lines, "", ""]).encode("latin-1")


def with_body(server: Server, body: bytes, *lines: str) -> bytes:
    """Return a whole request with *body*."""
    return head(server, f"Content-Length: {len(body)}", *lines) + body


def chunked(server: Server, framed: bytes) -> bytes:
    """Return a request with a body in chunks, as *framed*."""
    return head(server, "Transfer-Encoding: chunked") + framed


Make = Callable[[Server], Any]
_PLAIN = b"Host: letrics\r\n\r\n"
_BIG = 3_000_000

# What can be read in two ways, or not at all: the name, the bytes, the status, and the error's id.
WIRE: list[tuple[str, Make, int, str]] = [
    ("two equal lengths", lambda s: head(s, "Content-Length: 2", "Content-Length: 2") + b"{}", 400, "invalid_input"),
    ("two lengths", lambda s: head(s, "Content-Length: 2", "Content-Length: 3") + b"{}", 400, "invalid_input"),
    ("a list of lengths", lambda s: head(s, "Content-Length: 2, 2") + b"{}", 400, "invalid_input"),
    ("a signed length", lambda s: head(s, "Content-Length: +2") + b"{}", 400, "invalid_input"),
    ("a negative length", lambda s: head(s, "Content-Length: -2") + b"{}", 400, "invalid_input"),
    ("a length in hex", lambda s: head(s, "Content-Length: 0x2") + b"{}", 400, "invalid_input"),
    ("a length of 24 digits", lambda s: head(s, "Content-Length: " + "9" * 24) + b"{}", 400, "invalid_input"),
    ("a length of 99 GB", lambda s: head(s, "Content-Length: 99999999999") + b"{}", 413, "payload_too_large"),
    (
        "length and chunks",
        lambda s: head(s, "Content-Length: 2", "Transfer-Encoding: chunked") + b"2\r\n{}\r\n0\r\n\r\n",
        400,
        "invalid_input",
    ),
    (
        "chunks and length",
        lambda s: head(s, "Transfer-Encoding: chunked", "Content-Length: 2") + b"2\r\n{}\r\n0\r\n\r\n",
        400,
        "invalid_input",
    ),
    (
        "gzip in chunks",
        lambda s: head(s, "Transfer-Encoding: gzip, chunked") + b"2\r\n{}\r\n0\r\n\r\n",
        400,
        "invalid_input",
    ),
    (
        "chunks that end as something else",
        lambda s: head(s, "Transfer-Encoding: chunked, identity") + b"2\r\n{}\r\n0\r\n\r\n",
        400,
        "invalid_input",
    ),
    (
        "chunked twice",
        lambda s: head(s, "Transfer-Encoding: chunked", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
        400,
        "invalid_input",
    ),
    ("chunked misspelt", lambda s: head(s, "Transfer-Encoding: xchunked") + b"0\r\n\r\n", 400, "invalid_input"),
    (
        "chunks over HTTP/1.0",
        lambda s: head(s, "Transfer-Encoding: chunked").replace(b"/1.1", b"/1.0") + b"0\r\n\r\n",
        400,
        "invalid_input",
    ),
    ("a chunk size that is none", lambda s: chunked(s, b"zz\r\n{}\r\n0\r\n\r\n"), 400, "invalid_input"),
    ("a chunk size over 64 bits", lambda s: chunked(s, b"f" * 17 + b"\r\n{}\r\n"), 400, "invalid_input"),
    ("a negative chunk size", lambda s: chunked(s, b"-2\r\n{}\r\n0\r\n\r\n"), 400, "invalid_input"),
    ("chunks ended by a bare LF", lambda s: chunked(s, b"2\n{}\n0\n\n"), 400, "invalid_input"),
    ("a chunk longer than its size", lambda s: chunked(s, b"1\r\n{}\r\n0\r\n\r\n"), 400, "invalid_input"),
    (
        "chunk extensions of 3 MB",
        lambda s: chunked(s, b"2;" + b"a" * _BIG + b"\r\n{}\r\n0\r\n\r\n"),
        413,
        "payload_too_large",
    ),
    (
        "trailers of 3 MB",
        lambda s: chunked(s, b"2\r\n{}\r\n0\r\n" + b"a: b\r\n" * (_BIG // 6) + b"\r\n"),
        413,
        "payload_too_large",
    ),
    ("a bare LF after the first line", lambda s: head(s).replace(b"\r\n", b"\n", 1), 400, "invalid_input"),
    ("bare LFs", lambda s: head(s).replace(b"\r\n", b"\n"), 400, "invalid_input"),
    ("a bare LF in a header", lambda s: head(s, "X: y\nZ: w"), 400, "invalid_input"),
    ("a bare CR in a header", lambda s: head(s, "X: y\rZ: w"), 400, "invalid_input"),
    ("a folded header", lambda s: head(s, "X: y", "  z"), 400, "invalid_input"),
    ("a header that begins folded", lambda _: b"GET /healthz HTTP/1.1\r\n X: y\r\n" + _PLAIN, 400, "invalid_input"),
    ("a header without a colon", lambda s: head(s, "nocolon"), 400, "invalid_input"),
    ("a space before the colon", lambda s: head(s, "X : y"), 400, "invalid_input"),
    ("a header without a name", lambda s: head(s, ": y"), 400, "invalid_input"),
    ("NUL in a header", lambda s: head(s, "X: a\0b"), 400, "invalid_input"),
    ("NUL in a name", lambda s: head(s, "X\0: a"), 400, "invalid_input"),
    ("no host", lambda _: b"GET /healthz HTTP/1.1\r\n\r\n", 400, "invalid_input"),
    ("two hosts", lambda s: head(s, "Host: other"), 400, "invalid_input"),
    ("a host that is none", lambda _: b"GET /healthz HTTP/1.1\r\nHost: a b/<c>\r\n\r\n", 400, "invalid_input"),
    ("a header of 3 MB", lambda s: head(s, "X: " + "x" * _BIG), 431, "headers_too_large"),
    ("a header's name of 3 MB", lambda s: head(s, "x" * _BIG + ": y"), 431, "headers_too_large"),
    ("a header without an end", lambda s: head(s)[:-4] + b"\r\nX: " + b"x" * _BIG, 431, "headers_too_large"),
    ("5,000 headers", lambda s: head(s, *["a:b"] * 5_000), 431, "headers_too_large"),
    ("500,000 headers", lambda s: head(s, *["a:b"] * 500_000), 431, "headers_too_large"),
    ("a URL of 9 KB", lambda s: head(s, method="GET", path="/v1/contacts?" + "x" * 9_000), 414, "uri_too_long"),
    ("a URL of 70 KB", lambda s: head(s, method="GET", path="/v1/contacts?" + "x" * 70_000), 414, "uri_too_long"),
    ("a URL without an end", lambda _: b"GET /" + b"x" * _BIG, 414, "uri_too_long"),
    ("a method of 10 KB", lambda _: b"G" * 10_000 + b" / HTTP/1.1\r\n" + _PLAIN, 400, "invalid_input"),
    ("a method in small letters", lambda _: b"get /healthz HTTP/1.1\r\n" + _PLAIN, 400, "invalid_input"),
    ("a URL that is not ASCII", lambda _: b"GET /h\xc3\xa9 HTTP/1.1\r\n" + _PLAIN, 400, "invalid_input"),
    ("NUL in the URL", lambda _: b"GET /h\0 HTTP/1.1\r\n" + _PLAIN, 400, "invalid_input"),
    ("a space in the URL", lambda _: b"GET /health z HTTP/1.1\r\n" + _PLAIN, 400, "invalid_input"),
    ("HTTP/0.9", lambda _: b"GET /healthz\r\n\r\n", 400, "invalid_input"),
    ("HTTP/2.0 by name", lambda _: b"GET /healthz HTTP/2.0\r\n" + _PLAIN, 400, "invalid_input"),
    ("HTTP/9.9", lambda _: b"GET /healthz HTTP/9.9\r\n" + _PLAIN, 400, "invalid_input"),
    ("HTTP/2's preface", lambda _: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "invalid_input"),
    ("TLS", lambda _: bytes.fromhex("16030100a5010000a10303") + b"\0" * 80, 400, "invalid_input"),
    ("nothing but NULs", lambda _: b"\0" * 100_000, 400, "invalid_input"),
    ("CONNECT", lambda _: b"CONNECT letrics:443 HTTP/1.1\r\n" + _PLAIN, 400, "invalid_input"),
    ("an absolute URL without a path", lambda _: b"GET http://letrics HTTP/1.1\r\n" + _PLAIN, 400, "invalid_input"),
    ("an asterisk", lambda _: b"OPTIONS * HTTP/1.1\r\n" + _PLAIN, 404, "not_found"),
    (
        "an upgrade with a body",
        lambda s: head(s, "Connection: Upgrade", "Upgrade: h2c", "Content-Length: 2") + b"{}",
        400,
        "invalid_input",
    ),
]
_DEEP = 200_000
# Bodies that are no question.
BODIES: list[tuple[str, bytes, int, str]] = [
    ("33 deep", b'{"tlds":' + b"[" * 33 + b"]" * 33 + b"}", 400, "malformed_json"),
    ("200,000 deep", b"[" * _DEEP + b"]" * _DEEP, 400, "malformed_json"),
    ("200,000 deep without an end", b'{"a":' * _DEEP, 400, "malformed_json"),
    ("an array of 250,000", b'{"tlds":[' + b"1," * 250_000 + b"1]}", 400, "invalid_input"),
    ("an array of 80,000 strings", b'{"tlds":[' + b'"de",' * 80_000 + b'"de"]}', 400, "invalid_input"),
    ("50,000 fields", b"{" + b",".join(b'"f%d":1' % n for n in range(50_000)) + b"}", 400, "unknown_parameter"),
    ("a number of 500,000 digits", b'{"page":' + b"9" * 500_000 + b"}", 400, "invalid_input"),
    ("a huge exponent", b'{"page":1e400}', 400, "invalid_input"),
    ("not a number", b'{"page":NaN}', 400, "malformed_json"),
    ("a key twice", b'{"tlds":["de"],"tlds":["com"]}', 400, "invalid_input"),
    ("invalid UTF-8", b'{"tlds":["\xff\xfe"]}', 400, "malformed_json"),
    ("overlong UTF-8", b'{"tlds":["\xc0\xaf"]}', 400, "malformed_json"),
    ("a surrogate in UTF-8", b'{"tlds":["\xed\xa0\x80"]}', 400, "malformed_json"),
    ("a lone surrogate", b'{"tlds":["\\ud800"]}', 400, "invalid_input"),
    ("a byte order mark", b'\xef\xbb\xbf{"tlds":["de"]}', 400, "malformed_json"),
    ("UTF-16", '{"tlds":["de"]}'.encode("utf-16"), 400, "malformed_json"),
    ("NULs", b"\0" * 1_000, 400, "malformed_json"),
    ("a raw NUL in a string", b'{"tlds":["d\0e"]}', 400, "malformed_json"),
    ("cut off", b'{"tlds":["de"', 400, "malformed_json"),
    ("something after it", b"{}{}", 400, "malformed_json"),
    ("a string", b'"tlds"', 400, "invalid_input"),
    ("null", b"null", 400, "invalid_input"),
]
