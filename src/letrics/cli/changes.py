"""`letrics imports`, `sources` and `delete`: what came in, from where, and how to take it back."""

from collections.abc import Sequence
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from letrics.accounts.actors import CONSOLE
from letrics.backend import StoredChange
from letrics.cli import terminal
from letrics.cli.search import filter_options, parsed_filters
from letrics.errors import InvalidInput, NotFound
from letrics.importer.removal import ids_of_keys, ids_of_query, remove
from letrics.model.filters import SEARCHES, Search, filters_of
from letrics.model.values import domain, email
from letrics.services import Services, moment

_SHOWN = 5
_DEEDS = {"import": "", "delete": "", "suppress": "suppressed "}


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@click.pass_context
def imports(context: click.Context, as_json: bool) -> None:
    """List the imports and deletions that there were; with `undo`, take one back."""
    if context.invoked_subcommand is not None:
        return
    changes = context.obj.backend.changes()
    if as_json:
        terminal.print_json(changes)
    elif not changes:
        terminal.output.print("There were no imports yet. Begin with: letrics import FILE")
    else:
        terminal.output.print(_table(changes))


@imports.command()
@click.argument("number", type=click.IntRange(1))
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.pass_obj
def undo(services: Services, number: int, yes: bool) -> None:
    """Restore the data from before import NUMBER, as a new generation. Later imports are undone with it."""
    backend, out = services.backend, terminal.output
    gone = backend.undone_with(number)
    out.print("This takes back:")
    out.print(_table(gone))
    terminal.ask(yes)
    audit = services.audit()
    generation = backend.undo(number, moment())
    audit.note(CONSOLE, "import.undo", target=", ".join(str(each.number) for each in gone))
    counts = backend.searcher().counts()
    out.print(
        f"Generation {generation} answers, with {counts.companies:,} companies and {counts.contacts:,} contacts.",
        soft_wrap=True,
    )


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@click.pass_obj
def sources(services: Services, as_json: bool) -> None:
    """List the sources of the data, with how many records each has a part in."""
    overview = services.backend.searcher().overview()
    if as_json:
        terminal.print_json(overview.sources)
        return
    table = Table(box=None, pad_edge=False)
    for title in ("Source", "Companies", "Contacts", "Newest"):
        table.add_column(title, justify="right" if title in ("Companies", "Contacts") else "left", overflow="fold")
    for each in overview.sources:
        table.add_row(Text(each.name), f"{each.companies:,}", f"{each.contacts:,}", each.newest_at[:10])
    terminal.output.print(table if overview.sources else "There is no data yet. Begin with: letrics import FILE")


@click.group()
def delete() -> None:
    """Delete records by id, domain, e-mail or filter, after showing them; `letrics imports undo` takes it back."""


def _command(search: Search) -> click.Command:
    @click.pass_obj
    def run(services: Services, /, yes: bool, **given: Any) -> None:
        with_contacts = given.pop("with_contacts", False)
        named = {name: given.pop(name, ()) for name in ("ids", "domains", "emails")}
        why = _why(search, {**named, **given})
        ids = _found(services, search, named, given)
        if not ids:
            raise NotFound("No record is found by that; nothing was deleted.")
        _show(services, search, ids, with_contacts=with_contacts)
        terminal.ask(yes)
        audit = services.audit()
        companies, contacts = remove(services.backend, search, ids, with_contacts=with_contacts, at=moment(), why=why)
        audit.note(CONSOLE, f"{search}.delete", target=f"{companies} companies, {contacts} contacts")
        terminal.output.print(f"Deleted {companies:,} companies and {contacts:,} contacts.")

    options = [click.Option(["--id", "ids"], multiple=True, metavar="ID", help="A record's id.")]
    if search == "companies":
        options += [
            click.Option(["--domain", "domains"], multiple=True, metavar="DOMAIN", help="A company's domain."),
            click.Option(
                ["--with-contacts"], is_flag=True, help="Its contacts go, too. Default: they stay, without it."
            ),
        ]
    else:
        options += [click.Option(["--email", "emails"], multiple=True, metavar="ADDRESS", help="A person's e-mail.")]
    options += [*filter_options(search), click.Option(["--yes", "-y"], is_flag=True, help="Do not ask.")]
    help = f"Delete {search}: those that are named, or those that a search with these filters finds."
    return click.Command(search, callback=run, params=list(options), help=help)


for _name in SEARCHES:
    delete.add_command(_command(_name))


def _found(services: Services, search: Search, named: dict[str, Sequence[str]], given: dict[str, Any]) -> list[str]:
    """Return the ids of the records that are named, or found by filters; raises InvalidInput for neither or both."""
    has_filters = any(value not in (None, ()) for value in given.values())
    if has_filters == any(named.values()):
        raise InvalidInput("Say what to delete: by --id, --domain or --email, or by filters; not by both.")
    if has_filters:
        query = parsed_filters(services.settings, search, given).query
        return ids_of_query(services.backend.searcher(), query)
    try:
        domains = [domain(each) for each in named["domains"]]
        emails = [email(each) for each in named["emails"]]
    except ValueError as error:
        raise InvalidInput(str(error)) from None
    return ids_of_keys(services.backend, search, ids=named["ids"], domains=domains, emails=emails)


def _show(services: Services, search: Search, ids: Sequence[str], *, with_contacts: bool) -> None:
    out = terminal.output
    lookup = services.backend.lookup()
    found = lookup.companies(ids[:_SHOWN]) if search == "companies" else lookup.contacts(ids[:_SHOWN])
    contacts = sum(1 for _ in lookup.contact_ids_of(ids)) if search == "companies" else 0
    out.print(f"This deletes {len(ids):,} {search}, such as:")
    for each in found:
        named = getattr(each, "full_name", None) or getattr(each, "name", None) or getattr(each, "domain", None)
        out.print(Text(f"  {each.id}  {named or ''}" if each is not None else ""), soft_wrap=True)
    if contacts:
        fate = "are deleted with them" if with_contacts else "stay, without a company"
        out.print(f"Their {contacts:,} contacts {fate}.")


def _why(search: Search, given: dict[str, Any]) -> str:
    names = {each.name for each in filters_of(search)}
    said = [key for key, value in given.items() if value not in (None, (), False)]
    # No values: an e-mail address that was deleted must not stay in the list of changes.
    return f"{search} by {', '.join(key if key in names else key.replace('_', ' ') for key in said)}"


def _table(changes: Sequence[StoredChange]) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in ("#", "When (UTC)", "What", "Source", "Companies", "Contacts", "Rejected", ""):
        table.add_column(title, justify="right" if title in ("#", "Rejected") else "left", overflow="fold")
    for each in changes:
        change = each.change
        table.add_row(
            str(each.number),
            change.at[:16].replace("T", " "),
            Text(_DEEDS[change.kind] + ", ".join(name.rpartition("/")[2] for name in change.what)),
            Text(", ".join(change.sources)),
            _figures(change.companies),
            _figures(change.contacts),
            f"{change.rejected:,}" if change.kind == "import" else "",
            "undone" if each.undone_at is not None else "",
            style="dim" if each.undone_at is not None else None,
        )
    return table


def _figures(counts: tuple[int, int, int, int]) -> str:
    """Return `+created ~updated =unchanged -deleted`, those that are not zero."""
    marked = zip(("+", "~", "=", "-"), counts, strict=True)
    return " ".join(f"{mark}{count:,}" for mark, count in marked if count)
