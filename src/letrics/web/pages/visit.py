"""
One request of a browser: who it is, what its form says, and whether it may be here.

What changes something is refused unless it comes from a page of this very server.
"""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal
from urllib.parse import parse_qs, quote, urlsplit

import msgspec
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from letrics.accounts.actors import Actor
from letrics.accounts.audit import Audit
from letrics.accounts.passwords import TURNS_MAX
from letrics.accounts.sessions import Sessions, SignedIn
from letrics.accounts.sign_in import SignIn, Visitor
from letrics.accounts.tokens import Tokens
from letrics.accounts.usage import Usage
from letrics.accounts.users import User, Users
from letrics.backend import Searcher
from letrics.config import Settings
from letrics.errors import Forbidden, InvalidInput
from letrics.services import Services
from letrics.web.pages.frame import page
from letrics.web.wire import exchange, read_body

Audience = Literal["anyone", "user", "admin"]

_FORM = "application/x-www-form-urlencoded"
_FORM_BYTES_MAX = 65_536
_FIELDS_MAX = 100
_THREADS = TURNS_MAX + 4


class Site:
    """What pages work with."""

    def __init__(self, services: Services) -> None:
        self.settings: Settings = services.settings
        self.searcher: Searcher = services.backend.searcher()
        self.users: Users = services.users()
        self.sessions: Sessions = services.sessions()
        self.sign_in: SignIn = services.sign_in()
        self.tokens: Tokens = services.tokens()
        self.usage: Usage = services.usage()
        self.audit: Audit = services.audit()
        # Of their own: whoever waits for a password check keeps no search, and no other page, from a thread.
        self.threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="page")


class Visit(msgspec.Struct, frozen=True):
    """One request: its *form* has the values of each field of a POST, *signed_in* who it is from."""

    site: Site
    request: Request
    form: Mapping[str, list[str]]
    signed_in: SignedIn | None

    @property
    def user(self) -> User:
        """The user; only pages for users ask."""
        assert self.signed_in is not None
        return self.signed_in.user

    @property
    def visitor(self) -> Visitor:
        """The browser."""
        client = self.request.client
        agent = self.request.headers.get("user-agent", "")
        return Visitor(client.host if client else "", agent, exchange(self.request.scope).request_id)

    @property
    def actor(self) -> Actor:
        """The user as the audit log names whoever acts."""
        return self.visitor.as_actor(self.user)

    @property
    def origin(self) -> str:
        """Where this server is reached, as the visitor has come."""
        public = self.site.settings.public_url.rstrip("/")
        return public or f"{self.request.url.scheme}://{self.request.url.netloc}"

    def field(self, name: str) -> str:
        """Return a field of the form, empty where it is missing."""
        return self.form.get(name, [""])[0]

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """Return a page that shows who is signed in, and what was done before if the address says so."""
        user = self.signed_in.user if self.signed_in is not None else None
        done = self.request.query_params.get("done", "")
        return page(template, status=status, user=user, path=self.request.url.path, done=done, **values)


class PageEndpoint:
    """A page: *answer* is called in a thread, with the visit of somebody whom the page is for."""

    def __init__(self, site: Site, answer: Callable[[Visit], Response], audience: Audience = "user") -> None:
        self._site = site
        self._answer = answer
        self._audience = audience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope)
        form: Mapping[str, list[str]] = {}
        if scope["method"] == "POST":
            _check_same_site(request.headers, self._site.settings)
            form = _parse(await read_body(scope, receive, _FORM_BYTES_MAX), request.headers)
        answering = asyncio.get_running_loop().run_in_executor(self._site.threads, self._respond, request, form)
        response = await answering
        response.headers["Cache-Control"] = "no-store"
        await response(scope, receive, send)

    def _respond(self, request: Request, form: Mapping[str, list[str]]) -> Response:
        secret = request.cookies.get(cookie_name(request, self._site.settings), "")
        signed_in = self._site.sessions.find(secret) if secret else None
        if self._audience != "anyone" and signed_in is None:
            wanted = request.url.path if request.method == "GET" else "/"
            return RedirectResponse(f"/sign-in?next={quote(wanted)}", 303)
        if self._audience == "admin" and signed_in is not None and not signed_in.user.is_admin:
            raise Forbidden("This page is for administrators.")
        return self._answer(Visit(self._site, request, form, signed_in))


def is_secure(request: Request, settings: Settings) -> bool:
    """Return whether the browser speaks TLS with this server, or with the proxy before it."""
    return request.url.scheme == "https" or settings.public_url.startswith("https://")


def cookie_name(request: Request, settings: Settings) -> str:
    """Return the session cookie's name: over TLS it has the prefix that binds it to this host."""
    return "__Host-letrics" if is_secure(request, settings) else "letrics"


def _check_same_site(headers: Headers, settings: Settings) -> None:
    """
    Raise Forbidden for a form that another site may have sent.

    A browser says where a form is from: in Sec-Fetch-Site, and in Origin where there is no TLS.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    own = {headers.get("host"), urlsplit(settings.public_url).netloc} - {None, ""}
    is_ours = site == "same-origin" if site is not None else origin is not None and urlsplit(origin).netloc in own
    if not is_ours:
        raise Forbidden("This form was not sent from a page of this server, so nothing was done.")


def _parse(body: bytes, headers: Headers) -> Mapping[str, list[str]]:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if body and kind != _FORM:
        raise InvalidInput(f"A page takes its form as {_FORM}.")
    try:
        return parse_qs(body.decode(), keep_blank_values=True, max_num_fields=_FIELDS_MAX, errors="strict")
    except ValueError:
        raise InvalidInput("This form cannot be read.") from None
