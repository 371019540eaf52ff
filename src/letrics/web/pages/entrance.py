"""Coming in and going out: sign in, sign out, and the one-time link by which a person chooses a password."""

from starlette.responses import RedirectResponse, Response

from letrics.accounts.passwords import CHARACTERS_MIN
from letrics.errors import Gone, InvalidInput, LetricsError, RateLimited
from letrics.web.pages.frame import error_page
from letrics.web.pages.visit import Visit, cookie_name, is_secure
from letrics.web.wire import exchange


def sign_in(visit: Visit) -> Response:
    """Show the form, or sign in and go on to the page that was wanted."""
    wanted = _local(visit.request.query_params.get("next", "/"))
    if visit.request.method == "GET":
        if visit.signed_in is not None:
            return RedirectResponse(wanted, 303)
        is_new = not visit.site.users.list()
        return visit.page("sign_in.html", email="", error=None, is_new=is_new)
    try:
        secret = visit.site.sign_in.sign_in(visit.field("email"), visit.field("password"), visit.visitor)
    except (InvalidInput, RateLimited) as error:
        answer = visit.page(
            "sign_in.html", status=error.code, email=visit.field("email"), error=error.details, is_new=False
        )
        if isinstance(error, RateLimited):
            answer.headers["Retry-After"] = str(error.retry_after_s)
        return answer
    if visit.signed_in is not None:
        visit.site.sign_in.sign_out(visit.signed_in, visit.visitor)
    return _with_session(visit, RedirectResponse(wanted, 303), secret)


def sign_out(visit: Visit) -> Response:
    """End the session."""
    assert visit.signed_in is not None
    visit.site.sign_in.sign_out(visit.signed_in, visit.visitor)
    answer = RedirectResponse("/sign-in?done=signed-out", 303)
    answer.delete_cookie(
        cookie_name(visit.request, visit.site.settings), secure=is_secure(visit.request, visit.site.settings)
    )
    return answer


def welcome(visit: Visit) -> Response:
    """Show the form of a one-time link, or use the link and sign in."""
    secret = visit.request.path_params["secret"]
    try:
        owner = visit.site.sign_in.link_is_for(secret)
    except Gone as gone:
        return error_page(gone, exchange(visit.request.scope).request_id)
    email, name = visit.field("email"), visit.field("name")
    error: LetricsError | None = None
    if visit.request.method == "POST":
        try:
            password = visit.field("password")
            if password != visit.field("again"):
                raise InvalidInput("The two passwords are not the same.", field="again")
            session = visit.site.sign_in.accept(secret, email, name, password, visit.visitor)
            return _with_session(visit, RedirectResponse("/", 303), session)
        except InvalidInput as fault:
            error = fault
    return visit.page(
        "welcome.html",
        status=400 if error else 200,
        owner=owner,
        email=owner.email if owner else email,
        name=name or (owner.name if owner else ""),
        error=error,
        characters_min=CHARACTERS_MIN,
    )


def _with_session(visit: Visit, answer: Response, secret: str) -> Response:
    settings = visit.site.settings
    answer.set_cookie(
        cookie_name(visit.request, settings),
        secret,
        max_age=settings.session_lifetime_s,
        secure=is_secure(visit.request, settings),
        httponly=True,
        samesite="lax",
    )
    return answer


def _local(path: str) -> str:
    """Return *path* if it is one of this server; a browser reads `//x` and `/\\\\x` as another's."""
    is_local = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if is_local and path.isprintable() else "/"
