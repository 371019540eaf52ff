"""The time that a request may take: whoever works for long asks now and then whether it is over."""

from collections.abc import Callable
from time import perf_counter

from letrics.errors import SearchTimeout

# Raises SearchTimeout when the time is over.
CheckTime = Callable[[], None]


def deadline(timeout_s: float) -> CheckTime:
    """Return what raises SearchTimeout once *timeout_s* have passed from now."""
    until = perf_counter() + timeout_s

    def check_time() -> None:
        if perf_counter() > until:
            raise SearchTimeout(f"The search took longer than {timeout_s:g} s and was given up.")

    return check_time


def no_deadline() -> None:
    """Return at any time: for what may take as long as it takes."""
