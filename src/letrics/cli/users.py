"""`letrics user`: invite, list, disable and enable the people who may sign in, and let them choose new passwords."""

import click
import msgspec
from rich.table import Table

from letrics.accounts.actors import CONSOLE
from letrics.accounts.links import LIFETIME
from letrics.accounts.scopes import ROLES
from letrics.cli import terminal
from letrics.config import Settings
from letrics.services import Services

_LOCAL = "http://127.0.0.1:8000"


@click.group()
def user() -> None:
    """The people who may sign in."""


@user.command()
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES), default="member", show_default=True, help="What the person may do.")
@click.option("--quiet", "-q", is_flag=True, help="Print the link and nothing else.")
@click.pass_obj
def add(services: Services, email: str, role: str, quiet: bool) -> None:
    """Invite EMAIL, and print the one-time link by which the person chooses a password."""
    made, secret = services.users().invite(email, role, CONSOLE)
    _print_link(services.settings, f"{made.email} is invited as {made.role}.", secret, quiet=quiet)


@user.command(name="link")
@click.argument("email")
@click.option("--quiet", "-q", is_flag=True, help="Print the link and nothing else.")
@click.pass_obj
def new_link(services: Services, email: str, quiet: bool) -> None:
    """Print a one-time link by which EMAIL chooses a new password."""
    users = services.users()
    found = users.named(email)
    secret = users.new_link(found.id, CONSOLE)
    _print_link(services.settings, f"{found.email} may choose a new password.", secret, quiet=quiet)


@user.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@click.pass_obj
def list_users(services: Services, as_json: bool) -> None:
    """List every user."""
    users = services.users().list()
    if as_json:
        terminal.print_json([msgspec.to_builtins(each) | {"status": each.status} for each in users])
        return
    table = Table(box=None, pad_edge=False)
    for title in ("E-mail", "Name", "Role", "Added", "Last sign-in", "Status"):
        table.add_column(title, overflow="fold")
    for each in users:
        last = f"{each.last_sign_in_at:%Y-%m-%d}" if each.last_sign_in_at is not None else "never"
        table.add_row(
            each.email,
            each.name,
            each.role,
            f"{each.created_at:%Y-%m-%d}",
            last,
            each.status,
            style=None if each.status == "active" else "dim",
        )
    if users:
        terminal.output.print(table)
    else:
        terminal.output.print("There are no users yet. Add one: letrics user add EMAIL --role admin")


@user.command()
@click.argument("email")
@click.pass_obj
def disable(services: Services, email: str) -> None:
    """Disable EMAIL: sessions end now, and every server refuses the user's tokens within a second."""
    users = services.users()
    found = users.disable(users.named(email).id, CONSOLE)
    terminal.output.print(f"{found.email} is disabled.", soft_wrap=True)


@user.command()
@click.argument("email")
@click.pass_obj
def enable(services: Services, email: str) -> None:
    """Enable EMAIL again, with the tokens that the user had."""
    users = services.users()
    found = users.enable(users.named(email).id, CONSOLE)
    terminal.output.print(f"{found.email} is enabled.", soft_wrap=True)


@user.command()
@click.argument("email")
@click.argument("role", type=click.Choice(ROLES))
@click.pass_obj
def role(services: Services, email: str, role: str) -> None:
    """Make EMAIL an admin or a member; tokens lose what the role lacks within a second."""
    users = services.users()
    found = users.set_role(users.named(email).id, role, CONSOLE)
    terminal.output.print(f"{found.email} is {found.role} now.", soft_wrap=True)


def link_url(settings: Settings, secret: str, url: str = _LOCAL) -> str:
    """Return the address of a one-time link at the server's *url*, or at the public one where that is set."""
    return f"{settings.public_url.rstrip('/') or url}/welcome/{secret}"


def _print_link(settings: Settings, said: str, secret: str, *, quiet: bool) -> None:
    url = link_url(settings, secret)
    if quiet:
        click.echo(url)
        return
    out = terminal.output
    out.print(said, soft_wrap=True)
    terminal.print_line((url, "bold"))
    hint = "" if settings.public_url else " If the server is reached elsewhere, set LETRICS_PUBLIC_URL."
    out.print(f"The link works once, for {LIFETIME.days} days.{hint}", soft_wrap=True)
