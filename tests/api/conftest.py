"""A real server over a small data set, started through the command line as a user starts it."""

from collections.abc import Iterator

import pytest

from serving import Server, fill, run_letrics, start_server, stop_server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with three companies and four contacts, and a token that may read."""
    data = tmp_path_factory.mktemp("served") / "data"
    fill(data)
    token = run_letrics(data, "token", "create", "tests", "--quiet").strip()
    process, url = start_server(data, forked=False)
    yield Server(url, token, data)
    stop_server(process)
