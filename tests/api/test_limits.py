"""What is over a limit, or of another form, gets its own 4xx, and the server stays well."""

import json

import pytest

from serving import Server, raw

MIB = 1_048_576


def answer_of(
    server: Server, method: str = "POST", path: str = "/v1/contacts", content: bytes = b"{}", **headers: str
) -> tuple[int, str, str]:
    with server.client() as client:
        answer = client.request(method, path, content=content, headers={"Content-Type": "application/json", **headers})
    error = answer.json()["errors"][0] if answer.json()["errors"] else {"id": "", "details": ""}
    return answer.status_code, error["id"], error["details"]


def test_a_body_of_another_type_is_told_the_right_header(server: Server) -> None:
    """415 names Content-Type: application/json and that curl's -d default is the usual cause."""
    status, error, details = answer_of(server, **{"Content-Type": "application/x-www-form-urlencoded"})
    assert (status, error) == (415, "unsupported_media_type")
    assert "Content-Type: application/json" in details
    assert "curl" in details


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON", "application/vnd.api+json"])
def test_json_by_other_names_is_json(server: Server, kind: str) -> None:
    """A charset of UTF-8, capitals and +json types are taken."""
    assert answer_of(server, **{"Content-Type": kind})[0] == 200


def test_a_compressed_body_is_415(server: Server) -> None:
    """A Content-Encoding is not read."""
    assert answer_of(server, **{"Content-Encoding": "gzip"})[:2] == (415, "unsupported_media_type")


def test_a_body_over_a_mebibyte_is_413(server: Server) -> None:
    """The last byte that fits is read, the next is not, announced or in chunks."""
    body = b'{"tlds": ["de"]' + b" " * (MIB - 16) + b"}"
    assert len(body) == MIB
    assert answer_of(server, content=body)[0] == 200
    assert answer_of(server, content=body + b" ")[:2] == (413, "payload_too_large")
    with server.client(**{"Content-Type": "application/json"}) as client:
        chunked = client.post("/v1/contacts", content=(b" " * 65_536 for _ in range(17)))
    assert chunked.status_code == 413


def test_a_long_url_is_414(server: Server) -> None:
    """A path and query over 8 KiB is refused, and POST is named as the way."""
    status, error, details = answer_of(server, "GET", "/v1/contacts?job_titles=" + "x" * 8_192, b"")
    assert (status, error) == (414, "uri_too_long")
    assert "POST" in details


def test_large_headers_are_431(server: Server) -> None:
    """Headers over 16 KiB are refused."""
    assert answer_of(server, **{"X-Large": "x" * 16_384})[:2] == (431, "headers_too_large")


def test_a_get_takes_no_body(server: Server) -> None:
    """A body on a GET is refused rather than ignored."""
    assert answer_of(server, "GET")[:2] == (400, "invalid_input")


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("*/*", 200),
        ("application/*;q=0.1", 200),
        ("text/html, application/json", 200),
        ("text/html", 406),
        ("application/json;q=0, */*", 406),
        (b"application/json;q=\xb2", 406),
        ("application/json;q=one, */*", 406),
        ("", 200),
    ],
)
def test_who_takes_no_json_is_told_so(server: Server, accept: str | bytes, status: int) -> None:
    """An Accept header that excludes JSON is 406; the most specific range decides; a weight that is none is 0."""
    assert answer_of(server, Accept=accept)[0] == status


def test_values_over_the_limits_are_invalid(server: Server) -> None:
    """A thousand values of 256 characters are taken; one more of either is not."""
    with server.client() as client:
        fits = client.post("/v1/contacts", json={"job_titles": ["x" * 256 for _ in range(1_000)]})
        many = client.post("/v1/contacts", json={"job_titles": ["x"] * 1_001})
        long = client.post("/v1/contacts", json={"job_titles": ["x" * 257]})
    assert fits.status_code == 200
    assert many.json()["errors"][0]["field"] == "job_titles"
    assert long.json()["errors"][0]["field"] == "job_titles[0]"


def test_every_answer_carries_the_safety_headers(server: Server) -> None:
    """nosniff, a referrer policy and a content security policy stand on successes, errors and pages."""
    with server.client() as client:
        for path in ("/v1/contacts", "/v1/none", "/docs", "/healthz"):
            headers = client.get(path).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
            assert "default-src 'none'" in headers["content-security-policy"]


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nA B: c\r\n\r\n",
    ],
    ids=["nonsense", "header"],
)
def test_what_is_no_http_gets_an_envelope_too(server: Server, request_bytes: bytes) -> None:
    """Bytes that are no request are answered with 400 in the same form, and the connection is closed."""
    head, _, body = raw(server, request_bytes).partition("\r\n\r\n")
    assert head.startswith("HTTP/1.1 400 ")
    assert json.loads(body)["errors"][0]["id"] == "invalid_input"


def test_head_answers_without_a_body(server: Server) -> None:
    """HEAD says what GET would, and sends nothing."""
    with server.client() as client:
        answer = client.head("/v1/contacts")
    assert (answer.status_code, answer.content) == (200, b"")
