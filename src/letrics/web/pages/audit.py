"""Settings → Audit log, for administrators: who did what, the newest first."""

from starlette.responses import Response

from letrics.errors import InvalidInput
from letrics.web.pages.visit import Visit

_PER_PAGE = 50


def audit(visit: Visit) -> Response:
    """Show a page of the log."""
    before = visit.request.query_params.get("before")
    if before is not None and not (before.isascii() and before.isdigit() and len(before) < 19):
        raise InvalidInput("`before` is the number of an entry.", field="before")
    entries = visit.site.audit.entries(before=int(before) if before else None, count=_PER_PAGE + 1)
    shown = entries[:_PER_PAGE]
    older = shown[-1].number if len(entries) > _PER_PAGE else None
    return visit.page("audit.html", entries=shown, older=older, is_first=before is None)
