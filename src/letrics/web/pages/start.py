"""The start page: what is in the database, and the first request."""

import json
import shlex
from datetime import datetime

from starlette.responses import Response

from letrics.web.pages.visit import Visit

_FIRST = {"locations": ["Germany"], "job_titles": ["finance"], "per_page": 3}


def start(visit: Visit) -> Response:
    """Show counts, sources and newest data."""
    overview = visit.site.searcher.overview()
    newest = [datetime.fromisoformat(source.newest_at) for source in overview.sources]
    return visit.page(
        "start.html",
        overview=overview,
        newest=dict(zip((source.name for source in overview.sources), newest, strict=True)),
        newest_at=max(newest, default=None),
        curl=curl_line(visit.origin, "YOUR_API_KEY"),
        has_token=any(token.owner_id == visit.user.id for token in visit.site.tokens.list(visit.user)),
    )


def curl_line(origin: str, secret: str) -> str:
    """Return a command that works as pasted."""
    return (
        f"curl -s {origin}/v1/contacts \\\n  -H 'Authorization: Bearer {secret}' \\\n"
        f"  -H 'Content-Type: application/json' \\\n  -d {shlex.quote(json.dumps(_FIRST))}"
    )
