"""
What the contacts of a segment have from their companies, while it is written.

A company comes with the same change, or is stored already; either way its contacts get its summary and
the terms of its fields, so that no search has to join.
"""

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from letrics.index.field_writer import FieldWriter
from letrics.index.format import ContainerWriter
from letrics.index.incoming import Incoming
from letrics.index.keys import write_keys
from letrics.index.layout import Structure, fields_of
from letrics.index.rows import sampled, write_rows
from letrics.index.segment import NO_COMPANY
from letrics.index.strings import write_strings
from letrics.index.times import write_times
from letrics.model.company import CompanySummary
from letrics.model.keys import HASH_BYTES, id_key, key_hashes
from letrics.model.times import timestamps

_PIECE = 16_384  # summaries that are read or written at once
_encode = msgspec.json.Encoder().encode
_SUMMARY = msgspec.json.Decoder(CompanySummary)
# From ids to the rows of stored companies.
StoredRows = Callable[[Sequence[str]], list[bytes | None]]


class CompanySide:
    """
    The companies *ids*, numbered from 0, for the contacts that name them.

    *stored_rows* gives the rows of companies that are not among *incoming*; None where one is no more.
    """

    def __init__(self, ids: Sequence[str], incoming: Incoming, stored_rows: StoredRows) -> None:
        found = [incoming.number_of(each) for each in ids]
        others = [number for number, arrival in enumerate(found) if arrival is None]
        stored: dict[int, CompanySummary] = {}
        for start in range(0, len(others), _PIECE):
            piece = others[start : start + _PIECE]
            rows = zip(piece, stored_rows([ids[number] for number in piece]), strict=True)
            stored |= {number: _SUMMARY.decode(row) for number, row in rows if row is not None}
        self._incoming = incoming
        # The places of the companies that there are, and of each the number of its arrival, or -1 for a stored one.
        self._kept = [number for number, arrival in enumerate(found) if arrival is not None or number in stored]
        self._arrivals = np.array([-1 if (each := found[n]) is None else each for n in self._kept], dtype=np.int64)
        self._stored = {place: stored[n] for place, n in enumerate(self._kept) if n in stored}
        self.ids = [ids[number] for number in self._kept]
        self.places = np.full(len(ids) + 1, NO_COMPANY, dtype=np.uint32)
        self.places[self._kept] = np.arange(len(self._kept))

    def added_us(self) -> NDArray[Any]:
        """Return when each company was added."""
        return self._times(self._incoming.added_us(), "added_at")

    def _times(self, arrived: NDArray[Any], name: str) -> NDArray[Any]:
        """Return the times of the field *name*, of those that *arrived* and of the stored ones."""
        times = np.zeros(len(self._arrivals), dtype=np.int64)
        came = self._arrivals >= 0
        times[came] = arrived[self._arrivals[came]]
        times[list(self._stored)] = timestamps([getattr(each, name) for each in self._stored.values()])
        return times

    def write_summaries(self, writer: ContainerWriter, of_file: int) -> None:
        """Write what the companies are, for a file of so many documents."""
        encoded = [each.encode() for each in self.ids]
        write_strings(writer, "summaries/ids", encoded, map(len, encoded))
        places = np.arange(len(self.ids))
        pieces = (self._rows(places[start : start + _PIECE]) for start in range(0, len(places), _PIECE))
        write_rows(writer, "summaries/rows", pieces, self._rows(sampled(len(places))), of_file)
        hashes = np.frombuffer(key_hashes(map(id_key, self.ids)), dtype=f"V{HASH_BYTES}")
        write_keys(writer, "summaries", [(hashes, np.arange(len(hashes)))])

    def write_fields(self, writer: ContainerWriter, company_numbers: NDArray[Any]) -> None:
        """
        Write what documents have from the companies, of which *company_numbers* are theirs.

        Those of one stand next to each other.
        """
        writer.add_array("contacts/company_numbers", company_numbers.astype("<u4"))
        present, first, counts = np.unique(company_numbers, return_index=True, return_counts=True)
        first, counts = first[present != NO_COMPANY], counts[present != NO_COMPANY]
        writer.add_array("summaries/first", first.astype("<u4"))
        writer.add_array("summaries/counts", counts.astype("<u4"))
        for field in fields_of("contacts"):
            if field.filter.of != "company" or field.structure is Structure.ORDER:
                continue
            name = f"contacts/{field.name}"
            if field.structure is Structure.TIMES:
                _, arrived = self._incoming.times[field.name]
                times = self._times(np.frombuffer(arrived, np.int64), field.filter.field)
                documents = np.flatnonzero(company_numbers != NO_COMPANY)
                by_company = documents[np.argsort(company_numbers[documents], kind="stable")]
                write_times(writer, name, np.repeat(times, counts), by_company, len(company_numbers))
            else:
                self._terms(self._incoming.fields[field.name]).write(writer, name, first, counts)

    def _rows(self, places: NDArray[Any]) -> list[bytes]:
        """Return the summaries of some companies as JSON."""
        arrivals = self._arrivals[places]
        arrived = map(_SUMMARY.decode, chain.from_iterable(self._incoming.rows(arrivals[arrivals >= 0])))
        pairs = zip(places.tolist(), arrivals.tolist(), strict=True)
        return [_encode(self._stored[place] if arrival < 0 else next(arrived)) for place, arrival in pairs]

    def _terms(self, arrived: FieldWriter) -> FieldWriter:
        """Return the terms of a field by company."""
        values = {place: getattr(each, arrived.field.filter.field) for place, each in self._stored.items()}
        return arrived.for_owners(self._arrivals, values)
