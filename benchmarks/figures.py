"""Figures of a list of times: the usual percentiles, and how two engines compare on the questions both answered."""

from collections.abc import Sequence

import msgspec
import numpy as np


class Figures(msgspec.Struct, frozen=True):
    """Milliseconds: median, 95th and 99th percentile, and mean, of *count* times."""

    count: int
    p50: float
    p95: float
    p99: float
    mean: float


def figures(seconds: Sequence[float]) -> Figures:
    """Return the figures of some times; a percentile is one of the times, none in between."""
    times = np.array(seconds) * 1000
    p50, p95, p99 = np.percentile(times, (50, 95, 99), method="higher").tolist()
    return Figures(len(seconds), p50, p95, p99, float(times.mean()))


def ratio(mine: Sequence[float], theirs: Sequence[float]) -> float:
    """Return how many times as long their median is as mine, on the questions that both answered."""
    shared = min(len(mine), len(theirs))
    return figures(theirs[:shared]).p50 / figures(mine[:shared]).p50
