"""The backend under test, in a folder of its own; each test runs with every backend."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.backends import BACKENDS, OpenBackend
from letrics.backend import Backend


@pytest.fixture(params=list(BACKENDS))
def open_backend(request: pytest.FixtureRequest) -> OpenBackend:
    """How the backend is opened on a folder."""
    return BACKENDS[request.param]


@pytest.fixture
def backend(open_backend: OpenBackend, tmp_path: Path) -> Iterator[Backend]:
    """An empty backend."""
    opened = open_backend(tmp_path / "index")
    yield opened
    opened.close()
