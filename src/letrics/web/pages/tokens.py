"""Settings → API tokens: listed with their use, made, rotated, revoked."""

from datetime import timedelta

import msgspec
from starlette.responses import RedirectResponse, Response

from letrics.accounts.scopes import DEFAULT_SCOPES, SCOPES, parse_scopes, scopes_of
from letrics.accounts.tokens import Token, parse_expiry
from letrics.accounts.usage import Day
from letrics.errors import ConflictError, InvalidInput
from letrics.services import now
from letrics.web.pages.start import curl_line
from letrics.web.pages.visit import Visit

PATH = "/settings/tokens"
_DAYS = 30
_NEVER = "never"
# What the forms offer: value → words.
_EXPIRIES = {"30d": "30 days", "90d": "90 days", "1y": "1 year", _NEVER: "Never"}
_OVERLAPS = {"0m": "Not at all: revoke it now", "1h": "1 hour", "1d": "1 day", "7d": "7 days"}
_EXPIRY_DEFAULT, _OVERLAP_DEFAULT = "90d", "1d"
_CHART_HEIGHT = 28.0


class _Bar(msgspec.Struct, frozen=True):
    """One day of the chart: how high, and where its top is."""

    height: float
    top: float


class _Row(msgspec.Struct, frozen=True):
    """A token as the page lists it: its status, its chart, and whether its user may rotate it."""

    token: Token
    status: str
    requests: int
    records: int
    bars: list[_Bar]
    may_rotate: bool


def tokens(visit: Visit) -> Response:
    """List the tokens."""
    return _list(visit)


def create(visit: Visit) -> Response:
    """Make a token and show its secret, once."""
    wants_time = visit.field("expires")
    try:
        scopes = parse_scopes(visit.form.get("scopes") or [""])
        expires_at = None if wants_time == _NEVER else now() + parse_expiry(wants_time)
        made, secret = visit.site.tokens.create(
            visit.field("name"), scopes, expires_at, owner=visit.user, by=visit.actor
        )
    except (InvalidInput, ConflictError) as error:
        if error.field == "scopes" and not visit.form.get("scopes"):
            error = InvalidInput("Choose at least one scope.", field="scopes")
        return _list(visit, error=error)
    return _list(visit, made=made, secret=secret)


def rotate(visit: Visit) -> Response:
    """Ask for how long the old secret goes on, or make the new one and show it, once."""
    token = visit.site.tokens.get(visit.request.path_params["token_id"], visit.user)
    if visit.request.method == "GET":
        return visit.page("rotate.html", token=token, overlaps=_OVERLAPS, overlap=_OVERLAP_DEFAULT)
    wanted = visit.field("overlap")
    if wanted not in _OVERLAPS:
        raise InvalidInput(f"The old token goes on for one of these: {', '.join(_OVERLAPS)}.", field="overlap")
    overlap = timedelta() if wanted == "0m" else parse_expiry(wanted)
    made, secret = visit.site.tokens.rotate(token.id, overlap, user=visit.user, by=visit.actor)
    return _list(visit, made=made, secret=secret)


def revoke(visit: Visit) -> Response:
    """Ask whether the token is to go, or revoke it."""
    token = visit.site.tokens.get(visit.request.path_params["token_id"], visit.user)
    if visit.request.method == "GET":
        return visit.page("revoke.html", token=token)
    visit.site.tokens.revoke(token.id, user=visit.user, by=visit.actor)
    return RedirectResponse(f"{PATH}?done=revoked", 303)


def _list(
    visit: Visit, *, made: Token | None = None, secret: str = "", error: InvalidInput | ConflictError | None = None
) -> Response:
    every = visit.site.tokens.list(visit.user)
    used = visit.site.usage.days([token.id for token in every], _DAYS)
    rows = [_row(visit, token, used[token.id]) for token in every]
    entered = {"name": visit.field("name"), "expires": visit.field("expires") or _EXPIRY_DEFAULT}
    return visit.page(
        "tokens.html",
        status=error.code if error else 200,
        active=[row for row in rows if row.status in ("active", "replaced")],
        past=[row for row in rows if row.status not in ("active", "replaced")],
        made=made,
        secret=secret,
        curl=curl_line(visit.origin, secret) if secret else "",
        error=error,
        entered=entered if error else {"name": "", "expires": _EXPIRY_DEFAULT},
        chosen=visit.form.get("scopes", []) if error else DEFAULT_SCOPES,
        scopes={name: SCOPES[name] for name in scopes_of(visit.user.role)},
        expiries=_EXPIRIES,
        days=_DAYS,
    )


def _row(visit: Visit, token: Token, days: list[Day]) -> _Row:
    status: str = token.status(now())
    if status == "active" and token.replaced_by is not None:
        status = "replaced"
    most = max(day.requests for day in days) or 1
    heights = [_CHART_HEIGHT * day.requests / most for day in days]
    # A day with any request at all is seen.
    bars = [_Bar(round(max(height, 1.5 if height else 0.0), 1), 0.0) for height in heights]
    bars = [_Bar(bar.height, round(_CHART_HEIGHT - bar.height, 1)) for bar in bars]
    return _Row(
        token,
        status,
        sum(day.requests for day in days),
        sum(day.records for day in days),
        bars,
        status == "active" and token.owner_id in ("", visit.user.id),
    )
