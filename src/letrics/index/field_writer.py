"""
Writes one indexed field: the terms of records as they come, then dictionary, substrings and postings.

A record stands for a range of documents: one for its own fields, all of a company's contacts for
the fields that contacts have from their company.
"""

from array import array
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from letrics.index.format import ContainerWriter
from letrics.index.layout import IndexedField, Structure
from letrics.index.postings import bitmap, write_postings
from letrics.index.substrings import write_substrings
from letrics.index.terms import write_terms
from letrics.index.texts import ranges, write_texts
from letrics.model.company import Company, CompanySummary
from letrics.model.contact import Contact
from letrics.model.filters import Kind
from letrics.model.folding import fold
from letrics.model.terms import record_terms


class FieldWriter:
    """The terms of one field, in order of arrival."""

    def __init__(self, field: IndexedField) -> None:
        self.name = field.name
        self._field = field
        self._ordinals: dict[str, int] = {}
        self._spellings: dict[str, str] = {}
        self._owners = array("I")
        self._terms = array("I")

    def add(self, number: int, record: Company | CompanySummary | Contact) -> None:
        """Add what the record *number* offers."""
        spellings: dict[str, str] | None = None
        for term in record_terms(self._field.filter, record):
            ordinal = self._ordinals.setdefault(term, len(self._ordinals))
            if ordinal == len(self._spellings):
                if spellings is None:
                    spellings = self._spellings_in(record)
                self._spellings[term] = spellings.get(term, "")
            self._owners.append(number)
            self._terms.append(ordinal)

    def _spellings_in(self, record: Company | CompanySummary | Contact) -> dict[str, str]:
        """Return how *record* spells its terms; of two spellings of one, the first."""
        if self._field.filter.kind not in (Kind.TERM, Kind.SUBSTRING):
            return {}
        value = getattr(record, self._field.filter.field)
        texts = (value,) if isinstance(value, str) else value
        return {fold(text): text for text in reversed(texts)}

    def write(self, writer: ContainerWriter, name: str, first: NDArray[Any], counts: NDArray[Any]) -> None:
        """Write the field; record i stands for the *counts*[i] documents from *first*[i], maybe none."""
        owners = np.array(self._owners, dtype=np.int64)
        terms = np.array(self._terms, dtype=np.int64)
        live = counts[owners] > 0
        owners, terms = owners[live], terms[live]
        # Terms that only replaced records offered are not in the dictionary.
        used = np.unique(terms)
        texts = list(self._ordinals)
        named = sorted((texts[i].encode(), i) for i in used.tolist())
        ordinals = np.full(len(texts), -1, dtype=np.int64)
        ordinals[[i for _, i in named]] = np.arange(len(named))
        by_term = np.lexsort((first[owners], ordinals[terms]))
        owners, terms = owners[by_term], ordinals[terms[by_term]]
        encoded = [term for term, _ in named]
        spellings = list(self._spellings.values())
        write_terms(writer, name, encoded, [spellings[i].encode() for _, i in named])
        write_substrings(writer, name, encoded)
        bounds = np.searchsorted(terms, np.arange(len(named) + 1))
        if self._field.structure is Structure.TEXT:
            # One text a record: the documents in order of their texts are the posting lists end to end.
            write_texts(writer, name, encoded, first[owners], bounds)
            return
        write_postings(writer, name, [_documents(owners[a:b], first, counts) for a, b in _pairs(bounds)])


def _pairs(bounds: NDArray[Any]) -> list[tuple[int, int]]:
    ends = bounds.tolist()
    return list(pairwise(ends))


def _documents(owners: NDArray[Any], first: NDArray[Any], counts: NDArray[Any]) -> BitMap:
    return bitmap(ranges(first[owners], counts[owners]))
