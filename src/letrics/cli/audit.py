"""`letrics audit`: read and verify the log of who did what."""

import click
import msgspec
from rich.table import Table

from letrics.cli import terminal
from letrics.services import Services

_SHOWN = 20


@click.group()
def audit() -> None:
    """The log of who did what, when and from where."""


@audit.command(name="list")
@click.option(
    "--count", type=click.IntRange(1, 100_000), default=_SHOWN, show_default=True, help="How many, newest first."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_obj
def list_entries(services: Services, count: int, as_json: bool) -> None:
    """List the newest entries."""
    entries = services.audit().entries(before=None, count=count)
    if as_json:
        for entry in entries:
            click.echo(msgspec.json.encode(msgspec.to_builtins(entry) | {"hash": entry.hash.hex()}))
        return
    table = Table(box=None, pad_edge=False)
    for title in ("#", "When (UTC)", "Who", "From", "Did", "What", "Result"):
        table.add_column(title, overflow="fold")
    for entry in entries:
        when = f"{entry.at:%Y-%m-%d %H:%M:%S}"
        who = entry.actor
        table.add_row(
            str(entry.number), when, who.name, who.address, entry.action, entry.target or entry.target_id, entry.result
        )
    terminal.output.print(table if entries else "The audit log is empty.")


@audit.command()
@click.option(
    "--expect", metavar="HASH", help="A hash that an earlier run printed: entries up to it must be there still."
)
@click.pass_obj
def verify(services: Services, expect: str | None) -> None:
    """
    Compute the chain of hashes anew, and say where it breaks.

    Keep the hash that is printed somewhere else: with --expect it shows that no entry up to it is missing or rewritten.
    """
    verified = services.audit().verify(expect)
    terminal.output.print(f"The audit log holds: {verified.entries:,} entries.")
    terminal.output.print(f"Hash of the last: {verified.head}", soft_wrap=True)
