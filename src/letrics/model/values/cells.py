"""Cells of our own CSV: disarmed, so that a spreadsheet takes none for a formula, and back as they were before."""

import re

# What makes a spreadsheet take a cell for a formula (trust.md, CSV export), or looks as if that were disarmed already.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NUMBER = re.compile(r"-[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?")


def disarmed(cell: str) -> str:
    """Return *cell* with an apostrophe before what is a formula to a spreadsheet; a plain number is none."""
    return "'" + cell if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def rearmed(cell: str) -> str:
    """Return the cell of which `disarmed` has made *cell*."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
