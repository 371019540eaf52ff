"""Every backend that the conformance and property suites hold to the contract, by name."""

from collections.abc import Callable
from pathlib import Path

from letrics.backend import Backend
from letrics.index.embedded import EmbeddedIndex
from letrics.index.searcher import EmbeddedSearcher

OpenBackend = Callable[[Path], Backend]


class _Unhurried(EmbeddedIndex):
    """An index that looks for near values as if no time went by: how many it finds must not hang on the machine."""

    def searcher(self, clock: Callable[[], float] = lambda: 0.0) -> EmbeddedSearcher:
        """Return the searcher."""
        return super().searcher(clock)


def _embedded(folder: Path) -> Backend:
    # No pause between looks for a new generation: a test never waits for what it has committed.
    return _Unhurried(folder, reload_interval_s=0.0)


# Those that a test fills and asks, and the same with the settings of a server.
BACKENDS: dict[str, OpenBackend] = {"embedded": _embedded}
AS_SERVED: dict[str, OpenBackend] = {"embedded": EmbeddedIndex}
