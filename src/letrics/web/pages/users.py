"""Settings → People, for administrators: invite, disable, enable, give a role, let choose a new password."""

from starlette.responses import RedirectResponse, Response

from letrics.accounts.links import LIFETIME
from letrics.accounts.scopes import ROLES
from letrics.accounts.users import User
from letrics.errors import ConflictError, InvalidInput
from letrics.web.pages.visit import Visit

PATH = "/settings/people"


def people(visit: Visit) -> Response:
    """List the users."""
    return _list(visit)


def invite(visit: Visit) -> Response:
    """Add a user and show the link of the invitation, once."""
    try:
        user, secret = visit.site.users.invite(visit.field("email"), visit.field("role"), visit.actor)
    except (InvalidInput, ConflictError) as error:
        return _list(visit, error=error)
    return _list(visit, invited=user, secret=secret)


def change(visit: Visit) -> Response:
    """Do to a user what the button says."""
    users, user_id = visit.site.users, visit.request.path_params["user_id"]
    wanted = visit.field("do")
    try:
        if wanted == "link":
            secret = users.new_link(user_id, visit.actor)
            return _list(visit, invited=users.get(user_id), secret=secret)
        if wanted == "disable":
            users.disable(user_id, visit.actor)
        elif wanted == "enable":
            users.enable(user_id, visit.actor)
        elif wanted in ROLES:
            users.set_role(user_id, wanted, visit.actor)
        else:
            raise InvalidInput("There is no such button.")
    except ConflictError as error:
        return _list(visit, error=error)
    return RedirectResponse(f"{PATH}?done={wanted}", 303)


def _list(
    visit: Visit,
    *,
    invited: User | None = None,
    secret: str = "",
    error: InvalidInput | ConflictError | None = None,
) -> Response:
    return visit.page(
        "people.html",
        status=error.code if error else 200,
        users=visit.site.users.list(),
        invited=invited,
        link=f"{visit.origin}/welcome/{secret}" if secret else "",
        lifetime_days=LIFETIME.days,
        error=error,
        entered={"email": visit.field("email"), "role": visit.field("role") or "member"}
        if error
        else {"email": "", "role": "member"},
        roles=ROLES,
    )
