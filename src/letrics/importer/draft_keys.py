"""Record keys by columns: told once of each distinct value, hashed many at once."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from letrics.backend import Coded
from letrics.importer.borrowed_ids import DEFAULT_SOURCE
from letrics.importer.identity import lasting_key, made_ids
from letrics.importer.texts import Emails, Texts, has_personal
from letrics.model.filters import Search
from letrics.model.folding import fold
from letrics.model.keys import HASH_BYTES, company_value_keys, email_key, email_keys, external_key, linkedin_key
from letrics.packed import Packed

_TO_LOWER = ord("a") - ord("A")
# What takes more to fold than small letters.
_ODD = (np.arange(256) < ord(" ")) | (np.arange(256) > ord("~"))
_ODD[ord("&")] = True


class OwnKeys(msgspec.Struct):
    """
    Keys by number, and which of *count* records hold which: *owners* and *numbers* side by side.

    The first *profiles* of them are those of profiles; of those that are held, the last *by_id* are external ids that
    may mean others.
    """

    keys: Packed
    owners: NDArray[np.int64]
    numbers: NDArray[np.int64]
    count: int
    profiles: int
    by_id: int = 0

    @classmethod
    def of_contacts(cls, profiles: Coded, emails: Coded, external_ids: Coded, source: str) -> "OwnKeys":
        """Return the keys of contacts with these columns, those of profiles first."""
        held = _keys_of(profiles, linkedin_key(""), lambda each: [linkedin_key(each)])
        others = [_keys_of(emails, email_key(""), email_keys), _external_keys(external_ids, source)]
        keys = cls._of([held, *others], len(profiles.codes), len(held.keys))
        # Of a source that was named, an id is believed.
        return msgspec.structs.replace(keys, by_id=len(others[-1].owners) if source == DEFAULT_SOURCE else 0)

    @classmethod
    def of_companies(cls, external_ids: Coded, values: Coded, source: str) -> "OwnKeys":
        """Return the keys of companies with these ids and *values*, those that `company_value_keys` takes."""
        keys = _keys_of(values, "", lambda each: company_value_keys(each[0], each[1] or (), *each[2:]))
        return cls._of([_external_keys(external_ids, source), keys], len(values.codes), 0)

    @classmethod
    def _of(cls, several: Sequence["_Held"], count: int, profiles: int) -> "OwnKeys":
        shifts = np.cumsum([0, *(len(each.keys) for each in several)]).tolist()
        numbers = [each.numbers + shift for each, shift in zip(several, shifts, strict=False)]
        owners = [each.owners for each in several]
        keys = Packed.all_of([each.keys for each in several])
        return cls(keys, np.concatenate(owners), np.concatenate(numbers), count, profiles)

    def hashes(self) -> bytes:
        """Return the hash of each key that is held, end to end."""
        return np.frombuffer(self.keys.digests(HASH_BYTES), dtype=f"V{HASH_BYTES}")[self.numbers].tobytes()

    def pairs(self) -> list[tuple[int, str]]:
        """Return who holds a key, and the key."""
        keys = self.keys.decoded()
        return [(i, keys[number]) for i, number in zip(self.owners.tolist(), self.numbers.tolist(), strict=True)]

    def doubtful(self, found: NDArray[np.int64]) -> list[int]:
        """Return who is found by an external id and by none of their other keys; *found* are places of `hashes`."""
        first = len(self.owners) - self.by_id
        by_id = self.owners[found[found >= first]]
        has_others = np.isin(by_id, self.owners[:first])
        is_found = np.isin(by_id, self.owners[found[found < first]])
        return list(np.unique(by_id[has_others & ~is_found]).tolist())

    def made_ids(self, search: Search) -> list[str]:
        """Return the id that is made of the most lasting key of each, "" where there is none."""
        lasting = np.full(self.count, -1, dtype=np.int64)
        # A profile lasts longest, and stands first; of several other keys it must be found which does.
        lasting[self.owners[::-1]] = self.numbers[::-1]
        is_unsure = np.bincount(self.owners, minlength=self.count) > 1
        is_unsure[lasting < self.profiles] = False
        asked = np.flatnonzero(is_unsure[self.owners])
        best: dict[int, tuple[str, int]] = {}
        for i, number in zip(self.owners[asked].tolist(), self.numbers[asked].tolist(), strict=True):
            key = self.keys[number].decode()
            if i not in best or lasting_key((best[i][0], key)) == key:
                best[i] = key, number
        for i, (_, number) in best.items():
            lasting[i] = number
        is_held = lasting >= 0
        used, codes = np.unique(lasting[is_held], return_inverse=True)
        ids = np.full(self.count, "", dtype=object)
        ids[is_held] = np.array(made_ids(search, self.keys.chosen(used)), dtype=object)[codes]
        return list(ids.tolist())


class _Held(msgspec.Struct):
    keys: Packed
    owners: NDArray[np.int64]
    numbers: NDArray[np.int64]


def _keys_of(column: Coded, start: str, keys_of: Callable[[Any], Sequence[str]]) -> _Held:
    """Return the keys of a column's values, *keys_of* each; that of a plain text is *start* and the text."""
    values = column.values
    others: Iterable[tuple[int, Any]]
    if not isinstance(values, Texts):
        packed, plain, others = Packed.of([]), np.empty(0, dtype=np.int64), enumerate(values)
    else:
        is_key = values.is_plain()
        if isinstance(values, Emails):
            is_key &= has_personal(values)
        plain = np.flatnonzero(is_key)
        packed, others = values.packed.chosen(plain).wrapped(start.encode(), [b""]), values.odd.items()
    told = [(i, key) for i, value in others if value for key in keys_of(value)]
    holders = np.concatenate([plain, np.array([i for i, _ in told], dtype=np.int64)])
    order = np.argsort(holders, kind="stable")
    counts = np.bincount(holders, minlength=len(values))
    each = counts[column.codes]
    owners = np.repeat(np.arange(len(each)), each)
    firsts = np.cumsum(counts) - counts
    places = np.repeat(firsts[column.codes] - np.cumsum(each) + each, each) + np.arange(len(owners))
    return _Held(packed.followed_by(Packed.of([key.encode() for _, key in told])), owners, order[places])


def _external_keys(ids: Coded, source: str) -> _Held:
    return _keys_of(ids, external_key(source, ""), lambda each: [external_key(source, each)])


def folded_names(names: Coded) -> list[str]:
    """Return the folded name of each row, "" for none; for the plain case without a look into what is remembered."""
    values = names.values
    if not isinstance(values, Texts):
        return list(map([_folded(name) for name in values].__getitem__, names.codes.tolist()))
    packed = values.packed
    is_upper = (packed.data >= ord("A")) & (packed.data <= ord("Z"))
    lower = packed.data + np.where(is_upper, np.uint8(_TO_LOWER), np.uint8(0))
    folded = Packed(lower, packed.starts, packed.ends).decoded()
    odd = np.flatnonzero(packed.holding(_ODD) | ~values.is_plain())
    for i, name in zip(odd.tolist(), values.chosen(odd), strict=True):
        folded[i] = _folded(name)
    return list(map(folded.__getitem__, names.codes.tolist()))


def _folded(name: str | None) -> str:
    if name is None:
        return ""
    return name.lower() if name.isascii() and name.isprintable() and "&" not in name else fold(name)
