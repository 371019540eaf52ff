"""A disk that is full: searching and signing in go on, what would write says why it does not, and nothing is lost."""

import errno
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from durability.working import do, found, opened
from letrics.errors import Unavailable

_SIZE = "24m"


def fill_up(folder: Path) -> Path:
    """Fill the disk of *folder* with one file, which is returned."""
    filler = folder / "filler"
    with pytest.raises(OSError, match="No space left"), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(512))
    return filler


def on_a_small_disk(data: Path) -> None:
    """Work, fill the disk, work on, make room, and work again."""
    with opened(data) as services:
        do(services, ("import", 1))
        secret = do(services, ("token", "mine"))
        before = found(services)
        filler = fill_up(data)
        assert found(services) == before
        assert services.tokens().find(secret) is not None
        with pytest.raises(OSError, match="No space left") as full:
            services.index.undo(1, "2026-11-01T00:00:00Z")
        assert full.value.errno == errno.ENOSPC
        with pytest.raises(Unavailable, match="the disk is full"):
            for number in range(100):
                do(services, ("token", f"another {number}"))
        services.index.merge()
        assert found(services) == before
        assert services.index.check().damage == []
        filler.unlink()
        do(services, ("token", "later"))
        do(services, ("import", 2))
        assert found(services) != before
        assert services.index.check().damage == []


def test_a_full_disk_stops_writing_and_nothing_else(tmp_path: Path) -> None:
    """On a disk of its own that fills up, what was there is found, what would write fails in words, and goes on later."""
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "-rm", "true"], check=False, capture_output=True).returncode:
        pytest.skip(reason="this machine lets us have no disk of our own (unshare -rm)")
    code = f"from durability.test_full_disk import *; on_a_small_disk(Path({str(tmp_path)!r}))"
    script = f'mount -t tmpfs -o size={_SIZE} tmpfs "$1" && shift && exec "$@"'
    done = subprocess.run(
        [unshare, "-rm", "sh", "-c", script, "sh", str(tmp_path), sys.executable, "-c", code],
        cwd=Path(__file__).parents[1],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
