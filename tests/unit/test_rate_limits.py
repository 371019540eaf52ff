"""Rate limits: windows in shared memory, by a clock that the test moves."""

import multiprocessing
from collections.abc import Iterator

import pytest

from letrics.errors import InvalidInput
from letrics.web.limits import BYTES, Quota, Rate, RateLimit, parse_rate
from letrics.web.shared import SharedMemory, shared_memory

RATE = Rate(3, 60)


class Clock:
    """A clock that only goes on."""

    seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def memory() -> Iterator[SharedMemory]:
    """An empty table."""
    yield shared_memory(BYTES)


def test_a_window_begins_with_the_first_request_and_ends_in_its_time(memory: SharedMemory) -> None:
    """Three are let in, the fourth is told when to come again, and then there are three more."""
    clock = Clock()
    limit = RateLimit(RATE, memory, clock)
    for left in (2, 1, 0):
        assert limit.spend("tok_1") == (Quota(RATE, left, 60 - (2 - left) * 10), None)
        clock.seconds += 10
    quota, refused = limit.spend("tok_1")
    assert refused is not None
    assert (quota.remaining, quota.reset_s, refused.retry_after_s) == (0, 30, 30)
    clock.seconds += 29.5
    quota, refused = limit.spend("tok_1")
    assert refused is not None
    assert quota.reset_s == 1
    clock.seconds += 0.5
    assert limit.spend("tok_1") == (Quota(RATE, 2, 60), None)


def test_tokens_have_windows_of_their_own(memory: SharedMemory) -> None:
    """Thousands of tokens do not count for each other, and what is over makes room."""
    clock = Clock()
    limit = RateLimit(RATE, memory, clock)
    for round in range(3):
        for number in range(4_000):
            quota, refused = limit.spend(f"tok_{round}_{number}")
            assert (quota.remaining, refused) == (2, None)
        clock.seconds += 61
    # Every worker sees the same.
    assert RateLimit(RATE, memory, clock).spend("tok_x")[0].remaining == 2
    assert limit.spend("tok_x")[0].remaining == 1


def _spend(memory: SharedMemory, times: int) -> None:
    limit = RateLimit(Rate(1_000_000, 3_600), memory)
    for _ in range(times):
        limit.spend("tok_1")


def test_no_request_is_lost_between_processes(memory: SharedMemory) -> None:
    """Four processes that count 2,000 each have counted 8,000."""
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_spend, args=(memory, 2_000)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    quota, _ = RateLimit(Rate(1_000_000, 3_600), memory).spend("tok_1")
    assert quota.remaining == 1_000_000 - 8_001


def test_the_setting_is_read_as_it_says() -> None:
    """Requests and seconds, or nothing; the headers name both, and what is left."""
    assert parse_rate("") is None
    assert parse_rate("600/60") == Rate(600, 60)
    for wrong in ("600", "0/60", "600/0", "-1/60", "600/60/1", "1.5/60", "600 / 60", "many"):
        with pytest.raises(InvalidInput, match="LETRICS_RATE_LIMIT"):
            parse_rate(wrong)
    assert Quota(RATE, 2, 59).headers() == [
        (b"ratelimit-policy", b'"default";q=3;w=60'),
        (b"ratelimit", b'"default";r=2;t=59'),
    ]
