"""Promise 6: the OpenAPI document is the truth."""

import os
import subprocess
import sys
from pathlib import Path

import openapi_spec_validator

from letrics.config import Settings
from letrics.model.filters import EXCLUDE, SEARCHES, filters_of
from letrics.services import Services
from letrics.web.app import PATHS, routes
from letrics.web.metrics import Metrics
from letrics.web.openapi import document
from letrics.web.server import shared_by
from serving import PATIENCE_S, Server, ask_for

SEED = "20261123"


def test_the_document_is_valid_openapi() -> None:
    """A validator of OpenAPI 3.1 finds nothing wrong with it."""
    openapi_spec_validator.validate(document(Settings()))


def test_every_route_is_in_the_document_and_nothing_else(tmp_path: Path) -> None:
    """Paths and methods are those of the router."""
    with Services(Settings(data=tmp_path)) as services:
        metrics = Metrics(shared_by(1).counts, 1, 0, PATHS)
        served = {(route.path, method) for route in routes(services, metrics) for method in route.methods or ()}
    assert {path for path, _ in served} == set(PATHS)
    described = {(path, method.upper()) for path, item in document(Settings())["paths"].items() for method in item}
    assert {(path, method) for path, method in served if method != "HEAD"} == described


def test_every_filter_and_twin_is_in_both_notations() -> None:
    """Body and query string take the registry's filters, their twins, and paging, and nothing else."""
    paths = document(Settings())["paths"]
    for search in SEARCHES:
        expected = {"page", "per_page"}
        for each in filters_of(search):
            expected |= {each.name, *([EXCLUDE + each.name] if each.has_twin else [])}
        body = paths[f"/v1/{search}"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert set(body["properties"]) == expected
        assert {parameter["name"] for parameter in paths[f"/v1/{search}"]["get"]["parameters"]} == expected


def test_the_reference_page_names_every_filter(server: Server) -> None:
    """The page for people is made from the same registry, and loads nothing from elsewhere."""
    page = ask_for(f"{server.url}/docs").text
    for search in SEARCHES:
        for each in filters_of(search):
            assert f"<code>{each.name}</code>" in page
    assert 'src="http' not in page
    assert 'href="http' not in page


def test_schemathesis_finds_nothing(server: Server, tmp_path: Path) -> None:
    """Requests made from the document are answered as it says: no 5xx, no undocumented answer, no wrong schema."""
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/openapi.json"]
    command += ["--header", f"Authorization: Bearer {server.token}", "--seed", SEED, "--max-examples", "40"]
    command += ["--phases", "examples,coverage,fuzzing", "--suppress-health-check", "all"]
    command += ["--request-timeout", str(PATIENCE_S)]
    hooks = str(Path(__file__).parent.parent)
    quiet = {**os.environ, "NO_COLOR": "1", "SCHEMATHESIS_HOOKS": "schemathesis_hooks"}
    quiet["PYTHONPATH"] = os.pathsep.join([hooks, quiet.get("PYTHONPATH", "")])
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=quiet)
    assert done.returncode == 0, f"seed {SEED}\n{done.stdout[-6000:]}\n{done.stderr[-2000:]}"
