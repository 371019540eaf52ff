"""
Words: what rows say of companies, each ready to be put aside, told apart and matched.

Those of rows that were read by columns are put together by columns as well.
"""

from collections.abc import Sequence
from itertools import chain, pairwise

import msgspec
import numpy as np
from numpy.typing import NDArray

from letrics.backend import Coded
from letrics.importer.coding import combined, is_given, listed
from letrics.importer.draft_keys import OwnKeys
from letrics.importer.identity import lasting_key, made_ids
from letrics.importer.json_rows import Pieces, spliced
from letrics.importer.said import REFERRING, CompanyChanges, CompanySaid, Place
from letrics.importer.said_by_columns import Columns
from letrics.importer.texts import Texts
from letrics.importer.write import company_keys_of
from letrics.model.keys import HASH_BYTES, id_key, key_hashes
from letrics.packed import Packed

_FIELDS: tuple[str, ...] = CompanyChanges.__struct_fields__
# What identifies a company beside its ids; see `company_value_keys`.
_NAMING = ("domain", "domain_aliases", "name", "location")
# In MessagePack: a list of four, as a digest is made of; a map with its size in two bytes, as a large struct has it.
_FOUR, _MAP = b"\x94", b"\xde"
_encode = msgspec.msgpack.Encoder().encode


class CompanyWord(msgspec.Struct, frozen=True):
    """
    What a row says of a company, ready to be put aside: *changes* are encoded, *digest* stands for all of it.

    *keys* are the hashes of its record keys (16 bytes each), *record_id* is that given, or made of the strongest.  A
    *reference* says which company it is by one key, and nothing else; it makes no id.
    """

    place: Place
    id: str | None
    external_id: str | None
    changes: bytes
    digest: bytes
    is_reference: bool
    keys: bytes
    record_id: str


def words_of(companies: Sequence[CompanySaid], source: str) -> list[CompanyWord]:
    """Return what rows of *source* say as words."""
    changes = [_encode(CompanyChanges(**each.changes)) for each in companies]
    told = zip(companies, changes, strict=True)
    digests = Packed.of([_encode((source, said.id, said.external_id, change)) for said, change in told])
    keys = [company_keys_of(each, source) for each in companies]
    # One with several keys may tell that two words speak of one company, and so is matched as they are.
    is_reference = [said.is_reference and len(own) == 1 for said, own in zip(companies, keys, strict=True)]
    ids = ["" if is_one else said.id for said, is_one in zip(companies, is_reference, strict=True)]
    missing = [i for i, each in enumerate(ids) if each is None]
    made = made_ids("companies", Packed.of([lasting_key(keys[i]).encode() for i in missing]))
    for i, record_id in zip(missing, made, strict=True):
        # No new record may get the id of another, given or made.
        ids[i], keys[i] = record_id, (*keys[i], id_key(record_id))
    return list(
        map(
            CompanyWord,
            [each.place for each in companies],
            [each.id for each in companies],
            [each.external_id for each in companies],
            changes,
            _parted(digests.digests(HASH_BYTES), [1] * len(companies)),
            is_reference,
            _parted(key_hashes(chain.from_iterable(keys)), list(map(len, keys))),
            [each or "" for each in ids],
        )
    )


