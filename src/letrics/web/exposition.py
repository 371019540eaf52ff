"""
`/metrics`: what the server counts, in Prometheus' text format.

For programs on this machine that ask by a local name, or, once a token is set, for whoever carries that.
"""

import asyncio
from hmac import compare_digest
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from letrics.backend import Backend
from letrics.config import Settings
from letrics.errors import Forbidden, Unauthorized
from letrics.web.auth import bearer_secret
from letrics.web.metrics import Family, Labels, Metrics

CONTENT_TYPE = "text/plain; version=0.0.4"
_PASSED_ON = ("x-forwarded-for", "forwarded", "via")


class MetricsEndpoint:
    """`/metrics`."""

    def __init__(self, metrics: Metrics, backend: Backend, settings: Settings) -> None:
        self._metrics = metrics
        self._backend = backend
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer who may know."""
        check_access(scope, self._settings)
        text = await asyncio.to_thread(self._text)
        await Response(text, headers={"Content-Type": CONTENT_TYPE})(scope, receive, send)

    def _text(self) -> str:
        return exposition([*self._metrics.families(), *data_families(self._backend, self._settings)])


def check_access(scope: Scope, settings: Settings) -> None:
    """Raise Unauthorized or Forbidden for who may not see the metrics."""
    headers = Headers(scope=scope)
    if settings.metrics_token:
        if not compare_digest(bearer_secret(scope).encode(), settings.metrics_token.encode()):
            raise Unauthorized("This is not the token of the metrics.", presented=True)
        return
    client = scope.get("client")
    # Behind a proxy everybody is near: it shows by what it adds, or by the name under which it is reached.
    is_near = client is not None and _is_loopback(client[0]) and _is_local_name(headers.get("host", ""))
    if not is_near or any(name in headers for name in _PASSED_ON):
        raise Forbidden(
            "The metrics are for programs on the server's own machine that ask it by a local name."
            " LETRICS_METRICS_TOKEN lets others in."
        )


def _is_local_name(host: str) -> bool:
    """Return whether a Host header names this machine as only the machine itself does; HTTP/1.0 needs none."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return not host or name == "localhost" or _is_loopback(name)


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address.partition("%")[0]).is_loopback
    except ValueError:  # whatever a proxy passed on
        return False


def data_families(backend: Backend, settings: Settings) -> list[Family]:
    """Return what is known of the data: how much of it, and the last import."""
    overview = backend.searcher().overview()
    files = [each.stat() for each in settings.index_dir.iterdir()] if settings.index_dir.exists() else []
    records = "letrics_records"
    counted: list[tuple[Labels, float]] = [
        ({"kind": "companies"}, overview.counts.companies),
        ({"kind": "contacts"}, overview.counts.contacts),
    ]
    families: list[Family] = [
        (records, "gauge", "Records that are searched.", [(records, labels, value) for labels, value in counted]),
        _gauge("letrics_generation", "The data version that answers.", overview.generation),
        _gauge("letrics_segments", "The segments that a search goes through.", overview.segments),
        _gauge("letrics_index_bytes", "What the files of the index take.", sum(each.st_size for each in files)),
    ]
    imports = [each for each in backend.changes() if each.change.kind == "import"]
    if imports:
        last = imports[-1].change
        families += [
            _gauge("letrics_import_number", "The number of the last import.", imports[-1].number),
            _gauge("letrics_import_rows", "Rows that the last import read.", last.read),
            _gauge("letrics_import_rejected_rows", "Rows that the last import rejected.", last.rejected),
        ]
    return families


def _gauge(name: str, help: str, value: float) -> Family:
    return name, "gauge", help, [(name, {}, value)]


def exposition(families: list[Family]) -> str:
    """Return the text; every label's value is one of ours, and needs no escapes."""
    lines = []
    for name, kind, help, samples in families:
        lines += [f"# HELP {name} {help}", f"# TYPE {name} {kind}"]
        for sample, labels, value in samples:
            shown = ",".join(f'{label}="{each}"' for label, each in labels.items())
            lines.append(f"{sample}{'{' + shown + '}' if shown else ''} {value:.17g}")
    return "\n".join([*lines, ""])
