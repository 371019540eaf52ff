"""
Identity: which rows speak of one record, and which stored record that is (data.md, Identity).

Rows that share a key are one, by the strongest keys first, so that their order changes nothing.  Rows
are never joined against a stronger key that tells them apart, and every clash is reported.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from hashlib import blake2b
from itertools import count, product
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from letrics.backend import Lookup
from letrics.importer.borrowed_ids import doubts_of, kept_apart
from letrics.model.company import Company
from letrics.model.contact import Contact
from letrics.model.filters import Search
from letrics.model.keys import company_keys, contact_keys
from letrics.packed import Packed

# Kinds of key, strongest first.
_STRENGTH = ("id", "external", "domain", "linkedin", "email", "name", "whole")
# From which kinds of key a new record's id is made, the most lasting first.
_LASTING = ("domain", "linkedin", "email", "external", "name", "whole")
# The weakest key joins no rows that one of these tells apart.
_TELLING = ("id", "external", "linkedin")
_ID_BYTES = 12  # 96 bits: no two records meet by chance
_STARTS: dict[Search, str] = {"companies": "co_", "contacts": "ct_"}
# Ids are written in base 32 (RFC 4648, lower case and without padding), one of them ten bits at once.
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_LETTERS, _LETTER_BITS = np.frombuffer(_ALPHABET.encode(), dtype=np.uint8), 5
_PAIRS = ["".join(pair) for pair in product(_ALPHABET, repeat=2)]
_PADDING_BITS = -8 * _ID_BYTES % 10
_PAIRS_AT = range(8 * _ID_BYTES + _PADDING_BITS - 10, -1, -10)
# Keys, and records, that are looked up at once.
_LOOKUP_BATCH, _LOOKED_AT = 20_000, 5_000


# Hashes are sorted a 16th of them at a time, so that sorting needs little memory beside theirs.
_NIBBLES = 16


def halves_of(keys: NDArray[Any]) -> NDArray[Any]:
    """Return the first halves of *keys* (hashes, V16) as numbers."""
    halves: NDArray[Any] = keys.view(">u8")[::2].astype(np.uint64)
    return halves


def sharing(held: Sequence[tuple[NDArray[Any], NDArray[Any]]], count: int) -> NDArray[Any]:
    """
    Return which of *count* rows share a key with another row.

    *held* are halves of keys (see `halves_of`) and the rows that have them, in pieces.
    """
    nibbles = [(halves >> np.uint64(60)).astype(np.uint8) for halves, _ in held]
    shares = np.zeros(count, dtype=bool)
    for nibble in range(_NIBBLES if held else 0):
        chosen = [np.flatnonzero(each == nibble) for each in nibbles]
        halves = np.concatenate([each[own] for (each, _), own in zip(held, chosen, strict=True)])
        owners = np.concatenate([each[own] for (_, each), own in zip(held, chosen, strict=True)])
        order = np.argsort(halves)
        halves, owners = halves[order], owners[order]
        # Half a hash does: who is taken for a sharer by chance is only looked at more closely.
        is_tied = halves[1:] == halves[:-1]
        # A row may hold a key twice, and shares it with nobody then.
        tied = np.flatnonzero(is_tied & (owners[1:] != owners[:-1]))
        shares[owners[tied]] = True
        shares[owners[tied + 1]] = True
    return shares


def kind_of(key: str) -> str:
    """Return the kind of a record key."""
    return key.partition(":")[0]


class Group(msgspec.Struct):
    """The rows (by number) that speak of one record, its keys, and its id: a stored one, or a new one."""

    rows: list[int]
    keys: set[str]
    record_id: str = ""
    is_stored: bool = False


def group_rows(
    search: Search,
    keys: Sequence[tuple[str, ...]],
    names: Sequence[str | None],
    lookup: Lookup,
    report_clash: Callable[[int, str], None],
) -> list[Group]:
    """
    Return the groups of rows, in the order of their first rows; *keys* are each row's own, as are *names*.

    *report_clash* takes a row and a sentence on the keys that point elsewhere.
    """
    joined = _Joined(keys)
    for kind in _STRENGTH:
        joined.join_by(kind, report_clash)
    groups = joined.groups()
    stored = _stored(search, groups, lookup)
    strangers = _strangers(search, groups, stored, lookup)
    doubts = [
        doubt
        for group in groups
        for doubt in doubts_of(group.rows[0], group.keys, [names[row] for row in group.rows], stored)
    ]
    strangers |= kept_apart(search, doubts, stored, lookup, report_clash)
    for group in groups:
        _settle(group, stored, strangers, report_clash)
    groups = _fused(groups)
    taken = {group.record_id for group in groups if group.record_id}
    for group in groups:
        if not group.record_id:
            group.record_id = _new_id(search, group, lookup, taken)
            taken.add(group.record_id)
    return groups


class _Joined:
    """Rows as they are joined into groups: a forest of rows, after Tarjan's disjoint sets."""

    def __init__(self, keys: Sequence[tuple[str, ...]]) -> None:
        self._keys = keys
        self._parent = list(range(len(keys)))
        self._by_kind: dict[str, list[tuple[int, str]]] = defaultdict(list)
        self._telling: dict[str, dict[int, set[str]]] = {kind: {} for kind in _TELLING}
        for row, each in enumerate(keys):
            for key in each:
                kind = kind_of(key)
                self._by_kind[kind].append((row, key))
                if kind in self._telling:
                    self._telling[kind].setdefault(row, set()).add(key)

    def root(self, row: int) -> int:
        while self._parent[row] != row:
            self._parent[row] = self._parent[self._parent[row]]
            row = self._parent[row]
        return row

    def join_by(self, kind: str, report_clash: Callable[[int, str], None]) -> None:
        first_with: dict[str, int] = {}
        for row, key in self._by_kind[kind]:
            first, other = self.root(first_with.setdefault(key, row)), self.root(row)
            if first == other:
                continue
            if self._may_join(first, other, kind):
                small, large = sorted((first, other))
                self._parent[large] = small
                for told in self._telling.values():
                    if large in told:
                        told[small] = told.get(small, set()) | told[large]
            elif kind != "name":
                report_clash(row, f"shares {_shown(key)} with another record; the stronger key told them apart")

    def _may_join(self, first: int, other: int, kind: str) -> bool:
        apart = _TELLING if kind == "name" else ("id",)
        for each in apart:
            mine, theirs = self._telling[each].get(first), self._telling[each].get(other)
            if mine and theirs and not mine & theirs:
                return False
        return True

    def groups(self) -> list[Group]:
        rows: dict[int, list[int]] = defaultdict(list)
        for row in range(len(self._keys)):
            rows[self.root(row)].append(row)
        return [Group(each, {key for row in each for key in self._keys[row]}) for each in rows.values()]


