"""
Term dictionaries: the distinct terms of one field, sorted by bytes, each with an ordinal.

A dictionary also keeps how its terms are spelt in the data, for people to read.
"""

from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property

from letrics.index.format import Container, ContainerWriter
from letrics.index.strings import Strings, write_strings


def write_terms(writer: ContainerWriter, name: str, terms: Sequence[bytes], spellings: Sequence[bytes]) -> None:
    """Write *terms*, sorted by bytes, and the spelling of each (may be empty: then the term itself)."""
    write_strings(writer, f"{name}/terms", terms, map(len, terms))
    write_strings(writer, f"{name}/spellings", spellings, map(len, spellings))


# So many terms are kept in memory once one of them is asked for.
_KEPT_MAX = 50_000


class TermDictionary:
    """The terms of one field of a segment."""

    def __init__(self, container: Container, name: str) -> None:
        self.terms = Strings(container, f"{name}/terms")
        self._spellings = Strings(container, f"{name}/spellings")
        self._is_kept = len(self.terms) <= _KEPT_MAX

    def __len__(self) -> int:
        return len(self.terms)

    @cached_property
    def _ordinals(self) -> dict[str, int]:
        return {term.decode(): ordinal for ordinal, term in enumerate(self.terms.all())}

    def ordinal(self, term: str) -> int | None:
        """Return the ordinal of *term*, None where it is not in the dictionary."""
        if self._is_kept:
            return self._ordinals.get(term)
        wanted = term.encode()
        place = bisect_left(self.terms, wanted)
        return place if place < len(self.terms) and self.terms[place] == wanted else None

    def spelling(self, ordinal: int) -> str:
        """Return the term as the data spells it."""
        return (self._spellings[ordinal] or self.terms[ordinal]).decode()
