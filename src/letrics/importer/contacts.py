"""
The contacts of an import: the drafts of all rows, with their companies, checked for others of the same person.

A draft that nothing else speaks of is the record.  The other rows are read again and go the way of `write.py`.
"""

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from letrics.backend import Coded, ManyContacts
from letrics.importer.changing import NOT_STORED, UNCLEAR, Changing, meant_alone, write_changed
from letrics.importer.companies import Named
from letrics.importer.drafts import DraftRows, Drafts, row_with_id
from letrics.importer.identity import halves_of, made_id, sharing
from letrics.importer.known import KnownBatches, KnownRows
from letrics.importer.origins import Origins
from letrics.importer.report import Reject
from letrics.importer.said import ContactSaid
from letrics.importer.shelf import Shelf
from letrics.importer.write import SUPPRESSED, Writing, contact_keys_of, write_contacts
from letrics.model.keys import HASH_BYTES, id_key, key_hashes
from letrics.packed import Packed

_HASH = f"V{HASH_BYTES}"
# What rows say of so many stored contacts waits in memory until these are changed.
_CHANGED_AT_ONCE = 50_000
ReadAgain = Callable[[int, Origins, int], ContactSaid]  # from a file's number and a draft to what its row says


class _Settled(msgspec.Struct):
    """
    A batch of drafts that have their companies and ids; *first* is the number of its first one over all.

    *keys* are hashes of record keys (16 bytes each), each of the draft *key_owners*; the first *strong* are of kinds
    that no other key overrules, but for an id that is given, as those *named* have.  Of the others those *sure* are
    the name of a draft that has no key by which it could be somebody else of that name.  Those *out* are no
    contacts, and *suspects* may be suppressed.
    """

    file: int
    first: int
    company_ids: list[Named]
    ids: list[str]
    keys: bytes
    key_owners: NDArray[Any]
    strong: int
    sure: NDArray[np.bool_]
    out: list[int]
    named: list[int]
    suspects: list[int]
    rows: int


class _Companies(msgspec.Struct, frozen=True):
    """The companies that rows name, by number: their ids, and who is suppressed or nowhere; the last is none."""

    ids: NDArray[Any]
    are_suppressed: NDArray[Any]
    are_nowhere: NDArray[Any]

    @classmethod
    def of(cls, named: Sequence[Named]) -> "_Companies":
        """Return the companies *named*."""
        are_nowhere = [*(each is None for each in named), False]
        ids = np.array([*named, None], dtype=object)
        return cls(ids, ids == SUPPRESSED, np.array(are_nowhere))


