"""HTTP as it comes from the wire; what is no HTTP gets the same envelope as every other fault."""

from secrets import token_hex

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from letrics.errors import InvalidInput
from letrics.web.wire import failure


class Protocol(HttpToolsProtocol):
    """uvicorn's protocol with an answer of ours for bytes that it cannot read as a request."""

    def send_400_response(self, msg: str) -> None:
        """Answer and close: what follows on the connection cannot be told apart any more."""
        error = InvalidInput(
            "This is no HTTP/1.1 request that can be read: its first line, a header or a chunk is malformed."
        )
        answer = failure(error, f"req_{token_hex(8)}")
        head = [b"HTTP/1.1 400 Bad Request", *(name + b": " + value for name, value in answer.raw_headers)]
        self.transport.write(b"\r\n".join([*head, b"connection: close", b"", bytes(answer.body)]))
        self.transport.close()
