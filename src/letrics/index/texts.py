"""
Text fields: which documents have a text that contains a given one.

The distinct texts of all documents form a dictionary with a substring index.  Beside it stand the
distinct words with a posting list each: a needle without a space lies within one word, so that the
words which contain it answer for all their texts at once, however many documents those have.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from letrics.index.format import Container, ContainerWriter
from letrics.index.postings import (
    CONTAINER,
    PostingCache,
    PostingList,
    Postings,
    bitmap,
    bitmap_of_flags,
    write_postings,
)
from letrics.index.substrings import Substrings, write_substrings
from letrics.index.terms import TermDictionary, write_terms

# Beyond so many words, uniting their lists costs more than gathering the documents of the texts.
_WORDS_MAX = 400
# From so large a share of the documents on, asking each one's text beats marking those that have it.
_ASKED = 4


def ranges(first: NDArray[Any], counts: NDArray[Any]) -> NDArray[Any]:
    """Return the numbers of several ranges, one after the other: *counts* from each *first*."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    numbers: NDArray[Any] = np.arange(total) + np.repeat(first - (ends - counts), counts)
    return numbers


def write_texts(
    writer: ContainerWriter, name: str, texts: list[bytes], documents: NDArray[Any], bounds: NDArray[Any]
) -> None:
    """Write what `TextField` reads; *documents* are in order of texts, text i has those from bounds[i]."""
    writer.add_array(f"{name}/documents", documents.astype("<u4"))
    writer.add_array(f"{name}/first", bounds.astype("<u4"))
    # The text of each document; one more than there are texts for those that have none, and for all behind the last.
    column = np.full(int(documents.max(initial=-1)) + 2, len(texts), dtype="<u4")
    column[documents] = np.repeat(np.arange(len(texts)), np.diff(bounds))
    writer.add_array(f"{name}/column", column)
    texts_of: dict[bytes, list[int]] = {}
    for ordinal, text in enumerate(texts):
        for word in set(text.split(b" ")):
            texts_of.setdefault(word, []).append(ordinal)
    words = sorted(texts_of)
    write_terms(writer, f"{name}/words", words, [b""] * len(words))
    write_substrings(writer, f"{name}/words", words)
    first, counts = bounds[:-1], np.diff(bounds)

    def lists() -> Iterator[BitMap]:
        for word in words:
            ordinals = np.array(texts_of[word])
            yield bitmap(documents[ranges(first[ordinals], counts[ordinals])])

    write_postings(writer, f"{name}/words", list(lists()))


class Texts:
    """Some of the texts of a field, by ordinals, and the documents that have one of them; *count* is how many."""

    def __init__(self, field: "TextField", ordinals: NDArray[Any]) -> None:
        self.field = field
        self.ordinals = ordinals
        self._starts = field.first[ordinals].astype(np.int64)
        self._counts = field.first[ordinals + 1] - self._starts
        self.count = int(self._counts.sum())

    def documents(self) -> BitMap:
        """Return the documents."""
        field = self.field
        if self.count * _ASKED < len(field.column):
            return bitmap(field.documents[ranges(self._starts, self._counts)])
        flags = np.zeros(-(-len(field.column) // CONTAINER) * CONTAINER, dtype=bool)
        np.take(self._marked(), field.column, out=flags[: len(field.column)], mode="clip")
        return bitmap_of_flags(flags)

    def of(self, documents: BitMap) -> BitMap:
        """Return those of *documents* that have one of the texts."""
        asked = np.frombuffer(documents.to_array(), dtype=np.uint32)
        column = self.field.column
        return bitmap(asked[self._marked()[column[np.minimum(asked, len(column) - 1)]]])

    def _marked(self) -> NDArray[Any]:
        marked = np.zeros(len(self.field.first), dtype=bool)
        marked[self.ordinals] = True
        return marked


def united_texts(texts: Sequence[Texts]) -> Texts:
    """Return what is in any of *texts* of one field."""
    if len(texts) == 1:
        return texts[0]
    return Texts(texts[0].field, np.unique(np.concatenate([each.ordinals for each in texts])))


class TextField:
    """The texts of one field of a segment."""

    def __init__(self, container: Container, name: str, cache: PostingCache) -> None:
        self._substrings = Substrings(container, name, TermDictionary(container, name).terms)
        # The documents in order of their texts, where those of each text begin, and the text of each document.
        self.documents = container.array(f"{name}/documents", "<u4")
        self.first = container.array(f"{name}/first", "<u4")
        self.column = container.array(f"{name}/column", "<u4")
        words = f"{name}/words"
        self._words = Substrings(container, words, TermDictionary(container, words).terms)
        self._postings = Postings(container, words, cache)

    def words_containing(self, needle: str) -> list[PostingList] | None:
        """Return the lists of the words that make up the texts that contain *needle*; None where words do not tell."""
        if " " in needle:
            return None
        words = self._words.containing(needle)
        return [self._postings[word] for word in words.tolist()] if len(words) <= _WORDS_MAX else None

    def containing(self, needle: str) -> Texts:
        """Return the texts that contain *needle* (folded, not empty)."""
        return Texts(self, self._substrings.containing(needle))
