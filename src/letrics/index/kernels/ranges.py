"""Ranges of numbers: what stands in many pieces of an array is flagged, copied or marked."""

from typing import Any

from letrics.index.kernels import bits
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
