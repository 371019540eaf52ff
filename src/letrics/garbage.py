"""
When Python looks for garbage: for objects that hold one another, which nothing else frees.

To load makes hundreds of thousands of objects and no garbage; looking through them again and again takes a tenth of a
command's start.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# How many new objects there are before the newest are looked through: while loading, and as Python has it.
_LOADING = 200_000
_USUAL = gc.get_threshold()[0]


def look_seldom() -> None:
    """Look seldom from here on, since much is loaded."""
    gc.set_threshold(_LOADING)


def look_no_more() -> None:
    """Do not look at all from here on: for a command that makes many objects and no cycles, and then ends."""
    gc.disable()


def settle() -> None:
    """Look as usual, but never again at what is there now: a look through all of it would stop everything a while."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_USUAL)


def let_go() -> None:
    """Do not look through all that there is when the process ends."""
    gc.freeze()


@contextmanager
def not_looked_for() -> Iterator[None]:
    """Do not look at all meanwhile."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
