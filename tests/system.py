"""What the system says of a process and its files."""

from pathlib import Path


def bytes_read() -> int:
    """Return how many bytes this process has asked files for."""
    return int(Path("/proc/self/io").read_text().split("rchar: ")[1].split()[0])


def advised_files(process: int | str = "self") -> set[str]:
    """Return the files of which *process* maps a part that the system knows to be read here and there (`rr`)."""
    found, file = set(), ""
    for line in Path(f"/proc/{process}/smaps").read_text().splitlines():
        name, *words = line.split()
        if "-" in name:
            file = words[-1] if len(words) == 5 else ""
        elif name == "VmFlags:" and "rr" in words and file:
            found.add(file)
    return found
