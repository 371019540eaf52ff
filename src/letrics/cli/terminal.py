"""
What the commands print with: plain where the output is piped, in colour on a terminal.

What is printed is often data, which anybody may have written: it is never read as markup, and nothing in it reaches a
terminal as a command.
"""

import re
from collections.abc import Iterable
from typing import Any

import click
import msgspec
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

INTERRUPTED_EXIT = 130
# What a terminal obeys (but for the end of a line), what turns the direction of all that follows, and what is no text.
_COMMANDS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# Wide enough for any table: where nobody looks, nothing is cut or folded.
_PIPED_WIDTH = 100_000


class _Console(Console):
    """A console that shows data as it is, but for what would command a terminal, which it leaves out."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, highlight=False, markup=False, emoji=False)
        if not self.is_terminal:
            self.width = _PIPED_WIDTH

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else _COMMANDS.sub("", text), style, control)


output = _Console()
errors = _Console(stderr=True)


def print_line(*parts: str | tuple[str, str]) -> None:
    """Print a line of *parts*, each as it is or with the style beside it."""
    output.print(Text.assemble(*parts), soft_wrap=True)


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
