"""
Writes several segments as one, column by column: deleted documents left out, the rest in the order of answers.

No row is decoded: stored rows are copied as bytes, dictionaries united, posting lists renumbered.  What is
written is what one import of the same records would have written; one field at a time is in memory.
"""

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, overload

import msgspec
import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from letrics.errors import DamagedData
from letrics.index.format import Container, ContainerWriter
from letrics.index.keys import write_keys
from letrics.index.layout import IndexedField, Structure, fields_of
from letrics.index.postings import bitmap, documents_of, write_postings
from letrics.index.rows import Rows, sampled, write_rows
from letrics.index.segment import NO_COMPANY
from letrics.index.snapshot import Part
from letrics.index.strings import Strings, write_strings
from letrics.index.substrings import write_substrings
from letrics.index.terms import write_terms
from letrics.index.texts import write_texts
from letrics.index.times import write_times
from letrics.model.filters import SEARCHES, Search
from letrics.model.keys import HASH_BYTES, id_key, key_hash

_HASH = f"V{HASH_BYTES}"
# Rows that are copied at once.
_BATCH = 16_384


class Merged(msgspec.Struct, frozen=True):
    """A merged segment: its documents by search, and for each source the new doc id of each old one, or -1."""

    counts: dict[Search, int]
    moved: dict[Search, list[NDArray[Any]]]


def write_merged(path: Path, folder: Path, parts: Sequence[Part]) -> Merged:
    """
    Write the live documents of *parts*, segments in *folder*, as the segment *path*.

    Raises DamagedData where a source does not hold what was written: damage must not get a checksum that fits.
    """
    containers = [_whole(folder / part.entry.file) for part in parts]
    writer = ContainerWriter(path)
    try:
        counts: dict[Search, int] = {}
        moved: dict[Search, list[NDArray[Any]]] = {}
        for search in SEARCHES:
            order = _Order(search, parts, containers)
            counts[search], moved[search] = len(order.part_of), order.moved
            _write_documents(writer, order, parts, containers)
            companies = _write_companies_of_contacts(writer, order, parts) if search == "contacts" else None
            _write_fields(writer, search, containers, order.moved, companies)
        writer.finish({"counts": counts})
    except BaseException:
        writer.abandon()
        raise
    return Merged(counts, moved)


def _whole(path: Path) -> Container:
    container = Container(path)
    damaged = container.damaged_sections()
    if damaged:
        raise DamagedData(f"{path} is damaged in {', '.join(damaged)}.")
    return container


def _documents_of(parts: Sequence[Part]) -> int:
    return sum(part.documents(search).count for part in parts for search in SEARCHES)


class _Order:
    """Where the documents of the merged segment come from, and where those of its sources go to."""

    def __init__(self, search: Search, parts: Sequence[Part], containers: Sequence[Container]) -> None:
        self.search = search
        live = [_live(part, search) for part in parts]
        keys = _sort_keys(search, parts, live)
        # The sources are in order already, which this sort makes use of.
        order = np.argsort(keys, kind="stable")
        del keys
        self.part_of = np.repeat(np.arange(len(parts)), [len(each) for each in live])[order]
        self.document_of = np.concatenate(live)[order]
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        self.moved: list[NDArray[Any]] = []
        start = 0
        for part, documents in zip(parts, live, strict=True):
            to = np.full(part.documents(search).count, -1, dtype=np.int64)
            to[documents] = place[start : start + len(documents)]
            start += len(documents)
            self.moved.append(to)


def _live(part: Part, search: Search) -> NDArray[Any]:
    alive = np.ones(part.documents(search).count, dtype=bool)
    alive[documents_of(part.deletes[search])] = False
    return np.flatnonzero(alive)


def _sort_keys(search: Search, parts: Sequence[Part], live: list[NDArray[Any]]) -> NDArray[Any]:
    """Return, for each live document, bytes that sort as its sort key does (see `Segment.sort_key`)."""
    columns: list[list[NDArray[Any]]] = [[], [], []]
    for part, documents in zip(parts, live, strict=True):
        # Signed numbers, biased, sort as bytes with the highest first.
        lead = part.segment.leads(search, documents).astype(np.int64).view(np.uint64) ^ np.uint64(1 << 63)
        columns[0].append(lead.astype(">u8").view("S8"))
        if search == "contacts":
            columns[1].append(part.segment.padded_company_ids(documents))
        columns[2].append(part.segment.padded_ids(search, documents))
    # Of one width each, over all sources.
    whole = [np.concatenate(each) for each in columns if each]
    keys = np.concatenate([each.view(np.uint8).reshape(len(each), each.itemsize) for each in whole], axis=1)
    return keys.view(f"S{keys.shape[1]}").ravel()


