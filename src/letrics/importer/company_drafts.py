"""
Drafts of companies: what rows would make if nothing else spoke of them, by columns.

Nearly every company of a first import has one row, so its draft is the record.
"""

from collections.abc import Sequence
from functools import partial
from operator import itemgetter
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from letrics.backend import Coded, ManyCompanies, Writer
from letrics.importer.coding import flags, is_true, mapped, mapped_but_plain, united
from letrics.importer.company_words import CompanyWord, are_references
from letrics.importer.drafts import microseconds, sources_of
from letrics.importer.json_rows import json_rows
from letrics.importer.origins import Hashing, origins_of
from letrics.importer.said_by_columns import Columns
from letrics.model.company import Company, Source
from letrics.model.filters import FILTERS, TIMES
from letrics.model.keys import HASH_BYTES
from letrics.model.merging import has_generic, new_company, suffixes_of, united_emails
from letrics.packed import Packed

_FIELDS = Company.__struct_fields__[1:]
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


def company_drafts(
    columns: Columns, words: Sequence[CompanyWord], hashing: Hashing, source: str, now: str
) -> CompanyDrafts | None:
    """
    Return the drafts of what rows of *source*, imported *now*, say of companies; their first *words* are those of them.

    By the hash of its row (see `Hashing`) the next import knows a company without reading it.
    """
    refers = np.flatnonzero(are_references(columns))
    places = np.delete(np.arange(len(columns.rows)), refers).tolist()
    if not places:
        return None
    columns = columns.without(set(refers.tolist())) if len(refers) else columns
    drafted = [words[place] for place in places]
    hashes = hashing.hashes(origins_of(columns.rows))
    rows = [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
    ids = [each.record_id for each in drafted]
    table = _table(columns, Source(source, now), now)
    return CompanyDrafts(
        places=places,
        ids=ids,
        rows=json_rows(Company, ids, table),
        added_us=_times(table["added_at"]),
        keys=b"".join([each.keys + row for each, row in zip(drafted, rows, strict=True)]),
        key_counts=np.array([len(each.keys) // HASH_BYTES + 1 for each in drafted], dtype=np.int64),
        said=b"".join([each.digest for each in drafted]),
        fields={name: table[name] for name in _FILTERED},
        times={name: _times(table[name]) for name in _TIMES},
    )


def _table(columns: Columns, origin: Source, now: str) -> dict[str, Coded]:
    """Return the values of the companies by field of the record, as `merged_company` makes them of a `new_company`."""
    empty = new_company("", now, {})
    table = {"custom": columns.custom(), **{name: columns.field(name) for name in _FIELDS if name != "custom"}}
    for name, column in table.items():
        default = getattr(empty, name)
        if default is not None:
            table[name] = mapped_but_plain(column, partial(_or, default))
    table["emails"] = mapped(table["emails"], partial(united_emails, ()))
    suffixes = mapped(table["domain"], suffixes_of)
    for place, name in enumerate(("tld", "public_suffix")):
        table[name] = united(mapped(suffixes, itemgetter(place)))
    table["has_generic_email"] = united(mapped(table["emails"], has_generic))
    table["has_linkedin_profile"] = flags(is_true(table["linkedin_url"]))
    table["sources"] = sources_of(table["external_id"], origin)
    return table


def _or(default: Any, value: Any) -> Any:
    return default if value is None else value


def _times(column: Coded) -> NDArray[Any]:
    times: NDArray[Any] = microseconds(column.values)[column.codes]
    return times
