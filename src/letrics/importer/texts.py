"""
Texts of a column, kept packed: distinct values that need no object of Python, since a look tells all of them.

What is read of a large file, and nearly every row of it, goes through here; the values are the same as those of `text`,
`email` and `linkedin_url`, which read the others.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Self, overload

import msgspec
import numpy as np
from numpy.typing import NDArray

from letrics.backend import Coded
from letrics.model.company import Email
from letrics.model.values import NOTHING, cleaned, email_scope, email_type
from letrics.packed import Packed

_encode = msgspec.json.Encoder().encode
# Of the kinds of addresses, the first that is a role's.
_GENERIC = 2
_NOTHING_LENGTH = max(map(len, NOTHING))
_SUSPICIOUS = np.zeros(256, dtype=np.bool_)
_SUSPICIOUS[[byte for each in NOTHING for byte in (each[0] + each[0].upper()).encode()]] = True
_SLUG = np.zeros(256, dtype=np.bool_)
_SLUG[list(b"abcdefghijklmnopqrstuvwxyz0123456789_-")] = True

# What JSON does not write as it is.
ESCAPED = np.arange(256) < ord(" ")
ESCAPED[list(b'"\\')] = True


class Texts(Sequence[Any]):
    """The texts *packed*, but for those that are *odd*, which have another value, by number."""

    # How JSON writes a value: what stands before the text, and what behind a text of each kind.
    before, after = b'"', (b'"',)

    def __init__(self, packed: Packed, odd: Mapping[int, Any], kinds: NDArray[np.int64] | None = None) -> None:
        self.packed = packed
        self.odd = odd
        self.kinds = kinds
        self._values: list[Any] = []

    def __len__(self) -> int:
        return len(self.packed)

    @overload
    def __getitem__(self, i: int) -> Any: ...
    @overload
    def __getitem__(self, i: slice) -> list[Any]: ...
    def __getitem__(self, i: int | slice) -> Any:
        return self._listed()[i]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._listed())

    def _listed(self) -> list[Any]:
        if not self._values:
            self._values = self._made(self.packed.decoded())
            for i, value in self.odd.items():
                self._values[i] = value
        return self._values

    def _made(self, texts: list[str]) -> list[Any]:
        return texts

    def is_plain(self) -> NDArray[np.bool_]:
        """Return which of them are as packed."""
        is_plain = np.ones(len(self), dtype=np.bool_)
        is_plain[list(self.odd)] = False
        return is_plain

    def chosen(self, which: NDArray[np.int64]) -> Self:
        """Return those *which*."""
        odd = {i: self.odd[each] for i, each in enumerate(which.tolist()) if each in self.odd} if self.odd else {}
        kinds = self.kinds[which] if self.kinds is not None else None
        return type(self)(self.packed.chosen(which), odd, kinds)

    def followed_by(self, more: Sequence[Any]) -> Self:
        """Return them with *more* odd ones behind."""
        odd = {**self.odd, **dict(enumerate(more, len(self)))}
        kinds = np.append(self.kinds, np.zeros(len(more), dtype=np.int64)) if self.kinds is not None else None
        return type(self)(self.packed.followed_by(Packed.of([b""] * len(more))), odd, kinds)

    def with_odd(self, numbers: NDArray[np.int64], values: Sequence[Any]) -> Self:
        """Return them with other *values* of these *numbers*."""
        return type(self)(self.packed, {**self.odd, **dict(zip(numbers.tolist(), values, strict=True))}, self.kinds)

    def fragments(self, label: bytes) -> tuple[Packed, NDArray[np.int64]]:
        """Return JSON with *label* before it, and which of it is that of each."""
        fragments = self.packed.wrapped(label + self.before, self.after, self.kinds)
        numbers = np.arange(len(self))
        others = np.flatnonzero(self.packed.holding(ESCAPED) | ~self.is_plain())
        if len(others):
            numbers[others] = np.arange(len(self), len(self) + len(others))
            fragments = fragments.followed_by(Packed.of([label + _encode(each) for each in self.chosen(others)]))
        return fragments, numbers


class Emails(Texts):
    """Addresses, each the only one of its contact, by their types and scopes."""

    KINDS = (("personal", "work"), ("personal", "private"), ("generic", "work"), ("generic", "private"))
    before = b'[{"value":"'
    after = tuple(f'","type":"{kind}","scope":"{scope}"}}]'.encode() for kind, scope in KINDS)  # type: ignore[assignment]

    def _made(self, texts: list[str]) -> list[Any]:
        assert self.kinds is not None
        told = zip(texts, self.kinds.tolist(), strict=True)
        return [(Email(text, *self.KINDS[kind]),) for text, kind in told]  # type: ignore[arg-type]


def has_personal(emails: Sequence[Any]) -> NDArray[np.bool_]:
    """Return which of *emails*, lists of addresses, have one that belongs to a person."""
    if not isinstance(emails, Emails):
        return np.array([any(one.type == "personal" for one in each) for each in emails], dtype=np.bool_)
    assert emails.kinds is not None
    is_personal = emails.kinds < _GENERIC
    for i, value in emails.odd.items():
        is_personal[i] = any(each.type == "personal" for each in value)
    return is_personal


def tidied(cells: Texts, clean: Callable[[Sequence[str]], Sequence[str | None]] = cleaned) -> Texts:
    """Return `letrics.model.values.text` of each of *cells*, None for what says nothing; *clean* gives that of many."""
    packed = cells.packed
    others = np.flatnonzero(~packed.are_tidy(_SUSPICIOUS, _NOTHING_LENGTH))
    values = clean(packed.chosen(others).decoded())
    given = [(value or "").encode() for value in values]
    nothing = {i: None for i, value in zip(others.tolist(), values, strict=True) if not value}
    return Texts(packed.replaced(others, given), nothing)


def emails_of(cells: Texts) -> tuple[Texts, NDArray[np.int64]]:
    """Return the addresses that a look tells, and which of *cells* others are."""
    # A list of one, as formats with lists have it, is that one.
    packed = cells.packed.without(b'["', b'"]')
    names, hosts = packed.emails()
    others = np.flatnonzero(hosts == 0)
    # What is not told is passed over as if it were of the first kind.
    scopes, of_host = Packed(packed.data, np.where(hosts == 0, packed.ends, hosts), packed.ends).distinct()
    is_private = np.array([email_scope(f"@{host}") == "private" for host in scopes.decoded()], dtype=np.bool_)
    first_names, of_name = Packed(packed.data, packed.starts, np.where(names == 0, packed.starts, names)).distinct()
    is_personal = np.array([email_type(f"{name}@") == "personal" for name in first_names.decoded()], dtype=np.bool_)
    is_generic = ~is_personal[of_name] | (names == 0)
    asked = np.flatnonzero(is_generic & (hosts > 0))
    is_generic[asked] = [email_type(each) == "generic" for each in packed.chosen(asked).decoded()]
    kinds = _GENERIC * is_generic.astype(np.int64) + is_private[of_host]
    return Emails(packed, dict.fromkeys(others.tolist()), kinds), others


def profiles_of(cells: Texts) -> tuple[Texts, NDArray[np.int64]]:
    """Return the profiles that a look tells, and which of *cells* others are."""
    is_profile = np.zeros(len(cells), dtype=np.bool_)
    for prefix in (b"https://www.linkedin.com/in/", b"https://www.linkedin.com/company/"):
        is_profile |= cells.packed.are_slugs(prefix, _SLUG)
    others = np.flatnonzero(~is_profile)
    return Texts(cells.packed, dict.fromkeys(others.tolist())), others


def names_of(first: Coded, last: Coded) -> Coded | None:
    """Return whole names of *first* and *last* ones; None where these are not packed."""
    if not (isinstance(first.values, Texts) and isinstance(last.values, Texts)):
        return None
    names = first.values.packed.chosen(first.codes).joined(last.values.packed.chosen(last.codes), " ")
    nameless = np.flatnonzero(names.starts == names.ends)
    return Coded(Texts(names, dict.fromkeys(nameless.tolist())), np.arange(len(names)))
