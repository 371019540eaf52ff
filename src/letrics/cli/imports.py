"""`letrics import`: files in, a summary out."""

import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import click
import msgspec
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from letrics.accounts.audit import CONSOLE
from letrics.cli import terminal
from letrics.importer.report import Outcome, Report
from letrics.importer.run import ImportOptions, run_import
from letrics.model.values import timestamp, timestamp_text
from letrics.services import Services, now

_REJECTS_SHOWN = 5
_CLASHES_SHOWN = 5
_FILES_NAMED = 5


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--source", default="file", show_default=True, help="Where the data is from; kept with each record.")
@click.option("--rejects", type=click.Path(dir_okay=False, path_type=Path), help="Where rejected rows go.")
@click.option("--sheet", metavar="NAME", help="The sheet of a workbook. Default: the first with anything in it.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors.")
@click.pass_obj
def import_command(
    services: Services,
    files: tuple[str, ...],
    source: str,
    rejects: Path | None,
    sheet: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """
    Import FILES: CSV, NDJSON, JSON, Parquet, XLSX; text also packed with gzip or zstd; folders; `-` is standard input.

    Columns are guessed from their headers and values. Importing a file again changes nothing but what changed in it.
    """
    options = ImportOptions(source=source, rejects=rejects, sheet=sheet)
    report = import_files(services, files, options, quiet=quiet or as_json)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(report), indent=2))
    if report.read and report.rejected == report.read:
        sys.exit(1)


def import_files(services: Services, files: Sequence[str], options: ImportOptions, *, quiet: bool = False) -> Report:
    """Import *files* with a progress bar and a summary, both left out if *quiet*."""
    moment = timestamp_text(timestamp(now().isoformat()))
    audit = services.audit()
    try:
        with _Bars(quiet=quiet) as bars:
            report = run_import(files, options, services.backend, now=moment, stdin=sys.stdin.buffer, progress=bars)
    except BaseException:
        audit.note(CONSOLE, "import", target=_told(files, options.source), result="failed")
        raise
    audit.note(
        CONSOLE, "import", target=f"{_told(files, options.source)}: {report.read} rows, {report.rejected} rejected"
    )
    if not quiet:
        _print_report(report)
    return report


def _told(files: Sequence[str], source: str) -> str:
    names = ", ".join(Path(file).name for file in files[:_FILES_NAMED]) + (", …" if len(files) > _FILES_NAMED else "")
    return f"{names} (source {source})"


class _Bars:
    """The progress of an import as bars, one a phase."""

    def __init__(self, *, quiet: bool) -> None:
        self._bars = Progress(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=terminal.errors,
            disable=quiet or not terminal.errors.is_terminal,
        )
        self._task: TaskID | None = None

    def phase(self, name: str, total: int | None) -> None:
        self._finish()
        self._task = self._bars.add_task(name, total=total)

    def advance(self, steps: int) -> None:
        if self._task is not None:
            self._bars.advance(self._task, steps)

    def _finish(self) -> None:
        if self._task is not None:
            done = self._bars.tasks[self._task].completed or 1
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


def _print_report(report: Report) -> None:
    out = terminal.output
    for file, notes in report.notes.items():
        out.print(Text(file, style="bold"))
        for note in notes:
            out.print(Text(f"  {note}"), soft_wrap=True)
        out.print()
    if report.passed_over:
        out.print(Text(f"Passed over, as no data: {', '.join(report.passed_over)}\n"), soft_wrap=True)
    table = Table(box=None, pad_edge=False)
    for title in ("", "created", "updated", "unchanged"):
        table.add_column(title, justify="left" if not title else "right")
    table.add_row("companies", *_figures(report.companies))
    table.add_row("contacts", *_figures(report.contacts))
    out.print(table)
    out.print(f"\n{report.read:,} rows read, {report.rejected:,} rejected, in {report.seconds:.1f} s.")
    for reject in report.rejects[:_REJECTS_SHOWN]:
        field = f"{reject.field}: " if reject.field else ""
        out.print(Text(f"  {reject.file}, line {reject.line}: {field}{reject.reason}"), soft_wrap=True)
    if report.rejects_file is not None:
        out.print(Text(f"All rejected rows, with reasons, are in {report.rejects_file}."), soft_wrap=True)
    for clash in report.clashes[:_CLASHES_SHOWN]:
        out.print(Text(f"Note: {clash}"), soft_wrap=True)
    if report.clashes_total > _CLASHES_SHOWN:
        out.print(f"… and {report.clashes_total - _CLASHES_SHOWN:,} notes more; --json has the first of them.")


def _figures(outcome: Outcome) -> tuple[str, ...]:
    return tuple(f"{number:,}" for number in (outcome.created, outcome.updated, outcome.unchanged))
