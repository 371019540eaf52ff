"""`letrics duplicates`: records that are likely one, with the reasons."""

import click
from rich.table import Table
from rich.text import Text

from letrics.cli import terminal
from letrics.importer.duplicates import Side
from letrics.importer.duplicates import duplicates as find_duplicates
from letrics.model.filters import SEARCHES, Search
from letrics.services import Services


@click.command()
@click.argument("search", type=click.Choice(SEARCHES))
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="How many pairs are printed.")
@click.option("--json", "as_json", is_flag=True, help="Print all pairs as JSON.")
@click.pass_obj
def duplicates(services: Services, search: Search, limit: int, as_json: bool) -> None:
    """List the pairs of companies or contacts that are likely one, with the reasons. Nothing is changed."""
    pairs = find_duplicates(services.backend.lookup(), search)
    if as_json:
        terminal.print_json(pairs)
        return
    out = terminal.output
    if not pairs:
        out.print(f"No two {search} are likely one.")
        return
    table = Table(box=None, pad_edge=False)
    for title in ("How likely", "Because", "One", "Other"):
        table.add_column(title, overflow="fold")
    for pair in pairs[:limit]:
        table.add_row(pair.likelihood, "; ".join(pair.reasons), _shown(pair.first), _shown(pair.second))
    out.print(table)
    if len(pairs) > limit:
        out.print(f"… and {len(pairs) - limit:,} pairs more; --limit and --json show them.")


def _shown(side: Side) -> Text:
    return Text.assemble((side.name or side.id, "bold"), f"\n{side.hint}\n" if side.hint else "\n", (side.id, "dim"))
