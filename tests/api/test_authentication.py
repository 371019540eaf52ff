"""Contract, section 2: who is let in, and what the others are told."""

import time

import httpx2
import pytest

from serving import PATIENCE_S, Server, raw, run_letrics

PLAIN = 'Bearer realm="letrics"'


def ask(server: Server, path: str = "/v1/contacts", method: str = "GET", **headers: str) -> httpx2.Response:
    with httpx2.Client(base_url=server.url, timeout=PATIENCE_S) as client:
        return client.request(method, path, headers=headers)


def assert_unauthorized(answer: httpx2.Response, *, presented: bool) -> None:
    assert answer.status_code == 401
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith(PLAIN)
    assert ('error="invalid_token"' in challenge) is presented
    if answer.request.method == "HEAD":
        return
    assert answer.json()["data"] is None
    assert [(error["id"], error["code"]) for error in answer.json()["errors"]] == [("unauthorized", 401)]
    assert answer.json()["meta"]["request_id"] == answer.headers["x-request-id"]


def test_without_credentials_the_challenge_names_no_error(server: Server) -> None:
    """A request without credentials is 401 with the bare challenge."""
    answer = ask(server)
    assert_unauthorized(answer, presented=False)
    assert answer.headers["www-authenticate"] == PLAIN


@pytest.mark.parametrize(
    "credentials",
    ["Basic dXNlcjpwYXNz", "Bearer", "Bearer nonsense", "Token abc", "Bearer letr_" + "A" * 36, "Bearer a b"],
)
def test_whatever_is_wrong_with_the_credentials_is_401(server: Server, credentials: str) -> None:
    """Another scheme, a malformed or an unknown token: 401, and the challenge says invalid_token."""
    assert_unauthorized(ask(server, Authorization=credentials), presented=True)


def test_two_authorization_headers_are_401(server: Server) -> None:
    """Two Authorization headers are refused, even if both hold a valid token."""
    line = f"Authorization: Bearer {server.token}\r\n"
    answer = raw(server, f"GET /v1/contacts HTTP/1.1\r\nHost: x\r\n{line}{line}Connection: close\r\n\r\n".encode())
    assert answer.startswith("HTTP/1.1 401 ")
    assert 'error="invalid_token"' in answer


def test_the_scheme_is_read_in_any_case(server: Server) -> None:
    """`bearer` and `BEARER` are Bearer."""
    for scheme in ("bearer", "BEARER"):
        assert ask(server, Authorization=f"{scheme} {server.token}").status_code == 200


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/contacts", "/v1/nothing", "/v1/contacts/", "/v1/%63ontacts"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PATCH", "OPTIONS"])
def test_every_path_under_v1_is_401_before_404_and_405(server: Server, path: str, method: str) -> None:
    """Nobody without a token learns which paths and methods there are."""
    assert_unauthorized(ask(server, path, method), presented=False)


def test_with_a_token_unknown_paths_are_404_and_other_methods_405(server: Server) -> None:
    """Past the door, what does not exist is named with the nearest path, and a wrong method with the right ones."""
    with server.client() as client:
        missing, wrong = client.get("/v1/contact"), client.delete("/v1/contacts")
    assert (missing.status_code, missing.json()["errors"][0]["id"]) == (404, "not_found")
    assert "/v1/contacts" in missing.json()["errors"][0]["details"]
    assert (wrong.status_code, wrong.json()["errors"][0]["id"]) == (405, "method_not_allowed")
    assert wrong.headers["allow"] == "GET, HEAD, POST"


def test_a_token_without_the_scope_is_403(server: Server) -> None:
    """A valid token without the needed scope is 403 forbidden, and the challenge names the scope."""
    token = run_letrics(server.data, "token", "create", "narrow", "--scope", "companies:read", "-q").strip()
    header = f"Bearer {token}"
    assert ask(server, "/v1/companies", Authorization=header).status_code == 200
    answer = ask(server, "/v1/contacts", Authorization=header)
    assert (answer.status_code, answer.json()["errors"][0]["id"]) == (403, "forbidden")
    challenge = answer.headers["www-authenticate"]
    assert 'error="insufficient_scope"' in challenge
    assert 'scope="contacts:read"' in challenge


def test_a_token_in_the_query_string_is_never_read(server: Server) -> None:
    """A token in the query string lets nobody in, and beside a valid header it is an unknown parameter."""
    assert ask(server, f"/v1/contacts?access_token={server.token}").status_code == 401
    answer = server.get(f"/v1/contacts?token={server.token}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["id"] == "unknown_parameter"


def test_a_revoked_token_is_refused_within_a_second(server: Server) -> None:
    """A token that was just used is refused a second after it is revoked."""
    token = run_letrics(server.data, "token", "create", "brief", "-q").strip()
    header = f"Bearer {token}"
    assert ask(server, Authorization=header).status_code == 200
    run_letrics(server.data, "token", "revoke", "brief")
    time.sleep(1)
    assert_unauthorized(ask(server, Authorization=header), presented=True)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/docs", "/openapi.json"])
def test_only_these_need_no_token(server: Server, path: str) -> None:
    """Health, readiness, the reference and the OpenAPI document are open to all."""
    assert ask(server, path).status_code == 200


def test_a_cookie_is_no_credential(server: Server) -> None:
    """`/v1` accepts nothing but Bearer tokens."""
    assert_unauthorized(ask(server, Cookie=f"session={server.token}; token={server.token}"), presented=False)
