"""
Several processes search while imports (and whatever merging comes with them) go on: no request fails, and every answer is
the oracle's for the one generation that it names.

All generations follow from the seed, so that each process knows what every one of them holds.
"""

import multiprocessing
import random
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from conformance.backends import AS_SERVED, BACKENDS
from conformance.comparing import Comparison
from conformance.ledger import Commit, Growth, Ledger
from conformance.questions import TIMEOUT_S, Questioner, query_of
from conformance.readers import PATIENCE_S, wait_for_answers
from counting import Count, Note
from letrics.model.filters import SEARCHES
from records import EQUAL_TIMES, TIMES, company_of

READERS = 3
QUERIES = "random queries while data was imported"
_LAG_MAX_S = 1.0
_RECORDS_MAX = 60


class Run(NamedTuple):
    """How many *imports* there are, with what *pause_s* between them, and how long it is quiet before and after."""

    imports: int
    pause_s: float
    quiet_s: float


class Answered(NamedTuple):
    """One answer: when its request began, how long it took, and its generation."""

    began: float
    seconds: float
    generation: int


def history(seed: int, imports: int) -> list[Commit]:
    """Return what is imported, import by import; each changes something, as a generation must."""
    growth = Growth(random.Random(seed), random.Random(seed).choice((TIMES, EQUAL_TIMES)), _RECORDS_MAX)
    commits = []
    for number in range(1, imports + 1):
        said = (f"generation {number}",)
        time = TIMES[number % len(TIMES)]
        told = company_of("co_told", industries=said, technologies=said, added_at=time, first_seen_at=TIMES[0])
        commits.append([*growth.next_commit(), told])
        growth.note(commits[-1])
    return commits


def ledgers(commits: Sequence[Commit]) -> list[Ledger]:
    """Return what each generation holds, from 0, the empty one."""
    held = [Ledger()]
    for changes in commits:
        after = Ledger()
        after.companies, after.contacts = dict(held[-1].companies), dict(held[-1].contacts)
        after.note(changes)
        held.append(after)
    return held


