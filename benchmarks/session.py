"""
One engine in one process: it is built, or opened and asked, and what that took is written down.

The harness starts this as `python -m benchmarks.session ORDER`; engines never share a process.
"""

import resource
import sys
from collections.abc import Sequence
from itertools import zip_longest
from math import ceil
from pathlib import Path
from time import perf_counter
from typing import Any

import msgspec
import numpy as np

from benchmarks.engines import PLAIN, Engine, Found, Question, Variant, engine
from benchmarks.files import Changed, Dataset, Format
from benchmarks.machine import drop_from_memory, folder_bytes, peak_bytes, pin
from benchmarks.questions import LAST, Workload

_QUESTIONS_MIN = 10
_LONGER = {"mixed": 30}


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a process is to do: `files`, `build`, `ask`, or `resolve` the last pages.

    Of each workload no question is begun after *seconds_max*, and none to warm up after half of it.  The mixed one, by
    which engines are compared first, has thirty times as long: at 2 million contacts all of it is answered by all.
    """

    action: str
    engine: str
    cache: str
    contacts: int
    seed: int
    answer: str
    workloads: str = ""
    variant: Variant = PLAIN
    files: tuple[Format, bool, Changed] | None = None
    seconds_max: float = 1e9


class Built(msgspec.Struct, frozen=True):
    """What building took."""

    seconds: float
    peak_bytes: int
    disk_bytes: int


class Asked(msgspec.Struct, frozen=True):
    """A workload as answered: seconds, total, ids of the page and bytes of its rows, question by question."""

    workload: str
    seconds: list[float]
    totals: list[int]
    ids: list[list[str]]
    bytes: list[int]


class Session(msgspec.Struct, frozen=True):
    """What an engine answered, and what it took to open it and to hold it in memory."""

    engine: str
    configuration: str
    open_seconds: float
    peak_bytes: int
    asked: list[Asked]


def typical(sessions: Sequence[Session]) -> Session:
    """Return what one engine answered in several sessions, with the medians of what that took, question by question."""

    def asked(place: int, first: Asked) -> Asked:
        told = [each.asked[place].seconds for each in sessions]
        seconds: list[float] = np.median([each[: min(map(len, told))] for each in told], axis=0).tolist()
        return msgspec.structs.replace(first, seconds=seconds)

    return msgspec.structs.replace(
        sessions[0],
        open_seconds=float(np.median([each.open_seconds for each in sessions])),
        peak_bytes=int(np.median([each.peak_bytes for each in sessions])),
        asked=[asked(place, first) for place, first in enumerate(sessions[0].asked)],
    )


class _Row(msgspec.Struct):
    id: str


_row = msgspec.json.Decoder(_Row)


def ask(engine: Engine, workload: Workload, seconds_max: float) -> Asked:
    """Ask the questions of *workload*; only what `Engine.ask` takes is timed, each question once."""
    seconds_max *= _LONGER.get(workload.name, 1)
    if workload.warm_up and hasattr(engine, "settle"):
        engine.settle()
    began = perf_counter()
    for body in workload.warm_up:
        if perf_counter() - began < seconds_max / 2:
            engine.ask(engine.prepare(Question(body)))
    began = perf_counter()
    answer = Asked(workload.name, [], [], [], [])
    for body in workload.timed:
        if len(answer.seconds) >= _QUESTIONS_MIN and perf_counter() - began > seconds_max:
            break
        prepared = engine.prepare(Question(body))
        started = perf_counter()
        found = engine.ask(prepared)
        elapsed = perf_counter() - started
        _note(answer, found, getattr(engine, "elapsed_s", elapsed))
    return answer


def _note(answer: Asked, found: Found, seconds: float) -> None:
    answer.seconds.append(seconds)
    answer.totals.append(found.total)
    rows = found.rows
    answer.ids.append([_row.decode(row).id for row in rows])
    answer.bytes.append(sum(map(len, rows)))


def resolved(engine: Engine, workloads: list[Workload]) -> list[Workload]:
    """Return *workloads* with the number of the last page where it is asked for."""

    def of(body: dict[str, Any]) -> dict[str, Any]:
        if body.get("page") != LAST:
            return body
        question = Question({name: value for name, value in body.items() if name != "page"})
        total = engine.ask(engine.prepare(question)).total
        return body | {"page": max(1, ceil(total / question.query.per_page))}

    return [
        msgspec.structs.replace(each, warm_up=list(map(of, each.warm_up)), timed=list(map(of, each.timed)))
        for each in workloads
    ]


class MismatchError(Exception):
    """Two engines answered one question differently."""


def compare(one: Session, other: Session, workloads: list[Workload]) -> int:
    """Return how many questions both answered, all alike; raises MismatchError, naming the question, otherwise."""
    bodies = {each.name: each.timed for each in workloads}
    answers = {each.workload: each for each in other.asked}
    compared = 0
    for mine in one.asked:
        theirs = answers.get(mine.workload)
        if theirs is None:
            continue
        shared = zip(
            bodies[mine.workload],
            zip_longest(mine.totals, mine.ids),
            zip_longest(theirs.totals, theirs.ids),
            strict=False,
        )
        for body, answer, its in shared:
            if answer != its:
                question = msgspec.json.encode(body).decode()
                told = [f"  {e.engine}: total {a[0]}, page {a[1]}" for e, a in ((one, answer), (other, its))]
                raise MismatchError("\n".join([f"Answers to {question} ({mine.workload}) differ:", *told]))
            compared += 1
    return compared


def place(order: Order) -> Path:
    """Return the folder of what the engine builds."""
    return Path(order.cache) / f"{order.contacts}-{order.seed}" / f"{order.engine}{order.variant.name}"


def carry_out(order: Order) -> Any:
    """Do what is ordered; return what there is to tell."""
    data = Dataset(Path(order.cache), order.contacts, order.seed)
    folder = place(order)
    if order.action == "files":
        return _make_files(data, order)
    made = engine(order.engine, order.variant)
    if order.action == "build":
        started = perf_counter()
        made.build(data, folder)
        seconds = perf_counter() - started
        children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
        return Built(seconds, max(children, peak_bytes()), folder_bytes(folder / made.kept_in))
    workloads = msgspec.json.decode(Path(order.workloads).read_bytes(), type=list[Workload])
    if order.action == "resolve":
        made.open(data, folder)
        return resolved(made, workloads)
    drop_from_memory(folder)
    started = perf_counter()
    made.open(data, folder)
    opened = perf_counter() - started
    asked = [ask(made, each, order.seconds_max) for each in workloads]
    told = Session(made.name, made.configuration, opened, made.peak_bytes(), asked)
    made.close()
    return told


def _make_files(data: Dataset, order: Order) -> list[str]:
    """Write the files that the engine is built from; return their paths."""
    if order.files is not None:
        format, phones, changed = order.files
        return list(map(str, data.for_import(format, phones=phones, changed=changed)))
    if order.engine == "letrics":
        parts = order.variant.parts
        return [str(path) for part in range(parts) for path in data.for_search(part, parts)]
    return [str(data.denormalised())]


def main() -> None:
    """Carry out the order in the file named on the command line."""
    order = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Order)
    pin()
    Path(order.answer).write_bytes(msgspec.json.encode(carry_out(order)))


if __name__ == "__main__":
    main()