def _stored(search: Search, groups: list[Group], lookup: Lookup) -> dict[str, tuple[str, ...]]:
    """Return the ids of the stored records that hold each key."""
    keys = sorted({key for group in groups for key in group.keys})
    stored: dict[str, tuple[str, ...]] = {}
    for start in range(0, len(keys), _LOOKUP_BATCH):
        batch = keys[start : start + _LOOKUP_BATCH]
        stored |= {key: ids for key, ids in zip(batch, lookup.find(search, batch), strict=True) if ids}
    return stored


def _strangers(
    search: Search, groups: list[Group], stored: dict[str, tuple[str, ...]], lookup: Lookup
) -> set[tuple[str, str]]:
    """Return the pairs of a group's weakest key and a stored record that a stronger key tells apart from the group."""
    asked = [
        (group, key, record_id)
        for group in groups
        for key in group.keys
        if kind_of(key) == "name"
        for record_id in stored.get(key, ())
    ]
    strangers: set[tuple[str, str]] = set()
    for start in range(0, len(asked), _LOOKED_AT):
        batch = asked[start : start + _LOOKED_AT]
        ids = [record_id for *_, record_id in batch]
        records: Sequence[Company | Contact | None] = (
            lookup.companies(ids) if search == "companies" else lookup.contacts(ids)
        )
        for (group, key, record_id), record in zip(batch, records, strict=True):
            assert record is not None
            own = company_keys(record) if isinstance(record, Company) else contact_keys(record)
            if any(_differ(kind, group.keys, own) for kind in _TELLING if kind != "id"):
                strangers.add((key, record_id))
    return strangers


