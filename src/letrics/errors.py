"""
Every error raised on purpose, with its stable id.

An error is raised once, where the fault is known, and turned into an answer once: by `web/app` into
an envelope, by `cli/main` into a line and an exit code.
"""

from typing import ClassVar

import msgspec


class Fault(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that is wrong: its stable *id*, what to do about it, and the offending request field."""

    id: str
    code: int
    details: str
    field: str | None = None


class LetricsError(Exception):
    """The base of every error raised on purpose; *details* says what is wrong and how to mend it."""

    id: ClassVar[str] = "internal_error"
    code: ClassVar[int] = 500

    def __init__(self, details: str, *, field: str | None = None) -> None:
        super().__init__(details)
        self.details = details
        self.field = field

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What is wrong, one item a fault."""
        return (Fault(self.id, self.code, self.details, self.field),)


class InvalidInput(LetricsError):
    """A value that cannot be used."""

    id = "invalid_input"
    code = 400


class InvalidRequest(LetricsError):
    """A request with one or more faults, all of them reported at once."""

    code = 400

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(fault.details for fault in faults))
        self._faults = faults

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What is wrong, in the order in which the request says it."""
        return self._faults


class UnknownParameter(LetricsError):
    """A parameter that the endpoint does not have; it is never ignored."""

    id = "unknown_parameter"
    code = 400


class MalformedJson(LetricsError):
    """A body that is not JSON."""

    id = "malformed_json"
    code = 400


class Unauthorized(LetricsError):
    """Credentials that are absent or not valid."""

    id = "unauthorized"
    code = 401

    def __init__(self, details: str, *, presented: bool) -> None:
        """Tell by *presented* whether any credentials came."""
        super().__init__(details)
        self.presented = presented


class Forbidden(LetricsError):
    """What is not the caller's to do, such as a request whose token lacks the needed scope."""

    id = "forbidden"
    code = 403

    def __init__(self, details: str, *, scope: str | None = None) -> None:
        super().__init__(details)
        self.scope = scope


class NotFound(LetricsError):
    """A thing that does not exist."""

    id = "not_found"
    code = 404


class MethodNotAllowed(LetricsError):
    """A path that does not answer this method."""

    id = "method_not_allowed"
    code = 405

    def __init__(self, details: str, *, allowed: tuple[str, ...]) -> None:
        super().__init__(details)
        self.allowed = allowed


class NotAcceptable(LetricsError):
    """An Accept header that excludes what Letrics answers with."""

    id = "not_acceptable"
    code = 406


class RequestTimeout(LetricsError):
    """A request that did not come whole in its time."""

    id = "request_timeout"
    code = 408


class ConflictError(LetricsError):
    """A state that stands against what was asked, such as a name that is taken or a lock that is held."""

    id = "conflict"
    code = 409


class Gone(LetricsError):
    """A thing that existed and does not any more, such as a one-time link that was used."""

    id = "gone"
    code = 410


class PayloadTooLarge(LetricsError):
    """A body over the limit."""

    id = "payload_too_large"
    code = 413


class UriTooLong(LetricsError):
    """A path and query over the limit."""

    id = "uri_too_long"
    code = 414


class UnsupportedMediaType(LetricsError):
    """A body that is not announced as JSON."""

    id = "unsupported_media_type"
    code = 415


class RateLimited(LetricsError):
    """Too many requests; the header Retry-After says when to try again."""

    id = "rate_limited"
    code = 429

    def __init__(self, details: str, *, retry_after_s: int) -> None:
        super().__init__(details)
        self.retry_after_s = retry_after_s


class HeadersTooLarge(LetricsError):
    """Headers over the limit."""

    id = "headers_too_large"
    code = 431


class InternalError(LetricsError):
    """A fault of ours; the log has more of it, under the request id."""

    id = "internal_error"
    code = 500


class DamagedData(LetricsError):
    """A file of ours that does not hold what was written; the message names it, and is for the log only."""


class Unavailable(LetricsError):
    """A part that cannot answer now, such as the accounts database, or a server that is starting, stopping or full."""

    id = "unavailable"
    code = 503
    retry_after_s = 1


class SearchTimeout(LetricsError):
    """A search over its time budget."""

    id = "timeout"
    code = 504


def error_kinds() -> tuple[type[LetricsError], ...]:
    """Return every kind of error that a client can meet, by code and id, one class an id."""
    kinds: dict[str, type[LetricsError]] = {}
    for each in globals().values():
        if (
            isinstance(each, type)
            and issubclass(each, LetricsError)
            and each is not LetricsError
            and "id" in vars(each)
        ):
            kinds.setdefault(each.id, each)
    return tuple(sorted(kinds.values(), key=lambda kind: (kind.code, kind.id)))
