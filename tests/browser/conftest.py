"""A real Chromium, and a real server with two workers that it visits."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from browsing import Browsing
from serving import PATIENCE_S, Server, fill, run_letrics, start_server, stop_server
from visiting import Visitor, person

expect.set_options(timeout=PATIENCE_S * 1_000)

_NAMES = ("chromium", "chromium-browser", "google-chrome")


# For one file's tests: while it is open an event loop runs in this process, where other tests run their own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium as the system has it."""
    path = next((found for name in _NAMES if (found := shutil.which(name))), None)
    assert path is not None, "There is no Chromium. On Debian: apt-get install chromium"
    # Its sandbox needs a user that is not root; what it visits here is our own server only.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments, timeout=PATIENCE_S * 1_000)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the small data set, and an administrator, ada@example.org."""
    data = tmp_path_factory.mktemp("visited") / "data"
    fill(data)
    token = run_letrics(data, "token", "create", "tests", "--quiet").strip()
    process, url = start_server(data, "--workers", "2", forked=False)
    person(url, data, "ada@example.org", "admin")
    yield Server(url, token, data)
    stop_server(process)


@pytest.fixture
def browsing(browser: Browser, site: Server) -> Iterator[Browsing]:
    """A new browser, without anybody's cookies."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.url)
    browsing = Browsing(context, site.url)
    yield browsing
    context.close()
    assert browsing.errors == []


@pytest.fixture
def without_scripts(browser: Browser, site: Server) -> Iterator[Browsing]:
    """A browser that runs no JavaScript."""
    context = browser.new_context(java_script_enabled=False)
    yield Browsing(context, site.url)
    context.close()


@pytest.fixture
def member(site: Server, request: pytest.FixtureRequest) -> Visitor:
    """A member of the test's own."""
    return person(site.url, site.data, f"{request.node.name.partition('[')[0][-40:]}@example.org".lower())
