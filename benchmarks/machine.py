"""What the system says: memory, sizes, cores, and what is kept of files in memory."""

import os
import platform
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]  # where `python -m benchmarks…` finds them
CORES = 2
MEMORY_BYTES = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def peak_bytes(process: int | str = "self") -> int:
    """Return the most memory that a *process* (by its number) has held."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


def own_bytes(process: int) -> int:
    """Return the memory that a *process* has for itself: without what it maps of files, which others share."""
    found = re.search(r"RssAnon:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


def family(process: int) -> list[int]:
    """Return the numbers of *process* and of all below it."""
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except FileNotFoundError:
        return []
    return [process, *(each for child in children for each in family(int(child)))]


def folder_bytes(folder: Path) -> int:
    """Return what the files of *folder* take on disk."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())


def drop_from_memory(folder: Path) -> None:
    """Have the system forget what it keeps in memory of the files of *folder*, which no process may have open."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def pin(cores: int = CORES) -> None:
    """Keep this process, and those that it starts, to so many of the machine's cores."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])


def keep_to(process: int, core: int) -> None:
    """Keep a *process* that has just begun to one of this one's cores, by its place among them."""
    os.sched_setaffinity(process, [sorted(os.sched_getaffinity(0))[core]])


def described() -> str:
    """Return what this machine is."""
    system = f"{platform.system()} {platform.release().split('-')[0]}"
    python = f"Python {platform.python_version()}"
    return f"{os.cpu_count()} cores ({_processor()}), {MEMORY_BYTES / 2**30:.0f} GiB, {system}, {python}"


def _processor() -> str:
    """Return its name with family and model, since virtual machines often tell no more of it than who made it."""
    told = dict(
        re.findall(r"^(model name|cpu family|model)\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    )
    if "model name" not in told:
        return platform.machine()
    more = [f"{word} {told[key]}" for word, key in (("family", "cpu family"), ("model", "model")) if key in told]
    return ", ".join([told["model name"], *more])
