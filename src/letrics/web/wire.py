"""
The wire: bodies in within their limits, envelopes out, errors as answers.

Every JSON answer under `/v1` is one object of `data`, `meta` and `errors`; here is where it is put together.
"""

import time
from random import Random
from typing import Any

import msgspec
from starlette.responses import Response
from starlette.types import Message, Receive, Scope

from letrics.config import Settings
from letrics.errors import (
    Forbidden,
    HeadersTooLarge,
    InvalidInput,
    LetricsError,
    MethodNotAllowed,
    NotAcceptable,
    PayloadTooLarge,
    RateLimited,
    Unauthorized,
    Unavailable,
    UnsupportedMediaType,
    UriTooLong,
)
from letrics.web.cycle import WHOLE
from letrics.web.limits import Quota

_ENCODER = msgspec.json.Encoder()
REALM = 'Bearer realm="letrics"'
JSON = "application/json"
# A request's id is told from others by it, not kept from anybody; it begins with the system's own chance.
_CHANCE = Random()
# Where a request's scope says that it is refused, and why.
REFUSAL = "letrics.refusal"


class Exchange:
    """One request under way: its id, the seconds that each room took, and how many records it returns."""

    def __init__(self) -> None:
        self.request_id = f"req_{_CHANCE.getrandbits(64):016x}"
        self.started = time.perf_counter()
        self.timings: list[tuple[str, float]] = []
        self.records = 0
        self.quota: Quota | None = None

    def room(self, name: str, since: float) -> float:
        """Note that the room *name* was entered at *since* and is left now; return now."""
        now = time.perf_counter()
        self.timings.append((name, now - since))
        return now

    @property
    def took_ms(self) -> float:
        """The milliseconds since the request came in."""
        return round((time.perf_counter() - self.started) * 1000, 3)

    def server_timing(self) -> str:
        """Return the `Server-Timing` header: each room's time in milliseconds, and all until now."""
        timings = (*self.timings, ("total", time.perf_counter() - self.started))
        return ", ".join([f"{name};dur={seconds * 1000:.3f}" for name, seconds in timings])


def exchange(scope: Scope) -> Exchange:
    """Return the exchange of a request's *scope*."""
    found = scope["letrics.exchange"]
    assert isinstance(found, Exchange)
    return found


def encode(value: Any) -> bytes:
    """Return *value* as JSON."""
    return _ENCODER.encode(value)


def success(page: bytes, meta: dict[str, Any]) -> Message:
    """Return the message of an answer: the records of a *page*, ready-made JSON with commas between, and *meta*."""
    body = b"".join((b'{"data":[', page, b'],"meta":', encode(meta), b',"errors":[]}'))
    headers = b"content-length: %d\r\ncontent-type: application/json\r\n" % len(body)
    return {"type": WHOLE, "status": 200, "headers": headers, "body": body}


def failure(error: LetricsError, request_id: str) -> Response:
    """Return the answer that *error* becomes."""
    body = encode({"data": None, "meta": {"request_id": request_id}, "errors": error.faults})
    headers = {}
    if isinstance(error, Unauthorized):
        described = f', error="invalid_token", error_description="{error.details}"' if error.presented else ""
        headers["WWW-Authenticate"] = REALM + described
    elif isinstance(error, Forbidden) and error.scope is not None:
        headers["WWW-Authenticate"] = f'{REALM}, error="insufficient_scope", scope="{error.scope}"'
    elif isinstance(error, MethodNotAllowed):
        headers["Allow"] = ", ".join(error.allowed)
    elif isinstance(error, RateLimited | Unavailable):
        headers["Retry-After"] = str(error.retry_after_s)
    return Response(body, status_code=error.code, headers=headers, media_type=JSON)


def too_much_head(url_bytes: int, settings: Settings) -> LetricsError:
    """Return what is wrong with a head that is over the limits."""
    if url_bytes > settings.url_bytes_max:
        return UriTooLong(f"The path and query are over {settings.url_bytes_max:,} bytes. Use POST.")
    return HeadersTooLarge(
        f"The headers are over {settings.headers_bytes_max:,} bytes, which is the most that is taken."
    )


def header_values(scope: Scope, wanted: bytes) -> list[str]:
    """Return each value of a header, by its *wanted* name in small letters."""
    return [value.decode("latin-1") for name, value in scope["headers"] if name == wanted]


def check_accept(scope: Scope) -> None:
    """Raise NotAcceptable where the client takes no JSON."""
    ranges = ", ".join(header_values(scope, b"accept"))
    if not ranges.strip():
        return
    quality: dict[str, float] = {}
    for each in ranges.split(","):
        kind, *parameters = (part.strip().lower() for part in each.split(";"))
        given = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        quality[kind] = float(given) if given.replace(".", "", 1).isdecimal() else 0.0
    best = next((quality[kind] for kind in (JSON, "application/*", "*/*") if kind in quality), 0.0)
    if best == 0.0:
        raise NotAcceptable("Letrics answers with application/json. Send `Accept: application/json`, or no Accept.")


async def read_body(scope: Scope, receive: Receive, bytes_max: int) -> bytes:
    """
    Return the body of a request.

    Raises PayloadTooLarge as soon as it is over *bytes_max*, UnsupportedMediaType for one that is compressed.
    """
    encodings = header_values(scope, b"content-encoding")
    if encodings and encodings[0].strip().lower() != "identity":
        raise UnsupportedMediaType("The body is compressed. Send it as it is, without Content-Encoding.")
    lengths = header_values(scope, b"content-length")
    if lengths and lengths[0].isdecimal() and int(lengths[0]) > bytes_max:
        raise _too_large(bytes_max)
    body = bytearray()
    while True:
        message = await receive()
        if REFUSAL in scope:
            refusal: LetricsError = scope[REFUSAL]
            raise refusal
        if message["type"] == "http.disconnect":
            raise InvalidInput("The request ended before its body did.")
        body += message.get("body", b"")
        if len(body) > bytes_max:
            raise _too_large(bytes_max)
        if not message.get("more_body", False):
            return bytes(body)


def _too_large(bytes_max: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"The body is over {bytes_max:,} bytes, which is the most that is taken.")


def check_is_json(scope: Scope) -> None:
    """Raise UnsupportedMediaType where a body is not announced as JSON in UTF-8."""
    types = header_values(scope, b"content-type")
    if types and types[0] == JSON:
        return
    kind, *parameters = (part.strip().lower() for part in (types[0] if types else "").split(";"))
    is_json = kind == JSON or (kind.startswith("application/") and kind.endswith("+json"))
    charset = next((p[8:].strip('"') for p in parameters if p.startswith("charset=")), "utf-8")
    if not is_json or charset not in ("utf-8", "utf8"):
        given = f"`{types[0][:100]}`" if types else "no Content-Type"
        raise UnsupportedMediaType(
            f"The body came with {given}. Send the header `Content-Type: application/json`;"
            " with curl's -d alone, it is application/x-www-form-urlencoded."
        )
