"""
What a look tells of packed texts, compiled: whether they are of the plain form that nearly all have.

Whoever calls gives room for the results; of what is not of that form nothing is said.
"""

from typing import Any

from letrics.packed.compiled import inner, kernel

_SPACE, _DELETE, _DOT, _AT, _HYPHEN = 32, 127, 46, 64, 45
_LABEL_MAX, _SUFFIX_MIN, _SUFFIX_MAX = 63, 2, 24
_NAME_MAX, _SECOND_NAME_MAX = 32, 31


@kernel
def tidy(data: Any, starts: Any, ends: Any, suspicious: Any, suspicious_max: int, is_tidy: Any) -> None:
    """
    Tell of each text whether it is of ASCII that can be printed, with single spaces within only.

    One of at most *suspicious_max* bytes that begins with a *suspicious* one (flags by byte) is not told.
    """
    for text in range(len(starts)):
        at, end = starts[text], ends[text]
        fits = at < end and data[at] != _SPACE and data[end - 1] != _SPACE
        fits = fits and (end - at > suspicious_max or not suspicious[data[at]])
        while fits and at < end:
            fits = _SPACE <= data[at] < _DELETE and (data[at] != _SPACE or data[at + 1] != _SPACE)
            at += 1
        is_tidy[text] = fits


@kernel
def holding(data: Any, starts: Any, ends: Any, wanted: Any, is_holding: Any) -> None:
    """Tell of each text whether it holds a byte that is *wanted* (flags by byte)."""
    for text in range(len(starts)):
        at, end = starts[text], ends[text]
        while at < end and not wanted[data[at]]:
            at += 1
        is_holding[text] = at < end


@kernel
def slugs(data: Any, starts: Any, ends: Any, prefix: Any, allowed: Any, is_slug: Any) -> None:
    """Tell of each text whether it is *prefix* and then bytes that are *allowed* (flags by byte), one at least."""
    for text in range(len(starts)):
        at, end = starts[text], ends[text]
        fits = end - at > len(prefix)
        place = 0
        while fits and place < len(prefix):
            fits = data[at + place] == prefix[place]
            place += 1
        at += place
        while fits and at < end:
            fits = allowed[data[at]]
            at += 1
        is_slug[text] = fits


@inner
def _is_letter(byte: int) -> bool:
    return 97 <= byte <= 122


@inner
def _is_alphanumeric(byte: int) -> bool:
    return _is_letter(byte) or 48 <= byte <= 57


@inner
def _name_end(data: Any, at: int, end: int) -> int:
    while at < end and (_is_alphanumeric(data[at]) or data[at] == 95 or data[at] == 43 or data[at] == _HYPHEN):
        at += 1
    return at


@inner
def _is_host(data: Any, at: int, end: int) -> bool:
    """Return whether there are labels with points between them, the last of letters only."""
    labels = 0
    while True:
        start, has_letters_only = at, True
        while at < end and (_is_alphanumeric(data[at]) or data[at] == _HYPHEN):
            has_letters_only = has_letters_only and _is_letter(data[at])
            at += 1
        if at == end:
            return labels > 0 and has_letters_only and _SUFFIX_MIN <= at - start <= _SUFFIX_MAX
        if data[at] != _DOT or not 0 < at - start <= _LABEL_MAX or data[start] == _HYPHEN or data[at - 1] == _HYPHEN:
            return False
        labels += 1
        at += 1


@kernel
def emails(data: Any, starts: Any, ends: Any, names: Any, hosts: Any) -> None:
    """
    Write where the first part of each address's name ends into *names*, and where its host begins into *hosts*.

    A name that has but letters is told by that alone; of others *names* has 0.  *hosts* has 0 for what is not told.
    """
    for text in range(len(starts)):
        names[text], hosts[text] = 0, 0
        start, end = starts[text], ends[text]
        first = at = _name_end(data, start, end)
        if not 0 < at - start <= _NAME_MAX:
            continue
        if at < end and data[at] == _DOT:
            at = _name_end(data, first + 1, end)
            if not 0 < at - first - 1 <= _SECOND_NAME_MAX:
                continue
        if at == end or data[at] != _AT or not _is_host(data, at + 1, end):
            continue
        hosts[text] = at + 1
        while start < first and _is_letter(data[start]):
            start += 1
        if start == first:
            names[text] = first
