"""What is printed with; apart from `terminal.py`, since a command that prints nothing need not load it."""

import re
from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

# What a terminal obeys (but for the end of a line), what turns the direction of all that follows, and what is no text.
_COMMANDS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# Wide enough for any table: where nobody looks, nothing is cut or folded.
_PIPED_WIDTH = 100_000


class DataConsole(Console):
    """A console that shows data as it is, but for what would command a terminal, which it leaves out."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, highlight=False, markup=False, emoji=False)
        if not self.is_terminal:
            self.width = _PIPED_WIDTH

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Return what *renderable* is shown as."""
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else _COMMANDS.sub("", text), style, control)

    def print_parts(self, *parts: str | tuple[str, str]) -> None:
        """Print a line of *parts*, each as it is or with the style beside it."""
        self.print(Text.assemble(*parts), soft_wrap=True)
