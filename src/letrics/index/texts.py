"""
Text fields: which documents have a text that contains a given one.

The distinct texts of all documents form a dictionary with a substring index.  Beside it stand the
distinct words, each with its documents and its texts.  A needle without a space lies within one word,
so the words that contain it answer for all their texts at once, however many documents those have.  A
phrase is in some of the texts that have all its words, and mostly in all of them.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, reduce
from operator import and_
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
    union,
    write_postings,
)
from letrics.index.substrings import Substrings, write_substrings
from letrics.index.terms import TermDictionary, write_terms

# The lists of so many words are united; of more, those of the commonest.
_WORDS_FEW, _WORDS_MAX = 50, 400
# Of so many needles the words that contain them are remembered.
_WORDS_REMEMBERED = 256
# The documents of a rarer word are gathered sooner than its list is united with others.
_COMMON = 200
# From so large a share of the documents on, asking each one's text beats marking those that have it.
_ASKED = 4
# The texts of so many documents are looked for among the wanted ones sooner than those are marked.
_LOOKED_UP = 1_000
# So many documents are gathered sooner than lists are met.
_GATHERED = 4_000


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
    by_word = [np.array(texts_of[word], dtype=np.int64) for word in words]
    writer.add_array(f"{name}/words/texts", np.concatenate([*by_word, np.empty(0, dtype=np.int64)]).astype("<u4"))
    writer.add_array(f"{name}/words/first", np.cumsum([0, *map(len, by_word)]).astype("<u4"))
    first, counts = bounds[:-1], np.diff(bounds)
    lists = [bitmap(documents[ranges(first[ordinals], counts[ordinals])]) for ordinals in by_word]
    write_postings(writer, f"{name}/words", lists)


class Texts:
    """
    Some of the texts of a field, by ordinals (ascending), and the documents that have one of them; *count* is how many.

    If the texts are those that contain a *phrase*, the documents are found by its words where that is cheaper.
    """

    def __init__(
        self,
        field: "TextField",
        ordinals: NDArray[Any],
        phrase: bytes = b"",
    ) -> None:
        self.field = field
        self.ordinals = ordinals
        self._phrase = phrase
        self._starts = field.first[ordinals].astype(np.int64)
        self._counts = field.first[ordinals + 1] - self._starts
        self.count = int(self._counts.sum())

    @property
    def is_gathered(self) -> bool:
        """Whether the documents of each text are put together, whatever words the texts have."""
        return not self._phrase or self.count < _GATHERED

    def documents(self) -> BitMap:
        """Return the documents."""
        field = self.field
        by_words = field.by_words(self._phrase, self) if not self.is_gathered else None
        if by_words is not None:
            parts, beyond = by_words
            return reduce(and_, sorted(map(union, parts), key=len)) - beyond.documents()
        if self.count * _ASKED < len(field.column):
            return bitmap(field.documents[ranges(self._starts, self._counts)])
        flags = np.zeros(-(-len(field.column) // CONTAINER) * CONTAINER, dtype=bool)
        np.take(field.marked(self.ordinals), field.column, out=flags[: len(field.column)], mode="clip")
        return bitmap_of_flags(flags)


def united_texts(texts: Sequence[Texts]) -> list[Texts]:
    """Return what is in any of *texts* of one field, with those that are gathered as one."""
    gathered = [each for each in texts if each.is_gathered]
    if len(gathered) < 2:
        return list(texts)
    return [each for each in texts if not each.is_gathered] + [Texts(gathered[0].field, _ordinals(gathered))]


def with_text(documents: BitMap, texts: Sequence[Texts]) -> BitMap:
    """Return those of *documents* that have one of *texts* of one field."""
    field = texts[0].field
    asked = np.frombuffer(documents.to_array(), dtype=np.uint32)
    has = field.column[np.minimum(asked, len(field.column) - 1)]
    if len(asked) > _LOOKED_UP:
        return bitmap(asked[field.marked(_ordinals(texts))[has]])
    found = np.zeros(len(asked), dtype=bool)
    for each in texts:
        if len(each.ordinals):
            places = np.minimum(np.searchsorted(each.ordinals, has), len(each.ordinals) - 1)
            found |= each.ordinals[places] == has
    return bitmap(asked[found])


def _ordinals(texts: Sequence[Texts]) -> NDArray[Any]:
    if len(texts) == 1:
        return texts[0].ordinals
    ordinals: NDArray[Any] = np.unique(np.concatenate([each.ordinals for each in texts]))
    return ordinals


class TextField:
    """The texts of one field of a segment."""

    def __init__(self, container: Container, name: str, cache: PostingCache) -> None:
        self._substrings = Substrings(container, name, TermDictionary(container, name).terms)
        # The documents in order of their texts, where those of each text begin, and the text of each document.
        self.documents = container.array(f"{name}/documents", "<u4")
        self.first = container.array(f"{name}/first", "<u4")
        self.column = container.array(f"{name}/column", "<u4")
        words = f"{name}/words"
        self._words = TermDictionary(container, words).terms
        # People look for the same words again and again.
        self._words_containing = lru_cache(_WORDS_REMEMBERED)(Substrings(container, words, self._words).containing)
        self._postings = Postings(container, words, cache)
        self._texts = container.array(f"{words}/texts", "<u4")
        self._texts_first = container.array(f"{words}/first", "<u4").astype(np.int64)

    def containing(self, needle: str) -> tuple[list[PostingList], list[Texts]]:
        """Return lists and texts that have between them the documents that contain *needle* (folded)."""
        wanted = needle.encode()
        if " " in needle:
            return [], [Texts(self, self._substrings.containing(wanted), wanted)]
        words = self._words_containing(wanted)
        if len(words) <= _WORDS_FEW:
            return self._lists(words), []
        sizes = self._postings.counts[words]
        common = words[np.argsort(sizes)[-_WORDS_MAX:]]
        common = common[self._postings.counts[common] > _COMMON]
        rare = self._with_word(words) & ~self._with_word(common)
        return self._lists(common), [Texts(self, np.flatnonzero(rare))]

    def by_words(self, needle: bytes, texts: Texts) -> "tuple[list[list[PostingList]], Texts] | None":
        """
        Return lists, and texts with which they have the documents of *texts*, those that contain *needle*.

        A document is in a list of each part of the phrase, and has none of the texts.  None: that would be dearer.
        """
        parts = [part for part in self._parts(needle) if len(part) <= _WORDS_MAX]
        having = reduce(and_, map(self._with_word, parts), np.ones(len(self.first), dtype=bool))
        having[texts.ordinals] = False
        beyond = Texts(self, np.flatnonzero(having[:-1]))
        # A part that is in too many words is left out; what has the others and not the phrase may be much then.
        if not parts or beyond.count > texts.count:
            return None
        return [self._lists(part) for part in parts], beyond

    def _parts(self, needle: bytes) -> Iterator[NDArray[Any]]:
        """Yield, for each part of a phrase, the words that it may be in a text; too many of them where there are."""
        first, *inner, last = needle.split(b" ")
        yield np.arange(bisect_left(self._words, last), bisect_left(self._words, last + b"\xff"))
        for word in inner:
            yield np.array([bisect_left(self._words, word)])
        ending = self._words_containing(first)
        yield ending if len(ending) > _WORDS_MAX else ending[[self._words[word].endswith(first) for word in ending]]

    def _lists(self, words: Iterable[int]) -> list[PostingList]:
        return [self._postings[int(word)] for word in words]

    def _with_word(self, words: NDArray[Any]) -> NDArray[Any]:
        """Return for each text whether it has one of *words*."""
        if len(words) > _WORDS_FEW:
            first = self._texts_first[words]
            return self.marked(self._texts[ranges(first, self._texts_first[words + 1] - first)])
        marked = np.zeros(len(self.first), dtype=bool)
        for word in words.tolist():
            marked[self._texts[self._texts_first[word] : self._texts_first[word + 1]]] = True
        return marked

    def marked(self, texts: NDArray[Any]) -> NDArray[Any]:
        """Return for each text whether it is among *texts*; the last one stands for documents that have none."""
        marked = np.zeros(len(self.first), dtype=bool)
        marked[texts] = True
        return marked
