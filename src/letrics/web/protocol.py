"""
HTTP as it comes from the wire: what can be read as one request goes on, everything else is refused and closed.

uvicorn parses; here stand the limits that it lacks: on the head, on the time of each stage, on what is sent beside
a body, and on what can be read in two ways.  A refusal goes through the application as requests do, so that it has
the same envelope, headers and log line.
"""

import asyncio
import re
from typing import Any
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from letrics.errors import InvalidInput, LetricsError, PayloadTooLarge, RequestTimeout, Unavailable
from letrics.web.cycle import Cycle
from letrics.web.door import Door
from letrics.web.metrics import Metrics
from letrics.web.wire import REFUSAL, too_much_head

# Requests that one connection may send ahead of their answers.
_AHEAD_MAX = 32
# What a client may still send to a request that is answered: closing at once could lose it the answer.
_LINGER_BYTES_MAX = 4_194_304
_LINGER_S = 1.0
# Bytes on the wire for each byte of a body: the smallest chunks need six.
_FRAMING_FACTOR = 8
_NEVER = float("inf")
_HEADER_FRAMING_BYTES = 4  # `: ` and the end of the line
# Headers by which a request is told from the next, and its client from the server.
_FRAMING = frozenset({b"host", b"transfer-encoding", b"content-length", b"expect"})
_HOST = re.compile(rb"[A-Za-z0-9._~!$&'()*+,;=%:\[\]-]*")
_UNREADABLE = "This is no HTTP/1.1 request that can be read: its first line, a header or a chunk is malformed."


