"""
Drafts of companies: what rows would make if nothing else spoke of them, by columns.

Nearly every company of a first import has one row, so its draft is the record.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from msgspec import UNSET
from numpy.typing import NDArray

from letrics.backend import Coded, ManyCompanies, Writer, coded
from letrics.importer.drafts import microseconds
from letrics.importer.said import CompanySaid
from letrics.model.company import Company, Source
from letrics.model.filters import FILTERS, TIMES
from letrics.model.keys import HASH_BYTES
from letrics.model.merging import first_company
from letrics.packed import Packed

_encode = msgspec.json.Encoder().encode
_HASH = f"V{HASH_BYTES}"
_OF_COMPANIES = [each for each in FILTERS if each.of == "company"]
_FILTERED = dict.fromkeys([*(each.field for each in _OF_COMPANIES if each.kind not in TIMES), "sources"])
_TIMES = dict.fromkeys(each.field for each in _OF_COMPANIES if each.kind in TIMES)


class CompanyDrafts(msgspec.Struct):
    """
    Companies by columns, as `ManyCompanies` has them; each has *key_counts* of the *keys* (16 bytes each), of which the
    last is the hash of its row.

    They are of the words at *places* of those that were read with them.  Their *rows* are kept by the writer, from the
    number *first_row* on.
    """

    places: list[int]
    ids: list[str]
    rows: Packed
    added_us: NDArray[Any]
    keys: bytes
    key_counts: NDArray[Any]
    said: bytes
    fields: dict[str, Coded]
    times: dict[str, NDArray[Any]]
    first_row: int = 0

    def keep_rows(self, writer: Writer) -> None:
        """Let *writer* keep the rows."""
        self.first_row, self.rows = writer.keep_rows("companies", self.rows), Packed.of([])

    def chosen(self, which: NDArray[Any]) -> ManyCompanies:
        """Return *which* of the drafts (ascending) as new companies."""
        is_chosen = np.zeros(len(self.ids), dtype=bool)
        is_chosen[which] = True
        return ManyCompanies(
            ids=[self.ids[i] for i in which.tolist()],
            rows=self.first_row + which,
            added_us=self.added_us[which],
            keys=np.frombuffer(self.keys, dtype=_HASH)[np.repeat(is_chosen, self.key_counts)],
            key_owners=np.repeat(np.arange(len(which)), self.key_counts[which]),
            said=np.frombuffer(self.said, dtype=_HASH)[which],
            fields={name: Coded(each.values, each.codes[which]) for name, each in self.fields.items()},
            times={name: each[which] for name, each in self.times.items()},
        )


class Drafted(msgspec.Struct, frozen=True):
    """
    A company that a draft is made of: at which *place* it was read, its id, the hashes of its keys, its digest.

    By the hash of its *row* (see `origins.Hashing`) the next import knows it without reading it.
    """

    place: int
    said: CompanySaid
    record_id: str
    keys: bytes
    digest: bytes
    row: bytes


def company_drafts(drafted: Sequence[Drafted], source: str, now: str) -> CompanyDrafts:
    """Return the drafts of what rows of *source*, imported *now*, say of companies."""
    companies = [_made(each, source, now) for each in drafted]
    return CompanyDrafts(
        places=[each.place for each in drafted],
        ids=[each.record_id for each in drafted],
        rows=Packed.of([_encode(each) for each in companies]),
        added_us=_times(companies, "added_at"),
        keys=b"".join([each.keys + each.row for each in drafted]),
        key_counts=np.array([len(each.keys) // HASH_BYTES + 1 for each in drafted], dtype=np.int64),
        said=b"".join([each.digest for each in drafted]),
        fields={name: coded([getattr(each, name) for each in companies]) for name in _FILTERED},
        times={name: _times(companies, name) for name in _TIMES},
    )


def _made(drafted: Drafted, source: str, now: str) -> Company:
    said = drafted.said
    external_id = said.external_id if said.external_id is not None else UNSET
    return first_company(drafted.record_id, now, said.changes, Source(source, now, external_id))


def _times(companies: Sequence[Company], name: str) -> NDArray[Any]:
    return microseconds([getattr(each, name) for each in companies])
