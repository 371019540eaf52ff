"""The records of one search as a segment's writer takes them: rows aside in a spool, numbers and terms in memory."""

from array import array
from collections.abc import Iterable, Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from letrics.backend import ManyCompanies, ManyContacts
from letrics.index.field_writer import FieldWriter
from letrics.index.format import ContainerWriter
from letrics.index.key_spool import KeySpool
from letrics.index.keys import Held, write_keys
from letrics.index.layout import IndexedField, Structure
from letrics.index.spool import Spool
from letrics.model.company import Company
from letrics.model.contact import Contact
from letrics.model.filters import Search
from letrics.model.keys import HASH_BYTES, key_hash
from letrics.model.terms import record_time_us
from letrics.model.values import timestamp
from letrics.packed import Packed

_HASH = f"V{HASH_BYTES}"


class Incoming:
    """
    The records of *search* by number of arrival; of one that came twice the last counts.

    *fields* are the indexed fields that are collected; rows wait beside the segment at *path*.
    """

    def __init__(self, search: Search, path: Path, fields: Iterable[IndexedField]) -> None:
        self.search = search
        self._spool = Spool(path.with_suffix(f".{search}.spool"))
        # Where in the spool the row of each number is.
        self._rows = array("I")
        # Those that came one by one, and may come again or be taken back.
        self.numbers: dict[str, int] = {}
        # Companies that came many at once, for the contacts that name them.
        self._companies: dict[str, int] = {}
        self.fields = {each.name: FieldWriter(each) for each in fields if each.structure is not Structure.TIMES}
        self.times = {each.name: (each, array("q")) for each in fields if each.structure is Structure.TIMES}
        self._ids: list[NDArray[Any]] = []
        self._own_ids: list[bytes] = []
        self._many: list[range] = []
        self._added_us = array("q")
        self._said = bytearray()
        self._keys = KeySpool(path.with_suffix(f".{search}.keys.spool"))
        self._own_keys, self._own_key_owners = bytearray(), array("I")

    def add(self, record: Company | Contact, row: bytes, keys: Iterable[str], said: bytes) -> None:
        """Add one record."""
        number = self.total
        self.numbers[record.id] = number
        self._rows.append(len(self._spool))
        self._spool.append(row)
        self._own_ids.append(record.id.encode())
        self._added_us.append(timestamp(record.added_at))
        self._said += said
        for key in keys:
            self._own_keys += key_hash(key)
            self._own_key_owners.append(number)
        for field in self.fields.values():
            field.add(getattr(record, field.field.filter.field))
        for each, times in self.times.values():
            times.append(record_time_us(each.filter, record))  # type: ignore[arg-type]  # only companies have such

    def number_of(self, company_id: str) -> int | None:
        """Return the number of a company, None if it did not come."""
        return self.numbers.get(company_id, self._companies.get(company_id))

    @property
    def total(self) -> int:
        """How many numbers there are, those among them that do not count any more."""
        return len(self._rows)

    def row(self, number: int) -> bytes:
        """Return the row of a number."""
        return self._spool.read(self._rows[number])

    def rows(self, numbers: NDArray[Any]) -> Iterator[list[memoryview]]:
        """Yield the rows of *numbers*, in pieces."""
        return self._spool.gathered(np.frombuffer(self._rows, dtype=np.uint32)[numbers])

    def keep(self, rows: Packed) -> int:
        """Put *rows* aside; return the number of the first in the spool."""
        first = len(self._spool)
        self._spool.extend(rows)
        return first

    def add_many(self, records: ManyCompanies | ManyContacts) -> None:
        """Add many records that come but once."""
        first = self.total
        self._rows.frombytes(records.rows.astype(np.uint32).tobytes())
        self._many.append(range(first, self.total))
        self._ids += [*self._waiting_ids(), _as_bytes(records.ids)]
        self._added_us.frombytes(records.added_us.astype(np.int64).tobytes())
        self._said += records.said.tobytes()
        self._keys.extend(records.keys, records.key_owners + first)
        for field in self.fields.values():
            field.add_coded(records.fields[field.field.filter.field])
        if isinstance(records, ManyCompanies):
            self._companies |= zip(records.ids, range(first, self.total), strict=True)
            for each, times in self.times.values():
                times.frombytes(records.times[each.filter.field].astype(np.int64).tobytes())

    def __len__(self) -> int:
        return len(self.numbers) + sum(map(len, self._many))

    def live(self) -> NDArray[Any]:
        """Return the numbers of the records that count."""
        are_live = np.zeros(self.total, dtype=bool)
        are_live[np.fromiter(self.numbers.values(), dtype=np.int64, count=len(self.numbers))] = True
        for each in self._many:
            are_live[each.start : each.stop] = True
        return np.flatnonzero(are_live).astype(np.uint32)

    def ids(self) -> NDArray[Any]:
        """Return the record id of each number, as bytes padded to one length."""
        self._ids += self._waiting_ids()
        if len(self._ids) != 1:
            ids = np.empty(self.total, dtype=f"S{max((each.dtype.itemsize for each in self._ids), default=1)}")
            end = len(ids)
            while self._ids:
                # Each piece goes once it has its place.
                piece = self._ids.pop()
                ids[end - len(piece) : end] = piece
                end -= len(piece)
            self._ids = [ids]
        return self._ids[0]

    def _waiting_ids(self) -> list[NDArray[Any]]:
        """Return the ids of those that came one by one since the last many."""
        waiting, self._own_ids = self._own_ids, []
        return [np.array(waiting)] if waiting else []

    def added_us(self) -> NDArray[Any]:
        """Return when each number's record was added."""
        return np.frombuffer(self._added_us, dtype=np.int64)

    def take_said(self) -> NDArray[Any]:
        """Return what stands for all that a source said of each number's record, and keep it no longer."""
        said, self._said = np.frombuffer(self._said, dtype=_HASH), bytearray()
        return said

    def forget_ids(self) -> None:
        """Forget the ids, once they are written: what comes next needs the memory."""
        self._ids = []

    def write_keys(self, writer: ContainerWriter, documents: NDArray[Any], made: Held) -> None:
        """Write the record keys; *documents* are those of each number, -1 for none, and *made* more keys of some."""

        def put_aside(partition: int) -> Held:
            return _live(*self._keys.partition(partition), documents)

        own = np.frombuffer(self._own_keys, dtype=_HASH), np.array(self._own_key_owners, dtype=np.int64)
        write_keys(writer, self.search, [_live(*own, documents), made], put_aside)

    def settle(self) -> None:
        """Let what was put aside be where another process reads it, too."""
        self._spool.settle()
        self._keys.settle()

    def close(self) -> None:
        """Remove what was put aside."""
        self._spool.close()
        self._keys.close()


