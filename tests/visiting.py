"""How tests visit the pages: as a browser would, but without one; and how they come to people with accounts."""

import re
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2

from serving import PATIENCE_S, run_letrics

PASSWORD = "three quiet lanterns"


class Visitor:
    """A browser's cookies and the header that says where its forms are from."""

    def __init__(self, url: str, **headers: str) -> None:
        self.url = url
        self.headers = {"Origin": url, "Accept": "text/html", **headers}
        self.cookies = httpx2.Cookies()

    def send(self, method: str, path: str, **given: Any) -> httpx2.Response:
        """Send a request and keep what cookies the answer sets."""
        given["headers"] = self.headers | given.get("headers", {})
        with httpx2.Client(base_url=self.url, cookies=self.cookies, timeout=PATIENCE_S) as client:
            answer = client.request(method, path, **given)
            self.cookies = client.cookies
        return answer

    def get(self, path: str) -> httpx2.Response:
        """Ask for a page."""
        return self.send("GET", path)

    def post(self, path: str, form: dict[str, Any] | None = None, **headers: str) -> httpx2.Response:
        """Send a form."""
        return self.send("POST", path, data=form or {}, headers=headers)

    def sign_in(self, email: str, password: str = PASSWORD) -> httpx2.Response:
        """Sign in."""
        return self.post("/sign-in", {"email": email, "password": password})

    def create_token(self, name: str, *scopes: str, expires: str = "never") -> str:
        """Make a token on its page; return the secret that the page shows."""
        form = {"name": name, "scopes": scopes or ("contacts:read", "companies:read"), "expires": expires}
        answer = self.post("/settings/tokens", form)
        assert answer.status_code == 200, said(answer)
        return shown_secret(answer)

    def token_id(self, name: str) -> str:
        """Return the id of a token that its page lists under *name*."""
        page = self.get("/settings/tokens").text
        found = re.search(rf'/settings/tokens/(tok_\w+)/revoke" aria-label="Revoke {re.escape(name)}"', page)
        assert found is not None, name
        return found[1]


def person(url: str, data: Path, email: str, role: str = "member") -> Visitor:
    """Return somebody who was invited on the command line, has chosen PASSWORD and is signed in."""
    link = run_letrics(data, "user", "add", email, "--role", role, "--quiet").strip()
    visitor = Visitor(url)
    form = {"email": email, "name": email.partition("@")[0].title(), "password": PASSWORD, "again": PASSWORD}
    answer = visitor.post(urlsplit(link).path, form)
    assert answer.status_code == 303, said(answer)
    return visitor


def shown_secret(answer: httpx2.Response) -> str:
    """Return the token's secret that a page shows."""
    found = re.search(r'id="secret"[^>]*>(letr_\w+)<', answer.text)
    assert found is not None, said(answer)
    return found[1]


def said(answer: httpx2.Response) -> str:
    """Return a page's status and text, without its markup."""
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))
    return f"{answer.status_code} {unescape(text)}"
