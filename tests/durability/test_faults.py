"""A disk that fails at any step, and a machine that stops at any: the old generation or the new, never anything else."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from counting import Count
from durability.breaking import Failing, Recording, crashed, in_place
from importing import LATER, Database
from letrics.errors import DamagedData
from letrics.importer.suppressions import suppress
from letrics.index import manifest
from letrics.index.embedded import EmbeddedIndex
from letrics.index.merge import MergeLimits, merge_all
from letrics.model.filters import SEARCHES
from letrics.query.query import Query

FAULTS = ("ENOSPC", "EIO", "short", "full")
NAMES = ("Ash", "Birch", "Cedar", "Dogwood")
ROWS = "Company,Website,CEO\n" + "".join(f"firm {i},firm{i}-letricsdemo.de,Eva {NAMES[i]}\n" for i in range(4))


def renaming(database: Database) -> None:
    """Import: one company renamed, one new."""
    database.take("Company,Website\nrenamed,firm1-letricsdemo.de\nnew,new-letricsdemo.de\n", now=LATER)


def merging(database: Database) -> None:
    """Merge all there is."""
    merge_all(database.folder / "index", MergeLimits(documents_max=10**6, work_max=10**6, patience_s=0), 5)


def undoing(database: Database) -> None:
    """Take the last import back."""
    database.index.undo(4, LATER)


def suppressing(database: Database) -> None:
    """Remove a company and its people for good."""
    suppress(database.index, ["domain:firm2-letricsdemo.de"], lambda keys: None, at=LATER, what="1 domain")


CHANGES = {change.__name__: change for change in (renaming, merging, undoing, suppressing)}
change_by_name = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


def start(folder: Path) -> Database:
    """Return a database of four imports that were not merged."""
    database = opened(folder)
    for number in range(4):
        database.take(ROWS.replace("Eva Ash", f"Eva {NAMES[number]}"), now=f"2026-11-0{number + 1}T00:00:00Z")
    return database


def opened(folder: Path) -> Database:
    folder.mkdir(exist_ok=True)
    database = Database(folder)
    database.index = EmbeddedIndex(folder / "index", reload_interval_s=0, merged_documents_max=1)
    return database


def everything(folder: Path) -> list[bytes]:
    """Return the generation and every record, as a process that starts sees them."""
    index = EmbeddedIndex(folder / "index", reload_interval_s=0)
    rows = [row for search in SEARCHES for row in index.searcher().scan(Query(search=search))]
    return [str(index.searcher().overview().generation).encode(), *rows]


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "index").iterdir() if path.suffix != ".lock"}


def settle(folder: Path) -> None:
    """Let the next writer come, and hold what it leaves: nothing damaged, nothing that no manifest names."""
    database = opened(folder)
    database.take("Company,Website\nafter,after-letricsdemo.de\n", now=LATER)
    assert "after-letricsdemo.de" in database.companies()
    merging(database)
    assert database.index.check().damage == []
    index = folder / "index"
    named = set().union(*(manifest.load(index, step).file_names for step in manifest.steps(index)))
    left = {name for name in files_in(folder) if not name.startswith("manifest-")}
    assert left == named


@change_by_name
def test_whichever_step_fails_the_old_or_the_new_generation_answers(
    change: Callable[[Database], None], tmp_path: Path, count: Count
) -> None:
    """At every effect, with each fault: what raised left the old data; the next writer goes on and cleans up."""
    start(tmp_path / "start")
    old = everything(tmp_path / "start")
    shutil.copytree(tmp_path / "start", tmp_path / "new")
    counting = Failing(10**9, "EIO")
    with in_place(counting):
        change(opened(tmp_path / "new"))
    new = everything(tmp_path / "new")
    faults = met = 0
    for fault in FAULTS:
        for k in range(counting.count):
            folder = tmp_path / f"{fault}{k}"
            shutil.copytree(tmp_path / "start", folder)
            failing = Failing(k, fault)
            with in_place(failing):
                try:
                    change(opened(folder))
                    raised = False
                except OSError:
                    raised = True
            found = everything(folder)
            assert found in (old, new), (fault, k)
            assert raised or found == new, (fault, k)
            faults += failing.has_failed
            met += raised
            if k % 10 == 0 or raised != (found == old):
                settle(folder)
            shutil.rmtree(folder)
    assert faults > 2 * counting.count
    assert met
    count("faults of the disk, one at each step", faults)


def _commit_of(steps: list[tuple[object, ...]]) -> int:
    """Return after how many steps a change is durable: the names are, which the newest manifest is among."""
    renamed = next(i for i, step in enumerate(steps) if step[0] == "rename" and str(step[2]).startswith("manifest-"))
    return next(i for i, step in enumerate(steps) if i > renamed and step[0] == "sync folder") + 1


def hold_crash_states(change: Callable[[Database], None], folder: Path, samples: int, seed: int) -> int:
    """Open *samples* states for each prefix of what *change* does to the disk; return how many different ones."""
    start(folder / "start")
    base, old = files_in(folder / "start"), everything(folder / "start")
    recording = Recording()
    with in_place(recording):
        change(opened(folder / "start"))
    new = everything(folder / "start")
    committed = _commit_of(recording.steps)
    chance = random.Random(seed)
    seen: dict[int, bool] = {}
    target = folder / "state"
    for at in range(len(recording.steps) + 1):
        for _ in range(samples):
            state = crashed(base, recording.steps[:at], chance)
            key = hash(frozenset(state.items()))
            is_durable = at >= committed
            if seen.get(key) in (is_durable, True):
                continue
            seen[key] = is_durable
            (target / "index").mkdir(parents=True)
            for name, content in state.items():
                (target / "index" / name).write_bytes(content)
            try:
                found = everything(target)
            except DamagedData as error:
                raise AssertionError(f"seed {seed}, step {at}: {error}") from error
            assert found == new or (found == old and not is_durable), (seed, at)
            assert opened(target).index.check().damage == [], (seed, at)
            if len(seen) % 25 == 0:
                settle(target)
            shutil.rmtree(target)
    return len(seen)


@change_by_name
def test_whatever_a_crash_leaves_opens(
    change: Callable[[Database], None], tmp_path: Path, seed: int, count: Count
) -> None:
    """Of writes and names that were not synced any part may be on the disk: it opens, and as the old or the new."""
    states = hold_crash_states(change, tmp_path, samples=25, seed=seed)
    assert states > 10
    count("crash states opened", states)


@pytest.mark.long
@change_by_name
def test_thousands_of_states_that_a_crash_leaves_open(
    change: Callable[[Database], None], tmp_path: Path, seed: int, count: Count
) -> None:
    """The same with many more samples of each prefix."""
    count("crash states opened", hold_crash_states(change, tmp_path, samples=500, seed=seed + 1))
