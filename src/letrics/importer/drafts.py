"""
Drafts: the contacts that rows would make if nothing else spoke of them, by columns.

Nearly every row of a first import is the only one to speak of its person, so its draft is the record.
"""

from collections.abc import Callable, Sequence
from itertools import repeat
from operator import itemgetter
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from letrics.backend import Coded, Writer, coded
from letrics.importer.columns import Columns
from letrics.importer.identity import lasting_key, made_ids
from letrics.importer.origins import Hashing, Origins, origins_of
from letrics.importer.rows import Row
from letrics.importer.said import CompanySaid, ContactSaid
from letrics.model.company import Email, Source
from letrics.model.contact import Contact
from letrics.model.filters import FILTERS
from letrics.model.folding import fold
from letrics.model.keys import (
    contact_traces,
    email_keys,
    external_key,
    id_key,
    key_hashes,
    linkedin_key,
)
from letrics.model.merging import merged_contact, new_contact, standing, united_emails

_encode = msgspec.json.Encoder().encode
# A contact as it is written, made from columns.
_FIELDS = Contact.__struct_fields__[1:]
_Row = msgspec.defstruct("_Row", [(name, Any) for name in Contact.__struct_fields__])
_ID_STARTS = len('{"id":"')

# The fields of contacts that filters read.
FILTERED = tuple(dict.fromkeys(each.field for each in FILTERS if each.of == "contact"))
_DEFAULTS: dict[str, Any] = {"emails": (), "phones": (), "socials": {}}
_DERIVABLE = ("departments", "seniority", "is_decision_maker")
_OWN = ("external_id", "first_name", "last_name", "full_name", "job_title", "linkedin_url", "location", "added_at")


class DraftRows(msgspec.Struct):
    """
    What drafts are made of, by columns: where they are from, and their JSON objects (*rows*).

    These are kept by the writer, from the number *first_row* on; *unnamed* are those without an id.  *said* (16 bytes
    each) stands for all that the row says; *fields* are those that filters read.  *changes* are what the first
    *changing* of the rows say, by field, for contacts that are stored.
    """

    origins: Origins
    rows: Sequence[bytes]
    unnamed: dict[int, bytes]
    said: bytes
    added_us: NDArray[Any]
    fields: dict[str, Coded]
    changes: dict[str, list[Any]]
    changing: int
    first_row: int = 0

    def keep_rows(self, writer: Writer) -> None:
        """Let *writer* keep the rows."""
        self.first_row, self.rows = writer.keep_rows("contacts", self.rows), ()


