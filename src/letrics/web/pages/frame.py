"""The frame of all pages: templates rendered with what every page shows, and the static files that they name."""

from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from letrics.errors import LetricsError, NotFound, RateLimited, Unavailable

STATIC = "/static"
_KINDS = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_TITLES = {
    401: "Please sign in",
    403: "This is not yours to do",
    404: "There is no such page",
    410: "This link does not work any more",
    429: "Too many tries",
    503: "This cannot be done just now",
}


def page(template: str, *, status: int = 200, **values: Any) -> Response:
    """Return a page; *values* are what its template names."""
    return HTMLResponse(_environment().get_template(template).render(values), status_code=status)


def error_page(error: LetricsError, request_id: str) -> Response:
    """Return the page that *error* becomes for a person."""
    title = _TITLES.get(error.code, "Something is wrong with this request" if error.code < 500 else "That went wrong")
    details = " ".join(fault.details for fault in error.faults)
    answer = page("error.html", status=error.code, title=title, details=details, request_id=request_id, user=None)
    if isinstance(error, RateLimited | Unavailable):
        answer.headers["Retry-After"] = str(error.retry_after_s)
    return answer


class StaticFile:
    """`/static/{name}`: style sheet and scripts, from memory, under names that change with their content."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the file."""
        name = scope["path_params"]["name"]
        found = _static().get(name)
        if found is None:
            raise NotFound(f"There is nothing at {scope['path'][:100]}.")
        body, version = found
        is_this = scope["query_string"] == f"v={version}".encode()
        caching = "public, max-age=31536000, immutable" if is_this else "no-cache"
        kind = _KINDS[name.rpartition(".")[2]]
        await Response(body, media_type=kind, headers={"Cache-Control": caching})(scope, receive, send)


@cache
def _static() -> dict[str, tuple[bytes, str]]:
    folder = files("letrics.web.pages").joinpath("static")
    contents = {each.name: each.read_bytes() for each in folder.iterdir() if each.name.rpartition(".")[2] in _KINDS}
    return {name: (body, sha256(body).hexdigest()[:12]) for name, body in contents.items()}


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("letrics.web.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(static=lambda name: f"{STATIC}/{name}?v={_static()[name][1]}")
    environment.filters.update(number=lambda n: f"{n:,}", ago=ago, day=_day, instant=_instant, program=_program)
    return environment


def ago(moment: datetime) -> str:
    """Return how long *moment* is over, or how far ahead, in words: `3 hours ago`, `in 12 days`."""
    away = datetime.now(UTC) - moment
    size = abs(away)
    if size < _MINUTE:
        return "just now" if away >= timedelta() else "in a moment"
    for unit, name in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if size >= unit:
            # A token of 90 days that was made a second ago ends in 90 days, not in 89.
            count = round(size / unit) if away < timedelta() else size // unit
            words = f"{count} {name}{'' if count == 1 else 's'}"
            return f"{words} ago" if away > timedelta() else f"in {words}"
    raise AssertionError(size)


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%b %Y}"


def _instant(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


# What a browser calls itself → its name, in an order in which the first that fits is right: Edge also says Chrome.
_BROWSERS = {"Edg/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
_SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}


def _program(agent: str) -> str:
    """Return a browser's name and system, or what it calls itself."""
    browser = next((name for mark, name in _BROWSERS.items() if mark in agent), None)
    system = next((name for mark, name in _SYSTEMS.items() if mark in agent), None)
    return f"{browser} on {system}" if browser and system else agent[:60] or "An unnamed program"
