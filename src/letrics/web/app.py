"""
The application: bytes in, the boundary where errors become answers, and the table of routes.

Every path under `/v1` asks for a token first, so that nobody learns which paths there are.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from difflib import get_close_matches
from typing import Any

import structlog
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from letrics.accounts.token_cache import TokenCache
from letrics.config import load_settings
from letrics.errors import DamagedData, InternalError, LetricsError, MethodNotAllowed, NotFound
from letrics.log import configure_logging
from letrics.model.filters import SEARCHES
from letrics.model.places import near_places
from letrics.services import Services
from letrics.web.auth import caller_of
from letrics.web.health import Readiness, healthz
from letrics.web.openapi import OpenApiEndpoint
from letrics.web.pages.frame import error_page
from letrics.web.pages.routes import page_routes
from letrics.web.pages.visit import PageEndpoint, Site
from letrics.web.reference import reference
from letrics.web.search import SearchEndpoint
from letrics.web.wire import Exchange, check_size, failure

_log = structlog.get_logger(__name__)

_SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
_PAGE_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self';"
    b" frame-ancestors 'none'; base-uri 'none'"
)


class Application:
    """Letrics as an ASGI application."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._settings = services.settings
        self._tokens: TokenCache = services.token_cache()
        self._usage = services.usage()
        self._router = Router([*routes(services), *page_routes(services)], default=_no_route, lifespan=self._lifespan)
        self._router.redirect_slashes = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever goes wrong, the client gets an answer that says so."""
        scope["app"] = self
        if scope["type"] != "http":
            await self._router(scope, receive, send)
            return
        under_way = scope["letrics.exchange"] = Exchange()
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message["headers"], *_common_headers(message["headers"], scope, under_way)]
            await send(message)

        try:
            await self._answer(scope, receive, send_with_headers, under_way)
        except Exception as error:
            if started:
                raise
            answer = _as_answer(error, scope, under_way)
            make = error_page if _is_for_a_person(scope) else failure
            await make(answer, under_way.request_id)(scope, receive, send_with_headers)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, under_way: Exchange) -> None:
        check_size(scope, self._settings)
        entered = under_way.room("app", under_way.started)
        if scope["path"] == "/v1" or scope["path"].startswith("/v1/"):
            caller = scope["letrics.caller"] = await caller_of(Headers(scope=scope), self._tokens)
            under_way.room("auth", entered)
            try:
                await self._router(scope, receive, send)
            finally:
                # Off the path of the answer: counted in memory, written by `_flush_now_and_then`.
                self._usage.count(caller.token_id, under_way.records)
            return
        await self._router(scope, receive, send)

    @asynccontextmanager
    async def _lifespan(self, _: Any) -> AsyncIterator[None]:
        # Read the gazetteer before the first request asks for it.
        await asyncio.to_thread(near_places, "Europe")
        flushing = asyncio.create_task(self._flush_now_and_then())
        yield
        flushing.cancel()
        await asyncio.gather(flushing, return_exceptions=True)
        await self._flush()
        self._services.close()

    async def _flush_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(self._settings.flush_interval_s)
            try:
                await self._flush()
            except LetricsError as error:
                _log.error("usage not written", exc_info=error)

    async def _flush(self) -> None:
        """Write last use and usage of tokens, off the path of requests."""
        await self._tokens.flush()
        await self._usage.flush()


def routes(services: Services) -> list[Route]:
    """Return every route; the OpenAPI document has each of them, and a test says so."""
    searcher, settings = services.backend.searcher(), services.settings
    endpoints: list[tuple[str, ASGIApp, list[str]]] = [
        (f"/v1/{search}", SearchEndpoint(search, searcher, settings), ["GET", "POST"]) for search in SEARCHES
    ]
    endpoints += [
        ("/healthz", healthz_app, ["GET"]),
        ("/readyz", Readiness(searcher, services.accounts), ["GET"]),
        ("/openapi.json", OpenApiEndpoint(settings), ["GET"]),
        ("/docs", PageEndpoint(Site(services), reference(settings), "anyone"), ["GET"]),
    ]
    return [Route(path, endpoint, methods=methods) for path, endpoint, methods in endpoints]


class _Function:
    """A function as an endpoint: Starlette takes a bare function for one that takes a request."""

    def __init__(self, function: ASGIApp) -> None:
        self._function = function

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._function(scope, receive, send)


healthz_app = _Function(healthz)
_PATHS = ("/v1/contacts", "/v1/companies", "/healthz", "/readyz", "/openapi.json", "/docs")


async def _no_route(scope: Scope, receive: Receive, send: Send) -> None:
    near = get_close_matches(scope["path"], _PATHS, 1, 0.6)
    hint = f" Did you mean {near[0]}?" if near else f" The paths are: {', '.join(_PATHS)}."
    raise NotFound(f"There is nothing at {scope['path'][:100]}.{hint}")


def _loggable(path: str) -> str:
    """Return *path* without the secret of a one-time link."""
    return "/welcome/…" if path.startswith("/welcome/") else path


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
    _log.error("request failed", request_id=under_way.request_id, path=_loggable(scope["path"]), exc_info=error)
    return InternalError(f"Something went wrong on our side. The log has it under {under_way.request_id}.")


def _common_headers(given: list[tuple[bytes, bytes]], scope: Scope, under_way: Exchange) -> list[tuple[bytes, bytes]]:
    headers = [(b"x-request-id", under_way.request_id.encode()), *_SECURITY_HEADERS]
    if any(name == b"content-type" and value.startswith(b"text/html") for name, value in given):
        headers[-1] = (b"content-security-policy", _PAGE_POLICY)
    if scope["path"].startswith("/v1"):
        headers.append((b"cache-control", b"no-store"))
        if under_way.timings:
            total = time.perf_counter() - under_way.started
            timing = f"{under_way.server_timing()}, total;dur={total * 1000:.3f}"
            headers.append((b"server-timing", timing.encode()))
    return headers


def from_environment() -> Application:
    """Return the application of a server's worker, by the settings of its environment."""
    settings = load_settings()
    configure_logging(settings)
    return Application(Services(settings))
