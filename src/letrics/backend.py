"""
The contract every search backend keeps: Searcher, Lookup and Writer.

`web` and `importer` speak to these only; `services` hands them the backend that is configured.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import pairwise
from typing import Any, Literal, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from letrics.model.company import Company
from letrics.model.contact import Contact
from letrics.model.filters import Filter, Search
from letrics.packed import Packed
from letrics.query.query import Query

# Stands for what a source said of a record that is made of more than one row, or of none.
NOTHING_SAID = bytes(16)


class UnknownValue(msgspec.Struct, frozen=True):
    """A wanted value that occurs nowhere in the data, with the nearest values that do (may be none)."""

    filter: Filter
    exclude: bool
    given: str
    near: tuple[str, ...]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a backend answers to a query, from one generation.

    *page* is its records as ready-made JSON objects, a comma between them; *ends* is where each ends, behind its comma.
    *timings* are pairs of a stage's name and its seconds, in the order in which the stages ran.
    """

    total: int
    page: bytes
    ends: NDArray[np.int64]
    generation: int
    unknown: tuple[UnknownValue, ...] = ()
    timings: tuple[tuple[str, float], ...] = ()

    @property
    def rows(self) -> list[bytes]:
        """The records of the page, one by one."""
        return [self.page[begin : end - 1] for begin, end in pairwise([0, *self.ends.tolist()])]


def joined(rows: Sequence[bytes]) -> tuple[bytes, NDArray[np.int64]]:
    """Return the *page* of an `Answer` of these *rows*, and its *ends*."""
    return b",".join(rows), np.cumsum([len(row) + 1 for row in rows], dtype=np.int64)


class Counts(msgspec.Struct, frozen=True):
    """How many records there are."""

    companies: int
    contacts: int


class SourceCounts(msgspec.Struct, frozen=True):
    """How many records a source has a part in, and when the newest of them came from it."""

    name: str
    companies: int
    contacts: int
    newest_at: str


class Overview(msgspec.Struct, frozen=True):
    """
    What is in the database: the data version, the counts, and the sources, the one with the newest data first.

    *segments* is of how many parts the backend's index is.
    """

    generation: int
    counts: Counts
    sources: tuple[SourceCounts, ...]
    segments: int


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """
    What is kept of a change to the data: an import, a deletion, or a suppression, which cannot be undone.

    *companies* and *contacts* are how many were created, updated, unchanged and deleted.
    """

    kind: Literal["import", "delete", "suppress"]
    at: str
    what: tuple[str, ...]
    sources: tuple[str, ...] = ()
    read: int = 0
    rejected: int = 0
    companies: tuple[int, int, int, int] = (0, 0, 0, 0)
    contacts: tuple[int, int, int, int] = (0, 0, 0, 0)


class StoredChange(msgspec.Struct, frozen=True, kw_only=True):
    """
    A change with its *number*, from 1, and the *generation* that it made or left.

    *before* tells the backend what there was before it; it is undone since *undone_at*, if it is.
    """

    number: int
    change: Change
    generation: int
    before: int
    undone_at: str | None = None


class Coded(msgspec.Struct, frozen=True):
    """A column by its distinct *values*: row i has values[codes[i]]."""

    values: Sequence[Any]
    codes: NDArray[Any]


def coded(column: list[Any]) -> Coded:
    """Return *column* by its distinct values."""
    places: defaultdict[Any, int] = defaultdict()
    places.default_factory = places.__len__
    codes = np.fromiter(map(places.__getitem__, column), dtype=np.int64, count=len(column))
    # It holds what holds it, and so would wait for the look for garbage.
    places.default_factory = None
    return Coded(list(places), codes)


class ManyRecords(msgspec.Struct, frozen=True, kw_only=True):
    """
    Many records by columns of one length.

    *rows* are the numbers of their rows (see `Writer.keep_rows`), *added_us* are microseconds.  *keys* are the hashes
    of their record keys (V16), each of the record *key_owners*.  *said* (V16) stands for what a source said of each,
    and *fields* are the fields that filters read, by name, but for times.
    """

    ids: list[str]
    rows: NDArray[Any]
    added_us: NDArray[Any]
    keys: NDArray[Any]
    key_owners: NDArray[Any]
    said: NDArray[Any]
    fields: dict[str, Coded]


class ManyCompanies(ManyRecords, frozen=True, kw_only=True):
    """Many companies that are not stored yet; *times* are the fields of times that filters read, in microseconds."""

    times: dict[str, NDArray[Any]]


class ManyContacts(ManyRecords, frozen=True, kw_only=True):
    """
    Many contacts; their rows have `null` for their company, *company_ids* say which it is.

    *replaced* are the numbers (for `Lookup`) of the stored contacts that these replace; None where none of them is
    stored.
    """

    company_ids: list[str | None]
    replaced: NDArray[Any] | None = None


class Scan(Protocol):
    """Every record that some queries find, of one generation, from the beginning as often as is asked."""

    def __iter__(self) -> Iterator[bytes]:
        """Yield the records as JSON objects."""

    def lines(self) -> Iterator[tuple[int, memoryview]]:
        """Yield the records as lines of JSON, many at once, and how many these are; each is gone with the next."""


