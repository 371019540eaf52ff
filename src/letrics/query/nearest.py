"""Nearest names: what a misspelt parameter was probably meant to be."""

from collections.abc import Iterable

SCORE_MIN = 60.0  # of 100; below this a suggestion confuses more than it helps


def nearest(name: str, names: Iterable[str], limit: int = 3) -> tuple[str, ...]:
    """Return up to *limit* of *names* that are spelt most like *name*, the nearest first."""
    from rapidfuzz import fuzz, process  # of use for what is misspelt only

    found = process.extract(name.lower()[:100], list(names), scorer=fuzz.ratio, limit=limit, score_cutoff=SCORE_MIN)
    return tuple(match for match, _, _ in found)


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return a sentence, led by a space, that offers the nearest names; empty where none is near."""
    found = nearest(name, names)
    return f" Did you mean {' or '.join(f'`{each}`' for each in found)}?" if found else ""
