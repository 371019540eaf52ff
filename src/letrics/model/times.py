"""Times of many records at once, as `letrics.model.values.timestamp` tells each."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from letrics.model.values import is_canonical_time, timestamp


def timestamps(times: Sequence[str]) -> NDArray[Any]:
    """Return the microseconds since the Unix epoch, UTC, of each of *times*, which are ISO 8601."""
    # Nearly all are of the canonical form, which needs no look at each; numpy takes no mark that says it is UTC.
    if all(map(is_canonical_time, times)):
        return np.array([each.removesuffix("Z") for each in times], dtype="M8[us]").astype(np.int64)
    return np.array(list(map(timestamp, times)), dtype=np.int64)
