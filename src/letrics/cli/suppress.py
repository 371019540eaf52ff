"""`letrics suppress` and `suppressions`: people and domains that go now and never come back."""

from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from letrics.accounts.actors import CONSOLE
from letrics.accounts.suppressions import told
from letrics.cli import terminal
from letrics.errors import InvalidInput
from letrics.importer.suppressions import affected_by, key_of
from letrics.importer.suppressions import suppress as suppress_for_good
from letrics.services import Services, moment

_SHOWN = 10


@click.command()
@click.argument("values", nargs=-1, metavar="VALUE...")
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with one value a line, besides those named.",
)
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.pass_obj
def suppress(services: Services, values: tuple[str, ...], file: Path | None, yes: bool) -> None:
    """
    Remove whoever has VALUE (an e-mail or LinkedIn address, a phone number or a domain), and refuse them for good.

    What is kept of a value is a keyed hash. No import, undo or restore brings back who is suppressed; this cannot be
    undone, and neither can any import before it.
    """
    keys = _keys([*values, *_lines(file)])
    if not keys:
        raise InvalidInput("Name whom to suppress: letrics suppress jane@example.com")
    out = terminal.output
    for key in keys[:_SHOWN]:
        kind, _, value = key.partition(":")
        out.print(Text(f"  {kind:<9}{value}"), soft_wrap=True)
    if len(keys) > _SHOWN:
        out.print(f"  … {len(keys) - _SHOWN:,} more")
    preview = affected_by(services.backend.lookup(), keys)
    out.print(f"{preview.told()}, and refused from now on. This cannot be undone.", soft_wrap=True)
    terminal.ask(yes)
    suppressions = services.suppressions()
    done = suppress_for_good(
        services.backend, keys, lambda known: suppressions.add(known, CONSOLE), at=moment(), what=told(keys)
    )
    out.print(f"Done: {done.told()}.", soft_wrap=True)


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
@click.pass_context
def suppressions(context: click.Context, as_json: bool) -> None:
    """Count what is suppressed, by kind; with `lift`, let somebody in again."""
    if context.invoked_subcommand is not None:
        return
    counts = context.obj.suppressions().counts()
    if as_json:
        terminal.print_json(counts)
        return
    if not counts:
        terminal.output.print("Nobody is suppressed.")
        return
    table = Table(box=None, pad_edge=False)
    for title in ("Kind", "Suppressed", "Newest"):
        table.add_column(title, justify="right" if title == "Suppressed" else "left")
    for each in counts:
        table.add_row(each.kind, f"{each.count:,}", f"{each.newest_at:%Y-%m-%d}")
    terminal.output.print(table)


@suppressions.command()
@click.argument("value")
@click.pass_obj
def lift(services: Services, value: str) -> None:
    """Let whoever has VALUE come in again, by the next import; nothing comes back by itself."""
    (key,) = _keys([value])
    services.suppressions().lift(key, CONSOLE)
    terminal.output.print("Lifted: the next import may bring it in again.")


def _lines(file: Path | None) -> list[str]:
    if file is None:
        return []
    try:
        return [line.strip() for line in file.read_text("utf-8-sig").splitlines() if line.strip()]
    except UnicodeDecodeError:
        raise InvalidInput(f"{file} is no text in UTF-8; it takes one value a line.") from None


def _keys(values: list[str]) -> list[str]:
    """Return the record key of each value; raises InvalidInput that names all that are none."""
    keys: dict[str, None] = {}
    faults = []
    for value in values:
        try:
            keys[key_of(value)] = None
        except ValueError as error:
            faults.append(str(error))
    if faults:
        raise InvalidInput(" ".join(faults[:_SHOWN]))
    return list(keys)
