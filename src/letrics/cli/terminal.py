"""What the commands print with: plain where the output is piped, in colour on a terminal."""

from typing import Any

import click
import msgspec
from rich.console import Console
from rich.text import Text

INTERRUPTED_EXIT = 130
output = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def print_error(details: str) -> None:
    """Say on standard error what went wrong, in words that are not read as markup."""
    errors.print(Text.assemble(("Error: ", "bold red"), details), soft_wrap=True)


def print_json(value: Any) -> None:
    """Print *value* as indented JSON, for programs."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))


def ask(yes: bool) -> None:
    """Ask whether to go on, unless *yes* was said already; raises Abort at anything but a yes."""
    if not yes:
        click.confirm("Go on?", abort=True, err=True)
