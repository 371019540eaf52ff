"""
The log: structured lines on standard error, for people or for machines.

It never carries a secret or a contact's values; whoever logs names only ids, counts and files.
"""

import logging
import os
import sys
from datetime import UTC, datetime
from functools import cache, cached_property
from types import ModuleType
from typing import TYPE_CHECKING, Any

from letrics.config import Settings
from letrics.errors import InvalidInput

if TYPE_CHECKING:
    import structlog


def configure_logging(settings: Settings) -> None:
    """Send every log line of this process, uvicorn's too, to standard error in the chosen format."""
    levels = logging.getLevelNamesMapping()
    level = levels.get(settings.log_level.upper())
    if level is None:
        raise InvalidInput(f"LETRICS_LOG_LEVEL is {settings.log_level!r}; it takes debug, info, warning or error.")
    if settings.log_format not in ("text", "json"):
        raise InvalidInput(f"LETRICS_LOG_FORMAT is {settings.log_format!r}; it takes text or json.")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter(settings))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Its migrations are our own doing; what it says of them is of no use to whoever runs Letrics.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    global _is_configured
    _is_configured = True
    _structlog.cache_clear()


# structlog takes longer to import than many a command to run, and most commands log nothing: so it waits for a line.
_is_configured = False


@cache
def _structlog() -> ModuleType:
    """Return structlog, set up if logging is."""
    import structlog

    if _is_configured:
        structlog.configure(
            processors=[
                structlog.stdlib.filter_by_level,
                *_shared(),
                structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
            ],
            logger_factory=structlog.stdlib.LoggerFactory(),
            wrapper_class=structlog.stdlib.BoundLogger,
            cache_logger_on_first_use=True,
        )
    return structlog


def _shared() -> "list[structlog.types.Processor]":
    import structlog

    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


class _Formatter(logging.Formatter):
    """Lines in the chosen format; made ready for the first of them."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._is_json = settings.log_format == "json"

    @cached_property
    def _made(self) -> logging.Formatter:
        import structlog

        renderer: structlog.types.Processor = (
            structlog.processors.JSONRenderer()
            if self._is_json
            else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        )
        return structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_shared(),
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )

    def format(self, record: logging.LogRecord) -> str:
        return self._made.format(record)


class Log:
    """What a module logs by: events with fields."""

    def __init__(self, name: str) -> None:
        self._name = name

    def info(self, event: str, **fields: Any) -> None:
        """Log what somebody may want to know."""
        _structlog().get_logger(self._name).info(event, **fields)

    def warning(self, event: str, **fields: Any) -> None:
        """Log what somebody should look at."""
        _structlog().get_logger(self._name).warning(event, **fields)

    def error(self, event: str, **fields: Any) -> None:
        """Log what has gone wrong."""
        _structlog().get_logger(self._name).error(event, **fields)


def get_logger(name: str) -> Log:
    """Return what the module *name* logs by."""
    return Log(name)


class RequestLog:
    """
    One line a request, in the form of all others, but put together and written at once.

    Through the processors of `configure_logging` a line would cost more than many a search.  Whoever calls gives
    values that hold no white space and nothing to be escaped, so that no request can forge a line.
    """

    def __init__(self, settings: Settings) -> None:
        self._is_on = logging.getLevelNamesMapping()[settings.log_level.upper()] <= logging.INFO
        self._is_json = settings.log_format == "json"
        self._lost = 0

    def write(
        self, method: str, path: str, status: int, seconds: float, token: str, request_id: str, given_id: str
    ) -> None:
        """
        Write the line of a request that was answered; *given_id* is what its client calls it.

        One that cannot be written is made up for by a count: a full disk is no reason to answer nobody.
        """
        if not self._is_on:
            return
        ms = f"{seconds * 1000:.3f}"
        if self._is_json:
            given = f',"client_request_id":"{given_id}"' if given_id else ""
            line = (
                f'{{"event":"request","method":"{method}","path":"{path}","status":{status},"ms":{ms},'
                f'"token":"{token}","request_id":"{request_id}"{given},"level":"info","timestamp":"{_now()}"}}\n'
            )
        else:
            given = f" client_request_id={given_id}" if given_id else ""
            line = (
                f"{_now()} [info     ] request                        method={method} path={path} status={status}"
                f" ms={ms} token={token} request_id={request_id}{given}\n"
            )
        try:
            os.write(sys.stderr.fileno(), line.encode())
        except OSError:
            self._lost += 1
            return
        if self._lost:
            lost, self._lost = self._lost, 0
            get_logger(__name__).warning("log lines lost", lines=lost)


def _now() -> str:
    return datetime.now(UTC).isoformat()[:26] + "Z"
