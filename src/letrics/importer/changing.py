"""
Stored contacts that one row each speaks of, and nothing else: changed many at once.

Which these are is told from hashes of keys alone; whoever is not among them goes the way of `write.py`, and
both ways say the same.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

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


def write_changed(
    run: Writing,
    source: str,
    changes: dict[str, list[Any]],
    places: Sequence[int],
    company_ids: Sequence[str | None],
    numbers: Sequence[int],
) -> None:
    """
    Change the stored contacts *numbers*, each by the row of *source* at one of *places* of the columns *changes*.

    *company_ids* are the companies that these rows name.
    """
    columns = [(name, column, name in _ALWAYS_SAID) for name, column in changes.items() if name != "id"]
    stored = run.writer.lookup.contacts_at(numbers)
    without_id = Source(source, run.now)
    changed: list[Contact] = []
    companies: list[str | None] = []
    replaced: list[int] = []
    for place, named, number, (before, company_before) in zip(places, company_ids, numbers, stored, strict=True):
        # Most of what is said is stored already, and changes nothing.
        said = {
            name: value
            for name, column, always in columns
            if (value := column[place]) is not None and (always or value != getattr(before, name))
        }
        has_id = "external_id" in said
        contact = merged_contact(before, said, Source(source, run.now, said["external_id"]) if has_id else without_id)
        if run.is_suppressed is not None:
            contact = without_suppressed(contact, run.is_suppressed)
        company = named if named is not None else company_before
        if run.replacing is not None:
            run.replacing.contacts[contact.id] = named
        if contact == before and company == company_before:
            run.report.contacts.unchanged += 1
            continue
        changed.append(msgspec.structs.replace(contact, updated_at=run.now))
        companies.append(company)
        replaced.append(number)
    run.report.contacts.updated += len(changed)
    if changed:
        first_row = run.writer.keep_rows("contacts", Packed.of(list(map(_encode, changed))))
        run.writer.put_contacts(_many(changed, first_row, companies, np.array(replaced, dtype=np.int64)))


def _many(
    contacts: Sequence[Contact], first_row: int, company_ids: list[str | None], replaced: NDArray[Any]
) -> ManyContacts:
    """Return *contacts*, which hold no companies, as columns; their rows are kept from the number *first_row* on."""
    keys = [contact_keys_at(contact, company) for contact, company in zip(contacts, company_ids, strict=True)]
    return ManyContacts(
        ids=[each.id for each in contacts],
        rows=np.arange(first_row, first_row + len(contacts)),
        company_ids=company_ids,
        added_us=timestamps([each.added_at for each in contacts]),
        keys=np.frombuffer(key_hashes(chain.from_iterable(keys)), dtype=_HASH),
        key_owners=np.repeat(np.arange(len(keys)), list(map(len, keys))),
        said=np.frombuffer(NOTHING_SAID * len(contacts), dtype=_HASH),
        fields={name: coded([getattr(each, name) for each in contacts]) for name in (*FILTERED, "sources")},
        replaced=replaced,
    )
