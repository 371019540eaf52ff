"""What a run found, as it is saved: figures and ratios, no single times."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from benchmarks.figures import Figures, figures, ratio
from benchmarks.imports import Moved
from benchmarks.machine import described
from benchmarks.over_http import Served
from benchmarks.session import Built, Session

FOLDER = Path(__file__).parent / "results"


class Ran(msgspec.Struct, frozen=True):
    """An engine: how it was configured, built (None: not), opened, and the most memory it held while asked."""

    engine: str
    configuration: str
    built: Built | None
    open_seconds: float
    peak_bytes: int


class Timed(msgspec.Struct, frozen=True):
    """One engine's figures of one workload; *ratio* is its median over the first engine's on the same questions."""

    workload: str
    engine: str
    figures: Figures
    ratio: float
    page_bytes: float


class Results(msgspec.Struct, kw_only=True):
    """One run over one data set; *compared* counts answers that were found equal to those of Letrics."""

    contacts: int
    when: str = msgspec.field(default_factory=lambda: datetime.now(UTC).date().isoformat())
    machine: str = msgspec.field(default_factory=described)
    compared: int = 0
    engines: list[Ran] = []
    timed: list[Timed] = []
    served: list[Served] = []
    moved: list[Moved] = []

    def add(self, session: Session, built: Built | None, first: Session, name: str = "") -> None:
        """Take down what *session* answered, beside the *first* engine's answers; *name* tells variants apart."""
        told = name or session.engine
        self.engines.append(Ran(told, session.configuration, built, session.open_seconds, session.peak_bytes))
        own = {each.workload: each.seconds for each in first.asked}
        self.timed += [
            Timed(
                each.workload,
                told,
                figures(each.seconds),
                ratio(own[each.workload], each.seconds),
                sum(each.bytes) / len(each.bytes),
            )
            for each in session.asked
        ]

    def save(self, folder: Path = FOLDER) -> None:
        """Write the results where `load_all` finds them."""
        folder.mkdir(exist_ok=True)
        told = msgspec.json.format(msgspec.json.encode(self), indent=1)
        (folder / f"{self.contacts}.json").write_bytes(told + b"\n")


def load_all(folder: Path = FOLDER) -> list[Results]:
    """Return the newest saved results of each size, the smallest first."""
    found = [msgspec.json.decode(path.read_bytes(), type=Results) for path in folder.glob("*.json")]
    return sorted(found, key=lambda each: each.contacts)
