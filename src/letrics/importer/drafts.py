"""
Drafts: the contacts that rows would make if nothing else spoke of them, by columns.

Nearly every row of a first import is the only one to speak of its person, so its draft is the record.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from letrics.backend import Coded, Lookup, Writer
from letrics.importer.coding import (
    chosen,
    combined,
    constant,
    extended,
    flags,
    is_true,
    listed,
    mapped,
    mapped_but_plain,
    united,
)
from letrics.importer.draft_keys import OwnKeys, folded_names
from letrics.importer.json_rows import json_rows
from letrics.importer.origins import Hashing, Origins, origins_of
from letrics.importer.readings import NO_CUSTOM
from letrics.importer.rows import Row
from letrics.importer.said import CompanySaid, ContactSaid
from letrics.importer.said_by_columns import Columns
from letrics.importer.suppressions import mentioning
from letrics.importer.texts import has_personal
from letrics.model.company import Source
from letrics.model.contact import Contact
from letrics.model.filters import FILTERS
from letrics.model.keys import HASH_BYTES, contact_traces, id_key
from letrics.model.merging import merged_contact, new_contact, standing, united_emails
from letrics.packed import Packed

_ID_STARTS = len('{"id":"')

# The fields of contacts that filters read.
FILTERED = tuple(dict.fromkeys(each.field for each in FILTERS if each.of == "contact"))
_DEFAULTS: dict[str, Any] = {"emails": (), "phones": (), "socials": {}}
_DERIVABLE = ("departments", "seniority", "is_decision_maker")
_OWN = ("external_id", "first_name", "last_name", "full_name", "job_title", "linkedin_url", "location", "added_at")


class DraftRows(msgspec.Struct):
    """
    What drafts are made of, by columns: where they are from, and JSON objects (*rows*) of those that may be new.

    These are kept by the writer, from the number *first_row* on; *row_of* is the place of each draft's own among them,
    -1 for none, *said* (16 bytes each) stands for all that the row of each of them says, and *unnamed* are those
    without an id.  *fields* are those that filters read.  *changes* are what the first *changing* of the rows say, by
    field, for contacts that are stored.
    """

    origins: Origins
    rows: Packed
    row_of: NDArray[np.int64]
    unnamed: dict[int, bytes]
    said: bytes
    added_us: NDArray[Any]
    fields: dict[str, Coded]
    changes: dict[str, list[Any]]
    changing: int
    first_row: int = 0

    def keep_rows(self, writer: Writer) -> None:
        """Let *writer* keep the rows."""
        self.first_row, self.rows = writer.keep_rows("contacts", self.rows), Packed.of([])


class Drafts(msgspec.Struct):
    """
    Contacts by columns, all of *file*.

    *names* are the folded full names ("": none), *companies* the numbers of the companies that they name, -1 for
    none.  *keys* are hashes of record keys (16 bytes each), each of the contact *key_owners*, but for those that
    the company decides; those *told_apart* have a key that may tell them from whoever has their name and company.
    *ids* are given or made of the most lasting key, "" where that takes the company; those *named* are given.
    *suspects* may be suppressed, or not be those whose external ids they have.  The drafts *met_owners* share a key
    with the stored contacts *met_records* (see `Lookup.holders`), side by side.
    """

    file: int
    names: list[str]
    companies: list[int]
    keys: bytes
    key_owners: list[int]
    told_apart: NDArray[np.bool_]
    ids: list[str]
    named: list[int]
    suspects: list[int]
    met_owners: NDArray[Any]
    met_records: NDArray[Any]
    rows: DraftRows | None


class DraftMaker:
    """
    Makes the drafts of one input, whose records come from *source*, at the time *now*.
    """

    def __init__(
        self, file: int, source: str, now: str, is_suppressed: Callable[[str], bool] | None, hashing: Hashing
    ) -> None:
        self._file = file
        self._source = source
        self._now = now
        self._is_suppressed = is_suppressed
        self._origin = Source(source, now)
        self._hashing = hashing
        self._standings: dict[Any, tuple[Any, ...]] = {}

    def drafts(
        self,
        columns: Columns,
        odd: Sequence[tuple[Row, int, ContactSaid]],
        numbers_of: Callable[[Sequence[CompanySaid]], Sequence[int]],
        lookup: Lookup,
    ) -> Drafts:
        """
        Return the drafts of *columns*, and of contacts that were read one by one; *numbers_of* numbers companies.

        Where *lookup* has contacts, they also have what these are changed by.
        """
        may_change = not lookup.is_empty("contacts")
        table = self._table(columns)
        made = [
            merged_contact(new_contact("", self._now, each.changes), each.changes, self._origin) for *_, each in odd
        ]
        table = {name: extended(column, [getattr(each, name) for each in made]) for name, column in table.items()}
        given = listed(extended(columns.field("id"), [said.id for *_, said in odd]))
        origins = origins_of(columns.rows, [(row, contact) for row, contact, _ in odd])
        companies = extended(columns.companies, [said.company for *_, said in odd])
        said_of = said_last(companies, origins.lines)
        numbers = np.full(len(said_of) + 1, -1, dtype=np.int64)
        numbers[[i for i, each in enumerate(said_of) if each is not None]] = numbers_of(list(filter(None, said_of)))
        fields = {name: Coded(list(table[name].values), table[name].codes) for name in FILTERED}
        fields["sources"] = constant((self._origin,), len(given))
        keys = OwnKeys.of_contacts(table["linkedin_url"], table["emails"], table["external_id"], self._source)
        hashes = keys.hashes()
        places, met_records = lookup.holders("contacts", np.frombuffer(hashes, dtype=f"V{HASH_BYTES}"))
        drafts = Drafts(
            file=self._file,
            names=folded_names(table["full_name"]),
            companies=numbers[companies.codes].tolist(),
            keys=hashes,
            key_owners=keys.owners.tolist(),
            told_apart=is_true(table["linkedin_url"]) | is_true(table["external_id"]),
            ids=[own or made for own, made in zip(given, keys.made_ids("contacts"), strict=True)],
            named=[i for i, each in enumerate(given) if each],
            suspects=keys.doubtful(places),
            met_owners=keys.owners[places],
            met_records=met_records,
            rows=None,
        )
        if self._is_suppressed is not None:
            drafts.suspects += self._suspects(self._is_suppressed, keys.pairs(), table, given)
        written, row_of = self._written(drafts.ids, table, drafts.met_owners)
        added = microseconds(table["added_at"].values)
        drafts.rows = DraftRows(
            origins=origins,
            rows=written,
            row_of=row_of,
            unnamed={i: written[row_of[i]] for i, each in enumerate(drafts.ids) if not each},
            said=self._hashing.hashes(origins.chosen(np.flatnonzero(row_of >= 0)) if len(met_records) else origins),
            added_us=added[table["added_at"].codes],
            fields=fields,
            changes=columns.changes() if may_change else {},
            changing=len(columns.rows) if may_change and not columns.clears else 0,
        )
        return drafts

    def _table(self, columns: Columns) -> dict[str, Coded]:
        """Return the values of plain contacts by field of the record."""
        table = {name: columns.field(name) for name in _OWN}
        for name, default in {**_DEFAULTS, "added_at": self._now}.items():
            table[name] = mapped_but_plain(columns.field(name), partial(_or, default))
        table["emails"] = mapped_but_plain(table["emails"], partial(united_emails, ()))
        table |= self._standings_of(table["job_title"], [columns.field(name) for name in _DERIVABLE])
        table["has_personal_email"] = flags(has_personal(table["emails"].values)[table["emails"].codes])
        table["has_linkedin_profile"] = flags(is_true(table["linkedin_url"]))
        has_custom = any(columns.customs)
        codes = np.arange(len(columns.rows))
        table["custom"] = Coded(columns.customs, codes) if has_custom else constant(NO_CUSTOM, len(codes))
        return table

    def _standings_of(self, titles: Coded, said: list[Coded]) -> dict[str, Coded]:
        """Return what is said or derived of standing, by field."""
        told = combined(said)
        # Where both are said, the title tells nothing, and there are far more titles than standings.
        tells = is_true(mapped(told, lambda each: each[0] is None or each[1] is None))
        asked = Coded([*titles.values, None], np.where(tells, titles.codes, len(titles.values)))
        told = combined([asked, told]) if tells.any() else mapped(told, lambda each: (None, each))
        standings = [self._standing((title, *each)) for title, each in told.values]
        names = (*_DERIVABLE, "derived")
        return {name: united(Coded([each[i] for each in standings], told.codes)) for i, name in enumerate(names)}

    def _standing(self, key: tuple[Any, ...]) -> tuple[Any, ...]:
        known = self._standings.get(key)
        if known is None:
            if len(self._standings) > 100_000:
                self._standings.clear()
            said = {name: value for name, value in zip(_DERIVABLE, key[1:], strict=True) if value is not None}
            values = standing(key[0], said)
            known = self._standings[key] = tuple(values[name] for name in (*_DERIVABLE, "derived"))
        return known

    def _written(
        self, ids: Sequence[str], table: dict[str, Coded], unwanted: NDArray[Any]
    ) -> tuple[Packed, NDArray[np.int64]]:
        """Return all records but the *unwanted* as JSON, and which of it is that of each, -1 for none."""
        wanted = np.ones(len(ids), dtype=bool)
        wanted[unwanted] = False
        row_of = np.where(wanted, np.cumsum(wanted) - 1, -1)
        if not wanted.any():
            return Packed.of([]), row_of
        if not wanted.all():
            places = np.flatnonzero(wanted)
            ids = [ids[i] for i in places.tolist()]
            table = {name: chosen(column, places) for name, column in table.items()}
        sources = sources_of(table["external_id"], self._origin)
        now, nothing = constant(self._now, len(ids)), constant(None, len(ids))
        columns = {**table, "sources": sources, "updated_at": now, "company": nothing}
        return json_rows(Contact, ids, columns), row_of

    def _suspects(
        self,
        is_suppressed: Callable[[str], bool],
        owned: list[tuple[int, str]],
        table: dict[str, Coded],
        given: list[str | None],
    ) -> list[int]:
        """Return the drafts that may be suppressed, of which each has the keys that it *owned*."""
        suspects = {i for i, key in owned if is_suppressed(key)} | mentioning(table, is_suppressed)
        told = {name: listed(table[name]) for name in ("linkedin_url", "emails", "phones")}
        for i, (record_id, custom) in enumerate(zip(given, listed(table["custom"]), strict=True)):
            values = {name: column[i] for name, column in told.items()}
            # The key of the id itself is added with the company's, for every draft.
            own = () if record_id is None else (id_key(record_id),)
            if custom or any(map(is_suppressed, (*own, *contact_traces(values)))):
                suspects.add(i)
        return sorted(suspects)


def microseconds(times: Sequence[str]) -> NDArray[Any]:
    """Return canonical *times* as `letrics.model.values.timestamp` does, all at once."""
    # All are UTC, and numpy takes no mark that says so.
    return np.array([each.removesuffix("Z") for each in times], dtype="M8[us]").astype(np.int64)


def sources_of(external_ids: Coded, origin: Source) -> Coded:
    """Return the sources of records that come from *origin* with these ids, of which some may be None."""
    plain = (origin,)
    return mapped(
        external_ids, lambda each: plain if each is None else (msgspec.structs.replace(origin, external_id=each),)
    )


def row_with_id(unnamed: bytes, record_id: str) -> bytes:
    """Return the row of a draft that had no id with the one that it has now."""
    return unnamed[:_ID_STARTS] + record_id.encode() + unnamed[_ID_STARTS:]


def _or(default: Any, value: Any) -> Any:
    return value or default


def said_last(companies: Coded, lines: Sequence[int]) -> list[CompanySaid | None]:
    """
    Return the distinct *companies*, each at the last of the *lines* that say it.

    What many rows say in the same words has been read once, and the later word wins.
    """
    last = np.zeros(len(companies.values), dtype=np.int64)
    last[companies.codes] = lines
    told = zip(companies.values, last.tolist(), strict=True)
    return [each and msgspec.structs.replace(each, place=(each.place[0], line)) for each, line in told]
