"""What many rows say, by columns: for each field its distinct values, and which of them is that of each row."""

from collections import Counter
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from letrics.backend import Coded
from letrics.importer.coding import chosen, constant, is_given, listed
from letrics.importer.readings import NO_CUSTOM
from letrics.importer.rows import Rows


class Columns(msgspec.Struct):
    """
    What many *rows* say of contacts or companies: the columns of *fields* have a value or None for each of them.

    *customs* are what is kept under the source's own names, *companies* which company each contact names.
    *unread* are the values that could not be read, counted by column, at the places of their rows.
    *clears* says that a row may say of a field that there is nothing, which columns do not tell from saying nothing.
    """

    rows: Rows
    fields: dict[str, Coded]
    customs: list[dict[str, Any]]
    companies: Coded
    unread: list[tuple[int, Counter[str]]] = []
    clears: bool = False

    @classmethod
    def of(cls, rows: Rows) -> "Columns":
        """Return columns of *rows* that say nothing yet."""
        return cls(rows, {}, [NO_CUSTOM] * len(rows), constant(None, len(rows)))

    def field(self, name: str) -> Coded:
        """Return the column of a field, of which it may be that no row says anything."""
        return self.fields.get(name) or constant(None, len(self.rows))

    def without(self, places: set[int]) -> "Columns":
        """Return the columns without the rows at *places*."""
        is_kept = np.ones(len(self.rows), dtype=bool)
        is_kept[list(places)] = False
        kept = np.flatnonzero(is_kept)
        return Columns(
            self.rows.chosen(kept),
            {name: chosen(column, kept) for name, column in self.fields.items()},
            [self.customs[i] for i in kept.tolist()],
            chosen(self.companies, kept),
            clears=self.clears,
        )

    def is_said(self, name: str) -> NDArray[np.bool_]:
        """Return which rows say something of a field, and be it that there is nothing in it."""
        return is_given(self.field(name))

    def custom(self) -> Coded:
        """Return all that is kept under the source's own names, None for nothing."""
        if not any(self.customs):
            return self.field("custom")
        told = zip(listed(self.field("custom")), self.customs, strict=True)
        kept = [{**(own or NO_CUSTOM), **custom} if custom else own for own, custom in told]
        return Coded(kept, np.arange(len(kept)))

    def changes(self) -> dict[str, list[Any]]:
        """Return what the rows say of contacts, by field, None for what is not said."""
        said = {name: listed(column) for name, column in self.fields.items()}
        return {**said, "custom": [each or None for each in self.customs]}
