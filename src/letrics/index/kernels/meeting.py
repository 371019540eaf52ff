"""
Meeting: the documents that are in all wanted clauses and in none of the unwanted, container by container.

The lead is the clause with fewest documents.  Where it has few in a container, each of them is looked for in
the other clauses; otherwise clauses meet as bits.  What the numbers of clauses and sources are stands in `encoding.py`.

*room* is the address of what is known of one container: its documents as bits, other bits, places, and their flags.
"""

from typing import Any

import numpy as np
from numba import types

from letrics.index.kernels import bits, sources
from letrics.index.kernels.compiled import inner, kernel, part_of_room, signed
from letrics.index.kernels.encoding import (
    ASKED,
    ASKED_FROM,
    BEGIN,
    CONTAINER,
    END,
    FLAGS_FROM,
    KIND,
    ONLY_ADDS,
    PLACES_FROM,
    SPARE_FROM,
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


_words = part_of_room(types.uint64, 0, WORDS)
_spare = part_of_room(types.uint64, SPARE_FROM, WORDS)
_places = part_of_room(types.uint16, PLACES_FROM, CONTAINER)
_flags = part_of_room(types.uint8, FLAGS_FROM, CONTAINER)


@inner
def _united(rows: Any, clause: Any, container: int, words: Any) -> Any:
    """Return whether there may be any documents of a clause; if so, they are the bits in *words*."""
    found = False
    for s in range(clause[BEGIN], clause[END]):
        source = rows[s]
        if source[KIND] >= ASKED_FROM or not sources.reach(source, container):
            continue
        if found:
            sources.put(source, container, words, source[TAKES_OFF])
        elif not source[TAKES_OFF]:
            sources.begin(source, container, words)
            found = True
    return found


@inner
def _kept(rows: Any, clause: Any, container: int, room: Any, size: int) -> int:
    """Keep those of the first *size* places that a clause keeps; return how many."""
    spare, places, flags = _spare(room), _places(room), _flags(room)
    for i in range(size):
        flags[i] = 0
    united = False
    if clause[END] - clause[BEGIN] > 1 and size * (clause[END] - clause[BEGIN]) > _LOOKED_FOR_MAX:
        united = True
        if _united(rows, clause, container, spare):
            for i in range(size):
                flags[i] = bits.has(spare, signed(places[i]))
    for s in range(clause[BEGIN], clause[END]):
        source = rows[s]
        is_asked = source[KIND] >= ASKED_FROM
        if united and not is_asked:
            continue
        if is_asked or sources.reach(source, container):
            sources.mark(source, container, places, size, flags)
    kept, wanted = 0, np.uint8(1 - clause[UNWANTED])
    for i in range(size):
        places[kept] = places[i]
        kept += flags[i] == wanted
    return kept


@inner
def _met(rows: Any, clause: Any, container: int, room: Any) -> Any:
    """Keep those of the documents in the bits that a clause keeps; return whether there may be any."""
    words, spare = _words(room), _spare(room)
    first, last = clause[BEGIN], clause[END]
    if clause[UNWANTED]:
        if clause[ONLY_ADDS]:
            for s in range(first, last):
                if sources.reach(rows[s], container):
                    sources.put(rows[s], container, words, True)
        elif _united(rows, clause, container, spare):
            for i in range(WORDS):
                words[i] &= ~spare[i]
        return True
    if last - first == 1:
        if not sources.reach(rows[first], container):
            return False
        if sources.intersect(rows[first], container, words):
            return True
    if not _united(rows, clause, container, spare):
        return False
    for i in range(WORDS):
        words[i] &= spare[i]
    return True


@inner
def _most(rows: Any, clause: Any, container: int) -> int:
    """Return how many documents a clause has in the container at most; where that takes a count, more than few."""
    most = 0
    for s in range(clause[BEGIN], clause[END]):
        if sources.reach(rows[s], container):
            size = sources.few(rows[s], container, _FEW_OF_SEVERAL)
            if size < 0:
                return _FEW_OF_SEVERAL + 1
            most += size
    return most


@inner
def _merged(rows: Any, clause: Any, container: int, room: Any) -> int:
    """Write the places of the few documents of a clause whose sources all add; return how many."""
    places, size = _places(room), 0
    before, added = _spare(room)[: WORDS // 2].view(np.uint16), _spare(room)[WORDS // 2 :].view(np.uint16)
    for s in range(clause[BEGIN], clause[END]):
        if sources.reach(rows[s], container):
            count = sources.few(rows[s], container, _FEW_OF_SEVERAL)
            if size == 0:
                sources.listed(rows[s], container, count, places)
                size = count
            else:
                sources.listed(rows[s], container, count, added)
                for i in range(size):
                    before[i] = places[i]
                size = bits.merged(before, size, added, count, places)
    return size


@inner
def _has_lead(clauses: Any) -> Any:
    """Return whether documents are read from the first clause, instead of starting with all there are."""
    return len(clauses) > 0 and not clauses[0, UNWANTED] and not clauses[0, ASKED]


@inner
def _begun(clauses: Any, rows: Any, container: int, room: Any) -> int:
    """Read the lead: its places, and how many they are; or its bits.  Without one, all bits."""
    words = _words(room)
    if not _has_lead(clauses):
        bits.fill(words, np.uint64(0xFFFF_FFFF_FFFF_FFFF))
        return _BITS
    clause = clauses[0]
    if clause[END] - clause[BEGIN] == 1:
        source = rows[clause[BEGIN]]
        if not sources.reach(source, container):
            return 0
        size = sources.few(source, container, _FEW)
        if size >= 0:
            sources.listed(source, container, size, _places(room))
            return size
        return _BITS if _united(rows, clause, container, words) else 0
    most = _most(rows, clause, container)
    if most <= _FEW_OF_SEVERAL and clause[ONLY_ADDS]:
        return _merged(rows, clause, container, room)
    if most == 0 or not _united(rows, clause, container, words):
        return 0
    return bits.places(words, _places(room)) if most <= _FEW_OF_SEVERAL else _BITS


@inner
def _trimmed(span: Any, container: int, room: Any, size: int) -> int:
    """Drop what is not in the *span* of doc ids from the bits, or from the first *size* places; return how many."""
    first, last = span[0] - container * CONTAINER, span[1] - container * CONTAINER
    if size == _BITS:
        bits.put_range(_words(room), 0, min(first, CONTAINER), True)
        bits.put_range(_words(room), max(last, 0), CONTAINER, True)
        return size
    places, kept = _places(room), 0
    for i in range(size):
        if first <= signed(places[i]) < last:
            places[kept] = places[i]
            kept += 1
    return kept


@inner
def _meet(clauses: Any, rows: Any, span: Any, container: int, room: Any) -> int:
    """Find the documents of a container: how many places they are, or `_BITS` where they are in the bits."""
    size = _begun(clauses, rows, container, room)
    size = _trimmed(span, container, room, size)
    for c in range(1 if _has_lead(clauses) else 0, len(clauses)):
        if size == 0:
            return 0
        if size == _BITS and clauses[c, ASKED]:
            size = bits.places(_words(room), _places(room))
        if size == _BITS:
            if not _met(rows, clauses[c], container, room):
                return 0
            if c + 1 < len(clauses):
                left = bits.count_to(_words(room), _LEFT)
                if left == 0:
                    return 0
                if left <= _LEFT and len(rows) - clauses[c, END] >= _LEFT_FOR:
                    size = bits.places(_words(room), _places(room))
        else:
            size = _kept(rows, clauses[c], container, room, size)
    return size


@inner
def _take(size: int, room: Any, base: int, skipped: int, wanted: int, found: Any, at: int) -> None:
    """Write *wanted* of the documents that were met, but for the first *skipped* ones, into *found* from *at* on."""
    if size == _BITS:
        bits.select(_words(room), skipped, wanted, base, found, at)
    else:
        places = _places(room)
        for i in range(wanted):
            found[at + i] = base + signed(places[skipped + i])


@kernel
def walk(
    clauses: Any, rows: Any, span: Any, room: Any, begin: int, counts: Any, is_counted: Any, skipped: int, page: Any
) -> int:
    """
    Walk over the containers from *begin* on, as many as *counts* has room for; return how many documents they have.

    *rows* are the sources of the *clauses*; what is known of them is written there.  *page* is filled with the
    documents that follow the first *skipped* ones; its first ones stand there already if so many are less than none.
    If it *is_counted* how many each container has, only those of the page are read.
    """
    sources.open_all(rows)
    found = 0
    for i in range(len(counts)):
        at, first = max(found - skipped, 0), max(skipped - found, 0)
        if is_counted and min(counts[i] - first, len(page) - at) <= 0:
            found += counts[i]
            continue
        size = _meet(clauses, rows, span, begin + i, room)
        held = bits.count(_words(room)) if size == _BITS else size
        counts[i] = held
        wanted = min(held - first, len(page) - at)
        if wanted > 0:
            _take(size, room, (begin + i) * CONTAINER, first, wanted, page, at)
        found += held
    return found
