"""
Alternatives: the documents that have one of a clause's values at least, in one segment.

They are held as posting lists, and united only where that is cheaper than meeting each list with
what other clauses have left.
"""

from collections.abc import Sequence

from pyroaring import BitMap

from letrics.index.postings import PostingList, is_live, union
from letrics.index.texts import Texts, united_texts

# Uniting two dense lists costs what meeting so small a share of the documents with one does.
_DISTRIBUTED = 128


class Alternatives:
    """Of *count* documents those of *lists*, and those whose text is in *texts*."""

    def __init__(self, count: int, lists: Sequence[PostingList], texts: Texts | None = None) -> None:
        self._all = count
        self.lists = lists
        self.texts = texts
        # At most so many documents there are.
        self.most = min(count, sum(each.size for each in lists) + (texts.count if texts is not None else 0))

    def has_live(self, deletes: BitMap) -> bool:
        """Return whether any of the documents is alive: a value that only deleted documents have occurs nowhere."""
        if any(is_live(each, deletes) for each in self.lists):
            return True
        if self.texts is None:
            return False
        return self.texts.count > len(deletes) or not self.texts.documents().issubset(deletes)

    def united(self) -> BitMap:
        """Return all documents."""
        united = [each.documents for each in self.lists]
        if self.texts is not None:
            united.append(self.texts.documents())
        if len(united) == 1:
            return united[0]
        return BitMap.union(*united) if united else BitMap()

    def of(self, documents: BitMap) -> BitMap:
        """Return those of *documents* that are among these."""
        if len(self.lists) > 1 and not self._is_distributed(len(documents)):
            kept = [documents & union(self.lists)]
        else:
            kept = [documents & each.documents for each in self.lists]
        if self.texts is not None:
            # Asking each document costs twice what collecting one does, and collecting a little for each there is.
            if 2 * len(documents) < self.texts.count + self._all // _DISTRIBUTED:
                kept.append(self.texts.of(documents))
            else:
                kept.append(documents & self.texts.documents())
        if len(kept) == 1:
            return kept[0]
        return BitMap.union(*kept) if kept else BitMap()

    def _is_distributed(self, size: int) -> bool:
        """Return whether *size* documents are met with each list sooner than the lists are united."""
        uniting = sum(min(each.size, self._all // _DISTRIBUTED) for each in self.lists)
        return size * len(self.lists) < uniting

    def outside(self, documents: BitMap) -> BitMap:
        """Return those of *documents* that are not among these."""
        if self.texts is not None:
            return documents - self.of(documents)
        for each in self.lists:
            documents = documents - each.documents
        return documents


def any_of(count: int, alternatives: Sequence[Alternatives]) -> Alternatives:
    """Return the documents, of *count*, that are in any of *alternatives*."""
    if len(alternatives) == 1:
        return alternatives[0]
    lists = [each for one in alternatives for each in one.lists]
    texts = [one.texts for one in alternatives if one.texts is not None]
    return Alternatives(count, lists, united_texts(texts) if texts else None)
