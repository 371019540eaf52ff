"""Settings → Account: one's own password and sessions."""

from starlette.responses import RedirectResponse, Response

from letrics.accounts.passwords import CHARACTERS_MIN
from letrics.errors import InvalidInput, RateLimited
from letrics.web.pages.visit import Visit

PATH = "/settings/account"


def account(visit: Visit) -> Response:
    """Show who is signed in, and where."""
    return _show(visit, None)


def change_password(visit: Visit) -> Response:
    """Change the password; other sessions end."""
    assert visit.signed_in is not None
    try:
        if visit.field("password") != visit.field("again"):
            raise InvalidInput("The two passwords are not the same.", field="again")
        visit.site.sign_in.change_password(
            visit.signed_in, visit.field("current"), visit.field("password"), visit.visitor
        )
    except (InvalidInput, RateLimited) as error:
        return _show(visit, error)
    return RedirectResponse(f"{PATH}?done=password", 303)


def end_session(visit: Visit) -> Response:
    """End one of one's own sessions, or all but this one."""
    assert visit.signed_in is not None
    wanted = visit.field("session")
    if wanted:
        visit.site.sessions.end(visit.user.id, wanted, visit.actor)
    else:
        visit.site.sessions.end_others(visit.user.id, visit.signed_in.session_id, visit.actor)
    return RedirectResponse(f"{PATH}?done=session", 303)


def _show(visit: Visit, error: InvalidInput | RateLimited | None) -> Response:
    assert visit.signed_in is not None
    return visit.page(
        "account.html",
        status=error.code if error else 200,
        sessions=visit.site.sessions.list(visit.user.id),
        this=visit.signed_in.session_id,
        error=error,
        characters_min=CHARACTERS_MIN,
    )
