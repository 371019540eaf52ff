"""Every operation of the OpenAPI document asked with every scope: let in where it names the scope, refused elsewhere."""

from typing import Any

import pytest

from letrics.accounts.scopes import SCOPES
from letrics.config import Settings
from letrics.web.openapi import document
from serving import Server, ask_for, run_letrics

_PATHS: dict[str, dict[str, Any]] = document(Settings())["paths"]
OPERATIONS = [(method.upper(), path) for path, item in _PATHS.items() for method in item]


def wanted(method: str, path: str) -> list[str] | None:
    """Return the scopes that an operation needs, None where it needs no token."""
    security = _PATHS[path][method.lower()]["security"]
    return security[0]["bearer"] if security else None


@pytest.fixture(scope="module")
def token_of(server: Server) -> dict[str, str]:
    """A token for each scope alone."""
    return {
        scope: run_letrics(server.data, "token", "create", f"only {scope}", "--scope", scope, "--quiet").strip()
        for scope in SCOPES
    }


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
@pytest.mark.parametrize("scope", [*SCOPES, "none", "revoked"])
def test_each_operation_lets_in_the_scope_that_it_names_and_no_other(
    server: Server, token_of: dict[str, str], method: str, path: str, scope: str
) -> None:
    """With just that scope 200, with another 403 that names it, without a valid token 401; open paths are open to all."""
    headers = {}
    if scope != "none":
        headers["Authorization"] = f"Bearer {token_of.get(scope, 'letr_' + 36 * '0')}"
    answer = ask_for(server.url + path, method, headers=headers)
    needed = wanted(method, path)
    if needed is None or needed == [scope]:
        assert answer.status_code == 200
    elif scope in SCOPES:
        assert answer.status_code == 403
        assert answer.json()["errors"][0]["id"] == "forbidden"
        assert f'error="insufficient_scope", scope="{needed[0]}"' in answer.headers["www-authenticate"]
    else:
        assert answer.status_code == 401


def test_everything_under_v1_needs_a_scope() -> None:
    """No operation under `/v1` is open, and none outside it needs a token."""
    assert OPERATIONS
    for method, path in OPERATIONS:
        assert (wanted(method, path) is not None) == path.startswith("/v1/")