class ContactDrafts:
    """All drafts of an import, batch by batch on *shelf*; *read_again* gives what a row says of a contact."""

    def __init__(self, shelf: Shelf, read_again: ReadAgain) -> None:
        self._shelf = shelf
        self._read_again = read_again
        self._batches: list[tuple[int, int]] = []
        self._known = KnownBatches(shelf)

    def add(self, drafts: Drafts, known: KnownRows) -> None:
        """Put a batch aside, with the rows beside it of which stored contacts are made already."""
        rows = self._shelf.put(drafts.rows, len(drafts.ids))
        self._batches.append((self._shelf.put(msgspec.structs.replace(drafts, rows=None)), rows))
        self._known.add(known)

    def write(self, run: Writing, named: Sequence[Named]) -> None:
        """Write the contacts, whose companies are *named* by number."""
        run.progress.phase("Matching contacts", None)
        settled, shares, meant, spoken_of = self._settle_all(run, _Companies.of(named))
        meant[np.isin(meant, self._known.records())] = UNCLEAR
        others = self._pass_unchanged(run, spoken_of)
        # What is read again may settle on another stored contact than it was known for.
        meant[np.isin(meant, _held(run, others))] = UNCLEAR
        run.progress.phase("Merging contacts", len(shares))
        changing: list[Changing] = []
        for number in settled:
            batch = self._shelf.get(number)
            own = slice(batch.first, batch.first + len(batch.ids))
            left, change = self._write_batch(run, batch, shares[own], meant[own])
            others += left
            changing += change
            if sum(len(each.numbers) for each in changing) >= _CHANGED_AT_ONCE:
                write_changed(run, changing)
                changing = []
            run.progress.advance(len(batch.ids))
        write_changed(run, changing)
        others.sort(key=lambda each: each[0].place)
        write_contacts(run, [said for said, _ in others], [company for _, company in others])

    def _settle_all(
        self, run: Writing, companies: _Companies
    ) -> tuple[list[int], NDArray[Any], NDArray[Any], NDArray[Any]]:
        """
        Settle all batches; return where they are on the shelf, and of each draft whether it shares a key with another.

        With these come the stored contact that each means (see `meant_alone`), and all that drafts share keys with.
        """
        settled: list[int] = []
        held: list[tuple[NDArray[Any], NDArray[Any]]] = []
        met = [(np.empty(0, dtype=np.uint32), np.empty(0, dtype=np.int64), np.empty(0, dtype=bool))]
        count = 0
        for number, rows in self._batches:
            drafts: Drafts = self._shelf.get(number)
            batch = self._settled(run, drafts, rows, count, companies)
            settled.append(self._shelf.put(batch))
            hashes, owners = np.frombuffer(batch.keys, dtype=_HASH), batch.key_owners + np.uint32(count)
            held.append((halves_of(hashes), owners))
            is_left = ~np.isin(drafts.met_owners, batch.out)
            met_owners, records = drafts.met_owners[is_left] + np.uint32(count), drafts.met_records[is_left]
            met.append((met_owners, records, np.ones(len(records), dtype=bool)))
            places, records = run.writer.lookup.holders("contacts", hashes[batch.strong :])
            met.append((owners[batch.strong :][places], records, batch.sure[places]))
            count += len(batch.ids)
        meeting, records, is_strong = (np.concatenate(each) for each in zip(*met, strict=True))
        return settled, sharing(held, count), meant_alone(meeting, records, is_strong, count), records

    def _pass_unchanged(self, run: Writing, spoken_of: NDArray[Any]) -> list[tuple[ContactSaid, Named]]:
        """
        Pass over the rows that are known; return those whose contacts other rows, *spoken_of*, lead to as well.

        A stored contact that is made of one row has that row's keys: whoever shares one with the row leads to it.
        """
        unchanged = self._known.unless(spoken_of)
        run.report.contacts.unchanged += len(unchanged)
        if run.replacing is not None:
            run.replacing.contacts.update(run.writer.lookup.identity("contacts", each) for each in unchanged.tolist())
        others: list[tuple[ContactSaid, Named]] = []
        for known in self._known.among(spoken_of):
            for place, record in enumerate(known.records.tolist()):
                _, company_id = run.writer.lookup.identity("contacts", record)
                others.append((self._read_again(known.file, known.origins, place), company_id))
        return others

    def _settled(self, run: Writing, drafts: Drafts, rows: int, first: int, companies: _Companies) -> _Settled:
        """Return a batch with companies, ids and all its keys."""
        numbers = np.array(drafts.companies, dtype=np.int64)
        company_ids = companies.ids[numbers].tolist()
        out = np.flatnonzero(companies.are_suppressed[numbers]).tolist()
        run.report.contacts.suppressed += len(out)
        dangling = np.flatnonzero(companies.are_nowhere[numbers]).tolist()
        out += dangling
        run.report.rejects += (_dangling(run, said) for said in self._said(drafts.file, rows, dangling))
        batch = _Settled(
            file=drafts.file,
            first=first,
            company_ids=company_ids,
            ids=drafts.ids,
            keys=b"",
            key_owners=np.array(drafts.key_owners, dtype=np.uint32),
            strong=len(drafts.key_owners),
            sure=np.zeros(0, dtype=bool),
            out=out,
            named=drafts.named,
            suspects=list(drafts.suspects),
            rows=rows,
        )
        pairs = zip(company_ids, drafts.names, strict=True)
        owners = [i for i, (company_id, name) in enumerate(pairs) if company_id is not None and name]
        owned = [f"name:{company_ids[i]}|{drafts.names[i]}" for i in owners]
        sure = ~drafts.told_apart[owners]
        unnamed = _without_id(batch, owners, owned)
        for i, said in zip(unnamed, self._said(drafts.file, rows, unnamed), strict=True):
            keys = contact_keys_of(said, company_ids[i], run.source_name(said))
            owners += [i] * len(keys)
            owned += keys
        _without_id(batch, owners, owned)
        if run.is_suppressed is not None:
            batch.suspects += (i for i, key in zip(owners, owned, strict=True) if run.is_kept_out([key]))
        # No new record may get the id of another, given or made.
        batch.keys = drafts.keys + key_hashes(chain(owned, map(id_key, batch.ids)))
        everyone = np.arange(len(batch.ids), dtype=np.uint32)
        batch.key_owners = np.concatenate((batch.key_owners, np.array(owners, dtype=np.uint32), everyone))
        batch.sure = np.append(sure, np.zeros(len(batch.key_owners) - batch.strong - len(sure), dtype=bool))
        if out:
            kept = ~np.isin(batch.key_owners, out)
            batch.sure = batch.sure[kept[batch.strong :]]
            batch.strong = int(kept[: batch.strong].sum())
            batch.keys = np.frombuffer(batch.keys, dtype=_HASH)[kept].tobytes()
            batch.key_owners = batch.key_owners[kept]
        return batch

    def _said(self, file: int, rows: int, drafts: Sequence[int]) -> list[ContactSaid]:
        """Return what some drafts of a batch were made of."""
        if not drafts:
            return []
        content: DraftRows = self._shelf.get(rows)
        return [self._read_again(file, content.origins, draft) for draft in drafts]

    def _write_batch(
        self, run: Writing, batch: _Settled, shares: NDArray[Any], meant: NDArray[Any]
    ) -> tuple[list[tuple[ContactSaid, Named]], list[Changing]]:
        """Write the drafts of a batch that are records; return the other rows, and which change what they *mean*."""
        rows: DraftRows = self._shelf.get(batch.rows)
        keys, owners = np.frombuffer(batch.keys, dtype=_HASH), batch.key_owners
        is_left = np.ones(len(batch.ids), dtype=bool)
        is_left[batch.out] = False
        is_alone = is_left & ~shares
        is_alone[batch.suspects] = False
        is_new = is_alone & (meant == NOT_STORED)
        if is_new.any():
            chosen = np.flatnonzero(is_new)
            new = _chosen(batch, rows, _kept(run, batch, rows, chosen), keys, owners, chosen)
            run.writer.put_contacts(new)
            run.report.contacts.created += len(new.ids)
            if run.replacing is not None:
                run.replacing.contacts.update(zip(new.ids, new.company_ids, strict=True))
        is_change = is_alone & (meant >= 0) & (np.arange(len(batch.ids)) < rows.changing)
        is_change[batch.named] = False
        changing: list[Changing] = []
        if is_change.any():
            places, numbers = np.flatnonzero(is_change).tolist(), meant[is_change].tolist()
            company_ids = [batch.company_ids[place] for place in places]
            changing.append(Changing(run.sources[batch.file], rows.changes, places, company_ids, numbers))
        left = np.flatnonzero(is_left & ~is_new & ~is_change).tolist()
        return [(self._read_again(batch.file, rows.origins, i), batch.company_ids[i]) for i in left], changing


