"""
Writes one indexed field: the terms of records as they come, then dictionary, substrings and postings.

A record stands for a range of documents: one for its own fields, all of a company's contacts for
the fields that contacts have from their company.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from letrics.backend import Coded, coded
from letrics.index.format import ContainerWriter
from letrics.index.layout import IndexedField, Structure
from letrics.index.postings import sorted_bitmap, write_postings
from letrics.index.substrings import write_substrings
from letrics.index.terms import write_terms
from letrics.index.texts import ranges, write_texts
from letrics.model.filters import Kind
from letrics.model.folding import fold
from letrics.model.terms import value_terms

# Values whose terms are remembered; beyond, they are forgotten and found again.
_REMEMBERED_MAX = 500_000
# Documents of posting lists that are told at once, and records whose terms are.
_RANGED = 1 << 20
# What a record without a value offers: the first of all offers, no terms.
_NOTHING = 0


class FieldWriter:
    """
    The terms of one field, by the numbers of records, from 0.

    The terms that a value offers are kept once; a record has the number of its offer.
    """

    def __init__(self, field: IndexedField) -> None:
        self.field = field
        self._ordinals: dict[str, int] = {}
        self._spellings: list[str] = []
        self._of_value: dict[Any, int] = {}
        # The terms of all offers end to end, and where those of each end.
        self._terms, self._ends = array("I"), array("Q", [0])
        # The offers of records: pieces of small codes, each with the offers that these stand for, and the last as such.
        self._coded: list[tuple[NDArray[Any], NDArray[Any]]] = []
        self._own = array("I")

    def add(self, value: Any) -> None:
        """Add what the next record, which has *value* in this field, offers."""
        self._own.append(self._offer_of(value))

    def add_coded(self, column: Coded) -> None:
        """Add what the next records offer, whose values are *column*."""
        self._settle()
        offers = self._offers_of(column.values)
        self._coded.append((column.codes.astype(np.min_scalar_type(len(offers))), offers))

    def _settle(self) -> None:
        if self._own:
            offers, codes = np.unique(np.frombuffer(self._own, dtype=np.uint32), return_inverse=True)
            self._coded.append((codes.astype(np.min_scalar_type(len(offers))), offers))
            self._own = array("I")

    def for_owners(self, numbers: NDArray[Any], values: dict[int, Any]) -> "FieldWriter":
        """Return the same field of other records: each is one of *numbers*, or -1 and has one of *values*, by place."""
        other = FieldWriter(self.field)
        other._ordinals, other._spellings, other._of_value = self._ordinals, self._spellings, self._of_value
        other._terms, other._ends = self._terms, self._ends
        offers = np.append(self._offers(), np.uint32(_NOTHING))[numbers]
        column = coded(list(values.values()))
        offers[list(values)] = self._offers_of(column.values)[column.codes]
        other._own.frombytes(offers.astype(np.uint32).tobytes())
        return other

    def _offers_of(self, values: Sequence[Any]) -> NDArray[Any]:
        return np.fromiter(map(self._offer_of, values), dtype=np.uint32, count=len(values))

    def _offer_of(self, value: Any) -> int:
        known = self._of_value.get(value)
        if known is None:
            if len(self._of_value) >= _REMEMBERED_MAX:
                self._of_value.clear()
            terms = value_terms(self.field.filter, value)
            known = _NOTHING
            if terms:
                known = len(self._ends)
                self._terms.extend([self._ordinals.setdefault(term, len(self._ordinals)) for term in terms])
                self._ends.append(len(self._terms))
            self._of_value[value] = known
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

    def _offers(self) -> NDArray[Any]:
        """Return the offer of each record."""
        self._settle()
        return np.concatenate([np.empty(0, dtype=np.uint32), *(offers[codes] for codes, offers in self._coded)])

    def write(self, writer: ContainerWriter, name: str, first: NDArray[Any], counts: NDArray[Any]) -> None:
        """Write the field; record i stands for the *counts*[i] documents from *first*[i], maybe none."""
        # What values offer is told anew should any come, and what follows needs the memory.
        self._of_value.clear()
        terms, ends = np.frombuffer(self._terms, dtype=np.uint32), np.frombuffer(self._ends, dtype=np.uint64)
        starts, sizes = np.append(0, ends[:-1]).astype(np.int64), np.diff(ends, prepend=np.uint64(0)).astype(np.int64)
        live = np.flatnonzero(counts)
        offers, first = self._offers()[live], first[live]
        records = np.repeat(np.bincount(offers, minlength=len(sizes)), sizes)
        # How many records offer each term; those that only replaced records offered are not in the dictionary.
        offering = np.bincount(terms, weights=records, minlength=len(self._ordinals)).astype(np.int64)
        texts = list(self._ordinals)
        # Characters sort as their bytes in UTF-8 do.
        in_order = sorted(np.flatnonzero(offering).tolist(), key=texts.__getitem__)
        ordinals = np.zeros(len(texts), dtype=np.uint64)
        ordinals[in_order] = np.arange(len(in_order))
        documents = _by_term(ordinals[terms], starts, sizes, offers, first)
        bounds = np.append(0, np.cumsum(offering[in_order]))
        encoded = [texts[i].encode() for i in in_order]
        write_terms(writer, name, encoded, [self._spellings[i].encode() for i in in_order])
        if self.field.has_substrings:
            write_substrings(writer, name, encoded)
        if self.field.structure is Structure.TEXT:
            # One text a record: the documents in order of their texts are the posting lists end to end.
            write_texts(writer, name, encoded, documents, bounds)
            return
        lists: Iterator[NDArray[Any]] = (documents[start:end] for start, end in pairwise(bounds.tolist()))
        if counts.max(initial=0) > 1:
            until = np.zeros(int(first.max()) + 1, dtype=np.int64)
            until[first] = counts[live]
            lists = _widened(documents, bounds, until)
        write_postings(writer, name, map(sorted_bitmap, lists))


def _by_term(
    ordinals: NDArray[Any], starts: NDArray[Any], sizes: NDArray[Any], offers: NDArray[Any], first: NDArray[Any]
) -> NDArray[Any]:
    """Return the documents *first* in order of their terms: of *ordinals*, as each one's offer has them."""
    # Term before document in one number: sorting these is many times faster than sorting pairs.
    pairs = np.empty(int(np.bincount(offers, minlength=len(sizes)) @ sizes), dtype=np.uint64)
    end = 0
    for at in range(0, len(offers), _RANGED):
        some = slice(at, at + _RANGED)
        counts = sizes[offers[some]]
        terms = ordinals[ranges(starts[offers[some]], counts)]
        begin, end = end, end + len(terms)
        pairs[begin:end] = terms << np.uint64(32) | np.repeat(first[some].astype(np.uint64), counts)
    pairs.sort()
    return pairs.astype(np.uint32)


def _widened(documents: NDArray[Any], bounds: NDArray[Any], until: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Yield the documents of each term: of *documents* it has those between two *bounds*, each the first of *until*."""
    counts = until[documents]
    ends = np.append(0, np.cumsum(counts))[bounds].tolist()
    starts = bounds.tolist()
    first = 0
    while first < len(starts) - 1:
        # Some terms at once, and no more documents than memory has room for.
        last = max(first + 1, bisect_right(ends, ends[first] + _RANGED) - 1)
        some = slice(starts[first], starts[last])
        found = ranges(documents[some], counts[some]).astype(np.uint32)
        for start, end in pairwise(ends[first : last + 1]):
            yield found[start - ends[first] : end - ends[first]]
        first = last
