"""`letrics token`: make, list and revoke API tokens; works before any server runs."""

from datetime import datetime

import click
import msgspec
from rich.table import Table

from letrics.accounts.scopes import parse_scopes
from letrics.accounts.tokens import Token, parse_expiry
from letrics.cli import terminal
from letrics.services import Services, now


@click.group()
def token() -> None:
    """API tokens, by which programs are let in."""


@token.command()
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, metavar="SCOPE", help="What it may do; repeat for several.")
@click.option("--expires", metavar="TIME", help="When it ends, such as 90d or 12h. Default: never.")
@click.option("--quiet", "-q", is_flag=True, help="Print the token and nothing else.")
@click.pass_obj
def create(services: Services, name: str, scopes: tuple[str, ...], expires: str | None, quiet: bool) -> None:
    """Make the token NAME and print it, once. Without --scope it may read contacts and companies."""
    expires_at = now() + parse_expiry(expires) if expires is not None else None
    made, secret = services.tokens().create(name, parse_scopes(scopes), expires_at)
    if quiet:
        click.echo(secret)
        return
    terminal.print_line((secret, "bold"))
    terminal.print_line(
        "The token ",
        (made.name, "bold"),
        f" may use {', '.join(made.scopes)} and {_ends(made.expires_at)}."
        " Keep it now: it is stored as a hash and cannot be shown again.",
    )


@token.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@click.pass_obj
def list_tokens(services: Services, as_json: bool) -> None:
    """List every token: never its secret."""
    tokens = services.tokens().list()
    if as_json:
        terminal.print_json([msgspec.to_builtins(each) | {"status": each.status(now())} for each in tokens])
        return
    table = Table(box=None, pad_edge=False)
    for title in ("Name", "Token", "Owner", "Scopes", "Expires", "Last used", "Status"):
        # Where a terminal is too narrow, these two give way: what one types or greps stays in one piece.
        table.add_column(title, overflow="fold", no_wrap=title not in ("Name", "Owner"))
    between = "\n" if terminal.output.is_terminal else " "
    for each in tokens:
        status = each.status(now())
        table.add_row(
            each.name,
            _outline(each),
            each.owner or "–",
            between.join(each.scopes),
            _day(each.expires_at) if each.expires_at is not None else "never",
            _day(each.last_used_at) if each.last_used_at is not None else "never",
            status,
            style=None if status == "active" else "dim",
        )
    if tokens:
        terminal.output.print(table)
    else:
        terminal.output.print("There are no tokens yet. Make one: letrics token create NAME")


@token.command()
@click.argument("token")
@click.pass_obj
def revoke(services: Services, token: str) -> None:
    """Revoke TOKEN, given by its name, id or first characters. Every server refuses it within a second."""
    revoked = services.tokens().revoke(token)
    terminal.print_line("The token ", (revoked.name, "bold"), f" ({_outline(revoked)}) is revoked.")


def _outline(token: Token) -> str:
    return f"{token.prefix}…{token.last_four}"


def _day(time: datetime) -> str:
    return f"{time:%Y-%m-%d}"


def _ends(expires_at: datetime | None) -> str:
    return "does not expire" if expires_at is None else f"expires on {expires_at:%Y-%m-%d at %H:%M} UTC"
