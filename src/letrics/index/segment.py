"""
A segment: one immutable file with the documents of both searches, in the order of answers.

Opening one maps it and reads its table of contents; each structure is read when first asked for.
"""

from collections.abc import Callable, Sequence
from functools import cache, cached_property, partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from letrics.index.format import Container
from letrics.index.kernels.encoding import INT64, NO_OWNER
from letrics.index.keys import KeyIndex
from letrics.index.layout import IndexedField, Structure, fields_of
from letrics.index.postings import POSTINGS, PostingList, Postings, Serialized, bitmap
from letrics.index.rows import Room, Rows, read
from letrics.index.strings import Strings
from letrics.index.substrings import Substrings
from letrics.index.terms import TermDictionary
from letrics.index.texts import TextField
from letrics.index.times import Ascending, Times
from letrics.model.filters import SEARCHES, Search
from letrics.model.keys import HASH_BYTES
from letrics.remembered import Remembered

NO_COMPANY = NO_OWNER

SortKey = tuple[int, bytes, bytes]

# The rows in a file. They lie where nobody foresees, and of memory that is short what lies around them would take most.
ROWS = "/rows/bytes"

# Of so many terms of a field their lists are remembered.
_REMEMBERED_MAX = 16_384


class TermField:
    """A field with a dictionary of terms, a substring index over it, and posting lists."""

    def __init__(self, container: Container, name: str) -> None:
        self.dictionary = TermDictionary(container, name)
        self.postings = Postings(container, name)
        # A term's list, if any document has it.
        self.lists = Remembered(partial(_lists_of, self.dictionary, self.postings), _REMEMBERED_MAX)
        self._container, self._name = container, name

    @cached_property
    def substrings(self) -> Substrings:
        """Where any three bytes stand in the dictionary: for near values, which few searches ask for."""
        return Substrings(self._container, self._name, self.dictionary.terms)


def _lists_of(dictionary: TermDictionary, postings: Postings, term: str) -> tuple[PostingList, ...]:
    ordinal = dictionary.ordinal(term)
    return (postings[ordinal],) if ordinal is not None and postings.counts[ordinal] else ()


class Documents:
    """The documents of one search in a segment; doc ids count from 0 in the order of answers."""

    def __init__(self, container: Container, search: Search, count: int) -> None:
        self.search = search
        self.count = count
        self._container = container
        # By a field's name, what it is indexed by; `times` are the company's that do not lead the order.
        self.term_field: Callable[[str], TermField] = cache(lambda name: TermField(container, f"{search}/{name}"))
        self.text_field: Callable[[str], TextField] = cache(lambda name: TextField(container, f"{search}/{name}"))
        self.times: Callable[[str], Times] = cache(lambda name: Times(container, f"{search}/company.{name}", count))

    def open(self) -> None:
        """
        Open what searches read, which verifies it.

        Of lists and rows only what is asked for is mapped: all of them would be a fifth more in a worker's memory.
        """
        opening: dict[Structure, Callable[[IndexedField], object]] = {
            Structure.TERMS: lambda field: self.term_field(field.name),
            Structure.TEXT: lambda field: self.text_field(field.name),
            Structure.TIMES: lambda field: self.times(field.filter.field),
            Structure.ORDER: lambda field: self._order,
        }
        for field in fields_of(self.search):
            opening[field.structure](field)
        _ = self.rows

    @cached_property
    def ids(self) -> Strings:
        """The record id of each document."""
        return Strings(self._container, f"{self.search}/ids")

    @cached_property
    def rows(self) -> Rows:
        """The stored row of each document."""
        return Rows(self._container, f"{self.search}/rows")

    @cached_property
    def keys(self) -> KeyIndex:
        """The documents by record key."""
        return KeyIndex(self._container, self.search)

    @cached_property
    def added_us_negative(self) -> NDArray[Any]:
        """The time that leads the order of answers, negative, so that it ascends with the doc ids."""
        return self._container.array(f"{self.search}/order", "<i8")

    @cached_property
    def _order(self) -> Ascending:
        return Ascending(self.added_us_negative)

    @cached_property
    def company_numbers(self) -> NDArray[Any]:
        """The number of each contact's company among the segment's summaries, or NO_COMPANY."""
        return self._container.array(f"{self.search}/company_numbers", "<u4")

    @cached_property
    def said(self) -> NDArray[Any]:
        """What stands for all that a source said of each document (V16), zeros where it is made of more."""
        return self._container.array(f"{self.search}/said", f"V{HASH_BYTES}")

    @cached_property
    def without_company(self) -> tuple[Serialized, ...]:
        """The contacts that have no company, if there are any."""
        if self.search == "companies":
            return ()
        documents = bitmap(np.flatnonzero(self.company_numbers == NO_COMPANY))
        return (Serialized.of(documents),) if documents else ()

    def added_within(self, after_us: int | None, before_us: int | None) -> range:
        """Return the doc ids whose leading time lies in the range, both ends included; None is open."""
        first = 0 if before_us is None else self._order.first_from(-before_us)
        last = self.count if after_us is None else self._order.first_behind(-after_us)
        return range(first, max(first, last))


class Summaries:
    """The companies of a segment's contacts: each one's id, summary row, and its contacts' doc ids."""

    def __init__(self, container: Container) -> None:
        self.ids = Strings(container, "summaries/ids")
        self.rows = Rows(container, "summaries/rows")
        self.keys = KeyIndex(container, "summaries")
        self.first = container.array("summaries/first", "<u4")
        self.counts = container.array("summaries/counts", "<u4")


