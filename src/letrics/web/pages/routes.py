"""The table of pages: path, methods, what answers, and whom it is for."""

from collections.abc import Callable

from starlette.responses import Response
from starlette.routing import Route

from letrics.services import Services
from letrics.web.pages import account, audit, entrance, start, tokens, users
from letrics.web.pages.frame import STATIC, StaticFile
from letrics.web.pages.visit import Audience, PageEndpoint, Site, Visit

_PAGES: tuple[tuple[str, str, Callable[[Visit], Response], Audience], ...] = (
    ("/", "GET", start.start, "user"),
    ("/sign-in", "GET POST", entrance.sign_in, "anyone"),
    ("/sign-out", "POST", entrance.sign_out, "user"),
    ("/welcome/{secret}", "GET POST", entrance.welcome, "anyone"),
    ("/settings/tokens", "GET", tokens.tokens, "user"),
    ("/settings/tokens", "POST", tokens.create, "user"),
    ("/settings/tokens/{token_id}/rotate", "GET POST", tokens.rotate, "user"),
    ("/settings/tokens/{token_id}/revoke", "GET POST", tokens.revoke, "user"),
    ("/settings/account", "GET", account.account, "user"),
    ("/settings/account/password", "POST", account.change_password, "user"),
    ("/settings/account/sessions", "POST", account.end_session, "user"),
    ("/settings/people", "GET", users.people, "admin"),
    ("/settings/people", "POST", users.invite, "admin"),
    ("/settings/people/{user_id}", "POST", users.change, "admin"),
    ("/settings/audit", "GET", audit.audit, "admin"),
)


def page_routes(services: Services) -> list[Route]:
    """Return the routes of every page, and of the files that pages name."""
    site = Site(services)
    routes = [
        Route(path, PageEndpoint(site, answer, audience), methods=methods.split())
        for path, methods, answer, audience in _PAGES
    ]
    return [*routes, Route(f"{STATIC}/{{name}}", StaticFile(), methods=["GET"])]