def words_of_columns(columns: Columns, file: int, source: str) -> list[CompanyWord]:
    """Return `words_of` what the rows of *columns*, of *file*, say of companies."""
    given, external_ids = columns.field("id"), columns.field("external_id")
    keys = OwnKeys.of_companies(external_ids, combined([columns.field(name) for name in _NAMING]), source)
    is_given = columns.is_said("id")
    counts = np.bincount(keys.owners, minlength=keys.count) + is_given
    is_reference = are_references(columns) & (counts == 1)
    told = zip(listed(given), keys.made_ids("companies"), is_reference.tolist(), strict=True)
    ids = [(given_id, "" if is_one else given_id or made) for given_id, made, is_one in told]
    # The key of the id comes first where it is given, and last where it is made.
    with_id = np.flatnonzero(is_given | ~is_reference)
    id_hashes = key_hashes(id_key(ids[i][0] or ids[i][1]) for i in with_id.tolist())
    owners = np.concatenate([with_id, keys.owners])
    ranks = np.concatenate([np.where(is_given[with_id], 0, 2), np.ones(len(keys.owners), dtype=np.int64)])
    hashes = np.frombuffer(id_hashes + keys.hashes(), dtype=f"V{HASH_BYTES}")[np.lexsort((ranks, owners))]
    changes = _changes(columns)
    return list(
        map(
            CompanyWord,
            [(file, line) for line in columns.rows.lines()],
            [given_id for given_id, _ in ids],
            listed(external_ids),
            changes.unpacked(),
            _parted(_digests(source, given, external_ids, changes), [1] * keys.count),
            is_reference.tolist(),
            _parted(hashes.tobytes(), np.bincount(owners, minlength=keys.count).tolist()),
            [record_id for _, record_id in ids],
        )
    )


def are_references(columns: Columns) -> NDArray[np.bool_]:
    """Return which rows say nothing of the company but which one it is, as `CompanySaid.is_reference` has it."""
    says_more = np.array(list(map(bool, columns.customs)), dtype=np.bool_)
    for name in columns.fields.keys() - {"id", *REFERRING}:
        says_more |= columns.is_said(name)
    return ~says_more


def _parted(hashes: bytes, counts: Sequence[int]) -> list[bytes]:
    """Return the *hashes* of each, who has as many of them as *counts* say."""
    bounds = np.cumsum([0, *counts]) * HASH_BYTES
    return [hashes[start:end] for start, end in pairwise(bounds.tolist())]


def _changes(columns: Columns) -> Packed:
    """Return what each row says as `CompanyChanges` are encoded."""
    counts = np.zeros(len(columns.rows), dtype=np.int64)
    parts: list[Pieces] = []
    for name in _FIELDS:
        column = columns.custom() if name == "custom" else columns.field(name)
        is_said = is_given(column)
        if is_said.any():
            counts += is_said
            parts.append(_fragments(_encode(name), column))
    maps = [_MAP + n.to_bytes(2) for n in range(len(_FIELDS) + 1)]
    return spliced([(Packed.of(maps), counts), *parts])


def _digests(source: str, ids: Coded, external_ids: Coded, changes: Packed) -> bytes:
    """Return what stands for all that each row says."""
    lengths, codes = np.unique(changes.ends - changes.starts, return_inverse=True)
    # What stands before so many bytes.
    starts = [_encode(bytes(length))[:-length] for length in lengths.tolist()]
    parts = [
        (Packed.of([_FOUR + _encode(source)]), np.zeros(len(changes), dtype=np.int64)),
        _fragments(b"", ids, _encode(None)),
        _fragments(b"", external_ids, _encode(None)),
        (Packed.of(starts), codes),
        (changes, np.arange(len(changes))),
    ]
    return spliced(parts).digests(HASH_BYTES)


def _fragments(label: bytes, column: Coded, nothing: bytes = b"") -> Pieces:
    """Return each value in MessagePack with *label* before it, *nothing* for None, and which is that of each row."""
    values = column.values
    if not isinstance(values, Texts):
        return Packed.of([nothing if each is None else label + _encode(each) for each in values]), column.codes
    lists = values.packed.msgpack(1)
    # A list of one is a byte, and then the one.
    texts = Packed(lists.data, lists.starts + 1, lists.ends).wrapped(label, [b""])
    odd = [nothing if each is None else label + _encode(each) for each in values.odd.values()]
    numbers = np.arange(len(values))
    numbers[list(values.odd)] = np.arange(len(values), len(values) + len(odd))
    return texts.followed_by(Packed.of(odd)), numbers[column.codes]


def reference_key(said: CompanySaid, source: str) -> str | None:
    """Return the one key by which a row of *source* only says which company it is; None where it says more."""
    if not said.is_reference:
        return None
    keys = company_keys_of(said, source)
    # One with several keys may tell that two words speak of one company, and so is matched as they are.
    return keys[0] if len(keys) == 1 else None