class _Picked(Sequence[bytes]):
    """Strings of several sources in a new order, none held: the *numbers*[i]th of source *places*[i]."""

    def __init__(
        self, sources: Sequence[Sequence[bytes] | Strings | Rows], places: NDArray[Any], numbers: NDArray[Any]
    ) -> None:
        self._sources = sources
        self._places = places
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[bytes]: ...
    def __getitem__(self, index: int | slice) -> bytes | Sequence[bytes]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        return self._sources[int(self._places[index])][int(self._numbers[index])]

    def __iter__(self) -> Iterator[bytes]:
        return chain.from_iterable(self.pieces())

    def pieces(self) -> Iterator[list[bytes]]:
        """Yield all, some thousands at once."""
        sources = self._sources
        for first in range(0, len(self), _BATCH):
            batch = slice(first, first + _BATCH)
            places = zip(self._places[batch].tolist(), self._numbers[batch].tolist(), strict=True)
            yield [sources[place][number] for place, number in places]

    def sample(self) -> list[bytes]:
        """Return those that a dictionary is made from."""
        return [self[place] for place in sampled(len(self)).tolist()]


def _write_documents(
    writer: ContainerWriter, order: _Order, parts: Sequence[Part], containers: Sequence[Container]
) -> None:
    search = order.search
    documents = [part.documents(search) for part in parts]
    ids = _Picked([each.ids for each in documents], order.part_of, order.document_of)
    write_strings(writer, f"{search}/ids", ids, map(len, ids))
    rows = _Picked([each.rows for each in documents], order.part_of, order.document_of)
    write_rows(writer, f"{search}/rows", rows.pieces(), rows.sample(), _documents_of(parts))
    lead = np.empty(len(order.part_of), dtype="<i8")
    said = np.empty(len(order.part_of), dtype=_HASH)
    held = []
    for container, stored, moved in zip(containers, documents, order.moved, strict=True):
        lead[moved[moved >= 0]] = stored.added_us_negative[moved >= 0]
        said[moved[moved >= 0]] = stored.said[moved >= 0]
        owners = moved[container.array(f"{search}/keys/documents", "<u4")]
        held.append((container.array(f"{search}/keys/hashes", _HASH)[owners >= 0], owners[owners >= 0]))
    writer.add_array(f"{search}/order", lead)
    writer.add_array(f"{search}/said", said)
    write_keys(writer, search, held)


def _write_companies_of_contacts(writer: ContainerWriter, order: _Order, parts: Sequence[Part]) -> NDArray[Any]:
    """Write the companies of the contacts, each once; return the number of each new document's company."""
    company_numbers = np.full(len(order.part_of), NO_COMPANY, dtype=np.int64)
    numbers: dict[bytes, int] = {}
    # Where a company's summary stands: the same in every source, since a company that changes takes its contacts along.
    places: list[int] = []
    stored: list[int] = []
    for place, (part, moved) in enumerate(zip(parts, order.moved, strict=True)):
        of_part = part.documents("contacts").company_numbers.astype(np.int64)
        has_company = (moved >= 0) & (of_part != NO_COMPANY)
        renumbered = np.full(len(part.segment.summaries.ids), NO_COMPANY, dtype=np.int64)
        for old in np.unique(of_part[has_company]).tolist():
            number = numbers.setdefault(part.segment.summaries.ids[old], len(places))
            if number == len(places):
                places.append(place)
                stored.append(old)
            renumbered[old] = number
        company_numbers[moved[has_company]] = renumbered[of_part[has_company]]
    writer.add_array("contacts/company_numbers", company_numbers.astype("<u4"))
    present, first, counts = np.unique(company_numbers, return_index=True, return_counts=True)
    ids = list(numbers)
    write_strings(writer, "summaries/ids", ids, map(len, ids))
    rows = [part.segment.summaries.rows for part in parts]
    picked = _Picked(rows, np.array(places, dtype=np.int64), np.array(stored, dtype=np.int64))
    write_rows(writer, "summaries/rows", picked.pieces(), picked.sample(), _documents_of(parts))
    hashes = np.frombuffer(b"".join(key_hash(id_key(each.decode())) for each in ids), dtype=_HASH)
    write_keys(writer, "summaries", [(hashes, np.arange(len(hashes)))])
    writer.add_array("summaries/first", first[present != NO_COMPANY].astype("<u4"))
    writer.add_array("summaries/counts", counts[present != NO_COMPANY].astype("<u4"))
    return company_numbers


