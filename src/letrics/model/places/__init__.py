"""Places: one resolver for imports and queries, so that one spelling in a file and another in a request meet."""

from letrics.model.places.canonical import canonical_location, country_of_regions
from letrics.model.places.resolve import Match, Resolution, near_places, resolve_place
from letrics.model.places.terms import location_terms

__all__ = [
    "Match",
    "Resolution",
    "canonical_location",
    "country_of_regions",
    "location_terms",
    "near_places",
    "resolve_place",
]
