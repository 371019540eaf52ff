"""
The harness: sees to files, indexes and questions, and runs each engine in a process of its own.

What is made once is kept in the cache: the files, what the peers built, and what building took.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from benchmarks.engines import PLAIN, Variant
from benchmarks.files import Changed, Format
from benchmarks.machine import ROOT
from benchmarks.questions import Workload, workloads
from benchmarks.session import Built, Order, Session, place
from benchmarks.world import World

T = TypeVar("T")

CACHE = Path(os.environ.get("BENCHMARKS_CACHE", ROOT / "benchmarks" / ".cache"))
SEED = 2026


class Harness:
    """Runs engines over the data set of *contacts* contacts, with what is kept in *cache*."""

    def __init__(self, contacts: int, *, cache: Path = CACHE, seed: int = SEED) -> None:
        self.contacts = contacts
        self.seed = seed
        self.cache = cache
        self.world = World(contacts, seed)
        self.folder = cache / f"{contacts}-{seed}"

    def make_files(self, engine: str, variant: Variant = PLAIN) -> None:
        """Write the files that *engine* is built from, unless they are there."""
        self._carry_out(self._order("files", engine, variant), list[str])

    def import_files(self, format: Format, *, phones: bool = False, changed: Changed = "") -> list[Path]:
        """Return the files of `Dataset.for_import`, written by a process of their own if they are not there."""
        order = msgspec.structs.replace(self._order("files", ""), files=(format, phones, changed))
        return list(map(Path, self._carry_out(order, list[str])))

    def build(self, engine: str, *, variant: Variant = PLAIN, anew: bool = False) -> Built:
        """Return what building took; it is done once, or *anew*."""
        folder = place(self._order("build", engine, variant))
        told = folder / "built.json"
        if told.exists() and not anew:
            return msgspec.json.decode(told.read_bytes(), type=Built)
        self.make_files(engine, variant)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        built = self._carry_out(self._order("build", engine, variant), Built)
        told.write_bytes(msgspec.json.encode(built))
        return built

    def workloads(self, only: tuple[str, ...] = (), *, variant: Variant = PLAIN) -> list[Workload]:
        """Return the workloads, or *only* those of some names, with the numbers of the last pages of *variant*."""
        made = workloads(self.world)
        chosen = [each for each in made if not only or each.name in only]
        if any(each.name == "last_page" for each in chosen):
            return self._with(chosen, "resolve", "scan", list[Workload], variant)
        return chosen

    def ask(self, engine: str, workloads: list[Workload], *, variant: Variant = PLAIN, **limits: float) -> Session:
        """Open *engine* in a process of its own and ask it the questions."""
        return self._with(workloads, "ask", engine, Session, variant, **limits)

    def _with(
        self, workloads: list[Workload], action: str, engine: str, told: type[T], variant: Variant = PLAIN, **more: Any
    ) -> T:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "workloads.json"
            path.write_bytes(msgspec.json.encode(workloads))
            order = msgspec.structs.replace(self._order(action, engine, variant), workloads=str(path), **more)
            return self._carry_out(order, told)

    def _order(self, action: str, engine: str, variant: Variant = PLAIN) -> Order:
        return Order(
            action=action,
            engine=engine,
            cache=str(self.cache),
            contacts=self.contacts,
            seed=self.seed,
            answer="",
            variant=variant,
        )

    def _carry_out(self, order: Order, told: type[T]) -> T:
        with tempfile.TemporaryDirectory() as folder:
            answer, path = Path(folder) / "answer.json", Path(folder) / "order.json"
            path.write_bytes(msgspec.json.encode(msgspec.structs.replace(order, answer=str(answer))))
            subprocess.run([sys.executable, "-m", "benchmarks.session", str(path)], check=True, cwd=ROOT)
            return msgspec.json.decode(answer.read_bytes(), type=told)