class Protocol(HttpToolsProtocol):
    """One connection."""

    cycle: Cycle  # None before the first request, as uvicorn has it

    def __init__(self, door: Door, metrics: Metrics, **given: Any) -> None:
        super().__init__(**given)
        self._door = door
        self._metrics = metrics
        self._settings = door.settings
        self._deadline = _NEVER
        self._is_deaf = False  # what still comes is thrown away
        self._is_in_head = False
        self._is_in_body = False
        self._piece_bytes = 0  # of what came last
        self._wire_bytes = 0  # of the head or the body that is being read, from the piece after the one that begins it
        self._body_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, unless there are too many."""
        super().connection_made(transport)
        self._metrics.set_connections(len(self.connections))
        self._within(self._settings.header_timeout_s)
        others, most = len(self.connections) - 1, self._settings.connections_max
        if others >= 2 * most:
            transport.abort()  # so many that even refusals would take too much
        elif others >= most:
            self._refuse(Unavailable(f"There are {others:,} connections, which is the most that are taken."))

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        super().connection_lost(exc)
        self._metrics.set_connections(len(self.connections))

    def eof_received(self) -> bool:  # type: ignore[override]
        """Answer what has come whole, and refuse what has not, of a client that sends no more but may still read."""
        if self._is_in_head or self._is_in_body:
            self._refuse(InvalidInput("The request ended before its end: headers or body are cut off."))
        elif self.cycle is not None and not self.cycle.response_complete:
            self._is_deaf = True
            self.cycle.keep_alive = False
        return self.cycle is not None and not self.cycle.response_complete

    def data_received(self, data: bytes) -> None:
        """Read what came."""
        self._piece_bytes = len(data)
        if not self._is_deaf:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade:
                # What follows is of another protocol, which is not spoken here.
                self._is_deaf = True
                self.cycle.keep_alive = False
            except httptools.HttpParserError as error:
                cause = error.__context__
                self._refuse(cause if isinstance(cause, LetricsError) else InvalidInput(_UNREADABLE))
        self._measure()

    def _measure(self) -> None:
        """Refuse what is over a limit before it has come to its end."""
        self._wire_bytes += self._piece_bytes
        if self._is_deaf:
            if self._wire_bytes > _LINGER_BYTES_MAX:
                self.transport.abort()
        elif self._is_in_head:
            if self._wire_bytes > self._settings.url_bytes_max + self._settings.headers_bytes_max:
                self._refuse(too_much_head(len(self.url), self._settings))
        elif self._is_in_body:
            framing_max = self._settings.headers_bytes_max + _FRAMING_FACTOR * self._body_bytes
            if self.cycle.response_complete:
                if self._wire_bytes > _LINGER_BYTES_MAX:
                    self.transport.close()
            elif self._wire_bytes > framing_max:
                self._refuse(PayloadTooLarge("The chunks of the body are mostly not body. Send it in larger ones."))

    def on_message_begin(self) -> None:
        """Begin a head."""
        super().on_message_begin()
        self._is_in_head, self._is_in_body = True, False
        self._wire_bytes, self._header_bytes = -self._piece_bytes, 0
        self._framing: list[tuple[bytes, bytes]] = []
        self._set_deadline()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; a trailer is none: the request was judged by what came before."""
        if not self._is_in_head:
            return
        self._header_bytes += len(name) + len(value) + _HEADER_FRAMING_BYTES
        name = name.lower()
        self.headers.append((name, value))
        if name in _FRAMING:
            self._framing.append((name, value))
            if name == b"expect" and value.lower() == b"100-continue":
                self.expect_100_continue = True

    def on_headers_complete(self) -> None:
        """Begin a body, of a request that can be read in one way only; raises LetricsError."""
        if len(self.url) > self._settings.url_bytes_max or self._header_bytes > self._settings.headers_bytes_max:
            raise too_much_head(len(self.url), self._settings)
        version = self.parser.get_http_version()
        self._check_framing(version)
        if len(self.pipeline) >= _AHEAD_MAX:
            raise InvalidInput(f"More than {_AHEAD_MAX} requests came ahead of their answers.")
        target = httptools.parse_url(self.url)
        path = target.path.decode("ascii")
        self.scope |= {
            "method": self.parser.get_method().decode("ascii"),
            "http_version": version,
            "path": unquote(path) if "%" in path else path,
            "raw_path": target.path,
            "query_string": target.query or b"",
        }
        before = self.cycle
        self.cycle = Cycle(self, self._linger, keep_alive=version != "1.0" and self.parser.should_keep_alive())
        self._is_in_head, self._is_in_body = False, True
        self._wire_bytes, self._body_bytes = -self._piece_bytes, 0
        self._set_deadline()
        if before is None or before.response_complete:
            self._start_asgi_task(self.cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))

    def _check_framing(self, version: str) -> None:
        """Raise InvalidInput for a head of another *version*, for no one host, or with a body of no plain length."""
        if version not in ("1.1", "1.0"):
            raise InvalidInput(f"This is HTTP/{version}; HTTP/1.1 is spoken here.")
        hosts, has_body = [], False
        for name, value in self._framing:
            if name == b"host":
                hosts.append(value)
            elif name == b"transfer-encoding":
                has_body = True
                if version == "1.0" or value.strip().lower() != b"chunked":
                    raise InvalidInput("The only Transfer-Encoding that is taken is `chunked`, over HTTP/1.1.")
            elif name == b"content-length":
                has_body = has_body or value.strip() != b"0"
        if (len(hosts) != 1 and (hosts or version == "1.1")) or not all(map(_HOST.fullmatch, hosts)):
            raise InvalidInput("A request has one header Host, which names a host.")
        if has_body and self.parser.should_upgrade():
            raise InvalidInput("A request that asks for another protocol has no body. Send it without Upgrade.")

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        super().on_message_complete()
        self._is_in_body = False
        self._set_deadline()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        refusal = self._door.refusal(cycle.scope["path"], len(self.tasks))
        if refusal is not None:
            _mark(cycle, refusal)
        if self._door.is_draining:
            cycle.keep_alive = False
        super()._start_asgi_task(cycle, app)

    def _refuse(self, error: LetricsError) -> None:
        """Answer with *error* after what is to be answered before, and close."""
        is_of_body = self._is_in_body and not self.cycle.response_complete
        self._is_deaf, self._is_in_head, self._is_in_body = True, False, False
        self._wire_bytes = 0
        if is_of_body:
            # Its answer is still to come: whoever reads the body finds this instead.
            _mark(self.cycle, error)
            self.cycle.more_body = False
            self.cycle.message_event.set()
        elif self.cycle is None or self.cycle.response_complete:
            self.on_message_begin()
            self._is_in_head = False
            self.scope |= {"method": "", "path": "", "raw_path": b"", "query_string": b""}
            self.cycle = Cycle(self, self._linger, keep_alive=False)
            self.cycle.more_body = False
            _mark(self.cycle, error)
            self._start_asgi_task(self.cycle, self.app)
        self._deadline = _NEVER
        self.cycle.keep_alive = False
        self.cycle.answer.lingers = True

    def _linger(self) -> None:
        """Send no more, and throw away what comes until the client, having its answer, closes, or a second is over."""
        if self.transport.is_closing():
            return
        self.transport.write_eof()
        self._is_deaf = True
        self._within(_LINGER_S)

    def pause_writing(self) -> None:
        """Note that the client reads more slowly than it is sent to."""
        super().pause_writing()
        self._set_deadline()

    def resume_writing(self) -> None:
        """Note that it has caught up."""
        super().resume_writing()
        self._set_deadline()

    def on_response_complete(self) -> None:
        """Go on to the next request, once the client has read the answer."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        if self.transport.get_write_buffer_size() > 0:
            self._within(self._settings.send_timeout_s)
        elif not (self._is_deaf or self._is_in_head or self._is_in_body) and self.cycle.response_complete:
            self._within(self._settings.idle_timeout_s)

    def _set_deadline(self) -> None:
        """Allow what is waited for its time, the client's reading before anything that it may be sending meanwhile."""
        if self.flow.write_paused:
            self._within(self._settings.send_timeout_s)
        elif self._is_in_head:
            self._within(self._settings.header_timeout_s)
        elif self._is_in_body:
            self._within(self._settings.body_timeout_s)
        elif self.cycle.response_complete:
            # Answered before its body had come.
            self._within(self._settings.idle_timeout_s)
        else:
            self._deadline = _NEVER

    def _within(self, seconds: float) -> None:
        self._deadline = self.loop.time() + seconds

    def check_time(self, now: float) -> None:
        """Refuse or close what has not come, or was not read, in its time; *now* is the loop's."""
        if now < self._deadline:
            return
        self._deadline = _NEVER
        if self.flow.write_paused:
            self.transport.abort()
        elif self._is_in_head:
            self._refuse(RequestTimeout(f"The headers took longer than {self._settings.header_timeout_s:g} s."))
        elif self._is_in_body and not self.cycle.response_complete:
            self._refuse(RequestTimeout(f"The body took longer than {self._settings.body_timeout_s:g} s."))
        elif self.transport.get_write_buffer_size() > 0:
            self.transport.abort()
        else:
            self.transport.close()

    @property
    def is_sending(self) -> bool:
        """Whether an answer is on its way."""
        return self.transport.get_write_buffer_size() > 0


def _mark(cycle: RequestResponseCycle, error: LetricsError) -> None:
    """Say in a request's scope that it is refused, where nobody has said so before."""
    scope: Any = cycle.scope
    scope.setdefault(REFUSAL, error)
