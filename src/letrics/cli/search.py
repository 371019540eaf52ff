"""`letrics search`: the API's two searches from the command line; the flags come from the filter registry."""

from collections.abc import Iterator
from typing import Any

import click
import msgspec
from rich.table import Table
from rich.text import Text

from letrics.backend import Answer
from letrics.cli import terminal
from letrics.cli.csv_rows import print_csv
from letrics.config import Settings
from letrics.meta import search_meta
from letrics.model.filters import EXCLUDE, SEARCHES, TIMES, Filter, Kind, Search, filters_of
from letrics.query.parse import Fields, Limits, Parsed, parse_fields
from letrics.query.query import PER_PAGE_DEFAULT
from letrics.services import Services


@click.group()
def search() -> None:
    """Search the data of this folder, without a server."""


def flag_of(filter: Filter) -> str:
    """Return the command-line flag of *filter*: its name in the singular, as each flag gives one value."""
    name = filter.name
    if filter.is_array:
        name = name[:-3] + "y" if name.endswith("ies") else name.removesuffix("s")
    return name.replace("_", "-")


def filter_options(search: Search) -> list[click.Option]:
    """Return the flags of every filter of *search*."""
    return [option for filter in filters_of(search) for option in _options(filter)]


def parsed_filters(settings: Settings, search: Search, given: dict[str, Any]) -> Parsed:
    """Return what the flags *given* ask for; raises InvalidRequest."""
    fields = {key: list(value) if isinstance(value, tuple) else value for key, value in given.items()}
    return parse_fields(search, Fields(fields), Limits(settings.values_max, settings.value_characters_max))


def _options(filter: Filter) -> Iterator[click.Option]:
    flag = flag_of(filter)
    if filter.kind in TIMES:
        yield click.Option([f"--{flag}", filter.name], metavar="TIME", help=filter.doc)
        return
    for prefix, twin, doc in (("", "", filter.doc), ("exclude-", EXCLUDE, f"Leave out what --{flag} keeps.")):
        if filter.kind is Kind.FLAG:
            yield click.Option([f"--{prefix}{flag}", twin + filter.name], is_flag=True, default=None, help=doc)
        else:
            yield click.Option([f"--{prefix}{flag}", twin + filter.name], multiple=True, metavar="TEXT", help=doc)


def _command(name: Search) -> click.Command:
    @click.pass_obj
    def run(services: Services, /, format: str, **given: Any) -> None:
        settings = services.settings
        parsed = parsed_filters(settings, name, given)
        searcher = services.backend.searcher()
        searcher.prepare()
        answer = searcher.search(parsed.query, timeout_s=settings.search_timeout_s)
        _PRINTERS[format](parsed, answer)

    options = filter_options(name)
    options += [
        click.Option(["--page"], type=int, default=1, show_default=True, help="Which page."),
        click.Option(["--per-page"], type=int, default=PER_PAGE_DEFAULT, show_default=True, help="1 to 100."),
        click.Option(["--format"], type=click.Choice(["table", "json", "csv"]), default="table", show_default=True),
    ]
    help = f"Search {name}. Values of one flag are alternatives; flags combine; an exclusion always wins."
    return click.Command(name, callback=run, params=list(options), help=help)


for _name in SEARCHES:
    search.add_command(_command(_name))


def _print_json(parsed: Parsed, answer: Answer) -> None:
    click.echo(msgspec.json.format(_envelope(parsed, answer), indent=2))


def _envelope(parsed: Parsed, answer: Answer) -> bytes:
    meta = msgspec.json.encode(search_meta(parsed, answer))
    return b'{"data":[' + answer.page + b'],"meta":' + meta + b',"errors":[]}'


def _records(answer: Answer) -> list[dict[str, Any]]:
    return [msgspec.json.decode(row) for row in answer.rows]


def _print_table(parsed: Parsed, answer: Answer) -> None:
    query = parsed.query
    columns = _COLUMNS[query.search]
    table = Table(box=None, pad_edge=False)
    for title in columns:
        table.add_column(title, overflow="fold")
    for record in _records(answer):
        table.add_row(*(_cell(record, path) for path in columns.values()))
    if len(answer.ends):
        terminal.output.print(table)
    meta = search_meta(parsed, answer)
    terminal.errors.print(f"{answer.total:,} {query.search}; page {query.page:,} of {meta['pages']:,}.")
    for warning in meta["warnings"]:
        near = f" Near it: {', '.join(warning.near)}." if warning.near else ""
        terminal.errors.print(Text.assemble(("Note: ", "yellow"), warning.details, near), soft_wrap=True)


_COLUMNS: dict[Search, dict[str, str]] = {
    "contacts": {
        "Name": "full_name",
        "Job title": "job_title",
        "Company": "company.name",
        "City": "company.location.city",
        "Country": "company.location.country_code",
        "E-mail": "emails",
    },
    "companies": {
        "Name": "name",
        "Domain": "domain",
        "City": "location.city",
        "Country": "location.country_code",
        "Industry": "industries",
        "Employees": "employee_count",
    },
}


def _cell(record: dict[str, Any], path: str) -> str:
    """Return what stands at the dotted *path*, of several values the first."""
    value: Any = record
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("value")
    return "" if value is None else str(value)


def _print_csv(parsed: Parsed, answer: Answer) -> None:
    print_csv(answer.rows)


_PRINTERS = {"table": _print_table, "json": _print_json, "csv": _print_csv}
