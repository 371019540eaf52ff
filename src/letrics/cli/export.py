"""`letrics export`: every record, or those that a search finds, as NDJSON or CSV."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import click

from letrics.backend import Scan
from letrics.cli import terminal
from letrics.cli.csv_rows import write_csv
from letrics.cli.search import filter_options, parsed_filters
from letrics.model.filters import SEARCHES, Search
from letrics.query.query import Query
from letrics.services import Services


@click.group(invoke_without_command=True)
@click.option("--format", type=click.Choice(["ndjson"]), default="ndjson", show_default=True)
@click.option(
    "--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Where to. Default: standard output."
)
@click.pass_context
def export(context: click.Context, format: str, output: Path | None) -> None:
    """Export all data, companies first; `letrics import --restore` takes it into an empty folder, every field of it."""
    if context.invoked_subcommand is not None:
        return
    with _opened(output) as file:
        queries = [Query(search=search) for search in ("companies", "contacts")]
        count = _write_lines(context.obj.backend.searcher().scan(*queries), file)
    _tell(count, output)


def _command(search: Search) -> click.Command:
    @click.pass_obj
    def run(services: Services, /, format: str, output: Path | None, **given: Any) -> None:
        query = parsed_filters(services.settings, search, given).query
        rows = services.backend.searcher().scan(query)
        with _opened(output) as file:
            count = _write_lines(rows, file) if format == "ndjson" else write_csv(rows, file)
        _tell(count, output)

    options = [
        click.Option(["--format"], type=click.Choice(["ndjson", "csv"]), default="ndjson", show_default=True),
        click.Option(
            ["--output", "-o"],
            type=click.Path(dir_okay=False, path_type=Path),
            help="Where to. Default: standard output.",
        ),
        *filter_options(search),
    ]
    help = f"Export all {search} that a search with these filters finds."
    return click.Command(search, callback=run, params=list(options), help=help)


for _name in SEARCHES:
    export.add_command(_command(_name))


@contextmanager
def _opened(path: Path | None) -> Iterator[BinaryIO]:
    """Open the output; a file appears under its name only when it is whole."""
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            yield file  # a pipe or a device
        return
    target = path.resolve()
    part = target.with_name(target.name + ".part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _write_lines(rows: Scan, file: BinaryIO) -> int:
    """Write *rows*, one a line; return how many."""
    count = 0
    for records, lines in rows.lines():
        file.write(lines)
        count += records
    return count


def _tell(count: int, output: Path | None) -> None:
    terminal.errors.print(f"{count:,} records exported{f' to {output}' if output is not None else ''}.", soft_wrap=True)
