"""`letrics generations`, `check` and `merge`: what the index is made of, and whether it holds what was written."""

import os
import sys

import click
from rich.table import Table

from letrics.cli import terminal
from letrics.services import Services

_NICENESS = 10  # so that whoever searches does not wait for a merge


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@click.pass_obj
def generations(services: Services, as_json: bool) -> None:
    """List the generations that are kept: the one that answers, and those that an undo can go back to."""
    kept = services.index.generations()
    if as_json:
        terminal.print_json(kept)
        return
    if not kept:
        terminal.output.print("There is no data yet. Begin with: letrics import FILE")
        return
    table = Table(box=None, pad_edge=False)
    for title in ("Generation", "Companies", "Contacts", "Segments", "Size", "Its own", ""):
        table.add_column(title, justify="left" if not title else "right")
    for each in kept:
        table.add_row(
            str(each.generation),
            f"{each.companies:,}",
            f"{each.contacts:,}",
            str(each.segments),
            _bytes(each.size_bytes),
            _bytes(each.own_bytes),
            "answers now" if each.undoes is None else f"letrics imports undo {each.undoes}",
        )
    terminal.output.print(table)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@click.pass_obj
def check(services: Services, as_json: bool) -> None:
    """Read every file of the index and verify its checksums; exit with 1 if one does not hold what was written."""
    checked = services.index.check()
    if as_json:
        terminal.print_json(checked)
    else:
        for each in checked.damage:
            terminal.print_error(each.details)
        if not checked.damage:
            files = f"{checked.files:,} files, {_bytes(checked.size_bytes)}"
            terminal.output.print(f"All is well: {files}, every checksum fits.")
    if checked.damage:
        sys.exit(1)


@click.command()
@click.pass_obj
def merge(services: Services) -> None:
    """Merge small segments into larger ones now, if that is due. A running server does so by itself."""
    os.nice(_NICENESS)
    merges = services.index.merge()
    terminal.output.print(f"Merged {merges} times." if merges else "There is nothing to merge now.")


def _bytes(count: int) -> str:
    """Return a size for people, in powers of 1,000."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("KB", 10**3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} B"