class Drafts(msgspec.Struct):
    """
    Contacts by columns, all of *file*.

    *names* are the folded full names ("": none), *companies* the numbers of the companies that they name, -1 for
    none.  *keys* are hashes of record keys (16 bytes each), each of the contact *key_owners*, but for those that
    the company decides.  *ids* are given or made of the most lasting key, "" where that takes the company; those
    *named* are given.  *suspects* may be suppressed.
    """

    file: int
    names: list[str]
    companies: list[int]
    keys: bytes
    key_owners: list[int]
    ids: list[str]
    named: list[int]
    suspects: list[int]
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
        number_of: Callable[[CompanySaid], int],
        *,
        may_change: bool,
    ) -> Drafts:
        """
        Return the drafts of *columns*, and of contacts that were read one by one; *number_of* numbers companies.

        With *may_change* they also have what stored contacts are changed by.
        """
        table = self._table(columns)
        given = columns.fields.get("id") or [None] * len(columns.rows)
        companies = [*columns.companies, *(said.company for _, _, said in odd)]
        for _, _, said in odd:
            contact = merged_contact(new_contact("", self._now, said.changes), said.changes, self._origin)
            for name, column in table.items():
                column.append(getattr(contact, name))
            given.append(said.id)
        rows = [*columns.rows, *(row for row, _, _ in odd)]
        contacts = [0] * len(columns.rows) + [contact for _, contact, _ in odd]
        origins = origins_of(rows, contacts)
        numbers = {key: number_of(each) for key, each in said_last(companies, origins.lines).items()}
        fields = {name: coded(table[name]) for name in FILTERED}
        fields["sources"] = Coded([(self._origin,)], np.zeros(len(rows), dtype=np.int64))
        drafts = Drafts(
            file=self._file,
            names=list(map(_folded, table["full_name"])),
            companies=[-1 if each is None else numbers[id(each)] for each in companies],
            keys=b"",
            key_owners=[],
            ids=[],
            named=[i for i, each in enumerate(given) if each],
            suspects=[],
            rows=None,
        )
        self._add_keys(drafts, table, given)
        written = self._written(drafts.ids, table)
        drafts.rows = DraftRows(
            origins=origins,
            rows=written,
            unnamed={i: written[i] for i, each in enumerate(drafts.ids) if not each},
            said=self._hashing.hashes(origins),
            added_us=microseconds(table["added_at"]),
            fields=fields,
            changes=columns.changes() if may_change else {},
            changing=len(columns.rows) if may_change and not columns.clears else 0,
        )
        return drafts

    def _table(self, columns: Columns) -> dict[str, list[Any]]:
        """Return the values of plain contacts by field of the record."""
        said, count = columns.fields, len(columns.rows)
        table = {name: list(said.get(name) or [None] * count) for name in _OWN}
        for name, default in _DEFAULTS.items():
            table[name] = [each or default for each in said.get(name) or [None] * count]
        table["emails"] = [each if len(each) < 2 else united_emails((), each) for each in table["emails"]]
        table["added_at"] = [each or self._now for each in table["added_at"]]
        told = [table["job_title"], *(said.get(name) or [None] * count for name in _DERIVABLE)]
        standings = list(map(self._standing, zip(*told, strict=True)))
        for place, name in enumerate((*_DERIVABLE, "derived")):
            table[name] = list(map(itemgetter(place), standings))
        table["has_personal_email"] = [bool(each) and _has_personal(each) for each in table["emails"]]
        table["has_linkedin_profile"] = [each is not None for each in table["linkedin_url"]]
        table["custom"] = list(columns.customs)
        return table

    def _standing(self, key: tuple[Any, ...]) -> tuple[Any, ...]:
        if key[1] is not None and key[2] is not None:
            # The title tells nothing then, and there are far more titles than standings.
            key = (None, *key[1:])
        known = self._standings.get(key)
        if known is None:
            if len(self._standings) > 100_000:
                self._standings.clear()
            said = {name: value for name, value in zip(_DERIVABLE, key[1:], strict=True) if value is not None}
            values = standing(key[0], said)
            known = self._standings[key] = tuple(values[name] for name in (*_DERIVABLE, "derived"))
        return known

    def _written(self, ids: Sequence[str], table: dict[str, list[Any]]) -> list[bytes]:
        """Return the records as JSON."""
        external_ids = table["external_id"]
        plain = (self._origin,)
        sources = [plain if each is None else (Source(self._source, self._now, each),) for each in external_ids]
        columns = {**table, "sources": sources, "updated_at": repeat(self._now), "company": repeat(None)}
        return list(map(_encode, map(_Row, ids, *(columns[name] for name in _FIELDS))))

    def _add_keys(self, drafts: Drafts, table: dict[str, list[Any]], given: list[str | None]) -> None:
        profiles = [(i, linkedin_key(each)) for i, each in enumerate(table["linkedin_url"]) if each is not None]
        others = [(i, key) for i, each in enumerate(table["emails"]) if each for key in email_keys(each)]
        externals = [(i, each) for i, each in enumerate(table["external_id"]) if each is not None]
        others += ((i, external_key(self._source, each)) for i, each in externals)
        # A profile lasts longest; of the other keys of one contact it must be found which does.
        lasting: dict[int, str] = {}
        for i, key in others:
            lasting[i] = lasting_key((lasting[i], key)) if i in lasting else key
        lasting |= profiles
        made = dict(zip(lasting, made_ids("contacts", list(lasting.values())), strict=True))
        drafts.ids = [each or made.get(i, "") for i, each in enumerate(given)]
        owned = [*profiles, *others]
        drafts.keys = key_hashes(key for _, key in owned)
        drafts.key_owners = [i for i, _ in owned]
        if self._is_suppressed is not None:
            drafts.suspects = self._suspects(self._is_suppressed, owned, table, given)

    def _suspects(
        self,
        is_suppressed: Callable[[str], bool],
        owned: list[tuple[int, str]],
        table: dict[str, list[Any]],
        given: list[str | None],
    ) -> list[int]:
        """Return the drafts that may be suppressed, of which each has the keys that it *owned*."""
        suspects = {i for i, key in owned if is_suppressed(key)}
        for i, (record_id, custom) in enumerate(zip(given, table["custom"], strict=True)):
            values = {name: table[name][i] for name in ("linkedin_url", "emails", "phones")}
            # The key of the id itself is added with the company's, for every draft.
            own = () if record_id is None else (id_key(record_id),)
            if custom or any(map(is_suppressed, (*own, *contact_traces(values)))):
                suspects.add(i)
        return sorted(suspects)


def microseconds(times: Sequence[str]) -> NDArray[Any]:
    """Return canonical *times* as `letrics.model.values.timestamp` does, all at once."""
    # All are UTC, and numpy takes no mark that says so.
    return np.array([each.removesuffix("Z") for each in times], dtype="M8[us]").astype(np.int64)


def row_with_id(unnamed: bytes, record_id: str) -> bytes:
    """Return the row of a draft that had no id with the one that it has now."""
    return unnamed[:_ID_STARTS] + record_id.encode() + unnamed[_ID_STARTS:]


def _has_personal(emails: tuple[Email, ...]) -> bool:
    return emails[0].type == "personal" if len(emails) == 1 else any(each.type == "personal" for each in emails)


def _folded(name: str | None) -> str:
    """Return a tidy name folded, "" for none; for the plain case without a look into what is remembered."""
    if name is None:
        return ""
    return name.lower() if name.isascii() and "&" not in name else fold(name)


def said_last(companies: Sequence[CompanySaid | None], lines: Sequence[int]) -> dict[int, CompanySaid]:
    """
    Return the distinct *companies* by their identity, each at the last of the *lines* that say it.

    What many rows say in the same words has been read once, and the later word wins.
    """
    last = {id(each): (each, line) for each, line in zip(companies, lines, strict=True) if each is not None}
    return {key: msgspec.structs.replace(each, place=(each.place[0], line)) for key, (each, line) in last.items()}
