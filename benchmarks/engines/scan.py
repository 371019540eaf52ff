"""
The reference: a linear scan over the arrays that the data was made from, and neither index nor file.

It says what is right where no peer runs; its times mean nothing.
"""

from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from benchmarks.conditions import Condition, Contains, InPlaces, IsTrue, OneOf, Overlaps, Within, conditions
from benchmarks.engines import PLAIN, Found, FoundRows, Question, Variant
from benchmarks.files import Dataset
from benchmarks.machine import peak_bytes
from letrics.query.query import Query

Mask = NDArray[np.bool_]


class Scan:
    """Looks at every contact."""

    name = "scan"
    kept_in = "."
    configuration = "numpy over the arrays that the data was made from"

    def __init__(self, variant: Variant = PLAIN) -> None:
        self._variant = variant

    def build(self, data: Dataset, folder: Path) -> None:
        """Do nothing: there is no index."""

    def open(self, data: Dataset, folder: Path) -> None:
        """Take the arrays."""
        self._data = data
        self.company: NDArray[Any] = data.texts.of_contacts.company

    def prepare(self, question: Question) -> Query:
        """Return the query."""
        return question.query

    def ask(self, prepared: Query) -> Found:
        """Look at every contact; a row has its id only."""
        ranks = np.flatnonzero(self.mask(prepared))
        first = (prepared.page - 1) * prepared.per_page
        return FoundRows(len(ranks), self.rows(ranks[first : first + prepared.per_page]))

    def rows(self, ranks: NDArray[Any]) -> list[bytes]:
        """Return rows that say the id of the contact of each rank."""
        if not len(ranks):
            return []
        ids = self._data.texts.contact_columns(ranks)["id"]
        return [f'{{"id":"{each}"}}'.encode() for each in ids.to_pylist()]

    def mask(self, query: Query) -> Mask:
        """Return which contacts match."""
        found = np.ones(len(self.company), dtype=bool)
        if self._variant.deleted_every:
            found[:: self._variant.deleted_every] = False
        for condition in conditions(query):
            held: Mask = np.logical_or.reduce(self.alternatives(condition))
            found &= ~held if condition.exclude else held
        return found

    def alternatives(self, condition: Condition) -> list[Mask]:
        """Return which contacts hold each of the condition's values."""
        match condition:
            case Contains(_, values, _):
                return [self._of_titles(np.asarray(pc.match_substring(self._folded, value))) for value in values]
            case OneOf(column, values, _):
                held = self._title_values(column)
                return [self._of_titles(held == value) for value in values]
            case IsTrue(column, _):
                return [self._flag(column)]
            case Within(column, after_us, before_us):
                times = np.asarray(self._data.texts.company_terms[column])
                low, high = after_us or 0, before_us if before_us is not None else 1 << 62
                return [((times >= low) & (times <= high))[self.company]]
            case Overlaps(column, values, _):
                return [self._holding(column, (value,))[self.company] for value in values]
            case InPlaces(column, places, _):
                return [
                    np.logical_and.reduce([self._holding(column, terms) for terms in place])[self.company]
                    for place in places
                ] or [np.zeros(len(self.company), dtype=bool)]

    def _holding(self, column: str, values: tuple[str, ...]) -> Mask:
        """Return which companies hold one of *values*."""
        numbers, held, parents = self._lists(column)
        found = np.zeros(self._data.world.companies, dtype=bool)
        wanted = [numbers[value] for value in values if value in numbers]
        if wanted:
            found[parents[np.isin(held, wanted)]] = True
        return found

    @lru_cache  # noqa: B019  # there is one scan a process
    def _lists(self, column: str) -> tuple[dict[str, int], NDArray[Any], NDArray[Any]]:
        """Return the numbers of a column's values, the flat values by number, and whose each is."""
        lists = self._data.texts.company_terms[column]
        encoded = lists.flatten().dictionary_encode()
        numbers = {value: number for number, value in enumerate(encoded.dictionary.to_pylist())}
        return numbers, np.asarray(encoded.indices), np.asarray(pc.list_parent_indices(lists))

    def _of_titles(self, held: Mask) -> Mask:
        """Return which contacts have one of the titles *held*; the last place is that of no title."""
        of_contacts: Mask = np.append(held, False)[self._data.texts.of_contacts.title]
        return of_contacts

    @cached_property
    def _folded(self) -> pa.Array:
        return self._data.texts.title_columns["folded"]

    @lru_cache  # noqa: B019  # there is one scan a process
    def _title_values(self, column: str) -> NDArray[Any]:
        return np.array(self._data.texts.title_columns[column].to_pylist())

    def _flag(self, column: str) -> Mask:
        made = self._data.texts.of_contacts
        if column == "is_decision_maker":
            return self._of_titles(self._title_values("decides"))
        own: dict[str, Mask] = {"has_personal_email": made.has_email, "has_linkedin_profile": made.has_profile}
        if column in own:
            return own[column]
        of_contacts: Mask = np.asarray(self._data.texts.company_terms[column])[self.company]
        return of_contacts

    def peak_bytes(self) -> int:
        """Return this process's."""
        return peak_bytes()

    def close(self) -> None:
        """Do nothing."""


engine = Scan
