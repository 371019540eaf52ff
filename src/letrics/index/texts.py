"""
Text fields: which documents have a text that contains a given one.

The distinct texts of all documents form a dictionary with a substring index.  Beside it stand the
distinct words with a posting list each: a needle without a space lies within one word, so that the
words which contain it answer for all their texts at once, however many documents those have.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from letrics.index.format import Container, ContainerWriter
from letrics.index.postings import PostingCache, Postings, bitmap, write_postings
from letrics.index.substrings import Substrings, write_substrings
from letrics.index.terms import TermDictionary, write_terms

# Beyond so many words, uniting their lists costs more than gathering the documents of the texts.
_WORDS_MAX = 400
# From one document in so many on, marking them in a row of flags beats inserting them one by one.
_DENSE = 32


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


class TextField:
    """The texts of one field of a segment of *count* documents."""

    def __init__(self, container: Container, name: str, count: int, cache: PostingCache) -> None:
        self._count = count
        self._substrings = Substrings(container, name, TermDictionary(container, name).terms)
        self._documents = container.array(f"{name}/documents", "<u4")
        self._first = container.array(f"{name}/first", "<u4")
        words = f"{name}/words"
        self._words = Substrings(container, words, TermDictionary(container, words).terms)
        self._postings = Postings(container, words, cache)

    def containing(self, needle: str) -> BitMap:
        """Return the documents whose text contains *needle* (folded, not empty)."""
        if " " not in needle:
            words = self._words.containing(needle).tolist()
            if len(words) <= _WORDS_MAX:
                return BitMap.union(*(self._postings[word] for word in words)) if words else BitMap()
        texts = self._substrings.containing(needle)
        first = self._first[texts].astype(np.int64)
        documents = self._documents[ranges(first, self._first[texts + 1] - first)]
        if len(documents) * _DENSE < self._count:
            return bitmap(documents)
        marked = np.zeros(self._count, dtype=bool)
        marked[documents] = True
        return bitmap(np.flatnonzero(marked))
