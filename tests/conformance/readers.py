"""Processes that search while another imports: how the importer knows that they do."""

import time
from collections.abc import Sequence
from typing import Any

PATIENCE_S = 120.0
# How many answers a reader has had so far, in memory that it shares with who started it: a `multiprocessing.Value`.
Answered = Any


def wait_for_answers(answered: Sequence[Answered]) -> None:
    """Wait until each reader has had one more answer: on a busy machine it may be long before it is its turn."""
    before, deadline = [each.value for each in answered], time.monotonic() + PATIENCE_S
    while any(each.value <= count for each, count in zip(answered, before, strict=True)):
        assert time.monotonic() < deadline, "a reader has no answers any more"
        time.sleep(0.001)
