"""
Layout: which structures a search has, derived from the filter registry.

Filters that read one field in one way share a structure: `added_after` and `added_before`, say.
"""

from enum import StrEnum
from functools import cache
from typing import Literal

import msgspec

from letrics.model.filters import TIMES, Filter, Kind, Search, filters_of


class Structure(StrEnum):
    """How a field is indexed."""

    TERMS = "terms"  # term dictionary and posting lists
    TEXT = "text"  # dictionary of distinct texts, substring index, documents by text
    TIMES = "times"  # documents in order of time
    ORDER = "order"  # the order of the documents themselves


class IndexedField(msgspec.Struct, frozen=True):
    """One indexed field of a search; *filter* is one of those that read it."""

    name: str
    structure: Structure
    filter: Filter

    @property
    def has_substrings(self) -> bool:
        """Whether its terms are looked up by parts of them: substrings, or the values near a misspelt one."""
        return self.filter.kind in (Kind.SUBSTRING, Kind.TERM)


# The field that leads the order of answers, so that a range of it is a range of doc ids.
ORDER_FIELD = "added_at"


def field_name(filter: Filter) -> str:
    """Return the name under which the field that *filter* reads is indexed."""
    return f"{filter.of}.{filter.field}"


@cache
def fields_of(search: Search) -> tuple[IndexedField, ...]:
    """Return the indexed fields of *search*."""
    filters = (*filters_of(search), source_filter(search))
    fields = {field_name(each): IndexedField(field_name(each), _structure(each), each) for each in filters}
    return tuple(fields.values())


@cache
def source_filter(search: Search) -> Filter:
    """Return what indexes the sources of records: no filter that a query can have, but what an overview counts by."""
    of: Literal["contact", "company"] = "contact" if search == "contacts" else "company"
    return Filter(
        name="sources", kind=Kind.SOURCE, searches=(search,), of=of, field="sources", doc="Source.", example=[]
    )


def _structure(filter: Filter) -> Structure:
    if filter.kind in TIMES:
        return Structure.ORDER if filter.field == ORDER_FIELD else Structure.TIMES
    return Structure.TEXT if filter.kind is Kind.SUBSTRING else Structure.TERMS
