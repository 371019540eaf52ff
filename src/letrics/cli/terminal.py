"""
What the commands print with: plain where the output is piped, in colour on a terminal.

What is printed is often data, which anybody may have written: it is never read as markup, and nothing in it reaches a
terminal as a command.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

import click
import msgspec

if TYPE_CHECKING:
    from letrics.cli.console import DataConsole

    output: DataConsole
    errors: DataConsole

INTERRUPTED_EXIT = 130


@cache
def _console(name: str) -> "DataConsole":
    from letrics.cli.console import DataConsole

    return DataConsole(stderr=name == "errors")


def __getattr__(name: str) -> "DataConsole":
    """Return `output` or `errors`, made when first used: what they are made of takes long to load."""
    if name not in ("output", "errors"):
        raise AttributeError(name)
    return _console(name)


def print_line(*parts: str | tuple[str, str]) -> None:
    """Print a line of *parts*, each as it is or with the style beside it."""
    _console("output").print_parts(*parts)


def print_error(details: str) -> None:
    """Say on standard error what went wrong, in words that are not read as markup."""
    _console("errors").print_parts(("Error: ", "bold red"), details)


def print_json(value: Any) -> None:
    """Print *value* as indented JSON, for programs."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))


def ask(yes: bool) -> None:
    """Ask whether to go on, unless *yes* was said already; raises Abort at anything but a yes."""
    if not yes:
        click.confirm("Go on?", abort=True, err=True)
