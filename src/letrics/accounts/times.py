"""Times as the accounts database keeps them: microseconds since the Unix epoch, UTC."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_us(moment: datetime) -> int:
    """Return the microseconds of *moment*."""
    return (moment - _EPOCH) // _MICROSECOND


def from_us(time_us: int) -> datetime:
    """Return the moment of *time_us*."""
    return _EPOCH + time_us * _MICROSECOND


def from_us_or_none(time_us: int | None) -> datetime | None:
    """Return the moment of *time_us*, None for none."""
    return None if time_us is None else from_us(time_us)


def day_of(moment: datetime) -> int:
    """Return the days since the Unix epoch, by UTC."""
    return (moment - _EPOCH).days