def _live(hashes: NDArray[Any], owners: NDArray[Any], documents: NDArray[Any]) -> Held:
    """Return the keys of records that are documents, and these."""
    theirs = documents[owners]
    return hashes[theirs >= 0], theirs[theirs >= 0]


def _as_bytes(ids: list[str]) -> NDArray[Any]:
    """Return *ids* as bytes padded to one length."""
    joined, length = "".join(ids).encode(), len(ids[0])
    if len(joined) == length * len(ids) and set(map(len, ids)) == {length}:
        # Ids that we made ourselves are of one length.
        return np.frombuffer(joined, dtype=f"S{length}")
    return np.array([each.encode() for each in ids])


def _number_columns(ids: NDArray[Any]) -> list[NDArray[Any]]:
    """
    Return *ids* as columns of whole numbers that sort as they do, the first letters first.

    Sorting numbers is many times faster than sorting bytes.
    """
    words = -(-ids.dtype.itemsize // 8)
    padded = ids.astype(f"S{8 * words}").view(">u8").reshape(len(ids), words)
    return [padded[:, word].astype(np.uint64) for word in range(words)]


def answer_order(positions: NDArray[Any], ids: NDArray[Any]) -> NDArray[Any]:
    """Return the places of records in order of their *positions* (numbers of 32 bits), then of their *ids*, bytes."""
    keys = positions.astype(np.uint64) << np.uint64(32)
    keys |= _telling(ids)
    order: NDArray[Any] = np.argsort(keys)
    keys = keys[order]
    is_tied = keys[1:] == keys[:-1]
    # What four letters do not tell.
    tied = np.flatnonzero(np.append(is_tied, False) | np.append(False, is_tied))
    some = order[tied]
    order[tied] = some[np.lexsort((*reversed(_number_columns(ids[some])), keys[tied]))]
    return order


def _telling(ids: NDArray[Any]) -> NDArray[Any]:
    """Return the first four letters of each of *ids* behind those that all have in common, as a number."""
    letters = ids.view(np.uint8).reshape(len(ids), ids.dtype.itemsize)
    is_common = (bool((column == column[0]).all()) for column in letters.T) if len(ids) else iter(())
    begin = sum(1 for _ in takewhile(bool, is_common))
    told = np.zeros((len(ids), 4), dtype=np.uint8)
    told[:, : max(0, letters.shape[1] - begin)] = letters[:, begin : begin + 4]
    return told.view(">u4")[:, 0]