class Segment:
    """An open segment."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._is_open = False
        self._container = Container(path)
        counts = self._container.about["counts"]
        self.documents: dict[Search, Documents] = {
            search: Documents(self._container, search, counts[search]) for search in SEARCHES
        }

    @property
    def rows_bytes(self) -> int:
        """How many bytes the rows take."""
        return self._container.length(ROWS)

    def open(self, *, with_rows: bool) -> None:
        """
        Open what searches read of both, as `Documents.open` does, once, and verify the posting lists.

        *with_rows*, the system is to have the rows in memory, too.
        """
        if self._is_open:
            return
        self._is_open = True
        for documents in self.documents.values():
            documents.open()
        _ = self.summaries, self.documents["contacts"].company_numbers
        self._container.expect_jumps(ROWS)
        self._container.verify_ahead(f"/{POSTINGS}/")
        if with_rows:
            self._container.read_ahead(ROWS)

    @cached_property
    def summaries(self) -> Summaries:
        """The companies of the contacts."""
        return Summaries(self._container)

    def row(self, search: Search, document: int) -> bytes:
        """Return the record of *document* as a JSON object."""
        stored = self.documents[search].rows[document]
        if search == "companies":
            return stored
        number = self.documents[search].company_numbers[document]
        # A contact's stored row ends where its company begins (see segment_writer.py).
        return stored + (b"null" if number == NO_COMPANY else self.summaries.rows[int(number)]) + b"}"

    def rows_one_by_one(self, search: Search, documents: NDArray[Any]) -> list[bytes]:
        """Return `rows` without loading loops for them."""
        if search == "contacts":
            return [self.row(search, document) for document in documents.tolist()]
        return self.documents[search].rows.one_by_one(documents)

    def rows(self, search: Search, documents: Sequence[int] | NDArray[Any]) -> list[bytes]:
        """Return the records of *documents*, in their order, as JSON objects."""
        read, ends = self._read(search, documents)
        joined = read.tobytes()
        return [joined[start:end] for start, end in pairwise([0, *ends.tolist()])]

    def page(self, search: Search, documents: Sequence[int] | NDArray[Any]) -> tuple[bytes, NDArray[np.int64]]:
        """Return the records of *documents*, in their order, as an `Answer` has them."""
        read, ends = self._read(search, documents, b",")
        return read[:-1].tobytes(), ends

    def lines(self, search: Search, documents: NDArray[Any], room: Room) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Return the records of *documents*, in their order, as lines of JSON in *room*, and where each ends."""
        return self._read(search, documents, b"\n", room)

    def _read(
        self, search: Search, documents: Sequence[int] | NDArray[Any], end: bytes = b"", room: Room | None = None
    ) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        stored, numbers = self.documents[search], np.asarray(documents, dtype=INT64)
        if search == "companies":
            return read(stored.rows, numbers, end=end, room=room)
        return read(stored.rows, numbers, stored.company_numbers, self.summaries.rows, b"}" + end, room)

    def rows_without_company(self, documents: NDArray[Any]) -> list[bytes]:
        """Return the contacts *documents*, in their order, as JSON objects with `null` for their company."""
        return [each + b"null}" for each in self.documents["contacts"].rows.one_by_one(documents)]

    def company_ids(self, documents: NDArray[Any]) -> list[str | None]:
        """Return the id of the company of each of the contacts *documents*, None where it has none."""
        numbers, places = np.unique(self.documents["contacts"].company_numbers[documents], return_inverse=True)
        # What is no company is the last number.
        ids = self.summaries.ids.padded(numbers[numbers != NO_COMPANY]).tolist()
        named = [*(each.decode() for each in ids), None]
        return list(map(named.__getitem__, places.tolist()))

    def identity(self, search: Search, document: int) -> tuple[str, str | None]:
        """Return the record id of *document*, and for a contact the id of its company."""
        record_id = self.documents[search].ids[document].decode()
        if search == "companies":
            return record_id, None
        number = int(self.documents[search].company_numbers[document])
        return record_id, self.summaries.ids[number].decode() if number != NO_COMPANY else None

    def leads(self, search: Search, documents: Sequence[int] | NDArray[Any]) -> NDArray[Any]:
        """Return the first part of the sort key of each of *documents*."""
        leads: NDArray[Any] = self.documents[search].added_us_negative[documents]
        return leads

    def padded_ids(self, search: Search, documents: NDArray[Any]) -> NDArray[Any]:
        """Return the record id of each of *documents* as bytes, the last part of its sort key."""
        return self.documents[search].ids.padded(documents)

    def padded_company_ids(self, documents: NDArray[Any]) -> NDArray[Any]:
        """Return what stands in the sort key of each of the contacts *documents* for its company, as bytes."""
        numbers, inverse = np.unique(self.documents["contacts"].company_numbers[documents], return_inverse=True)
        # What is no company is the last number.
        ids = np.append(self.summaries.ids.padded(numbers[numbers != NO_COMPANY]), b"")
        found: NDArray[Any] = ids[inverse]
        return found

    def with_lead(self, search: Search, lead: int, low: int, high: int) -> range:
        """Return the documents, of *low* to *high* - 1, whose key begins with *lead*; empty where they would be."""
        order = self.documents[search].added_us_negative[low:high]
        first = int(order.searchsorted(lead))
        if first == len(order) or order[first] != lead:
            return range(low + first, low + first)
        return range(low + first, low + int(order.searchsorted(lead, side="right")))

    def sort_key(self, search: Search, document: int) -> SortKey:
        """Return where *document* stands in the order of answers."""
        documents = self.documents[search]
        record_id = documents.ids[document]
        if search == "companies":
            return (int(documents.added_us_negative[document]), record_id, b"")
        number = int(documents.company_numbers[document])
        company_id = self.summaries.ids[number] if number != NO_COMPANY else b""
        return (int(documents.added_us_negative[document]), company_id, record_id)
