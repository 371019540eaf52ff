"""
Fuzzes targets with seeded mutations, in a process of its own, which a defect may take down.

`python -m fuzz.seeded SEED ROUND FOLDER TARGET…`, in the folder of the tests, prints how many executions were done; each
round has others.  Bounds its own memory and the time of each execution.  The input under way is in FOLDER/input.
"""

import random
import resource
import signal
import sys
import traceback
from pathlib import Path
from types import FrameType
from typing import NoReturn

from fuzz.mutating import mutated
from fuzz.targets import TARGETS, Target

MEMORY_BYTES = 1 << 30
SECONDS = 20


def bound_memory(further_bytes: int) -> None:
    """Let this process take no more than so many bytes beyond what it has."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + further_bytes
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _too_long(signal_number: int, frame: FrameType | None) -> NoReturn:
    raise TimeoutError(f"An execution took longer than {SECONDS} s.")


def fuzz(target: Target, seed: int, part: int, folder: Path) -> int:
    """Run one round of *target*; the first defect ends the process with its traceback."""
    originals, takes = target.originals(), target.takes(folder)
    for number in range(part * target.executions, (part + 1) * target.executions):
        data = mutated(random.Random(f"{target.name} {seed} {number}"), originals)
        (folder / "input").write_bytes(data)
        signal.alarm(SECONDS)
        try:
            takes(data)
        except BaseException:  # noqa: BLE001  # a panic of Rust is no Exception
            traceback.print_exc()
            sys.exit(f"{target.name}, seed {seed}, execution {number}: {data[:2_000]!r}")
        finally:
            signal.alarm(0)
    return target.executions


def main(seed: int, part: int, folder: Path, names: list[str]) -> None:
    """Run one round of each target of *names*."""
    # Whatever libraries load and set aside at their first use is no execution's doing.
    for each in TARGETS.values():
        each.takes(folder)(each.originals()[0])
    bound_memory(MEMORY_BYTES)
    signal.signal(signal.SIGALRM, _too_long)
    sys.stdout.write(f"{sum(fuzz(TARGETS[name], seed, part, folder) for name in names)}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4:])
