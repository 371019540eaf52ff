"""
Text fields: which documents have a text that contains a given one.

The distinct texts of all documents form a dictionary with a substring index.  Beside it stand the
distinct words, each with its documents and its texts.  A needle without a space lies within one word,
so the words that contain it answer for all their texts at once, however many documents those have.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from letrics.index import kernels
from letrics.index.format import Container, ContainerWriter
from letrics.index.kernels.encoding import address_of
from letrics.index.postings import PostingList, Postings, bitmap, write_postings
from letrics.index.substrings import Substrings, write_substrings
from letrics.index.terms import TermDictionary, write_terms
from letrics.remembered import Remembered

# The lists of so many words are united; of more, those of the commonest.
_WORDS_FEW, _WORDS_MAX = 50, 400
# Of so many needles the words that contain them are remembered, and of so many words their lists.
_WORDS_REMEMBERED, _LISTS_REMEMBERED = 256, 4_096
# The documents of a rarer word are gathered sooner than its list is united with others.
_COMMON = 200


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
    column = np.full(int(documents.max()) + 2 if len(documents) else 1, len(texts), dtype="<u4")
    column[documents] = np.repeat(np.arange(len(texts)), np.diff(bounds))
    writer.add_array(f"{name}/column", column)
    texts_of: dict[bytes, list[int]] = {}
    for ordinal, text in enumerate(texts):
        for word in set(text.split(b" ")):
            texts_of.setdefault(word, []).append(ordinal)
    words = sorted(texts_of)
    write_terms(writer, f"{name}/words", words, [b""] * len(words))
    write_substrings(writer, f"{name}/words", words)
    by_word = [np.array(texts_of[word], dtype=np.int64) for word in words]
    writer.add_array(f"{name}/words/texts", np.concatenate([*by_word, np.empty(0, dtype=np.int64)]).astype("<u4"))
    writer.add_array(f"{name}/words/first", np.cumsum([0, *map(len, by_word)]).astype("<u4"))
    first, counts = bounds[:-1], np.diff(bounds)
    lists = (bitmap(documents[ranges(first[ordinals], counts[ordinals])]) for ordinals in by_word)
    write_postings(writer, f"{name}/words", lists)


class Texts:
    """Some of the texts of a field, by ordinals (ascending), and the documents that have one; *size* is how many."""

    def __init__(self, field: "TextField", ordinals: NDArray[Any]) -> None:
        self.field = field
        self.ordinals = ordinals
        self._first = field.first[ordinals].astype(np.int64)
        self._last = field.first[ordinals + 1].astype(np.int64)
        self.size = int((self._last - self._first).sum())

    @property
    def documents(self) -> BitMap:
        """The documents as a bitmap."""
        return bitmap(self.sorted())

    def sorted(self) -> NDArray[np.uint32]:
        """Return the documents, ascending."""
        found = np.empty(self.size, dtype=np.uint32)
        kernels.gather(self.field.documents, self._first, self._last, found)
        found.sort()
        return found

    def flag(self, words: NDArray[np.uint64]) -> None:
        """Set the bits of the documents in *words*."""
        kernels.flag(self.field.documents, self._first, self._last, words)


def united_texts(texts: Sequence[Texts]) -> Texts:
    """Return what is in any of *texts* of one field."""
    return Texts(texts[0].field, np.unique(np.concatenate([each.ordinals for each in texts])))


class TextField:
    """The texts of one field of a segment."""

    def __init__(self, container: Container, name: str) -> None:
        self._substrings = Substrings(container, name, TermDictionary(container, name).terms)
        # The documents in order of their texts, where those of each text begin, and the text of each document.
        self.documents = container.array(f"{name}/documents", "<u4")
        self.first = container.array(f"{name}/first", "<u4")
        self.column = container.array(f"{name}/column", "<u4")
        self.column_address = address_of(self.column)
        words = f"{name}/words"
        self._words = TermDictionary(container, words).terms
        # People look for the same words again and again.
        self._words_containing = lru_cache(_WORDS_REMEMBERED)(Substrings(container, words, self._words).containing)
        self._postings = Postings(container, words)
        self._list = Remembered(self._postings.__getitem__, _LISTS_REMEMBERED)
        self._texts = container.array(f"{words}/texts", "<u4")
        self._texts_first = container.array(f"{words}/first", "<u4").astype(np.int64)

    def containing(self, needle: str) -> list[PostingList | Texts]:
        """Return lists and texts, none empty, that have between them the documents that contain *needle* (folded)."""
        wanted = needle.encode()
        if " " in needle:
            return self._of_texts(self._substrings.containing(wanted))
        words = self._words_containing(wanted)
        if len(words) <= _WORDS_FEW:
            return self._lists(words)
        sizes = self._postings.counts[words]
        common = words[np.argsort(sizes)[-_WORDS_MAX:]]
        common = common[self._postings.counts[common] > _COMMON]
        rare = self._with_word(words) & ~self._with_word(common)
        return [*self._lists(common), *self._of_texts(np.flatnonzero(rare))]

    def _of_texts(self, ordinals: NDArray[Any]) -> list[PostingList | Texts]:
        return [Texts(self, ordinals)] if len(ordinals) else []

    def _lists(self, words: NDArray[Any]) -> list[PostingList | Texts]:
        return list(map(self._list.__getitem__, words.tolist()))

    def _with_word(self, words: NDArray[Any]) -> NDArray[Any]:
        """Return for each text whether it has one of *words*."""
        marked = np.zeros(len(self.first), dtype=bool)
        kernels.mark(self._texts, self._texts_first[words], self._texts_first[words + 1], marked)
        return marked

    def marked(self, texts: NDArray[Any]) -> NDArray[Any]:
        """Return for each text whether it is among *texts*; the last one stands for documents that have none."""
        marked = np.zeros(len(self.first), dtype=bool)
        marked[texts] = True
        return marked
