"""
Stored contacts that one row each speaks of, and nothing else: changed many at once.

Which these are is told from hashes of keys alone; whoever is not among them goes the way of `write.py`, and
both ways say the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from letrics import forked
from letrics.backend import NOTHING_SAID, ManyContacts, coded
from letrics.importer.drafts import FILTERED
from letrics.importer.suppressions import without_suppressed
from letrics.importer.write import Writing
from letrics.model.company import Source
from letrics.model.contact import Contact
from letrics.model.keys import HASH_BYTES, contact_keys_at, key_hashes
from letrics.model.merging import merged_contact
from letrics.model.times import timestamps
from letrics.packed import Packed

_encode = msgspec.json.Encoder().encode
_HASH = f"V{HASH_BYTES}"
# What is derived unless it is said, what also tells the source, and what may be the same in another form.
_ALWAYS_SAID = {"departments", "seniority", "is_decision_maker", "external_id", "custom"}
# Contacts that are changed at once; to start a process takes longer than to change fewer parts than so many.
_PART, _PARTS_MIN = 1_000, 3
# Instead of the number of the one stored contact that a draft means.
NOT_STORED, UNCLEAR = -1, -2


def meant_alone(owners: NDArray[Any], records: NDArray[Any], is_strong: NDArray[Any], count: int) -> NDArray[Any]:
    """
    Return, for each of *count* drafts, the number of the one stored contact that it means and no other draft does.

    The drafts *owners* and the stored *records* share a key, side by side, which *is_strong* where nothing about the
    record can overrule it.  NOT_STORED is for drafts that share none, UNCLEAR for those to be looked at.
    """
    meant = np.full(count, NOT_STORED, dtype=np.int64)
    meant[owners] = records
    has_strong = np.zeros(count, dtype=bool)
    has_strong[owners[is_strong]] = True
    is_unclear = (meant != NOT_STORED) & ~has_strong
    is_unclear[owners[meant[owners] != records]] = True
    order = np.argsort(records, kind="stable")
    by_record, of = records[order], owners[order]
    is_met = (by_record[1:] == by_record[:-1]) & (of[1:] != of[:-1])
    is_unclear |= np.isin(meant, by_record[1:][is_met])
    meant[is_unclear] = UNCLEAR
    return meant


class Changing(msgspec.Struct):
    """
    The stored contacts *numbers*, each to be changed by a row of *source*, at one of *places* of the columns *changes*.

    *company_ids* are the companies that these rows name.
    """

    source: str
    changes: dict[str, list[Any]]
    places: list[int]
    company_ids: list[str | None]
    numbers: list[int]

    def parted(self) -> Iterator["Changing"]:
        """Yield it in parts."""
        for at in range(0, len(self.numbers), _PART):
            own = slice(at, at + _PART)
            yield Changing(self.source, self.changes, self.places[own], self.company_ids[own], self.numbers[own])


class _Changed(msgspec.Struct):
    """What became of some contacts: those changed, and their rows; how many did not; and of whom rows spoke."""

    contacts: ManyContacts | None
    rows: Packed
    unchanged: int
    spoken_of: dict[str, str | None]


def write_changed(run: Writing, changing: Sequence[Changing]) -> None:
    """Change stored contacts; of some thousands another process does a part."""
    parts = [part for each in changing for part in each.parted()]
    changed: Iterable[_Changed]
    if len(parts) < _PARTS_MIN or not forked.is_possible():
        changed = map(partial(_changed, run), parts)
    else:
        half = len(parts) // 2
        with forked.meanwhile(lambda: [_changed(run, each) for each in parts[:half]]) as others:
            own = [_changed(run, each) for each in parts[half:]]
            changed = [*others(), *own]
    for each in changed:
        run.report.contacts.unchanged += each.unchanged
        if run.replacing is not None:
            run.replacing.contacts.update(each.spoken_of)
        if each.contacts is not None:
            run.report.contacts.updated += len(each.contacts.ids)
            first = run.writer.keep_rows("contacts", each.rows)
            run.writer.put_contacts(msgspec.structs.replace(each.contacts, rows=each.contacts.rows + first))


def _changed(run: Writing, changing: Changing) -> _Changed:
    """Return what becomes of the contacts; nothing is written."""
    columns = [(name, column, name in _ALWAYS_SAID) for name, column in changing.changes.items() if name != "id"]
    stored = run.writer.lookup.contacts_at(changing.numbers)
    without_id = Source(changing.source, run.now)
    changed: list[Contact] = []
    companies: list[str | None] = []
    replaced: list[int] = []
    unchanged = 0
    spoken_of: dict[str, str | None] = {}
    rows = zip(changing.places, changing.company_ids, changing.numbers, stored, strict=True)
    for place, named, number, (before, company_before) in rows:
        # Most of what is said is stored already, and changes nothing.
        said = {
            name: value
            for name, column, always in columns
            if (value := column[place]) is not None and (always or value != getattr(before, name))
        }
        has_id = "external_id" in said
        source = Source(changing.source, run.now, said["external_id"]) if has_id else without_id
        contact = merged_contact(before, said, source)
        if run.is_suppressed is not None:
            contact = without_suppressed(contact, run.is_suppressed)
        company = named if named is not None else company_before
        if run.replacing is not None:
            spoken_of[contact.id] = named
        if contact == before and company == company_before:
            unchanged += 1
            continue
        changed.append(msgspec.structs.replace(contact, updated_at=run.now))
        companies.append(company)
        replaced.append(number)
    many = _many(changed, companies, np.array(replaced, dtype=np.int64)) if changed else None
    return _Changed(many, Packed.of(list(map(_encode, changed))), unchanged, spoken_of)


def _many(contacts: Sequence[Contact], company_ids: list[str | None], replaced: NDArray[Any]) -> ManyContacts:
    """Return *contacts*, which hold no companies, as columns; their rows are numbered from 0."""
    keys = [contact_keys_at(contact, company) for contact, company in zip(contacts, company_ids, strict=True)]
    return ManyContacts(
        ids=[each.id for each in contacts],
        rows=np.arange(len(contacts)),
        company_ids=company_ids,
        added_us=timestamps([each.added_at for each in contacts]),
        keys=np.frombuffer(key_hashes(chain.from_iterable(keys)), dtype=_HASH),
        key_owners=np.repeat(np.arange(len(keys)), list(map(len, keys))),
        said=np.frombuffer(NOTHING_SAID * len(contacts), dtype=_HASH),
        fields={name: coded([getattr(each, name) for each in contacts]) for name in (*FILTERED, "sources")},
        replaced=replaced,
    )
