"""Ranges of numbers: what stands in many pieces of an array is flagged, copied or marked; what ascends is met."""

from typing import Any

from letrics.index.kernels import bits
from letrics.index.kernels.bits import reached
from letrics.index.kernels.compiled import kernel, signed


@kernel
def flag(documents: Any, firsts: Any, lasts: Any, words: Any) -> None:
    """Set the bits of *documents* from each of *firsts* to its last."""
    for i in range(len(firsts)):
        for at in range(firsts[i], lasts[i]):
            bits.put(words, signed(documents[at]), False)


@kernel
def gather(documents: Any, firsts: Any, lasts: Any, found: Any) -> None:
    """Copy *documents* from each of *firsts* to its last, one range after the other."""
    size = 0
    for i in range(len(firsts)):
        for at in range(firsts[i], lasts[i]):
            found[size] = documents[at]
            size += 1


@kernel
def mark(numbers: Any, firsts: Any, lasts: Any, flags: Any) -> None:
    """Set the flag of each of *numbers* from each of *firsts* to its last."""
    for i in range(len(firsts)):
        for at in range(firsts[i], lasts[i]):
            flags[numbers[at]] = True


@kernel
def meet(found: Any, step: int, numbers: Any) -> int:
    """Keep, at its beginning, what of *found* is *step* before one of *numbers*, both ascending; return how many."""
    kept = at = 0
    for i in range(len(found)):
        wanted = signed(found[i]) + step
        at = reached(numbers, at, len(numbers), wanted)
        if at == len(numbers):
            break
        if signed(numbers[at]) == wanted:
            found[kept] = found[i]
            kept += 1
    return kept


@kernel
def owners(starts: Any, places: Any, found: Any) -> int:
    """Write into *found* which of *starts* are the last before one of *places*, both ascending; return how many."""
    size = at = 0
    for i in range(len(places)):
        at = reached(starts, at, len(starts), signed(places[i]) + 1)
        if size == 0 or found[size - 1] != at - 1:
            found[size] = at - 1
            size += 1
    return size