class Searcher(Protocol):
    """Answers queries from the newest generation; each answer comes from one."""

    def prepare(self) -> None:
        """Load what the first search would have to wait for."""

    def read_ahead(self) -> None:
        """
        Read what some searches would have to wait for when first asked; others may be answered meanwhile.

        Asked again, it reads what is new.
        """

    def search(self, query: Query, *, timeout_s: float) -> Answer:
        """Return the exact total and one page; raises SearchTimeout when *timeout_s* is over."""

    def scan(self, *queries: Query) -> Scan:
        """
        Return every record that *queries* find, one query after the other, whatever its page, in the order of answers.

        All are of one generation, also when they are gone through again.
        """

    def counts(self) -> Counts:
        """Return how many records the newest generation holds."""

    def overview(self) -> Overview:
        """Return what the newest generation holds."""


class Lookup(Protocol):
    """Finds stored records by key or id, as of one generation."""

    def find(self, search: Search, keys: Sequence[str]) -> list[tuple[str, ...]]:
        """Return, for each of *keys* (`letrics.model.keys`), the ids of the records that hold it, sorted."""

    def companies(self, ids: Sequence[str]) -> list[Company | None]:
        """Return the company of each id, None where there is none."""

    def contacts(self, ids: Sequence[str]) -> list[Contact | None]:
        """Return the contact of each id, None where there is none."""

    def contact_ids_of(self, company_ids: Sequence[str]) -> Iterator[str]:
        """Yield the ids of the contacts of these companies."""

    def is_empty(self, search: Search) -> bool:
        """Return whether there are no records at all."""

    def made_of(self, search: Search, said: NDArray[Any]) -> NDArray[Any]:
        """
        Return, for each of *said* (V16), the number of the record that was made of just that, -1 where there is none.

        Nothing else has been said of such a record since.  Numbers are good as long as the lookup.
        """

    def holders(self, search: Search, keys: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return, side by side, the places of those *keys* (hashes, V16) that records hold, and their numbers."""

    def identity(self, search: Search, number: int) -> tuple[str, str | None]:
        """Return the id of the record *number*, and for a contact the id of its company."""

    def ids(self, search: Search, numbers: NDArray[Any]) -> list[str]:
        """Return the ids of the records *numbers*."""

    def contacts_at(self, numbers: Sequence[int]) -> list[tuple[Contact, str | None]]:
        """Return the contacts *numbers*, each without its company, and the id of that."""

    def every_company(self) -> Iterator[Company]:
        """Yield all companies, in no order."""

    def every_contact(self) -> Iterator[Contact]:
        """Yield all contacts, in no order."""


class Writer(Protocol):
    """
    Collects the changes of one import; nothing is seen by a search before `commit`.

    There is one writer at a time.  What counts is the last word on each record: one that is deleted and put
    again was replaced, and its contacts stay with it.  `lookup` answers from the generation that the writer started on.
    """

    @property
    def lookup(self) -> Lookup:
        """The records as they were when the writer started."""

    def put_company(self, company: Company, said: bytes = NOTHING_SAID) -> None:
        """
        Create or replace a company; its stored contacts show its new values after the commit.

        *said* are 16 bytes for what a source said of it, if it is made of just that.
        """

    def keep_rows(self, search: Search, rows: Packed) -> int:
        """
        Put aside the rows of records that may be put many at once; return the number of the first, the others follow.

        A row is the record as a JSON object, a contact's with `null` for its company.
        """

    def put_companies(self, companies: ManyCompanies) -> None:
        """Create many companies, none of which is stored or put otherwise."""

    def put_contact(self, contact: Contact, said: bytes = NOTHING_SAID) -> None:
        """Create or replace a contact; of `contact.company` only the id is read, and it must exist."""

    def put_contacts(self, contacts: ManyContacts) -> None:
        """Create or replace many contacts, none of which is put otherwise; their companies must exist."""

    def delete(self, search: Search, record_id: str) -> None:
        """Remove a record; the contacts of a removed company stay, without a company."""

    def purge(self, search: Search, record_id: str) -> None:
        """Remove a record as `delete` does, so that after the commit no file holds it, in this version or an older."""

    def commit(self, change: Change | None = None) -> int:
        """
        Make all changes durable and visible at once; return the generation that now answers.

        A *change* is kept with them, under the next number, even where it changed nothing.
        """


class Backend(Protocol):
    """A place where records are kept and searched."""

    def searcher(self) -> Searcher:
        """Return the searcher of this process."""

    def lookup(self) -> Lookup:
        """Return what finds the records of the newest generation."""

    def writer(self, purpose: str = "writer") -> AbstractContextManager[Writer]:
        """
        Open the one writer; leaving the context without a commit discards its changes.

        Raises ConflictError when there is another one, naming its *purpose*, its process, and since when it is there.
        """

    def changes(self) -> tuple[StoredChange, ...]:
        """Return the changes that there were, oldest first."""

    def undone_with(self, number: int) -> tuple[StoredChange, ...]:
        """
        Return the changes that undoing the change *number* takes back, itself the first.

        Raises NotFound where there is no such change, and ConflictError where it is undone already or what was
        before it is not kept any more.
        """

    def undo(self, number: int, at: str) -> int:
        """
        Restore, as a new generation, the data from before the change *number*; later changes are undone with it.

        Raises as `undone_with` does.
        """

    def close(self) -> None:
        """Give back what the backend holds open."""
