"""`letrics import`: files in, a summary out."""

import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import click
import msgspec
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from letrics.accounts.audit import CONSOLE
from letrics.cli import terminal
from letrics.cli.import_report import print_report
from letrics.errors import ConflictError, InvalidInput
from letrics.importer.mapping_file import read_mapping
from letrics.importer.report import Report
from letrics.importer.run import ImportOptions, run_import, written_mapping
from letrics.services import Services, moment

_FILES_NAMED = 5


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--source", metavar="NAME", help="Where the data is from; kept with each record. Default: the preset's, else file."
)
@click.option(
    "--replace-source",
    metavar="NAME",
    help="The files are all of this source: what they no longer contain is removed, unless others have it too.",
)
@click.option(
    "--mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A mapping file (TOML) that overrules the guess.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be done, column by column, and change nothing.")
@click.option(
    "--write-mapping",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the guess as a mapping file, and import nothing.",
)
@click.option("--rejects", type=click.Path(dir_okay=False, path_type=Path), help="Where rejected rows go.")
@click.option("--sheet", metavar="NAME", help="The sheet of a workbook. Default: the first with anything in it.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors.")
@click.pass_obj
def import_command(
    services: Services,
    files: tuple[str, ...],
    source: str | None,
    replace_source: str | None,
    mapping: Path | None,
    dry_run: bool,
    write_mapping: Path | None,
    rejects: Path | None,
    sheet: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """
    Import FILES: CSV, NDJSON, JSON, Parquet, XLSX; text also packed with gzip or zstd; folders; `-` is standard input.

    Columns are guessed from their headers and values. Importing a file again changes nothing but what changed in it.
    """
    chosen = (mapping.name, read_mapping(mapping.read_text("utf-8-sig"), mapping.name)) if mapping is not None else None
    if source is not None and replace_source not in (None, source):
        raise InvalidInput("--replace-source names the source already; leave --source out.")
    options = ImportOptions(
        source=replace_source or source,
        replace_source=replace_source is not None,
        rejects=rejects,
        sheet=sheet,
        mapping=chosen,
        dry_run=dry_run,
    )
    if write_mapping is not None:
        _write_mapping(write_mapping, files, options)
        return
    report = import_files(services, files, options, quiet=quiet or as_json)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(report), indent=2))
    if report.read and report.rejected == report.read:
        sys.exit(1)


def _write_mapping(path: Path, files: tuple[str, ...], options: ImportOptions) -> None:
    if len(files) != 1:
        raise InvalidInput("--write-mapping takes one file: each has columns of its own.")
    text = written_mapping(files[0], options, sys.stdin.buffer)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ConflictError(f"{path} is there already; it may have been edited. Name another file.") from None
    terminal.output.print(f"Wrote {path}. Edit it, then: letrics import --mapping {path} {files[0]}", soft_wrap=True)


def import_files(services: Services, files: Sequence[str], options: ImportOptions, *, quiet: bool = False) -> Report:
    """Import *files* with a progress bar and a summary, both left out if *quiet*."""
    audit, told = services.audit(), _told(files, options.source)
    try:
        with _Bars(quiet=quiet) as bars:
            report = run_import(
                files,
                options,
                services.backend,
                now=moment(),
                stdin=sys.stdin.buffer,
                progress=bars,
                suppressions=services.suppressions().check,
            )
    except BaseException:
        if not options.dry_run:
            audit.note(CONSOLE, "import", target=told, result="failed")
        raise
    if not options.dry_run:
        audit.note(CONSOLE, "import", target=f"{told}: {report.read} rows, {report.rejected} rejected")
    if not quiet:
        print_report(report)
    return report


def _told(files: Sequence[str], source: str | None) -> str:
    names = ", ".join(Path(file).name for file in files[:_FILES_NAMED]) + (", …" if len(files) > _FILES_NAMED else "")
    return f"{names} (source {source})" if source is not None else names


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
