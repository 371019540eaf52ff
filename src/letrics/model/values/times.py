"""Times: ISO 8601 to microseconds since the Unix epoch, and back to one canonical text."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_ISO = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ](?P<clock>[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,](?P<fraction>[0-9]{1,9}))?)?)"
    r"\s?(?P<offset>Z|[+-][0-9]{2}:?[0-9]{2}|[+-][0-9]{2})?)?",
    re.IGNORECASE | re.ASCII,
)
# What times are written as here, and what many sources have.
_CANONICAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}Z")
# Tells the canonical form by a look.
is_canonical_time = _CANONICAL.fullmatch
_PLAIN = re.compile(_CANONICAL.pattern.replace("Z", r"(?:\.[0-9]{6})?Z"))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# Unambiguous forms; of 03/04/2025 nobody can say which is the month.
_LOOSE_FORMS = (
    "%Y/%m/%d",
    "%d.%m.%Y",
    "%d %B %Y",
    "%B %d, %Y",
    "%d %b %Y",
    "%b %d, %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
)
_SLASHED = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})(?:[ ,].*)?")
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")


@lru_cache(maxsize=65_536)
def timestamp(value: str) -> int:
    """
    Return the microseconds since the Unix epoch, UTC, of an ISO 8601 date or time.

    A bare date is its midnight; without an offset it is UTC; what is finer than a microsecond is cut.
    """
    if _PLAIN.fullmatch(value):
        try:
            return (datetime.fromisoformat(value) - _EPOCH) // _MICROSECOND
        except ValueError:
            pass
    found = _ISO.fullmatch(value.strip())
    wanted = f"{value[:60]!r} is no ISO 8601 time such as 2026-01-31 or 2026-01-31T09:30:00Z"
    if found is None:
        raise ValueError(f"{wanted}.")
    try:
        clock = (found["clock"] or "00:00").partition(".")[0].partition(",")[0]
        moment = datetime.fromisoformat(f"{found['date']}T{clock}").replace(tzinfo=UTC)
        micro = int((found["fraction"] or "").ljust(6, "0")[:6])
        return (moment - _offset(found["offset"]) - _EPOCH) // _MICROSECOND + micro
    except (ValueError, OverflowError):
        raise ValueError(f"{wanted}: there is no such day or hour.") from None


def timestamp_with_text(value: str) -> tuple[int, str]:
    """Return `timestamp` of *value*, and `timestamp_text` of that; raises ValueError as the first does."""
    time_us = timestamp(value)
    seconds, fraction, zone = value[:19], value[19:-1], value[-1]
    is_whole = len(value) == 20 or (len(value) == 27 and fraction[0] == "." and fraction != ".000000")
    if is_whole and seconds[10] == "T" and zone == "Z":
        return time_us, value
    return time_us, timestamp_text(time_us)


def _offset(text: str | None) -> timedelta:
    if text is None or text in "Zz":
        return timedelta()
    digits = text[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 23 or minutes > 59:
        raise ValueError
    offset = timedelta(hours=hours, minutes=minutes)
    return -offset if text[0] == "-" else offset


@lru_cache(maxsize=65_536)
def timestamp_text(time_us: int) -> str:
    """Return canonical UTC text: `2026-01-31T09:30:00Z`, with six decimals where it is not a whole second."""
    moment = _EPOCH + time_us * _MICROSECOND
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds" if moment.microsecond else "seconds") + "Z"


def canonical_time(value: str) -> str:
    """Return the canonical text of a date or time as files spell it; raises ValueError as `loose_time` does."""
    if is_canonical_time(value):
        try:
            datetime.fromisoformat(value)
            return value
        except ValueError:
            pass
    return timestamp_text(loose_time(value))


@lru_cache(maxsize=16_384)
def loose_time(value: str) -> int:
    """
    Return the time of a date as files spell it: ISO 8601, `31.12.2024`, `12/31/2024`, `Jan 5, 2024`.

    Raises ValueError where day and month cannot be told apart.
    """
    given = " ".join(value.split())
    try:
        return timestamp(given)
    except ValueError:
        pass
    slashed = _SLASHED.fullmatch(given)
    if slashed is not None:
        first, second, year = map(int, slashed.groups())
        if first <= 12 and second <= 12 and first != second:
            raise ValueError(f"{value[:60]!r} may be day/month or month/day; write it as {year}-MM-DD.")
        month, day = (second, first) if first > 12 else (first, second)
        return timestamp(f"{year:04}-{month:02}-{day:02}")
    compact = _COMPACT.fullmatch(given)
    if compact is not None:
        return timestamp("-".join(compact.groups()))
    for form in _LOOSE_FORMS:
        try:
            return timestamp(datetime.strptime(given, form).date().isoformat())
        except ValueError:
            continue
    raise ValueError(f"{value[:60]!r} is no date such as 2026-01-31.")
