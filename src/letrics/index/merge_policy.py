"""
Which segments to merge: those of about one size, when there are four of them.

Each merge makes a segment of the next size up, so a document is rewritten once a size, and at most three segments of
a size stay.  A segment that is not small and of which most is deleted is rewritten alone, which gives its space back.
"""

from collections import defaultdict
from collections.abc import Sequence

from letrics.index.snapshot import Part
from letrics.model.filters import SEARCHES

_FAN = 4
# Below this, size tells nothing: what such a merge costs is the opening and closing of files.
_SMALL = 1_000


def documents_of(part: Part) -> int:
    """Return how many documents of *part* are alive."""
    return part.entry.companies + part.entry.contacts


def next_merge(parts: Sequence[Part], documents_max: int) -> list[Part]:
    """Return the segments to merge next into one of at most *documents_max* documents; none if all is well."""
    by_size: dict[int, list[Part]] = defaultdict(list)
    for part in parts:
        by_size[_size(documents_of(part))].append(part)
    for size in sorted(by_size):
        if len(by_size[size]) >= _FAN and len(chosen := _within(by_size[size], documents_max)) > 1:
            return chosen
    return next(([part] for part in parts if _is_mostly_deleted(part) and documents_of(part) <= documents_max), [])


def _size(documents: int) -> int:
    """Return the size of a segment as a number: one more for four times the documents."""
    size = 0
    while documents > _SMALL:
        documents //= _FAN
        size += 1
    return size


def _within(parts: Sequence[Part], documents_max: int) -> list[Part]:
    """Return the smallest of *parts* that together have at most *documents_max* documents, in their own order."""
    chosen, total = set(), 0
    for part in sorted(parts, key=documents_of):
        total += documents_of(part)
        if total > documents_max:
            break
        chosen.add(part.entry.file)
    return [part for part in parts if part.entry.file in chosen]


def _is_mostly_deleted(part: Part) -> bool:
    stored = sum(part.documents(search).count for search in SEARCHES)
    return stored > _SMALL and 2 * documents_of(part) < stored
