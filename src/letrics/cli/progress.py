"""How far an import is: a bar for each of its parts, with the rate and the time left where the end is known."""

from types import TracebackType
from typing import Self

from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from letrics.cli import terminal


class _Rate(ProgressColumn):
    """Steps a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f}/s", justify="right")


class Bars:
    """The progress of an import as bars, one a part; on what is no terminal, nothing."""

    def __init__(self) -> None:
        self._bars = Progress(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            TextColumn("{task.completed:>11,.0f}"),
            _Rate(),
            TimeRemainingColumn(elapsed_when_finished=True),
            console=terminal.errors,
            disable=not terminal.errors.is_terminal,
        )
        self._task: TaskID | None = None

    def phase(self, name: str, total: int | None) -> None:
        """Begin the part *name*, of *total* steps where that is known."""
        self._finish()
        self._task = self._bars.add_task(name, total=total)

    def advance(self, steps: int, share: float | None = None) -> None:
        """Have *steps* more behind; *share* is how much of the part that makes, where its total is not known."""
        if self._task is None:
            return
        if share:
            done = self._bars.tasks[self._task].completed + steps
            self._bars.update(self._task, completed=done, total=done / share)
        else:
            self._bars.advance(self._task, steps)

    def _finish(self) -> None:
        if self._task is not None:
            done = self._bars.tasks[self._task].completed
            self._bars.update(self._task, total=done, completed=done)

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._finish()
        self._bars.stop()
