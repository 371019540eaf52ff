"""
Alternatives: the documents that have one of a clause's values at least, in one segment.

They are held as posting lists, and united only where that is cheaper than meeting each list with
what other clauses have left.
"""

from collections.abc import Sequence

from pyroaring import BitMap

from letrics.index.postings import PostingList, is_live, union
from letrics.index.texts import Texts, united_texts, with_text

# Uniting two dense lists costs what meeting so small a share of the documents with one does.
_DISTRIBUTED = 128


class Alternatives:
    """Of *count* documents those of *lists*, and those that have one of *texts*."""

    def __init__(self, count: int, lists: Sequence[PostingList], texts: Sequence[Texts] = ()) -> None:
        self._all = count
        self.lists = lists
        self.texts = texts
        # At most so many documents there are.
        self.most = 0
        for each in lists:
            self.most += each.size
        for text in texts:
            self.most += text.count
        self.most = min(count, self.most)

    def has_live(self, deletes: BitMap) -> bool:
        """Return whether any of the documents is alive: a value that only deleted documents have occurs nowhere."""
        if not deletes:
            return self.most > 0
        return any(is_live(each, deletes) for each in self.lists) or any(
            each.count > len(deletes) or not each.documents().issubset(deletes) for each in self.texts
        )

    def united(self) -> BitMap:
        """Return all documents."""
        united = [*(each.documents for each in self.lists), *(each.documents() for each in self.texts)]
        if len(united) == 1:
            return united[0]
        return BitMap.union(*united) if united else BitMap()

    def of(self, documents: BitMap) -> BitMap:
        """Return those of *documents* that are among these."""
        if len(self.lists) > 1 and not self._is_distributed(len(documents)):
            kept = [documents & union(self.lists)]
        else:
            kept = [documents & each.documents for each in self.lists]
        # Asking each document costs twice what collecting one does, and collecting a little for each there is.
        if self.texts and 2 * len(documents) < sum(each.count for each in self.texts) + self._all // _DISTRIBUTED:
            kept.append(with_text(documents, self.texts))
        else:
            kept += [documents & each.documents() for each in self.texts]
        if len(kept) == 1:
            return kept[0]
        return BitMap.union(*kept) if kept else BitMap()

    def _is_distributed(self, size: int) -> bool:
        """Return whether *size* documents are met with each list sooner than the lists are united."""
        uniting = sum(min(each.size, self._all // _DISTRIBUTED) for each in self.lists)
        return size * len(self.lists) < uniting

    def outside(self, documents: BitMap) -> BitMap:
        """Return those of *documents* that are not among these."""
        if self.texts:
            return documents - self.of(documents)
        for each in self.lists:
            documents = documents - each.documents
        return documents


def any_of(count: int, alternatives: Sequence[Alternatives]) -> Alternatives:
    """Return the documents, of *count*, that are in any of *alternatives*."""
    if len(alternatives) == 1:
        return alternatives[0]
    lists = [each for one in alternatives for each in one.lists]
    return Alternatives(count, lists, united_texts([each for one in alternatives for each in one.texts]))
