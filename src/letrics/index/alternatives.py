"""
Clauses: the documents that have one of a clause's values at least, in one segment, and where they stand.

Nothing is read yet: a plan (`plan.py`) decides in which order, and in which way.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from letrics.index.postings import PostingList, Serialized, bitmap, is_live
from letrics.index.texts import Texts, united_texts

# Where documents stand: a posting list, a bitmap in memory, texts that they have, or doc ids, ascending.
Source = PostingList | Serialized | Texts | NDArray[np.uint32]


class Clause(msgspec.Struct, frozen=True):
    """
    Documents of a segment, at most *most*: each of *sources* adds some.

    Those at the places *taken_off* take some off those of the sources before them.
    """

    most: int
    sources: Sequence[Source]
    taken_off: Sequence[int] = ()


def any_of(count: int, sources: Sequence[Source]) -> Clause:
    """Return of *count* documents those of *sources*."""
    if len(sources) == 1:
        return Clause(sources[0].size, sources)
    return Clause(min(count, sum([each.size for each in sources])), sources)


def any_text_of(sources: Sequence[Source]) -> Sequence[Source]:
    """Return *sources* with all texts among them as one."""
    texts = [each for each in sources if isinstance(each, Texts)]
    if len(texts) < 2:
        return sources
    return [*(each for each in sources if not isinstance(each, Texts)), united_texts(texts)]


def have_live(sources: Sequence[Source], deletes: BitMap) -> bool:
    """Return whether any document of *sources* is alive: a value that only deleted documents have occurs nowhere."""
    if not deletes:
        return any(each.size for each in sources)
    return any(
        (len(each) > len(deletes) or not bitmap(each).issubset(deletes))
        if isinstance(each, np.ndarray)
        else is_live(each, deletes)
        for each in sources
    )
