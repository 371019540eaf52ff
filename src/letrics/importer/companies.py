"""
The companies of an import: what all rows say of them, told apart, matched, merged and written.

Most rows that name a company only refer to it, and say the same; each such word is kept once.
"""

from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
from msgspec import UNSET
from numpy.typing import NDArray

from letrics.backend import ManyCompanies
from letrics.importer.company_drafts import CompanyDrafts
from letrics.importer.company_words import CompanyWord
from letrics.importer.identity import group_rows, halves_of, lasting_key, made_id, sharing
from letrics.importer.known import KnownBatches, KnownRows
from letrics.importer.said import CompanyChanges, CompanySaid, Place
from letrics.importer.shelf import Shelf
from letrics.importer.write import SUPPRESSED, Writing, company_keys_of, write_company
from letrics.model.keys import HASH_BYTES, company_traces

_BATCH = 5_000
# Words that are put aside as one; who wants one of them gets all.
_SHELVED_TOGETHER = 32
_HASH = f"V{HASH_BYTES}"
# The id of the company that a row names, None where it leads nowhere, or that it is suppressed.
Named = str | None
_DECODER = msgspec.msgpack.Decoder(CompanyChanges)


class CompanyWords:
    """
    Everything that rows say of companies, each distinct word once, by number.

    Rows that are *known* say nothing new; *read_again* gives the words of those that others lead to as well.
    """

    def __init__(self, shelf: Shelf, read_again: Callable[[KnownRows], Sequence[CompanyWord]]) -> None:
        self._shelf = shelf
        self._read_again = read_again
        self.known = KnownBatches(shelf)
        self._numbers: dict[bytes, int] = {}
        self._count = 0
        # Words wait for others, so that the shelf has few things; where it has them.
        self._waiting: list[tuple[str | None, str | None, bytes]] = []
        self._shelved = array("Q")
        self._got: tuple[int, list[tuple[str | None, str | None, bytes]]] = -1, []
        # Which draft a word has, -1 for none: its batch, and its place among the drafts of that.
        self._batches: list[int] = []
        self._batch_of, self._draft_of = array("i"), array("i")
        self.files, self.lines = array("I"), array("Q")
        self.references = array("B")
        self.said = bytearray()
        self._keys, self._key_owners = bytearray(), array("I")

    def __len__(self) -> int:
        return self._count

    def number_of(self, word: CompanyWord) -> int:
        """Return the number of *word*, new or not; where it is said is that of the last time."""
        file, line = word.place
        number = self._numbers.setdefault(word.digest, len(self))
        if number < len(self):
            self.files[number], self.lines[number] = max((file, line), (self.files[number], self.lines[number]))
            return number
        self._count += 1
        self._waiting.append((word.id, word.external_id, word.changes))
        if len(self._waiting) == _SHELVED_TOGETHER:
            self._shelved.append(self._shelf.put(self._waiting))
            self._waiting = []
        self.files.append(file)
        self.lines.append(line)
        self.said += word.digest
        self.references.append(word.is_reference)
        self._batch_of.append(-1)
        self._draft_of.append(-1)
        self._keys += word.keys
        self._key_owners.extend([number] * (len(word.keys) // HASH_BYTES))
        return number

    def numbers_of(self, words: Sequence[CompanyWord], drafts: CompanyDrafts | None) -> list[int]:
        """Return the numbers of *words*; the *drafts* of those that are new are kept."""
        known = len(self)
        numbers = [self.number_of(word) for word in words]
        if drafts is not None:
            for draft, place in enumerate(drafts.places):
                number = numbers[place]
                if number >= known and self._draft_of[number] < 0:
                    self._batch_of[number], self._draft_of[number] = len(self._batches), draft
            self._batches.append(self._shelf.put(drafts, len(drafts.places)))
        return numbers

    def add_known(self, spoken_of: NDArray[Any]) -> None:
        """Add what rows say that are known, and whose companies other words lead to: the numbers *spoken_of*."""
        for known in self.known.among(spoken_of):
            for word in self._read_again(known):
                self.number_of(word)
        # These were the last words.
        self._numbers.clear()

    def forget(self) -> None:
        """Forget everything, once companies are written: their contacts need the memory."""
        self._keys, self._key_owners, self.said = bytearray(), array("I"), bytearray()
        self.files, self.lines, self.references = array("I"), array("Q"), array("B")

    def drafts(self, numbers: NDArray[Any]) -> Iterator[tuple[NDArray[Any], ManyCompanies]]:
        """Yield those of *numbers* (ascending) that have drafts, and these, batch by batch."""
        batches = np.frombuffer(self._batch_of, dtype=np.intc)[numbers]
        for batch in np.unique(batches[batches >= 0]).tolist():
            drafted = numbers[batches == batch]
            drafts: CompanyDrafts = self._shelf.get(self._batches[batch])
            of_batch = np.frombuffer(self._draft_of, dtype=np.intc)[drafted]
            order = np.argsort(of_batch)
            yield drafted[order], drafts.chosen(of_batch[order])

    def get(self, number: int) -> CompanySaid:
        """Return what the word *number* says, at the place where it was said last."""
        together, place = divmod(number, _SHELVED_TOGETHER)
        if together != self._got[0]:
            is_waiting = together == len(self._shelved)
            self._got = together, self._waiting if is_waiting else self._shelf.get(self._shelved[together])
        record_id, external_id, encoded = self._got[1][place]
        changes = msgspec.structs.asdict(_DECODER.decode(encoded))
        said = {name: value for name, value in changes.items() if value is not UNSET}
        return CompanySaid(place=self.place(number), id=record_id, external_id=external_id, changes=said)

    def place(self, number: int) -> Place:
        """Return where the word *number* was said last."""
        return self.files[number], self.lines[number]

    def keys(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return the hashes of all record keys (V16), and the words that hold them."""
        return np.frombuffer(bytes(self._keys), dtype=_HASH), np.array(self._key_owners, dtype=np.int64)

    def full_keys(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return `keys` of the words that are no references."""
        keys, owners = self.keys()
        is_full = ~np.array(self.references, dtype=bool)[owners]
        return keys[is_full], owners[is_full]


def write_companies(run: Writing, words: CompanyWords) -> list[Named]:
    """Write the companies; return the company that each word (by number) names."""
    run.progress.phase("Matching companies", None)
    passed = _pass_known(run, words)
    named: list[Named] = [None] * len(words)
    keys, owners = words.full_keys()
    is_full = ~np.array(words.references, dtype=bool)
    shares = sharing([(halves_of(keys), owners)], len(words))
    held = np.zeros(len(words), dtype=bool)
    held[owners[run.writer.lookup.holders("companies", keys)[0]]] = True
    alone = is_full & ~shares
    new = np.flatnonzero(alone & ~held)
    _write_new(run, words, new[_write_drafts(run, words, new, named)].tolist(), named)
    changed = [*np.flatnonzero(shares & is_full).tolist(), *_passed_unchanged(run, words, alone & held, named)]
    _write_groups(run, words, changed, named)
    _resolve(run, words, np.flatnonzero(~is_full), named, passed)
    if run.replacing is not None:
        run.replacing.companies.update(each for each in named if each is not None)
    words.forget()
    return named


def _pass_known(run: Writing, words: CompanyWords) -> NDArray[Any]:
    """
    Pass over the rows that are known; return their companies' numbers, but for those that other words lead to as well.

    A stored company that is made of one row has that row's keys: whoever shares one with the row leads to it.
    """
    keys, _ = words.full_keys()
    _, spoken_of = run.writer.lookup.holders("companies", keys)
    words.add_known(spoken_of)
    passed = words.known.unless(spoken_of)
    run.report.companies.unchanged += len(passed)
    if run.replacing is not None:
        run.replacing.companies.update(run.writer.lookup.identity("companies", each)[0] for each in passed.tolist())
    return passed


def _write_drafts(run: Writing, words: CompanyWords, numbers: NDArray[Any], named: list[Named]) -> NDArray[Any]:
    """Write the new companies that have drafts; return which of *numbers* are left."""
    left = np.ones(len(numbers), dtype=bool)
    # Whoever may be suppressed is looked at one by one.
    for drafted, companies in words.drafts(numbers) if run.is_suppressed is None else ():
        run.writer.put_companies(companies)
        run.report.companies.created += len(drafted)
        left[np.searchsorted(numbers, drafted)] = False
        for number, record_id in zip(drafted.tolist(), companies.ids, strict=True):
            named[number] = record_id
    return left


def _write_new(run: Writing, words: CompanyWords, numbers: list[int], named: list[Named]) -> None:
    """Write the companies of which one word speaks, and which are not stored."""
    run.progress.phase("Merging companies", len(numbers))
    for number in numbers:
        said = words.get(number)
        keys = company_keys_of(said, run.source_name(said))
        if run.is_kept_out((*keys, *company_traces(said.changes))):
            run.report.companies.suppressed += 1
            named[number] = SUPPRESSED
            continue
        record_id = said.id or made_id("companies", lasting_key(keys))
        digest = bytes(words.said[number * HASH_BYTES : (number + 1) * HASH_BYTES])
        company = write_company(run, record_id, [said], None, digest)
        named[number] = company.id if company is not None else None
        run.progress.advance(1)


def _passed_unchanged(run: Writing, words: CompanyWords, asked: NDArray[Any], named: list[Named]) -> list[int]:
    """Pass over the words of which a stored company is made already; return the others of those *asked* for."""
    numbers = np.flatnonzero(asked)
    made = run.writer.lookup.made_of("companies", np.frombuffer(bytes(words.said), dtype=_HASH)[numbers])
    others = []
    for number, stored in zip(numbers.tolist(), made.tolist(), strict=True):
        # Whoever has been suppressed since is looked at closely.
        if stored < 0 or run.is_suppressed is not None:
            others.append(number)
        else:
            named[number], _ = run.writer.lookup.identity("companies", stored)
            run.report.companies.unchanged += 1
    return others


def _write_groups(run: Writing, words: CompanyWords, numbers: list[int], named: list[Named]) -> None:
    """Write the companies of which several words speak, or which are stored."""
    numbers.sort(key=words.place)
    rows = [words.get(number) for number in numbers]
    keys = [company_keys_of(said, run.source_name(said)) for said in rows]
    names = [said.changes.get("name") for said in rows]
    groups = group_rows("companies", keys, names, run.writer.lookup, run.clash_of(rows))
    run.progress.phase("Merging companies", len(groups))
    for start in range(0, len(groups), _BATCH):
        batch = groups[start : start + _BATCH]
        stored = run.writer.lookup.companies([group.record_id for group in batch])
        for group, before in zip(batch, stored, strict=True):
            saying = [rows[row] for row in group.rows]
            found: Named
            if run.is_kept_out((*group.keys, *(trace for row in saying for trace in company_traces(row.changes)))):
                run.keep_company_out(before)
                found = SUPPRESSED
            else:
                company = write_company(run, group.record_id, saying, before)
                found = company.id if company is not None else None
            for row in group.rows:
                named[numbers[row]] = found
        run.progress.advance(len(batch))


def _resolve(
    run: Writing, words: CompanyWords, numbers: NDArray[Any], named: list[Named], passed: NDArray[Any]
) -> None:
    """
    Find the company that each reference means: one of these files before another that is stored.

    What is not known becomes one of its own, if it has a domain.  Of the stored ones those *passed* are of these files.
    """
    keys, owners = words.keys()
    # A reference has one key.
    own = keys[np.searchsorted(owners, numbers)]
    stored = _stored_ids(run, own, passed)
    unknown: list[int] = []
    holders = _last_holders(*words.full_keys(), own).tolist()
    for place, (number, holder) in enumerate(zip(numbers.tolist(), holders, strict=True)):
        meant = (named[holder] if holder >= 0 else None) or stored.get(place)
        if meant is None or (meant != SUPPRESSED and _is_kept_out(run, words, number)):
            unknown.append(number)
        else:
            named[number] = meant
    _write_groups(run, words, unknown, named)


def _last_holders(keys: NDArray[Any], owners: NDArray[Any], wanted: NDArray[Any]) -> NDArray[Any]:
    """Return, for each of the keys *wanted* (V16), the last of *owners* (of *keys*) that holds it, -1 for none."""
    first, second = keys.view(">u8").reshape(-1, 2).T.astype(np.uint64)
    order = np.lexsort((second, first))
    ordered = keys[order].view(f"S{HASH_BYTES}")
    holders = np.append(owners[order], -1)
    places = np.searchsorted(ordered, wanted.view(f"S{HASH_BYTES}"), side="right") - 1
    are_held = (places >= 0) & (np.append(keys[order], np.zeros(1, dtype=_HASH))[places] == wanted)
    found: NDArray[Any] = np.where(are_held, holders[places], -1)
    return found


def _stored_ids(run: Writing, keys: NDArray[Any], first: NDArray[Any]) -> dict[int, str]:
    """
    Return, by the places of those *keys* (hashes) that stored companies hold, the first id of these.

    The companies whose numbers are *first* come before others.
    """
    found: dict[int, tuple[bool, str]] = {}
    places, records = run.writer.lookup.holders("companies", keys)
    is_later = ~np.isin(records, first)
    ids = run.writer.lookup.ids("companies", records)
    for place, each in zip(places.tolist(), zip(is_later.tolist(), ids, strict=True), strict=True):
        found[place] = min(each, found.get(place, each))
    return {place: record_id for place, (_, record_id) in found.items()}


def _is_kept_out(run: Writing, words: CompanyWords, number: int) -> bool:
    """Return whether a reference is by a key that is suppressed."""
    if run.is_suppressed is None:
        return False
    said = words.get(number)
    return run.is_kept_out(company_keys_of(said, run.source_name(said)))
