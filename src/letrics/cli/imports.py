"""`letrics import`: files in, a summary out."""

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import click

from letrics import garbage
from letrics.accounts.actors import CONSOLE
from letrics.cli import terminal
from letrics.cli.terminal import INTERRUPTED_EXIT
from letrics.errors import ConflictError, InvalidInput
from letrics.importer.mapping_file import MappingFile, read_mapping
from letrics.importer.report import Progress, Report, Untold
from letrics.importer.restoring import run_restore
from letrics.importer.run import ImportOptions, run_import, written_mapping
from letrics.services import Services, moment

_FILES_NAMED = 5
_STOPPED = "Stopped. Nothing was imported: the data is as it was."
_STOPPED_LATE = "Stopped, but the import was done already; see: letrics imports"


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
@click.option("--restore", is_flag=True, help="Take back what `letrics export` wrote, as it was, into an empty folder.")
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
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where rejected rows go. Default: by the first file, FILE.rejects.csv; FILE.rejects.2.csv if that is taken.",
)
@click.option("--sheet", metavar="NAME", help="The sheet of a workbook. Default: the first with anything in it.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors.")
@click.pass_obj
def import_command(
    services: Services,
    files: tuple[str, ...],
    source: str | None,
    replace_source: str | None,
    restore: bool,
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
    garbage.look_no_more()
    chosen = (mapping.name, _mapping_of(mapping)) if mapping is not None else None
    if source is not None and replace_source not in (None, source):
        raise InvalidInput("--replace-source names the source already; leave --source out.")
    options = ImportOptions(
        source=replace_source or source,
        replace_source=replace_source is not None,
        rejects=rejects,
        sheet=sheet,
        mapping=chosen,
        dry_run=dry_run,
        scratch=services.settings.data if services.settings.data.is_dir() else None,
    )
    if write_mapping is not None:
        _write_mapping(write_mapping, files, options)
        return
    if restore:
        _check_restore(options, replace_source=replace_source)
        report = _restore_files(services, files, rejects, quiet=quiet or as_json)
    else:
        report = import_files(services, files, options, quiet=quiet or as_json)
    if as_json:
        terminal.print_json(report)
    if report.read and report.rejected == report.read:
        sys.exit(1)


def _mapping_of(path: Path) -> MappingFile:
    try:
        return read_mapping(path.read_text("utf-8-sig"), path.name)
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path} is no UTF-8 text: {error.reason} at byte {error.start}.") from None


def _check_restore(options: ImportOptions, *, replace_source: str | None) -> None:
    """Raise InvalidInput for an option that a restore would have to pass over."""
    given = {
        "--source": options.source is not None and replace_source is None,
        "--replace-source": replace_source is not None,
        "--mapping": options.mapping is not None,
        "--sheet": options.sheet is not None,
        "--dry-run": options.dry_run,
    }
    if any(given.values()):
        names = ", ".join(name for name, is_given in given.items() if is_given)
        raise InvalidInput(f"--restore takes records back as they were; leave out {names}.")


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

    def run(progress: Progress) -> Report:
        return run_import(
            files,
            options,
            services.backend,
            now=moment(),
            stdin=sys.stdin.buffer,
            progress=progress,
            suppressions=services.suppressions().check,
        )

    if options.dry_run:
        with _progress(quiet=quiet) as progress:
            report = run(progress)
    else:
        report = _changing(services, "import", _told(files, options.source), run, quiet=quiet)
    if not quiet:
        _print(report)
    return report


def _restore_files(services: Services, files: Sequence[str], rejects: Path | None, *, quiet: bool) -> Report:
    def run(progress: Progress) -> Report:
        return run_restore(
            files,
            services.backend,
            now=moment(),
            stdin=sys.stdin.buffer,
            progress=progress,
            suppressions=services.suppressions().check,
            rejects=rejects,
        )

    report = _changing(services, "import.restore", _told(files, None), run, quiet=quiet)
    if not quiet:
        _print(report)
    return report


def _changing(services: Services, action: str, told: str, run: Callable[[Progress], Report], *, quiet: bool) -> Report:
    """Let *run* change the data, note it in the audit log, and say what an interruption left."""
    audit, known = services.audit(), len(services.backend.changes())
    try:
        with _progress(quiet=quiet) as progress:
            report = run(progress)
    except BaseException as error:
        is_done = len(services.backend.changes()) > known
        audit.note(CONSOLE, action, target=told, result="done" if is_done else "failed")
        if isinstance(error, KeyboardInterrupt):
            terminal.errors.print(_STOPPED_LATE if is_done else _STOPPED)
            sys.exit(INTERRUPTED_EXIT)
        raise
    audit.note(CONSOLE, action, target=f"{told}: {report.read} rows, {report.rejected} rejected")
    return report


def _progress(*, quiet: bool) -> AbstractContextManager[Progress]:
    # What shows something takes long to load, and a quiet import goes without.
    if quiet:
        return nullcontext(Untold())
    from letrics.cli.progress import Bars

    return Bars()


def _print(report: Report) -> None:
    from letrics.cli.import_report import print_report

    print_report(report)


def _told(files: Sequence[str], source: str | None) -> str:
    names = ", ".join(Path(file).name for file in files[:_FILES_NAMED]) + (", …" if len(files) > _FILES_NAMED else "")
    return f"{names} (source {source})" if source is not None else names
