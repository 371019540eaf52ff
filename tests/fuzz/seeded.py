"""
Fuzzes targets with seeded mutations, in a process of its own, which a defect may take down.

`python -m fuzz.seeded SEED ROUND NOTE TARGET…`, in the folder of the tests, prints how many executions were done; each
round has others.  Bounds its own memory and the time of each execution.  The file NOTE tells which one is under way.
"""

import random
import resource
import signal
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import BinaryIO, NoReturn

from fuzz.mutating import mutated
from fuzz.targets import TARGETS, Target

# A disk is too slow for files that live for a millisecond.
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
MEMORY_BYTES = 1 << 30
SECONDS = 20


def bound_memory(further_bytes: int) -> None:
    """Let this process take no more than so many bytes beyond what it has."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + further_bytes
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _too_long(signal_number: int, frame: FrameType | None) -> NoReturn:
    raise TimeoutError(f"An execution took longer than {SECONDS} s.")


def input_of(target: Target, seed: int, number: int, originals: Sequence[bytes]) -> bytes:
    """Return the input of execution *number*."""
    return mutated(random.Random(f"{target.name} {seed} {number}"), originals)


def fuzz(target: Target, seed: int, part: int, folder: Path, note: BinaryIO) -> int:
    """Run one round of *target*; the first defect ends the process with its traceback."""
    originals, takes = target.originals(), target.takes(folder)
    for number in range(part * target.executions, (part + 1) * target.executions):
        note.seek(0)
        note.write(f"{target.name}, seed {seed}, execution {number}".ljust(80).encode())
        data = input_of(target, seed, number, originals)
        signal.alarm(SECONDS)
        try:
            takes(data)
        except BaseException:  # noqa: BLE001  # a panic of Rust is no Exception
            traceback.print_exc()
            sys.exit(f"The input is {data[:4_000]!r}")
        finally:
            signal.alarm(0)
    return target.executions


def main(seed: int, part: int, note: Path, names: list[str]) -> None:
    """Run one round of each target of *names*."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder, note.open("wb", buffering=0) as noted:
        # Whatever libraries load and set aside at their first use is no execution's doing.
        for each in TARGETS.values():
            each.takes(Path(folder))(each.originals()[0])
        bound_memory(MEMORY_BYTES)
        signal.signal(signal.SIGALRM, _too_long)
        done = sum(fuzz(TARGETS[name], seed, part, Path(folder), noted) for name in names)
    sys.stdout.write(f"{done}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4:])
