"""
External ids that mean somebody else: two lists that both count from 1, imported without naming their sources.

Such a row that is found by its external id alone is doubted where all its other keys say otherwise: the clash is
reported, and where the names have nothing in common either, the row is kept apart from the record.  Of a source that
was named the id counts before other keys: a record of a CRM may change its name and its domain.
"""

import re
from collections.abc import Callable, Mapping, Sequence

import msgspec

from letrics.backend import Lookup
from letrics.model.company import Company
from letrics.model.contact import Contact
from letrics.model.filters import Search
from letrics.model.folding import fold
from letrics.model.keys import company_keys, contact_keys, external_key

# Where data is from when nobody says so.
DEFAULT_SOURCE = "file"

# Kinds of key that say of whom a row speaks, whatever its source calls it.
_TELLING = ("domain", "linkedin", "email")
_UNNAMED = external_key(DEFAULT_SOURCE, "")
_WORDS = re.compile(r"\w+")
# Records that are looked at at once.
_LOOKED_AT = 5_000
_HOW = "name the source of each list (--source NAME), so that ids are told apart"


class Doubt(msgspec.Struct, frozen=True):
    """Rows (the first *row*, all their *keys*, their *names*) that *key*, an external id, leads to a stored record."""

    row: int
    key: str
    keys: frozenset[str]
    names: tuple[str, ...]
    record_id: str


def doubts_of(
    row: int, keys: set[str], names: Sequence[str | None], stored: Mapping[str, tuple[str, ...]]
) -> list[Doubt]:
    """Return the doubts about rows of one record with *keys* and *names*; *stored* has who holds each key."""
    if not any(_kind(key) in _TELLING for key in keys):
        return []
    found = {record_id for key in keys if _kind(key) != "external" for record_id in stored.get(key, ())}
    said = tuple(filter(None, names))
    return [
        Doubt(row, key, frozenset(keys), said, record_id)
        for key in keys
        if key.startswith(_UNNAMED)
        # Who is found by another key as well is the one.
        for record_id in stored.get(key, ())
        if record_id not in found
    ]


def kept_apart(
    search: Search,
    doubts: Sequence[Doubt],
    stored: Mapping[str, tuple[str, ...]],
    lookup: Lookup,
    report_clash: Callable[[int, str], None],
) -> set[tuple[str, str]]:
    """Return the pairs of an external id and a stored record that has it and is somebody else; report the *doubts*."""
    apart: set[tuple[str, str]] = set()
    for start in range(0, len(doubts), _LOOKED_AT):
        batch = doubts[start : start + _LOOKED_AT]
        ids = [each.record_id for each in batch]
        records: Sequence[Company | Contact | None] = (
            lookup.companies(ids) if search == "companies" else lookup.contacts(ids)
        )
        for doubt, record in zip(batch, records, strict=True):
            assert record is not None
            own = company_keys(record) if isinstance(record, Company) else contact_keys(record)
            kind = next((each for each in _TELLING if _has(each, doubt.keys) and _has(each, own)), None)
            if kind is None:
                continue
            is_other = _are_others(doubt, record)
            if is_other:
                apart.add((doubt.key, doubt.record_id))
            if not _is_settled(doubt, stored):
                shown = doubt.key.rpartition(chr(0))[2]
                fate = "kept apart" if is_other else "changed by it"
                report_clash(
                    doubt.row, f"has the external id {shown} of {record.id}, but another {kind}; that is {fate}: {_HOW}"
                )
    return apart


def _kind(key: str) -> str:
    return key.partition(":")[0]


def _has(kind: str, keys: Sequence[str] | frozenset[str]) -> bool:
    return any(_kind(key) == kind for key in keys)


def _is_settled(doubt: Doubt, stored: Mapping[str, tuple[str, ...]]) -> bool:
    """Return whether another record that has the id is the one that the other keys lead to."""
    holders = set(stored[doubt.key])
    return any(not holders.isdisjoint(stored.get(key, ())) for key in doubt.keys - {doubt.key})


def _are_others(doubt: Doubt, record: Company | Contact) -> bool:
    """Return whether the names have no word in common; where one is missing nobody knows, and the id counts."""
    own = record.name if isinstance(record, Company) else record.full_name
    if own is None or not doubt.names:
        return False
    read = _core if isinstance(record, Company) else str
    words = set(_WORDS.findall(fold(read(own))))
    return all(words.isdisjoint(_WORDS.findall(fold(read(name)))) for name in doubt.names)


def _core(name: str) -> str:
    """Return a company's name without its legal form, which many have in common."""
    from cleanco import basename  # few imports have doubts

    return str(basename(name)) or name
