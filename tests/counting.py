"""What suites count (requests, executions, figures) on its way from a test to the end of the run, over processes."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

Count = Callable[[str, int], None]
Note = Callable[[str], None]

_COUNTED, _NOTED = "counted", "noted"


def counted(name: str, number: int) -> tuple[str, Any]:
    """Return the property of a test that counts *number* things of that name."""
    return (_COUNTED, [name, number])


def noted(figure: str) -> tuple[str, Any]:
    """Return the property of a test that notes a measured *figure*."""
    return (_NOTED, figure)


def summary(properties: Iterable[tuple[str, Any]]) -> list[str]:
    """Return the lines that sum up what tests counted and noted."""
    totals: Counter[str] = Counter()
    figures = []
    for kind, value in properties:
        if kind == _COUNTED:
            totals[value[0]] += value[1]
        elif kind == _NOTED:
            figures.append(value)
    return [*(f"{number:,} {name}" for name, number in sorted(totals.items())), *figures]
