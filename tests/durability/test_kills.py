"""Killed at any moment (`kill -9`), the installation starts again with everything that it had told as done."""

import multiprocessing
import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from counting import Count
from durability.working import Act, Expected, opened, settle, work
from letrics.index import manifest
from letrics.index.generations import check

KILLS = 32
KILLS_LONG = 500
DELAY_MAX_S = 0.12
EFFECT_MAX = 45


def run_and_kill(data: Path, expected: Expected, chance: random.Random) -> Act | None:
    """Let a process work and kill it; return the change that was under way, having taken over those that were done."""
    context: Any = multiprocessing.get_context("forkserver")
    ours, theirs = context.Pipe(duplex=False)
    by_effect = chance.random() < 0.6
    kill_at = chance.randrange(EFFECT_MAX) if by_effect else None
    process = context.Process(target=work, args=(data, expected, chance.randrange(10**9), kill_at, theirs), daemon=True)
    process.start()
    theirs.close()
    assert ours.recv() == ("ready",)
    if not by_effect:
        time.sleep(chance.random() * DELAY_MAX_S)
        os.kill(process.pid, signal.SIGKILL)
    under_way: Act | None = None
    while True:
        try:
            told = ours.recv()
        except (EOFError, OSError):
            break
        if told[0] == "done":
            expected.act(told[1], told[2])
        under_way = told[1] if told[0] == "begin" else None
    process.join(120)
    assert process.exitcode == -signal.SIGKILL
    return under_way


def hold_kills(data: Path, kills: int, seed: int, count: Count) -> None:
    """Kill *kills* times, and count what was under way."""
    multiprocessing.set_forkserver_preload(["letrics.services", "letrics.importer.run", "alembic.config"])
    chance, expected = random.Random(seed), Expected()
    with opened(data) as services:
        services.accounts  # noqa: B018  # migrated before the first kill
    for number in range(kills):
        under_way = run_and_kill(data, expected, chance)
        count(f"kills during {under_way[0]}" if under_way is not None else "kills between changes", 1)
        with opened(data) as services:
            settle(services, expected, under_way)
        assert check(data / "index").damage == [], (seed, number, under_way)
    with opened(data) as services, services.index.writer():
        pass
    index = data / "index"
    named = set().union(*(manifest.load(index, step).file_names for step in manifest.steps(index)))
    left = {path.name for path in index.iterdir() if path.suffix not in (".lock", ".json")}
    assert left == named, (seed, left - named)


def test_what_was_told_as_done_survives_every_kill(tmp_path: Path, seed: int, count: Count) -> None:
    """After each kill: every acknowledged change is there, one generation answers, nothing is damaged or left over."""
    hold_kills(tmp_path, KILLS, seed, count)


@pytest.mark.long
def test_what_was_told_as_done_survives_five_hundred_kills(tmp_path: Path, seed: int, count: Count) -> None:
    """The same five hundred times, one after the other."""
    hold_kills(tmp_path, KILLS_LONG, seed + 1, count)
