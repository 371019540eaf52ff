"""
Fuzzes every target with coverage as the guide (atheris, libFuzzer), for `make fuzz`.

`python -m fuzz.guided SECONDS FOLDER [TARGET]`, in the folder of the tests.  What was found interesting stays in
FOLDER/TARGET/corpus and is gone on from next time; the input of a defect is FOLDER/TARGET/crash-….
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

_MEMORY_MB = 2_048
_EXECUTION_S = 20
_LENGTH_BYTES_MAX = 65_536


def fuzz_one(name: str, seconds: int, folder: Path) -> None:
    """Fuzz a target in this process, which libFuzzer ends."""
    import atheris

    with atheris.instrument_imports(include=["letrics"]):
        from fuzz.seeded import MEMORY
        from fuzz.targets import TARGETS

    target = TARGETS[name]
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, original in enumerate(target.originals()):
        (corpus / f"original-{number}").write_bytes(original)
    arguments = {
        "max_total_time": seconds,
        "rss_limit_mb": _MEMORY_MB,
        "timeout": _EXECUTION_S,
        "max_len": _LENGTH_BYTES_MAX,
        "artifact_prefix": f"{folder}/",
        "print_final_stats": 1,
    }
    with tempfile.TemporaryDirectory(dir=MEMORY) as scratch:
        atheris.Setup(
            [name, *(f"-{key}={value}" for key, value in arguments.items()), str(corpus)], target.takes(Path(scratch))
        )
        atheris.Fuzz()


def fuzz_all(seconds: int, folder: Path) -> int:
    """Fuzz each target in a process of its own, print how often, and return how many have a defect."""
    from fuzz.targets import TARGETS

    defects = 0
    for name in TARGETS:
        home = folder / name.replace(" ", "-")
        command = [sys.executable, "-m", "fuzz.guided", str(seconds), str(home), name]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        executions = re.search(r"number_of_executed_units: +([0-9]+)", done.stderr)
        _tell(f"{name:<14}{int(executions[1]) if executions else 0:>12,} executions")
        if done.returncode != 0:
            defects += 1
            _tell(f"{done.stdout[-3_000:]}\n{done.stderr[-3_000:]}\nIts input is in {home}.")
    return defects


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if len(sys.argv) > 3:
        fuzz_one(sys.argv[3], int(sys.argv[1]), Path(sys.argv[2]))
    else:
        sys.exit(fuzz_all(int(sys.argv[1]), Path(sys.argv[2])))
