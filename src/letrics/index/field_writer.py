"""
Writes one indexed field: the terms of records as they come, then dictionary, substrings and postings.

A record stands for a range of documents: one for its own fields, all of a company's contacts for
the fields that contacts have from their company.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from letrics.backend import Coded
from letrics.index.format import ContainerWriter
from letrics.index.layout import IndexedField, Structure
from letrics.index.postings import bitmap, write_postings
from letrics.index.substrings import write_substrings
from letrics.index.terms import write_terms
from letrics.index.texts import ranges, write_texts
from letrics.model.filters import Kind
from letrics.model.folding import fold
from letrics.model.terms import value_terms

# Values whose terms are remembered; beyond, they are forgotten and found again.
_REMEMBERED_MAX = 200_000
# Documents of posting lists that are told at once.
_RANGED = 1 << 20


class FieldWriter:
    """The terms of one field, in order of arrival."""

    def __init__(self, field: IndexedField) -> None:
        self.name = field.name
        self.field = field
        self._ordinals: dict[str, int] = {}
        self._spellings: list[str] = []
        self._of_value: dict[Any, tuple[int, ...]] = {}
        self._owners = array("I")
        self._terms = array("I")
        self._blocks: list[tuple[NDArray[Any], NDArray[Any]]] = []

    def add(self, number: int, value: Any) -> None:
        """Add what the record *number*, which has *value* in this field, offers."""
        ordinals = self._ordinals_of(value)
        self._terms.extend(ordinals)
        self._owners.extend([number] * len(ordinals))

    def add_coded(self, first: int, column: Coded) -> None:
        """Add what the records from number *first* on offer, whose values are *column*."""
        offered = list(map(self._ordinals_of, column.values))
        counts = np.fromiter(map(len, offered), dtype=np.int64, count=len(offered))
        terms = np.fromiter((ordinal for each in offered for ordinal in each), dtype=np.uint32, count=counts.sum())
        starts = np.cumsum(counts) - counts
        each = counts[column.codes]
        owners = np.repeat(np.arange(first, first + len(each), dtype=np.uint32), each)
        self._blocks.append((owners, terms[ranges(starts[column.codes], each)]))

    def for_owners(self, owners: NDArray[Any]) -> "FieldWriter":
        """Return the same field of other records: what *number* offered is of record *owners*[number], -1 for none."""
        other = FieldWriter(self.field)
        other._ordinals, other._spellings = dict(self._ordinals), list(self._spellings)
        numbers, terms = self._pairs()
        theirs = owners[numbers]
        other._blocks = [(theirs[theirs >= 0].astype(np.uint32), terms[theirs >= 0])]
        return other

    def _ordinals_of(self, value: Any) -> tuple[int, ...]:
        known = self._of_value.get(value)
        if known is None:
            if len(self._of_value) >= _REMEMBERED_MAX:
                self._of_value.clear()
            terms = value_terms(self.field.filter, value)
            known = self._of_value[value] = tuple(self._ordinals.setdefault(t, len(self._ordinals)) for t in terms)
            if len(self._spellings) < len(self._ordinals):
                self._spell(value, terms)
        return known

    def _spell(self, value: Any, terms: tuple[str, ...]) -> None:
        """Keep how *value* spells those of its *terms* that are new; of two spellings of one, the first."""
        spellings: dict[str, str] = {}
        if self.field.filter.kind in (Kind.TERM, Kind.SUBSTRING):
            texts = (value,) if isinstance(value, str) else value
            spellings = {fold(text): text for text in reversed(texts)}
        for term in terms:
            if self._ordinals[term] == len(self._spellings):
                self._spellings.append(spellings.get(term, ""))

    def _pairs(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return all records and the terms that they offer, side by side."""
        single = (np.array(self._owners, dtype=np.uint32), np.array(self._terms, dtype=np.uint32))
        owners, terms = zip(*self._blocks, single, strict=True)
        return np.concatenate(owners), np.concatenate(terms)

    def write(self, writer: ContainerWriter, name: str, first: NDArray[Any], counts: NDArray[Any]) -> None:
        """Write the field; record i stands for the *counts*[i] documents from *first*[i], maybe none."""
        owners, terms = self._pairs()
        live = counts[owners] > 0
        owners, terms = owners[live], terms[live]
        # Terms that only replaced records offered are not in the dictionary.
        used = np.zeros(len(self._ordinals), dtype=bool)
        used[terms] = True
        texts = list(self._ordinals)
        named = sorted((texts[i].encode(), i) for i in np.flatnonzero(used).tolist())
        ordinals = np.zeros(len(texts), dtype=np.uint64)
        ordinals[[i for _, i in named]] = np.arange(len(named))
        # Term before document in one number: sorting these is many times faster than sorting pairs.
        by_term = np.sort((ordinals[terms] << np.uint64(32)) | first[owners].astype(np.uint64))
        documents = (by_term & np.uint64(0xFFFF_FFFF)).astype(np.int64)
        bounds = np.searchsorted(by_term >> np.uint64(32), np.arange(len(named) + 1, dtype=np.uint64))
        encoded = [term for term, _ in named]
        write_terms(writer, name, encoded, [self._spellings[i].encode() for _, i in named])
        write_substrings(writer, name, encoded)
        if self.field.structure is Structure.TEXT:
            # One text a record: the documents in order of their texts are the posting lists end to end.
            write_texts(writer, name, encoded, documents, bounds)
            return
        until = np.zeros(int(first.max(initial=0)) + 1, dtype=np.int64)
        until[first[counts > 0]] = counts[counts > 0]
        write_postings(writer, name, list(map(bitmap, _lists(documents, bounds, until))))


def _lists(documents: NDArray[Any], bounds: NDArray[Any], until: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Yield the documents of each term: of *documents* it has those between two *bounds*, each the first of *until*."""
    counts = until[documents]
    ends = np.append(0, np.cumsum(counts))[bounds].tolist()
    starts = bounds.tolist()
    first = 0
    while first < len(starts) - 1:
        # Some terms at once, and no more documents than memory has room for.
        last = max(first + 1, bisect_right(ends, ends[first] + _RANGED) - 1)
        some = slice(starts[first], starts[last])
        found = ranges(documents[some], counts[some])
        for start, end in pairwise(ends[first : last + 1]):
            yield found[start - ends[first] : end - ends[first]]
        first = last
