"""Every backend that the conformance and property suites hold to the contract, by name."""

from collections.abc import Callable
from pathlib import Path

from letrics.backend import Backend
from letrics.index.embedded import EmbeddedIndex

OpenBackend = Callable[[Path], Backend]


def _embedded(folder: Path) -> Backend:
    # No pause between looks for a new generation: a test never waits for what it has committed.
    return EmbeddedIndex(folder, reload_interval_s=0.0, cache_bytes_max=50_000)


# Those that a test fills and asks, and the same with the settings of a server.
BACKENDS: dict[str, OpenBackend] = {"embedded": _embedded}
AS_SERVED: dict[str, OpenBackend] = {"embedded": EmbeddedIndex}
