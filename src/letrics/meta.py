"""What `meta` says of an answered search: the same for the API and for the command line."""

from typing import Any

from letrics.backend import Answer
from letrics.model.filters import EXCLUDE
from letrics.query.parse import Parsed, Warning


def search_meta(parsed: Parsed, answer: Answer) -> dict[str, Any]:
    """Return `meta` of a search, in the contract's order; what belongs to the request itself is the caller's."""
    query = parsed.query
    return {
        "page": query.page,
        "per_page": query.per_page,
        "total": answer.total,
        "pages": -(-answer.total // query.per_page),
        "filters": parsed.filters,
        "resolved": parsed.resolved,
        "warnings": [*parsed.warnings, *_unknown(answer)],
        "generation": answer.generation,
    }


def _unknown(answer: Answer) -> list[Warning]:
    """Return a warning for each wanted value that occurs nowhere."""
    warnings = []
    for each in answer.unknown:
        field = (EXCLUDE if each.exclude else "") + each.filter.name
        details = f"{each.given!r} occurs nowhere in the data."
        warnings.append(Warning("value_unknown", field, details, each.near))
    return warnings
