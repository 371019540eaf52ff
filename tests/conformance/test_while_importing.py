"""
Several processes search while another imports: no request fails, and every answer is of one generation.

Each generation g gives the one company the technology `generation g` and as many contacts as g says, so
that every part of an answer tells which generation it is from.
"""

import multiprocessing
import time
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import msgspec
import pytest

from conformance.backends import AS_SERVED, BACKENDS
from conformance.questions import TIMEOUT_S
from conformance.readers import PATIENCE_S, Answered, wait_for_answers
from letrics.backend import Backend, Searcher
from letrics.query.parse import Fields, Limits, parse_fields
from records import company_of, contact_of

READERS = 2
GENERATIONS = 25
PAUSE_S = 0.05
LAG_MAX_S = 1.0
TIME = "2026-01-01T00:00:00Z"


def contacts_in(generation: int) -> int:
    """Return how many contacts there are in *generation*: more, and at every fifth fewer again."""
    return 40 + generation if generation % 5 else 30


def write_generation(backend: Backend, generation: int) -> None:
    """Commit the next generation: the company changed, contacts put and deleted."""
    with backend.writer() as writer:
        writer.put_company(
            company_of("co_a", technologies=(f"generation {generation}",), added_at=TIME, first_seen_at=TIME)
        )
        wanted = contacts_in(generation)
        held = contacts_in(generation - 1) if generation > 1 else 0
        for i in range(held, wanted):
            writer.put_contact(contact_of(f"ct_{i}", "co_a", job_title=f"Contact {i}", added_at=TIME))
        for i in range(wanted, held):
            writer.delete("contacts", f"ct_{i}")
        assert writer.commit() == generation


def seen(searcher: Searcher) -> int:
    """Ask for everything and return the generation that answered; fails where the answer's parts disagree."""
    query = parse_fields("contacts", Fields({"per_page": 100, "job_titles": ["contact"]}), Limits()).query
    answer = searcher.search(query, timeout_s=TIMEOUT_S)
    rows: list[Any] = [msgspec.json.decode(row) for row in answer.rows]
    expected = contacts_in(answer.generation) if answer.generation else 0
    assert answer.total == len(rows) == expected, (answer.generation, answer.total, len(rows))
    assert len({row["id"] for row in rows}) == len(rows)
    technologies = {name for row in rows for name in row["company"]["technologies"]}
    assert technologies <= {f"generation {answer.generation}"}, (answer.generation, technologies)
    return answer.generation


def read(name: str, as_served: bool, folder: Path, stop: Event, answered: Answered, results: Connection) -> None:
    """
    Search until told to stop, and once more; send what was seen: (began, generation) of each answer, or the failure.

    *answered* says meanwhile how many answers there are.
    """
    backend = (AS_SERVED if as_served else BACKENDS)[name](folder)
    answers: list[tuple[float, int]] = []
    try:
        results.send("ready")
        is_last = False
        while not is_last:
            is_last = stop.is_set()
            began = time.monotonic()
            answers.append((began, seen(backend.searcher())))
            answered.value = len(answers)
    except BaseException as error:
        results.send(repr(error))
        raise
    results.send(answers)


@pytest.mark.parametrize("as_served", [True, False], ids=["as served", "always looking"])
@pytest.mark.parametrize("name", list(BACKENDS))
def test_searches_go_on_while_data_is_imported(name: str, as_served: bool, tmp_path: Path) -> None:
    """No search fails, each answer is of one generation, none goes back, and a commit is seen within a second."""
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    readers, ends, answered = [], [], []
    for _ in range(READERS):
        ours, theirs = context.Pipe(duplex=False)
        answered.append(context.Value("Q", 0))
        arguments = (name, as_served, tmp_path / "index", stop, answered[-1], theirs)
        readers.append(context.Process(target=read, args=arguments, daemon=True))
        ends.append(ours)
    for reader in readers:
        reader.start()
    try:
        assert [end.recv() for end in ends] == ["ready"] * READERS
        backend = BACKENDS[name](tmp_path / "index")
        committed: list[float] = []
        for generation in range(1, GENERATIONS + 1):
            write_generation(backend, generation)
            committed.append(time.monotonic())
            time.sleep(PAUSE_S)
            wait_for_answers(answered)
        deadline = time.monotonic() + LAG_MAX_S + 0.2
        while time.monotonic() < deadline:
            assert seen(backend.searcher()) == GENERATIONS
    finally:
        stop.set()
        results: list[Any] = [end.recv() if end.poll(PATIENCE_S) else "no answer" for end in ends]
        for reader in readers:
            reader.join(PATIENCE_S)
    for answers in results:
        assert isinstance(answers, list), answers
        generations = [generation for _, generation in answers]
        assert generations == sorted(generations)
        assert generations[-1] == GENERATIONS
        for began, generation in answers:
            due = sum(1 for moment in committed if moment + LAG_MAX_S < began)
            assert generation >= due, (began, generation, due)
    # Otherwise nothing was searched while it was imported.
    assert len({generation for answers in results for _, generation in answers}) > 3
