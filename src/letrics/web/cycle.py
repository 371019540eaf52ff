"""
One request and its answer, as the connection and the application both see it.

uvicorn's cycle speaks ASGI, piece by piece, and checks each header.  A search's answer is there at once, its head
already in bytes: it goes out in one piece, by a message of our own (`WHOLE`).
"""

import asyncio
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

# The message of a whole answer: `status`, `headers` as the bytes of their lines, and `body`.
WHOLE = "letrics.answer"
_CONTINUE = b"HTTP/1.1 100 "
_END = b"\r\n"
_CLOSE = b"connection: close\r\n\r\n"


class Cycle(RequestResponseCycle):
    """The exchange of one request of *protocol*, whose head has been read; *linger* is how to end after a refusal."""

    def __init__(self, protocol: HttpToolsProtocol, linger: Callable[[], None], *, keep_alive: bool) -> None:
        self.answer = Answer(protocol.transport, linger, holds=protocol.scope["method"] != "HEAD")
        transport: Any = self.answer
        super().__init__(
            scope=protocol.scope,
            transport=transport,
            flow=protocol.flow,
            logger=protocol.logger,
            access_logger=protocol.access_logger,
            access_log=False,
            default_headers=protocol.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=protocol.expect_100_continue,
            keep_alive=keep_alive,
            on_response=protocol.on_response_complete,
        )

    async def send(self, message: Any) -> None:
        """Send a whole answer, or what ASGI knows."""
        if message["type"] != WHOLE:
            await super().send(message)
            return
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        self.response_started = True
        head = [STATUS_LINE[message["status"]]]
        for name, value in self.default_headers:
            head += (name, b": ", value, _END)
        head += (message["headers"], _END if self.keep_alive else _CLOSE)
        if self.scope["method"] != "HEAD":
            head.append(message["body"])
        self.answer.send(b"".join(head))
        self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            self.answer.close()
        self.on_response()


class Answer:
    """
    The connection as the answer to one request sees it.

    The head waits for the first piece of the body, so that both go out at once: a system call takes longer than many
    a search.  Where it *lingers*, the connection's end waits until the client has had the answer.
    """

    def __init__(self, transport: asyncio.Transport, linger: Callable[[], None], *, holds: bool) -> None:
        """Hold the head if *holds*: where no body will come, nothing is to be waited for."""
        self._transport = transport
        self._linger = linger
        self._holds = holds
        self._head = b""
        self.lingers = False
        self.is_closing = transport.is_closing
        self.send = transport.write

    def write(self, data: bytes) -> None:
        """Send *data*, or keep it where it is the head."""
        if self._holds and not data.startswith(_CONTINUE):
            self._head, self._holds = data, False
        else:
            self._transport.write(self._head + data)
            self._head = b""

    def close(self) -> None:
        """Close, in two steps where something may be unread: that would take the answer from the client."""
        self._transport.write(self._head)
        self._head = b""
        if self.lingers:
            self._linger()
        else:
            self._transport.close()