def read(
    name: str,
    as_served: bool,
    folder: Path,
    seed: int,
    imports: int,
    stop: Event,
    answered: Answered,
    results: Connection,
) -> None:
    """
    Search until told to stop, and once more; send every answer, or the first that is wrong.

    *answered* says meanwhile how many answers there are.
    """
    held = ledgers(history(seed, imports))
    comparison = lru_cache(maxsize=50)(lambda generation: Comparison(held[generation]))
    searcher = (AS_SERVED if as_served else BACKENDS)[name](folder).searcher()
    chance = random.Random(f"{seed} {multiprocessing.current_process().name}")
    questioners = [Questioner(chance, held[g]) for g in sorted({1, imports // 3, imports // 2, imports})]
    answers: list[Answered] = []
    try:
        results.send("ready")
        is_last = False
        while not is_last:
            is_last = stop.is_set()
            search = chance.choice(SEARCHES)
            request = chance.choice(questioners).request(search)
            query = query_of(search, request)
            began = time.monotonic()
            answer = searcher.search(query, timeout_s=TIMEOUT_S)
            answers.append(Answered(began, time.monotonic() - began, answer.generation))
            difference = comparison(answer.generation).difference(search, request, answer)
            assert difference is None, f"seed {seed}, generation {answer.generation}, {search} {request}: {difference}"
            answered.value = len(answers)
    except BaseException as error:
        results.send(repr(error))
        raise
    results.send(answers)


def searched_while(name: str, as_served: bool, folder: Path, seed: int, run: Run) -> tuple[list[Any], list[float]]:
    """Import everything with readers beside it; return what they send, and when each generation was committed."""
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    readers, ends, counts = [], [], []
    for number in range(READERS):
        ours, theirs = context.Pipe(duplex=False)
        counts.append(context.Value("Q", 0))
        arguments = (name, as_served, folder, seed, run.imports, stop, counts[-1], theirs)
        readers.append(context.Process(target=read, args=arguments, name=f"reader {number}", daemon=True))
        ends.append(ours)
    commits = history(seed, run.imports)
    backend, ledger = BACKENDS[name](folder), Ledger()
    # The first half is there when the readers come, so that they have something to search in the quiet.
    before = run.imports // 2
    committed: list[float] = []
    try:
        for number, changes in enumerate(commits, 1):
            if number == before + 1:
                for reader in readers:
                    reader.start()
                assert [end.recv() for end in ends] == ["ready"] * READERS
                time.sleep(run.quiet_s)
            assert ledger.commit(backend, changes) == number
            committed.append(time.monotonic())
            if number > before:
                time.sleep(run.pause_s)
                wait_for_answers(counts)
        time.sleep(max(run.quiet_s, _LAG_MAX_S))
    finally:
        stop.set()
        results: list[Any] = [end.recv() if end.poll(PATIENCE_S) else "no answer" for end in ends]
        for reader in readers:
            reader.join(PATIENCE_S)
    return results, committed


def hold(name: str, as_served: bool, folder: Path, seed: int, run: Run) -> tuple[list[Answered], list[float]]:
    """Search while importing; return all answers, and when each generation was committed; fails where one is wrong."""
    results, committed = searched_while(name, as_served, folder, seed, run)
    for answers in results:
        assert isinstance(answers, list), answers
        generations = [each.generation for each in answers]
        assert generations == sorted(generations), "a generation went back"
        assert generations[-1] == run.imports
        for each in answers:
            due = sum(1 for moment in committed if moment + _LAG_MAX_S < each.began)
            assert each.generation >= due, (each, due)
    answered = [each for answers in results for each in answers]
    # Otherwise nothing was searched while it was imported.
    assert len({each.generation for each in answered}) > min(run.imports // 2, 20) // 2
    return answered, committed


def p99_ms(answers: Sequence[Answered], fits: Callable[[Answered], bool]) -> float:
    """Return the 99th percentile of the answers that *fits* is true of, in milliseconds."""
    return float(np.percentile([each.seconds for each in answers if fits(each)], 99)) * 1_000


@pytest.mark.parametrize("as_served", [True, False], ids=["as served", "always looking"])
@pytest.mark.parametrize("name", list(BACKENDS))
def test_every_answer_is_of_the_generation_it_names(
    name: str, as_served: bool, tmp_path: Path, seed: int, count: Count
) -> None:
    """Across 20 imports, 10 of them while three processes search, every answer is the oracle's for its generation."""
    answers, _ = hold(name, as_served, tmp_path / "index", seed, Run(imports=20, pause_s=0.1, quiet_s=0.1))
    count(QUERIES, len(answers))


@pytest.mark.long
@pytest.mark.parametrize("as_served", [True, False], ids=["as served", "always looking"])
@pytest.mark.parametrize("name", list(BACKENDS))
def test_every_answer_is_of_the_generation_it_names_across_200_imports(
    name: str, as_served: bool, tmp_path: Path, seed: int, count: Count, note: Note
) -> None:
    """The same with 200 imports while three processes search; p99 meanwhile is told beside the p99 of the quiet."""
    run = Run(imports=400, pause_s=0.1, quiet_s=10)
    answers, committed = hold(name, as_served, tmp_path / "index", seed, run)
    count(QUERIES, len(answers))
    first, last = committed[run.imports // 2], committed[-1]
    before = p99_ms(answers, lambda each: each.began + each.seconds < first)
    while_importing = p99_ms(answers, lambda each: first <= each.began <= last)
    after = p99_ms(answers, lambda each: each.began > last)
    note(
        f"p99 of searches {'as served' if as_served else 'always looking'}: {while_importing:.2f} ms during 200 imports, "
        f"{before:.2f} ms in the quiet before, {after:.2f} ms after ({while_importing / max(before, after):.2f} times)"
    )
