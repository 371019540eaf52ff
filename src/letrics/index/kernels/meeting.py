"""
Meeting: the documents that are in all wanted clauses and in none of the unwanted, container by container.

The lead is the clause with fewest documents.  Where it has few in a container, each of them is looked for in
the other clauses; otherwise clauses meet as bits.  What the arguments are stands in `encoding.py`.
"""

from typing import Any

import numpy as np

from letrics.index.kernels import bits, sources
from letrics.index.kernels.compiled import inner, kernel, signed
from letrics.index.kernels.encoding import (
    ASKED,
    ASKED_FROM,
    BEGIN,
    CONTAINER,
    END,
    KIND,
    ONLY_ADDS,
    TAKES_OFF,
    UNWANTED,
    WORDS,
)

# So many documents are looked for one by one.
_FEW = 256
# So many, if they are from several sources: these are united first.
_FEW_OF_SEVERAL = 64
# Documents times sources: beyond, sources are united before documents are looked for in them.
_LOOKED_FOR_MAX = 64
# If clauses leave so few documents, and as many sources are left at least, these are looked for in them.
_LEFT, _LEFT_FOR = 64, 3
_BITS = -1  # in place of a number of places


@inner
def _united(query: Any, state: Any, clause: Any, container: int, words: Any) -> Any:
    """Return whether there may be any documents of a clause; if so, they are the bits in *words*."""
    buffers, documents, flats, _, _, _, rows = query
    found = False
    for s in range(clause[BEGIN], clause[END]):
        if rows[s, KIND] >= ASKED_FROM:
            continue
        if not sources.reach(buffers, documents, rows, state, s, container):
            continue
        if found:
            sources.put(buffers, documents, flats, rows[s], state[s], container, words, rows[s, TAKES_OFF])
        elif not rows[s, TAKES_OFF]:
            sources.begin(buffers, documents, flats, rows[s], state[s], container, words)
            found = True
    return found


@inner
def _kept(query: Any, state: Any, clause: Any, container: int, work: Any, size: int) -> int:
    """Keep those of the first *size* places that a clause keeps; return how many."""
    buffers, documents, _, _, _, _, rows = query
    _, spare, places, flags = work
    for i in range(size):
        flags[i] = 0
    united = False
    if clause[END] - clause[BEGIN] > 1 and size * (clause[END] - clause[BEGIN]) > _LOOKED_FOR_MAX:
        united = True
        if _united(query, state, clause, container, spare):
            for i in range(size):
                flags[i] = bits.has(spare, signed(places[i]))
    for s in range(clause[BEGIN], clause[END]):
        is_asked = rows[s, KIND] >= ASKED_FROM
        if united and not is_asked:
            continue
        if is_asked or sources.reach(buffers, documents, rows, state, s, container):
            sources.mark(query, rows[s], state[s], container, places, size, flags)
    kept, wanted = 0, np.uint8(1 - clause[UNWANTED])
    for i in range(size):
        places[kept] = places[i]
        kept += flags[i] == wanted
    return kept


@inner
def _met(query: Any, state: Any, clause: Any, container: int, work: Any) -> Any:
    """Keep those of the documents in the bits that a clause keeps; return whether there may be any."""
    buffers, documents, flats, _, _, _, rows = query
    words, spare, _, _ = work
    first, last = clause[BEGIN], clause[END]
    if clause[UNWANTED]:
        if clause[ONLY_ADDS]:
            for s in range(first, last):
                if sources.reach(buffers, documents, rows, state, s, container):
                    sources.put(buffers, documents, flats, rows[s], state[s], container, words, True)
        elif _united(query, state, clause, container, spare):
            for i in range(WORDS):
                words[i] &= ~spare[i]
        return True
    if last - first == 1:
        if not sources.reach(buffers, documents, rows, state, first, container):
            return False
        if sources.intersect(buffers, flats, rows[first], state[first], container, words):
            return True
    if not _united(query, state, clause, container, spare):
        return False
    for i in range(WORDS):
        words[i] &= spare[i]
    return True


@inner
def _most(query: Any, state: Any, clause: Any, container: int) -> int:
    """Return how many documents a clause has in the container at most; where that takes a count, more than few."""
    buffers, documents, flats, _, _, _, rows = query
    most = 0
    for s in range(clause[BEGIN], clause[END]):
        if sources.reach(buffers, documents, rows, state, s, container):
            size = sources.few(buffers, flats, rows[s], state[s], container, _FEW_OF_SEVERAL)
            if size < 0:
                return _FEW_OF_SEVERAL + 1
            most += size
    return most


