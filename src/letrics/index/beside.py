"""
Sections of a file that another process makes, while this one makes others.

They are handed over in memory: this is for files of few documents, since those of many are made by compiled loops,
which take all processors themselves.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial

from letrics import forked
from letrics.index.format import ContainerWriter

_Make = Callable[[ContainerWriter], None]


class _KeptSections(ContainerWriter):
    """Keeps sections instead of writing a file."""

    def __init__(self) -> None:
        self.sections: dict[str, bytes] = {}

    def add(self, name: str, chunks: Iterable[bytes | memoryview]) -> None:
        """Keep the section *name*: all *chunks*, one after the other."""
        self.sections[name] = b"".join(chunks)


@contextmanager
def beside(make: _Make, writer: ContainerWriter, *, is_worth_it: bool) -> Iterator[None]:
    """
    Let another process *make* sections for *writer*, which writes them after what is written in the context.

    Where that is not worth it, or cannot be done, they are made before.  *make* reads what is in memory and files,
    and changes nothing.
    """
    if not is_worth_it or not forked.is_possible():
        make(writer)
        # What it read is of no more use.
        del make
        yield
        return
    with forked.meanwhile(partial(_sections, make)) as made:
        yield
        for name, section in made().items():
            writer.add(name, [section])


def _sections(make: _Make) -> dict[str, bytes]:
    kept = _KeptSections()
    make(kept)
    return kept.sections