def _write_fields(
    writer: ContainerWriter,
    search: Search,
    containers: Sequence[Container],
    moved: list[NDArray[Any]],
    company_numbers: NDArray[Any] | None,
) -> None:
    for field in fields_of(search):
        name = f"{search}/{field.name}"
        if field.structure is Structure.TERMS:
            _write_terms_field(writer, field, name, containers, moved)
        elif field.structure is Structure.TEXT:
            _write_text_field(writer, field, name, containers, moved)
        elif field.structure is Structure.TIMES:
            _write_times_field(writer, name, containers, moved, company_numbers)


def _write_terms_field(
    writer: ContainerWriter, field: IndexedField, name: str, containers: Sequence[Container], moved: list[NDArray[Any]]
) -> None:
    postings = [Strings(container, f"{name}/postings") for container in containers]
    holders: dict[bytes, list[tuple[int, int]]] = {}
    for place, container in enumerate(containers):
        terms = Strings(container, f"{name}/terms")
        for ordinal in range(len(terms)):
            holders.setdefault(terms[ordinal], []).append((place, ordinal))
    lists: list[BitMap] = []
    live: dict[bytes, tuple[int, int]] = {}
    for term in sorted(holders):
        found = []
        for place, ordinal in holders[term]:
            documents = moved[place][documents_of(BitMap.deserialize(postings[place][ordinal]))]
            documents = documents[documents >= 0]
            if len(documents):
                found.append(documents)
                live.setdefault(term, (place, ordinal))
        if found:
            lists.append(bitmap(np.sort(np.concatenate(found))))
    _write_dictionary(writer, field, name, containers, live)
    write_postings(writer, name, lists)


def _write_text_field(
    writer: ContainerWriter, field: IndexedField, name: str, containers: Sequence[Container], moved: list[NDArray[Any]]
) -> None:
    documents, owners = [], []
    live: dict[bytes, tuple[int, int]] = {}
    for place, container in enumerate(containers):
        first = container.array(f"{name}/first", "<u4").astype(np.int64)
        new = moved[place][container.array(f"{name}/documents", "<u4")]
        texts = np.repeat(np.arange(len(first) - 1), np.diff(first))[new >= 0]
        documents.append(new[new >= 0])
        strings = Strings(container, f"{name}/terms")
        for ordinal in np.unique(texts).tolist():
            live.setdefault(strings[ordinal], (place, ordinal))
        owners.append(texts)
    ordinals = {text: ordinal for ordinal, text in enumerate(sorted(live))}
    for place, container in enumerate(containers):
        strings = Strings(container, f"{name}/terms")
        renumbered = np.full(len(strings), -1, dtype=np.int64)
        for old in np.unique(owners[place]).tolist():
            renumbered[old] = ordinals[strings[old]]
        owners[place] = renumbered[owners[place]]
    all_documents, all_owners = np.concatenate(documents), np.concatenate(owners)
    by_text = np.lexsort((all_documents, all_owners))
    encoded = _write_dictionary(writer, field, name, containers, live)
    bounds = np.searchsorted(all_owners[by_text], np.arange(len(ordinals) + 1))
    write_texts(writer, name, encoded, all_documents[by_text], bounds)


def _write_dictionary(
    writer: ContainerWriter,
    field: IndexedField,
    name: str,
    containers: Sequence[Container],
    live: dict[bytes, tuple[int, int]],
) -> list[bytes]:
    """Write the terms that live documents have, spelt as where each is found first; return them in order."""
    spellings = [Strings(container, f"{name}/spellings") for container in containers]
    terms = sorted(live)
    write_terms(writer, name, terms, [spellings[place][ordinal] for place, ordinal in map(live.__getitem__, terms)])
    if field.has_substrings:
        write_substrings(writer, name, terms)
    return terms


def _write_times_field(
    writer: ContainerWriter,
    name: str,
    containers: Sequence[Container],
    moved: list[NDArray[Any]],
    company_numbers: NDArray[Any] | None,
) -> None:
    times, documents = [], []
    for container, to in zip(containers, moved, strict=True):
        new = to[container.array(f"{name}/documents", "<u4")]
        times.append(container.array(f"{name}/times", "<i8")[new >= 0])
        documents.append(new[new >= 0])
    all_times, all_documents = np.concatenate(times), np.concatenate(documents)
    # Documents of equal time stand company by company, as an import writes them.
    of_company = company_numbers[all_documents] if company_numbers is not None else all_documents
    order = np.lexsort((all_documents, of_company))
    count = sum(int((to >= 0).sum()) for to in moved)
    write_times(writer, name, all_times[order], all_documents[order], count)
