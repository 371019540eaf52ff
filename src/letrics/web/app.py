"""
The application: bytes in, the boundary where errors become answers, and the table of routes.

Every path under `/v1` asks for a token first, so that nobody learns which paths there are.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from difflib import get_close_matches
from typing import Any, NamedTuple

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from letrics import garbage
from letrics.accounts.token_cache import TokenCache
from letrics.errors import DamagedData, InternalError, LetricsError, MethodNotAllowed, NotFound
from letrics.log import RequestLog, get_logger
from letrics.model.filters import Search
from letrics.model.places import near_places, resolve_place
from letrics.services import Services
from letrics.web.auth import caller_of
from letrics.web.cycle import WHOLE
from letrics.web.door import Door
from letrics.web.exposition import MetricsEndpoint
from letrics.web.health import Readiness, healthz
from letrics.web.limits import RateLimit, parse_rate
from letrics.web.metrics import NOWHERE, Metrics
from letrics.web.openapi import OpenApiEndpoint
from letrics.web.pages.frame import error_page
from letrics.web.pages.routes import page_routes
from letrics.web.pages.visit import PageEndpoint, Site
from letrics.web.reference import reference
from letrics.web.search import SearchEndpoint
from letrics.web.shared import SharedMemory
from letrics.web.wire import REFUSAL, Exchange, failure, header_values

_log = get_logger(__name__)

_SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
_SECURITY_LINES = b"".join(b"%s: %s\r\n" % header for header in _SECURITY_HEADERS) + b"cache-control: no-store\r\n"
_PAGE_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self';"
    b" frame-ancestors 'none'; base-uri 'none'"
)

# An id that a client or proxy may give to its request; it stands in the log beside ours.
_GIVEN_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")


class Shared(NamedTuple):
    """The memory that the workers of a server share: what they count, and the windows of their rate limits."""

    counts: SharedMemory
    windows: SharedMemory


class Application:
    """Letrics as an ASGI application: worker *number* of as many as *workers*."""

    def __init__(self, services: Services, shared: Shared, workers: int, number: int) -> None:
        self._services = services
        self._settings = services.settings
        self.door = Door(services.settings)
        self._tokens: TokenCache = services.token_cache()
        self._usage = services.usage()
        rate = parse_rate(self._settings.rate_limit)
        self._rate_limit = None if rate is None else RateLimit(rate, shared.windows)
        pages = page_routes(services)
        endpoints = list(dict.fromkeys([*PATHS, *(page.path for page in pages)]))
        self.metrics = Metrics(shared.counts, workers, number, endpoints)
        self._log = RequestLog(self._settings)
        served = [*routes(services, self.metrics), *pages]
        self._router = Router(served, default=_no_route, lifespan=self._lifespan)
        self._router.redirect_slashes = False
        self._searches = {route.path: route for route in served if isinstance(route.app, SearchEndpoint)}

    async def load(self) -> None:
        """Read what the first request would have to wait for: the index and the gazetteer."""
        await asyncio.to_thread(self._services.backend.searcher().prepare)
        await asyncio.to_thread(near_places, "Europe")
        # Cities' other names are only read for a name that nothing else has.
        await asyncio.to_thread(resolve_place, "Nowhere")
        garbage.settle()
        self.door.is_loaded = True

    async def read_ahead(self) -> None:
        """Read what some searches would have to wait for, beside those that are answered."""
        try:
            await asyncio.to_thread(self._services.backend.searcher().read_ahead)
        except (LetricsError, OSError) as error:
            _log.error("the index was not read ahead", exc_info=error)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever goes wrong, the client gets an answer that says so."""
        scope["app"] = self
        if scope["type"] != "http":
            await self._router(scope, receive, send)
            return
        under_way = scope["letrics.exchange"] = Exchange()
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == WHOLE:
                status = message["status"]
                message["headers"] += _common_lines(under_way)
            elif message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *_common_headers(message["headers"], scope, under_way)]
            await send(message)

        try:
            await self._answer(scope, receive, send_with_headers, under_way)
        except Exception as error:
            if status:
                raise
            answer = _as_answer(error, scope, under_way)
            make = error_page if _is_for_a_person(scope) else failure
            await make(answer, under_way.request_id)(scope, receive, send_with_headers)
        finally:
            self._note(scope, under_way, status)

    def _note(self, scope: Scope, under_way: Exchange, status: int) -> None:
        """Count a request and write its line in the log; a *status* of 0 is a client that has gone."""
        seconds = time.perf_counter() - under_way.started
        endpoint, method = _template(scope), scope["method"]
        self.metrics.count(endpoint, method, status, seconds)
        self.metrics.time(under_way.timings)
        caller = scope.get("letrics.caller")
        token = caller.token_id if caller is not None else "-"
        given_ids = header_values(scope, b"x-request-id")
        given_id = given_ids[0] if given_ids and _GIVEN_ID.fullmatch(given_ids[0]) else ""
        self._log.write(method or "-", endpoint, status, seconds, token, under_way.request_id, given_id)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, under_way: Exchange) -> None:
        if REFUSAL in scope:
            refusal: LetricsError = scope[REFUSAL]
            raise refusal
        entered = under_way.room("app", under_way.started)
        if scope["path"] == "/v1" or scope["path"].startswith("/v1/"):
            caller = scope["letrics.caller"] = await caller_of(scope, self._tokens)
            under_way.room("auth", entered)
            if self._rate_limit is not None:
                under_way.quota, limited = self._rate_limit.spend(caller.token_id)
                if limited is not None:
                    raise limited
            try:
                await self._route(scope, receive, send)
            finally:
                # Off the path of the answer: counted in memory, written by `_flush_now_and_then`.
                self._usage.count(caller.token_id, under_way.records)
            return
        await self._router(scope, receive, send)

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by the table of routes; a search, which most requests are, without a walk through it."""
        route = self._searches.get(scope["path"])
        if route is None:
            await self._router(scope, receive, send)
        else:
            scope["route"] = route
            await route.handle(scope, receive, send)

    @asynccontextmanager
    async def _lifespan(self, _: Any) -> AsyncIterator[None]:
        flushing = asyncio.create_task(self._flush_now_and_then())
        yield
        flushing.cancel()
        await asyncio.gather(flushing, return_exceptions=True)
        await self._flush()
        self._services.close()

    async def _flush_now_and_then(self) -> None:
        while True:
            self.metrics.look_at_memory()
            await asyncio.sleep(self._settings.flush_interval_s)
            try:
                await self._flush()
            except LetricsError as error:
                _log.error("usage not written", exc_info=error)

    async def _flush(self) -> None:
        """Write last use and usage of tokens, off the path of requests."""
        await self._tokens.flush()
        await self._usage.flush()


class _Function:
    """A function as an endpoint: Starlette takes a bare function for one that takes a request."""

    def __init__(self, function: ASGIApp) -> None:
        self._function = function

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._function(scope, receive, send)


healthz_app = _Function(healthz)


def _search(search: Search, services: Services) -> ASGIApp:
    return SearchEndpoint(search, services.backend.searcher(), services.settings)


# Path, methods, and what answers there.
_ROUTES: tuple[tuple[str, str, Callable[[Services, Metrics], ASGIApp]], ...] = (
    ("/v1/contacts", "GET POST", lambda services, _: _search("contacts", services)),
    ("/v1/companies", "GET POST", lambda services, _: _search("companies", services)),
    ("/healthz", "GET", lambda _, __: healthz_app),
    ("/readyz", "GET", lambda services, _: Readiness(services.backend.searcher(), services.accounts)),
    ("/metrics", "GET", lambda services, metrics: MetricsEndpoint(metrics, services.backend, services.settings)),
    ("/openapi.json", "GET", lambda services, _: OpenApiEndpoint(services.settings)),
    ("/docs", "GET", lambda services, _: PageEndpoint(Site(services), reference(services.settings), "anyone")),
)
PATHS = tuple(path for path, _, _ in _ROUTES)


def routes(services: Services, metrics: Metrics) -> list[Route]:
    """Return every route; the OpenAPI document has each of them, and a test says so."""
    return [Route(path, make(services, metrics), methods=methods.split()) for path, methods, make in _ROUTES]


async def _no_route(scope: Scope, receive: Receive, send: Send) -> None:
    near = get_close_matches(scope["path"], PATHS, 1, 0.6)
    hint = f" Did you mean {near[0]}?" if near else f" The paths are: {', '.join(PATHS)}."
    raise NotFound(f"There is nothing at {scope['path'][:100]}.{hint}")


def _template(scope: Scope) -> str:
    """Return the path as the table of routes has it: what a client made of it may be long, or a secret."""
    route = scope.get("route")
    if isinstance(route, Route):
        return route.path
    return scope["path"] if scope["path"] in PATHS else NOWHERE  # refused before it was routed


def _is_for_a_person(scope: Scope) -> bool:
    """Return whether a browser asks for a page; everything under `/v1` is for programs."""
    return not scope["path"].startswith("/v1") and "text/html" in Headers(scope=scope).get("accept", "")


def _as_answer(error: Exception, scope: Scope, under_way: Exchange) -> LetricsError:
    """Return what a client is told of *error*; what it is not told goes to the log."""
    if isinstance(error, HTTPException) and error.status_code == 405:
        allowed = tuple(sorted(((error.headers or {}).get("Allow") or "").split(", ")))
        return MethodNotAllowed(f"{scope['method']} is not for this path; use {' or '.join(allowed)}.", allowed=allowed)
    if isinstance(error, LetricsError) and not isinstance(error, DamagedData | InternalError):
        if error.code >= 500:
            _log.warning("request failed", request_id=under_way.request_id, id=error.id, details=error.details)
        return error
    _log.error("request failed", request_id=under_way.request_id, path=_template(scope), exc_info=error)
    return InternalError(f"Something went wrong on our side. The log has it under {under_way.request_id}.")


def _common_headers(given: list[tuple[bytes, bytes]], scope: Scope, under_way: Exchange) -> list[tuple[bytes, bytes]]:
    headers = [(b"x-request-id", under_way.request_id.encode()), *_SECURITY_HEADERS]
    if any(name == b"content-type" and value.startswith(b"text/html") for name, value in given):
        headers[-1] = (b"content-security-policy", _PAGE_POLICY)
    if scope["path"].startswith("/v1"):
        headers.append((b"cache-control", b"no-store"))
        if under_way.quota is not None:
            headers += under_way.quota.headers()
        if under_way.timings:
            headers.append((b"server-timing", under_way.server_timing().encode()))
    return headers


def _common_lines(under_way: Exchange) -> bytes:
    """Return the headers of an answer to a search, as `_common_headers` has them, in the bytes of their lines."""
    quota = under_way.quota.headers() if under_way.quota is not None else ()
    return b"x-request-id: %s\r\n%s%sserver-timing: %s\r\n" % (
        under_way.request_id.encode(),
        _SECURITY_LINES,
        b"".join([b"%s: %s\r\n" % header for header in quota]),
        under_way.server_timing().encode(),
    )
