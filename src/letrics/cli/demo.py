"""`letrics demo`: a demo data set, made, imported and served by one command."""

import json
from contextlib import suppress
from secrets import token_urlsafe

import click

from letrics.accounts.actors import CONSOLE
from letrics.accounts.scopes import DEFAULT_SCOPES
from letrics.cli import terminal
from letrics.cli.imports import import_files
from letrics.cli.serve import check_port, run_server
from letrics.demo.generate import generate
from letrics.errors import NotFound
from letrics.importer.run import ImportOptions
from letrics.services import Services

_NAME = "demo"
_EMAIL = "demo@letricsdemo.com"
_BODY = {
    "job_titles": ["finance"],
    "locations": ["Germany"],
    "exclude_technologies": ["WordPress"],
    "per_page": 3,
}


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65_535), default=8000, show_default=True, help="Port to listen on.")
@click.option("--companies", type=click.IntRange(1), default=20_000, show_default=True)
@click.option("--contacts", type=click.IntRange(1), default=200_000, show_default=True)
@click.option("--seed", type=int, default=2026, show_default=True, help="Another seed makes other data.")
@click.pass_obj
def demo(services: Services, host: str, port: int, companies: int, contacts: int, seed: int) -> None:
    """Make a demo data set, import it, serve it, and print a curl line that works."""
    check_port(host, port)
    if services.backend.searcher().counts().contacts == 0:
        _fill(services, companies, contacts, seed)
    secret, password = _new_token(services), _new_password(services)

    def ready(url: str) -> None:
        _print_welcome(services, url, secret, password)

    run_server(services.settings, host, port, workers=1, on_ready=ready)


def _fill(services: Services, companies: int, contacts: int, seed: int) -> None:
    folder = services.settings.data / "demo-files"
    with terminal.output.status(f"Making up {companies:,} companies and {contacts:,} people (seed {seed}) …"):
        made = generate(folder, companies=companies, contacts=contacts, seed=seed)
    terminal.output.print(f"Made up {companies:,} companies and {contacts:,} people in {folder}.", soft_wrap=True)
    import_files(services, [str(made.companies), str(made.contacts)], ImportOptions(source="demo"))


def _new_token(services: Services) -> str:
    """Make the demo's token anew: its secret is stored as a hash only, so the last one cannot be shown."""
    tokens = services.tokens()
    with suppress(NotFound):
        tokens.revoke(_NAME)
    _, secret = tokens.create(_NAME, DEFAULT_SCOPES, None)
    return secret


def _new_password(services: Services) -> str:
    """Give the demo's user a new password, for the same reason."""
    users, password = services.users(), token_urlsafe(12)
    try:
        user = users.named(_EMAIL)
    except NotFound:
        user, _ = users.invite(_EMAIL, "admin", CONSOLE)
    services.sign_in().set_password(user.id, "Demo", password, CONSOLE)
    return password


def _print_welcome(services: Services, url: str, secret: str, password: str) -> None:
    counts = services.backend.searcher().counts()
    body = json.dumps(_BODY)
    out = terminal.output
    heading = f"\nLetrics is serving {counts.contacts:,} contacts at {counts.companies:,} companies."
    terminal.print_line((heading, "bold"))
    out.print(f"  URL        {url}", soft_wrap=True)
    out.print(f"  Sign in    {_EMAIL}  with the password  {password}", soft_wrap=True)
    out.print(f"  Reference  {url}/docs", soft_wrap=True)
    out.print(f"  Token      {secret}", soft_wrap=True)
    out.print("\nAsk it for people in finance at German companies that do not use WordPress:\n")
    out.print(
        f"curl -s {url}/v1/contacts -H 'Authorization: Bearer {secret}'"
        f" -H 'Content-Type: application/json' -d '{body}'",
        soft_wrap=True,
    )
    out.print("\nThe people are made up; so are the domains. Ctrl-C stops the server.")
