"""Alias tables: many spellings, one canonical value."""

from collections.abc import Iterable, Mapping

from letrics.model.folding import fold_once


def spelling_key(value: str) -> str:
    """Return *value* folded, with `_`, `-`, `/` and `.` read as spaces: `C-Level` and `c_level` are one."""
    return " ".join(fold_once(value).translate(_SPACED).split())


_SPACED = str.maketrans({"_": " ", "-": " ", "/": " ", ".": " ", "–": " "})


def alias_table(canonical: Iterable[str], aliases: Mapping[str, str]) -> dict[str, str]:
    """Return spelling key → canonical value; *aliases* names those of each value, parted by commas."""
    table = {spelling_key(value): value for value in canonical}
    for value, names in aliases.items():
        for name in names.split(","):
            key = spelling_key(name)
            assert table.setdefault(key, value) == value, (name, value)
    return table