def _differ(kind: str, mine: Collection[str], theirs: Collection[str]) -> bool:
    """Return whether both sides have keys of *kind*, and none in common."""
    left = {key for key in mine if kind_of(key) == kind}
    right = {key for key in theirs if kind_of(key) == kind}
    return bool(left) and bool(right) and not left & right


def _settle(
    group: Group,
    stored: dict[str, tuple[str, ...]],
    strangers: set[tuple[str, str]],
    report_clash: Callable[[int, str], None],
) -> None:
    """Give *group* the record that its strongest key points at, and report the keys that point elsewhere."""
    named = sorted(key for key in group.keys if key.startswith("id:"))
    found = [key for key in group.keys if key in stored]
    for key in sorted(found, key=lambda key: (_STRENGTH.index(kind_of(key)), key)):
        ids = [each for each in stored[key] if (key, each) not in strangers]
        if not ids:
            continue
        if not group.record_id:
            group.record_id, group.is_stored = ids[0], True
        if set(ids) != {group.record_id}:
            others = ", ".join(sorted(set(ids) - {group.record_id}))
            report_clash(group.rows[0], f"is {group.record_id}; {_shown(key)} points at {others} too")
    if named and not group.record_id:
        group.record_id = named[0].partition(":")[2]
    elif named and f"id:{group.record_id}" not in named:
        report_clash(
            group.rows[0], f"gives the id {named[0].partition(':')[2]}, but is {group.record_id} by its other keys"
        )


def _fused(groups: list[Group]) -> list[Group]:
    """Return *groups* with those that turned out to be one stored record made one."""
    by_id: dict[str, Group] = {}
    kept: list[Group] = []
    for group in groups:
        known = by_id.get(group.record_id) if group.record_id else None
        if known is None:
            kept.append(group)
            if group.record_id:
                by_id[group.record_id] = group
        else:
            known.rows = sorted(known.rows + group.rows)
            known.keys |= group.keys
    return kept


def lasting_key(keys: Iterable[str]) -> str:
    """Return the most lasting of a record's *keys*."""
    keys = tuple(keys)
    if len(keys) == 1:
        return keys[0]
    return min(keys, key=lambda key: (_LASTING.index(kind_of(key)), key), default="")


def made_id(search: Search, key: str, attempt: int = 0) -> str:
    """Return an id made from a record's most lasting *key*, so that the same file gives the same ids anywhere."""
    digest = blake2b(f"{key}\x00{attempt}".encode(), digest_size=_ID_BYTES).digest()
    bits = int.from_bytes(digest) << _PADDING_BITS
    return _STARTS[search] + "".join([_PAIRS[bits >> at & 1023] for at in _PAIRS_AT])


def made_ids(search: Search, keys: Packed) -> list[str]:
    """Return `made_id` of each of *keys*."""
    digests = keys.wrapped(b"", [b"\x000"]).digests(_ID_BYTES)
    bits = np.zeros((len(keys), 8 * _ID_BYTES + _PADDING_BITS), dtype=np.uint8)
    bits[:, : 8 * _ID_BYTES] = np.unpackbits(np.frombuffer(digests, dtype=np.uint8).reshape(-1, _ID_BYTES), axis=1)
    letters = np.packbits(bits.reshape(-1, _LETTER_BITS), axis=1)[:, 0] >> (8 - _LETTER_BITS)
    text = _LETTERS[letters].tobytes().decode()
    start, length = _STARTS[search], bits.shape[1] // _LETTER_BITS
    return [start + text[at : at + length] for at in range(0, len(text), length)]


def _new_id(search: Search, group: Group, lookup: Lookup, taken: set[str]) -> str:
    """Return an id that no other record has."""
    key = lasting_key(key for key in group.keys if not key.startswith("id:"))
    for attempt in count():
        record_id = made_id(search, key, attempt)
        if record_id not in taken and lookup.find(search, [f"id:{record_id}"]) == [()]:
            return record_id
    raise AssertionError


def _shown(key: str) -> str:
    kind, _, value = key.partition(":")
    return f"{kind} {value.rpartition(chr(0))[2]}"
