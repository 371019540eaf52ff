"""Records as CSV: dotted column names, lists as JSON, no cell that a spreadsheet takes for a formula."""

import csv
import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO

import msgspec

from letrics.model.values import disarmed


def print_csv(rows: Sequence[bytes]) -> None:
    """Print *rows* with the columns that they have."""
    flat = [_flat_of(row) for row in rows]
    writer = csv.DictWriter(sys.stdout, list(dict.fromkeys(name for row in flat for name in row)), restval="")
    writer.writeheader()
    writer.writerows(flat)


def write_csv(rows: Iterable[bytes], file: BinaryIO) -> int:
    """
    Write *rows* to *file*; return how many.

    They are gone through twice, first for their columns, so that any number of them needs no memory.
    """
    names: dict[str, None] = {}
    for row in rows:
        names |= dict.fromkeys(_flat_of(row))
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    count = 0
    try:
        writer = csv.DictWriter(text, list(names), restval="")
        writer.writeheader()
        for count, row in enumerate(rows, 1):  # noqa: B007
            writer.writerow(_flat_of(row))
    finally:
        text.detach()
    return count


def _flat_of(row: bytes) -> dict[str, str]:
    return {name: disarmed(value) for name, value in _flat(msgspec.json.decode(row))}


def _flat(record: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield the columns of a record, nested ones with dotted names, lists as JSON: what an import reads."""
    for name, value in record.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{prefix}{name}.")
        elif isinstance(value, list | dict):
            yield prefix + name, msgspec.json.encode(value).decode() if value else ""
        elif value is None:
            yield prefix + name, ""
        else:
            yield prefix + name, str(value).lower() if isinstance(value, bool) else str(value)
