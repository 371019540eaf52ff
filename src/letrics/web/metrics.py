"""
What a server counts, across its workers: each writes a row of its own in shared memory, whoever is asked adds up.

The row's layout follows from the routes, so that all workers have the same; there is a cell for each endpoint,
method and status, and none for a token, an id or a value.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from pathlib import Path
from resource import RUSAGE_SELF, getpagesize, getrusage

from letrics.errors import error_kinds
from letrics.web.shared import SharedMemory

ROW_BYTES = 131_072
NOWHERE = "none"  # the endpoint of what has none: an unknown path, or no request at all
METHODS = ("GET", "POST", "HEAD", "other")
STAGES = ("app", "auth", "search", "parse", "searcher", "match", "collect", "other")
_STATUSES = tuple(sorted({200, 303, *(kind.code for kind in error_kinds())}))
_OTHER_STATUS = len(_STATUSES)
SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
# A histogram: one cell for each bucket, the last for what is over all of them, and one for the sum.
_HISTOGRAM = len(SECONDS) + 2
_CONNECTIONS, _MEMORY, _FIRST = 0, 1, 2

Labels = dict[str, str]
Sample = tuple[str, Labels, float]
Family = tuple[str, str, str, list[Sample]]


class Metrics:
    """The row of worker *number*; *memory* holds the rows of all."""

    def __init__(self, memory: SharedMemory, workers: int, number: int, endpoints: Sequence[str]) -> None:
        self._memory = memory
        self._workers = workers
        self._endpoints = (*endpoints, NOWHERE)
        self._place_of = {endpoint: place for place, endpoint in enumerate(self._endpoints)}
        self._method_of = {method: place for place, method in enumerate(METHODS)}
        self._status_of = {status: place for place, status in enumerate(_STATUSES)}
        self._latencies = _FIRST + len(self._endpoints) * len(METHODS) * (len(_STATUSES) + 1)
        self._stages = self._latencies + len(self._endpoints) * _HISTOGRAM
        self._stage_of = {stage: self._stages + place * _HISTOGRAM for place, stage in enumerate(STAGES)}
        self._other_stage = self._stage_of[STAGES[-1]]
        end = self._stages + len(STAGES) * _HISTOGRAM
        assert end * 8 <= ROW_BYTES, end
        self._end = end
        row = memoryview(memory.bytes)[number * ROW_BYTES : number * ROW_BYTES + end * 8]
        self._row = row.cast("d")
        self._row[_CONNECTIONS] = 0.0  # a worker that died left some

    def count(self, endpoint: str, method: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        place = self._place_of[endpoint]
        self._row[self._request(place, self._method_of.get(method, 3), self._status_of.get(status, _OTHER_STATUS))] += 1
        histogram = self._latencies + place * _HISTOGRAM
        self._row[histogram + bisect_left(SECONDS, seconds)] += 1
        self._row[histogram + _HISTOGRAM - 1] += seconds

    def time(self, stages: Sequence[tuple[str, float]]) -> None:
        """Count the seconds that the stages of a search took."""
        row, places = self._row, self._stage_of
        for stage, seconds in stages:
            place = places.get(stage, self._other_stage)
            row[place + bisect_left(SECONDS, seconds)] += 1
            row[place + _HISTOGRAM - 1] += seconds

    def set_connections(self, count: int) -> None:
        """Say how many connections this worker has open."""
        self._row[_CONNECTIONS] = count

    def look_at_memory(self) -> None:
        """Note how much memory this worker uses."""
        self._row[_MEMORY] = _resident_bytes()

    def _request(self, endpoint: int, method: int, status: int) -> int:
        return _FIRST + (endpoint * len(METHODS) + method) * (len(_STATUSES) + 1) + status

    def families(self) -> Iterator[Family]:
        """Yield name, type, help and samples of everything that is counted, over all workers."""
        rows = [
            array("d", self._memory.bytes[i * ROW_BYTES : i * ROW_BYTES + self._end * 8]) for i in range(self._workers)
        ]
        total = [sum(cells) for cells in zip(*rows, strict=True)]
        yield "letrics_requests_total", "counter", "Requests that were answered.", list(self._requests(total))
        for name, label, names, first, help in (
            (
                "letrics_request_seconds",
                "endpoint",
                self._endpoints,
                self._latencies,
                "From a request's head to its answer.",
            ),
            ("letrics_stage_seconds", "stage", STAGES, self._stages, "What each stage of a search took."),
        ):
            samples: list[Sample] = []
            for place, value in enumerate(names):
                start = first + place * _HISTOGRAM
                samples += _histogram(name, {label: value}, total[start : start + _HISTOGRAM])
            yield name, "histogram", help, samples
        for name, cell, help in (
            ("letrics_connections", _CONNECTIONS, "Open connections."),
            ("letrics_memory_bytes", _MEMORY, "Memory that a worker uses, what it shares with others included."),
        ):
            samples = [(name, {"worker": str(number)}, row[cell]) for number, row in enumerate(rows)]
            yield name, "gauge", help, samples

    def _requests(self, total: Sequence[float]) -> Iterator[Sample]:
        for i, endpoint in enumerate(self._endpoints):
            for j, method in enumerate(METHODS):
                for k, status in enumerate((*map(str, _STATUSES), "other")):
                    value = total[self._request(i, j, k)]
                    if value:
                        labels = {"endpoint": endpoint, "method": method, "status": status}
                        yield "letrics_requests_total", labels, value


def _histogram(name: str, labels: Labels, cells: Sequence[float]) -> Iterator[Sample]:
    *buckets, total = cells
    if not any(buckets):
        return
    count = 0.0
    for bound, inside in zip((*map(str, SECONDS), "+Inf"), buckets, strict=True):
        count += inside
        yield f"{name}_bucket", {**labels, "le": bound}, count
    yield f"{name}_sum", labels, total
    yield f"{name}_count", labels, count


def _resident_bytes() -> float:
    try:
        pages = Path("/proc/self/statm").read_text("ascii").split()[1]
    except FileNotFoundError:  # not Linux: the most that there was
        return getrusage(RUSAGE_SELF).ru_maxrss * 1024.0
    return float(pages) * getpagesize()
