"""What a snapshot holds: how many records, and from which sources."""

from collections import defaultdict

from letrics.backend import Counts, Overview, SourceCounts
from letrics.index.layout import field_name, source_filter
from letrics.index.snapshot import Snapshot
from letrics.model.filters import SEARCHES, Search
from letrics.model.terms import SOURCE_SEPARATOR


def counts_of(snapshot: Snapshot) -> Counts:
    """Return how many records *snapshot* holds."""
    entries = snapshot.manifest.segments
    return Counts(sum(each.companies for each in entries), sum(each.contacts for each in entries))


def overview_of(snapshot: Snapshot) -> Overview:
    """Return what *snapshot* holds; a record of several sources counts for each of them."""
    counted: dict[str, dict[Search, int]] = defaultdict(lambda: dict.fromkeys(SEARCHES, 0))
    newest: dict[str, str] = {}
    for part in snapshot.parts:
        for search in SEARCHES:
            field = part.documents(search).term_field(field_name(source_filter(search)))
            for ordinal in range(len(field.dictionary)):
                imported_at, _, name = field.dictionary.terms[ordinal].decode().partition(SOURCE_SEPARATOR)
                live = field.postings.bitmap(ordinal).difference_cardinality(part.deletes[search])
                if live:
                    counted[name][search] += live
                    newest[name] = max(newest.get(name, ""), imported_at)
    sources = [
        SourceCounts(name, counts["companies"], counts["contacts"], newest[name]) for name, counts in counted.items()
    ]
    sources.sort(key=lambda each: each.name)
    sources.sort(key=lambda each: each.newest_at, reverse=True)
    return Overview(snapshot.generation, counts_of(snapshot), tuple(sources), len(snapshot.parts))
