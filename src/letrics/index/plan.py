"""
The plan of a search in one segment: in which order its clauses meet, chosen by what the lists' sizes say it costs.

What costs is not looking at bits but writing down documents one by one: where two dense lists meet in a
middling share of all documents, `a & b` takes fifty times as long as counting it.  So the smallest
clause comes first, what is left shrinks step by step, and the last step is left to `Found`.  Dense clauses
whose meeting would be written down are turned round instead: *a* without (*not b* or *not c*) stays a set of
bits all the way.
"""

from collections.abc import Callable

from pyroaring import BitMap

from letrics.index.alternatives import Alternatives
from letrics.index.found import Found
from letrics.index.times import Earlier

Clause = Alternatives | Earlier

# A set that holds less than this share of the documents is cheap to write down.
_SPARSE = 200
# From this share on, a set is kept as bits.
_DENSE = 16
# Turning one clause round costs as much as writing down this share of the documents.
_TURNED = 170


def found(
    count: int,
    span: range | None,
    wanted: list[Clause],
    unwanted: list[Clause],
    check_time: Callable[[], None],
) -> Found:
    """
    Return the documents of *count*, within *span*, that are in all of *wanted* and in none of *unwanted*.

    *check_time* is called between steps, of which none takes more than some milliseconds.
    """
    rest = sorted(wanted, key=lambda each: each.most)
    left = rest.pop(0).united() if rest else BitMap(range(count))
    if span is not None:
        left = left & BitMap(span)
    while rest:
        check_time()
        size = len(left)
        if not size:
            return Found(left)
        if size * _SPARSE > count:
            if len(rest) == 1 and not unwanted:
                return Found(left, rest[0].united())
            if _is_turned(count, size, rest[0].most, len(rest)):
                return Found(left, _outside(count, rest, unwanted, check_time), keep=False)
        left = rest.pop(0).of(left)
    check_time()
    if len(left) * _SPARSE > count and unwanted:
        return Found(left, _outside(count, [], unwanted, check_time), keep=False)
    for each in unwanted if left else ():
        left = each.outside(left)
    return Found(left)


def _is_turned(count: int, size: int, most: int, clauses: int) -> bool:
    """Return whether *size* documents are better not met with a clause of *most*, but with what is outside of it."""
    if size * _DENSE < count:
        return False
    # As many as there are if the two have nothing to do with each other.
    expected = size * most // count
    return expected * _DENSE < count and expected * _TURNED > clauses * count


def _outside(count: int, wanted: list[Clause], unwanted: list[Clause], check_time: Callable[[], None]) -> BitMap:
    """Return the documents that are outside of one of *wanted*, or in one of *unwanted*."""
    outside = []
    for each in unwanted:
        check_time()
        outside.append(each.united())
    for each in wanted:
        check_time()
        outside.append(each.united().flip(0, count))
    return outside[0] if len(outside) == 1 else BitMap.union(*outside)
