"""
Everything that reads bytes from outside meets mutated ones: it does its work or says what is wrong, and nothing else.

Targets run in processes of their own: a defect may be one that no exception catches.  `make fuzz` goes on from here with
coverage as its guide.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from counting import Count
from fuzz.targets import TARGETS

EXECUTIONS = "fuzz executions"
TIMEOUT_S = 600
TESTS = Path(__file__).parent.parent
# Two processes for two processors: starting one takes longer than fuzzing a target for a while.
HALVES = (list(TARGETS)[::2], list(TARGETS)[1::2])
ROUNDS_LONG = 50


def run(targets: list[str], seed: int, part: int, folder: Path) -> int:
    """Run one round of *targets* and return the executions; fails with the child's last words."""
    note = folder / "note"
    command = [sys.executable, "-m", "fuzz.seeded", str(seed), str(part), str(note), *targets]
    done = subprocess.run(command, cwd=TESTS, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    assert done.returncode == 0, (
        f"{done.stderr[-4_000:]}\nIts input is {folder / 'input'} (exit code {done.returncode})."
    )
    return int(done.stdout)


@pytest.mark.parametrize("targets", HALVES, ids=", ".join)
def test_mutated_input_is_taken_or_refused(targets: list[str], tmp_path: Path, seed: int, count: Count) -> None:
    """No library's error, no endless loop, no memory without bound, whatever the bytes."""
    count(EXECUTIONS, run(targets, seed, 0, tmp_path))


@pytest.mark.long
@pytest.mark.parametrize("part", range(1, ROUNDS_LONG))
@pytest.mark.parametrize("targets", HALVES, ids=", ".join)
def test_mutated_input_is_taken_or_refused_at_length(
    targets: list[str], part: int, tmp_path: Path, seed: int, count: Count
) -> None:
    """The same, fifty times as often."""
    count(EXECUTIONS, run(targets, seed, part, tmp_path))