@inner
def _merged(query: Any, state: Any, clause: Any, container: int, work: Any) -> int:
    """Write the places of the few documents of a clause whose sources all add; return how many."""
    buffers, documents, flats, _, _, _, rows = query
    _, spare, places, _ = work
    before, added = spare[: WORDS // 2].view(np.uint16), spare[WORDS // 2 :].view(np.uint16)
    size = 0
    for s in range(clause[BEGIN], clause[END]):
        if sources.reach(buffers, documents, rows, state, s, container):
            count = sources.few(buffers, flats, rows[s], state[s], container, _FEW_OF_SEVERAL)
            if size == 0:
                sources.listed(buffers, documents, flats, rows[s], state[s], container, count, places)
                size = count
            else:
                sources.listed(buffers, documents, flats, rows[s], state[s], container, count, added)
                for i in range(size):
                    before[i] = places[i]
                size = bits.merged(before, size, added, count, places)
    return size


@inner
def _has_lead(clauses: Any) -> Any:
    """Return whether documents are read from the first clause, instead of starting with all there are."""
    return len(clauses) > 0 and not clauses[0, UNWANTED] and not clauses[0, ASKED]


@inner
def _begun(query: Any, state: Any, container: int, work: Any) -> int:
    """Read the lead: its places, and how many they are; or its bits.  Without one, all bits."""
    buffers, documents, flats, _, _, clauses, rows = query
    words, _, places, _ = work
    if not _has_lead(clauses):
        bits.fill(words, np.uint64(0xFFFF_FFFF_FFFF_FFFF))
        return _BITS
    clause = clauses[0]
    if clause[END] - clause[BEGIN] == 1:
        if not sources.reach(buffers, documents, rows, state, clause[BEGIN], container):
            return 0
        source, known = rows[clause[BEGIN]], state[clause[BEGIN]]
        size = sources.few(buffers, flats, source, known, container, _FEW)
        if size >= 0:
            sources.listed(buffers, documents, flats, source, known, container, size, places)
            return size
        return _BITS if _united(query, state, clause, container, words) else 0
    most = _most(query, state, clause, container)
    if most <= _FEW_OF_SEVERAL and clause[ONLY_ADDS]:
        return _merged(query, state, clause, container, work)
    if most == 0 or not _united(query, state, clause, container, words):
        return 0
    return bits.places(words, places) if most <= _FEW_OF_SEVERAL else _BITS


@inner
def _trimmed(span: Any, container: int, work: Any, size: int) -> int:
    """Drop what is not in the *span* of doc ids from the bits, or from the first *size* places; return how many."""
    words, _, places, _ = work
    first, last = span[0] - container * CONTAINER, span[1] - container * CONTAINER
    if size == _BITS:
        bits.put_range(words, 0, min(first, CONTAINER), True)
        bits.put_range(words, max(last, 0), CONTAINER, True)
        return size
    kept = 0
    for i in range(size):
        if first <= signed(places[i]) < last:
            places[kept] = places[i]
            kept += 1
    return kept


@inner
def _meet(query: Any, state: Any, span: Any, container: int, work: Any) -> int:
    """Find the documents of a container: how many places they are, or `_BITS` where they are in the bits."""
    clauses, rows = query[5], query[6]
    size = _begun(query, state, container, work)
    size = _trimmed(span, container, work, size)
    for c in range(1 if _has_lead(clauses) else 0, len(clauses)):
        if size == 0:
            return 0
        if size == _BITS and clauses[c, ASKED]:
            size = bits.places(work[0], work[2])
        if size == _BITS:
            if not _met(query, state, clauses[c], container, work):
                return 0
            if c + 1 < len(clauses):
                left = bits.count_to(work[0], _LEFT)
                if left == 0:
                    return 0
                if left <= _LEFT and len(rows) - clauses[c, END] >= _LEFT_FOR:
                    size = bits.places(work[0], work[2])
        else:
            size = _kept(query, state, clauses[c], container, work, size)
    return size


@inner
def _take(size: int, work: Any, base: int, skipped: int, wanted: int, found: Any, at: int) -> None:
    """Write *wanted* of the documents that were met, but for the first *skipped* ones, into *found* from *at* on."""
    if size == _BITS:
        bits.select(work[0], skipped, wanted, base, found, at)
    else:
        for i in range(wanted):
            found[at + i] = base + signed(work[2][skipped + i])


@kernel
def walk(
    query: Any, span: Any, state: Any, work: Any, begin: int, counts: Any, is_counted: Any, skipped: int, page: Any
) -> int:
    """
    Walk over the containers from *begin* on, as many as *counts* has room for; return how many documents they have.

    *page* is filled with the documents that follow the first *skipped* ones; its first ones stand there already if
    so many are less than none.  If it *is_counted* how many each container has, only those of the page are read.
    """
    sources.open_all(query[0], query[6], state)
    found = 0
    for i in range(len(counts)):
        at, first = max(found - skipped, 0), max(skipped - found, 0)
        if is_counted and min(counts[i] - first, len(page) - at) <= 0:
            found += counts[i]
            continue
        size = _meet(query, state, span, begin + i, work)
        held = bits.count(work[0]) if size == _BITS else size
        counts[i] = held
        wanted = min(held - first, len(page) - at)
        if wanted > 0:
            _take(size, work, (begin + i) * CONTAINER, first, wanted, page, at)
        found += held
    return found
