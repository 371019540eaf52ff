"""
What a record offers to a filter: one extractor a kind of filter.

Every backend indexes what these return; the query is put into the same form by `query/parse.py`.
"""

from collections.abc import Callable
from typing import Any

from letrics.model.company import Company, CompanySummary
from letrics.model.contact import Contact
from letrics.model.filters import Filter, Kind
from letrics.model.folding import fold
from letrics.model.places import location_terms
from letrics.model.values import timestamp, tld_terms

TRUE = "true"
SOURCE_SEPARATOR = " "  # which a time never has


def _folded(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        folded = fold(value)
        return (folded,) if folded else ()
    return tuple(sorted({folded for text in value if (folded := fold(text))}))


_EXTRACTORS: dict[Kind, Callable[[Any], tuple[str, ...]]] = {
    Kind.SUBSTRING: _folded,
    Kind.TERM: _folded,
    Kind.PLACE: lambda location: location_terms(location) if location is not None else (),
    Kind.TLD: lambda domain: tld_terms(domain) if domain is not None else (),
    Kind.FLAG: lambda flag: (TRUE,) if flag else (),
    Kind.SOURCE: lambda sources: tuple(f"{each.imported_at}{SOURCE_SEPARATOR}{each.name}" for each in sources),
}


def record_terms(filter: Filter, record: Company | CompanySummary | Contact) -> tuple[str, ...]:
    """Return the distinct terms that *record* offers to *filter*, which is not one of time."""
    return value_terms(filter, getattr(record, filter.field))


def value_terms(filter: Filter, value: Any) -> tuple[str, ...]:
    """Return what `record_terms` does for a record with *value* in the field that *filter* reads."""
    return _EXTRACTORS[filter.kind](value)


def record_time_us(filter: Filter, record: Company | CompanySummary) -> int:
    """Return the time that *record* offers to *filter*: microseconds since the Unix epoch, UTC."""
    return timestamp(getattr(record, filter.field))