def _without_id(batch: _Settled, owners: Sequence[int], owned: Sequence[str]) -> list[int]:
    """Give the drafts that have no id one that is made of a key *owned* by them; return those without any key."""
    if all(batch.ids):
        return []
    missing = {i for i, each in enumerate(batch.ids) if not each}
    for i, key in zip(owners, owned, strict=True):
        if i in missing:
            batch.ids[i] = made_id("contacts", key)
            missing.remove(i)
    return sorted(missing)


def _dangling(run: Writing, said: ContactSaid) -> Reject:
    """Return the reject of a contact whose company is nowhere."""
    assert said.company is not None
    key = "company.id" if said.company.id is not None else "company.external_id"
    value = said.company.id if said.company.id is not None else said.company.external_id
    reason = f"names the company {value}, which is neither stored nor in these files"
    return Reject(run.names[said.place[0]], said.place[1], key, reason, "")


def _kept(run: Writing, batch: _Settled, rows: DraftRows, chosen: NDArray[Any]) -> NDArray[Any]:
    """Return the numbers of the rows of the *chosen* drafts, once those that had no id are kept with theirs."""
    kept: NDArray[Any] = rows.first_row + rows.row_of[chosen]
    unnamed = [(place, i) for place, i in enumerate(chosen.tolist()) if i in rows.unnamed] if rows.unnamed else []
    if unnamed:
        named = [row_with_id(rows.unnamed[i], batch.ids[i]) for _, i in unnamed]
        first = run.writer.keep_rows("contacts", Packed.of(named))
        kept[[place for place, _ in unnamed]] = np.arange(first, first + len(named))
    return kept


def _chosen(
    batch: _Settled,
    rows: DraftRows,
    kept: NDArray[Any],
    keys: NDArray[Any],
    owners: NDArray[Any],
    chosen: NDArray[Any],
) -> ManyContacts:
    """Return the *chosen* drafts as new contacts, whose rows are *kept*."""
    place_of = np.full(len(batch.ids), -1, dtype=np.int64)
    place_of[chosen] = np.arange(len(chosen))
    of_chosen = place_of[owners] >= 0
    places = chosen.tolist()
    ids = [batch.ids[i] for i in places]
    return ManyContacts(
        ids=ids,
        rows=kept,
        company_ids=[batch.company_ids[i] for i in places],
        added_us=rows.added_us[chosen],
        keys=keys[of_chosen],
        key_owners=place_of[owners[of_chosen]],
        said=np.frombuffer(rows.said, dtype=_HASH)[rows.row_of[chosen]],
        fields={name: Coded(each.values, each.codes[chosen]) for name, each in rows.fields.items()},
    )


def _held(run: Writing, others: Sequence[tuple[ContactSaid, Named]]) -> NDArray[Any]:
    """Return the numbers of the stored contacts that share a key with rows that are read again."""
    keys = [key for said, company in others for key in contact_keys_of(said, company, run.source_name(said))]
    return run.writer.lookup.holders("contacts", np.frombuffer(key_hashes(keys), dtype=_HASH))[1]
