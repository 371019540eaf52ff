"""Writes `docs/reference/` from the registries: filters, settings, errors, commands.  A test holds it in step."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from letrics.cli.main import letrics
from letrics.cli.search import flag_of
from letrics.config import settings_table
from letrics.errors import error_kinds
from letrics.importer.mapping_file import ColumnRule, targets_of
from letrics.importer.presets import presets
from letrics.model.fields import COMPANY_FIELDS, CONTACT_FIELDS, Field
from letrics.model.filters import EXCLUDE, FILTERS, Filter

_MADE = "<!-- Made by `make docs`; change the source that it is made from. -->\n"


_EXIT_CODES = (
    "Exit codes: 0 done; 1 not done, or every row of an import was rejected; 2 a command, file or value that cannot be"
    " understood; 130 stopped by Ctrl-C.\n"
)


def pages() -> dict[str, str]:
    """Return every page of the reference: file name → Markdown."""
    return {
        "filters.md": _filters(),
        "fields.md": _fields(),
        "presets.md": _presets(),
        "settings.md": _settings(),
        "errors.md": _errors(),
        "commands.md": _commands(),
    }


def _table(*rows: tuple[str, ...]) -> str:
    head, *body = rows
    lines = [head, tuple("---" for _ in head), *body]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def _page(title: str, *parts: str) -> str:
    return f"# {title}\n{_MADE}\n" + "\n".join(parts)


def _filters() -> str:
    def row(filter: Filter) -> tuple[str, ...]:
        twin = f"`{EXCLUDE}{filter.name}`" if filter.has_twin else "none"
        example = msgspec.json.encode(filter.example).decode()
        flag = f"`--{flag_of(filter)}`"
        return (f"`{filter.name}`", " ".join(filter.searches), filter.doc, twin, f"`{example}`", flag)

    head = ("filter", "searches", "keeps a record when", "twin", "example", "command line")
    return _page(
        "Filters",
        "On contacts, what is said of the company is that of the contact's company. Values of one filter are"
        " alternatives; filters combine; an exclusion always wins. A record that lacks an attribute is in no answer that includes by it,"
        " and is never removed by an exclusion of it.\n",
        _table(head, *map(row, FILTERS)),
    )


def _fields() -> str:
    def rows(fields: tuple[Field, ...]) -> Iterator[tuple[str, ...]]:
        for field in fields:
            yield (f"`{field.name}`", field.value.value, field.merge.value, field.doc)

    head = ("field", "holds", "a later import", "meaning")
    note = (
        "What an import can set. *replace*: the later import wins, lists as a whole; *unite*: by value or key;"
        " *earliest*: the earliest time stays; *once*: taken when the record is created. An absent or empty field leaves what is"
        " stored; an explicit JSON null clears it.\n"
    )
    return _page(
        "Record fields",
        note,
        "## Companies\n",
        _table(head, *rows(COMPANY_FIELDS)),
        "## Contacts\n",
        _table(head, *rows(CONTACT_FIELDS)),
    )


def _presets() -> str:
    parts = []
    for name, preset in presets().items():
        rows = [
            (f"`{header}`", ", ".join(f"`{target}`" for target in targets_of(rule)), _done_to(rule))
            for header, rule in preset.columns.items()
        ]
        constants = [f"`{target}` is `{value}` where a row has none." for target, value in preset.constants.items()]
        parts += [
            f"## {preset.title}\n",
            f"`{name}`, source `{preset.source}`. {preset.about}\n",
            f"Recognised by: {', '.join(f'`{header}`' for header in preset.recognise)}.\n",
            _table(("column", "feeds", "first"), *rows),
            *(f"{constant}\n" for constant in constants),
        ]
    note = (
        "Exports that are recognised by their headers, whatever their order and case. A column that is not listed is kept in"
        " `custom`. A mapping file (`letrics import --mapping FILE.toml`) overrules a preset, and is written like one:"
        " `letrics import --write-mapping FILE.toml` writes what was understood for you to edit.\n"
    )
    return _page("Presets", note, *parts)


def _done_to(rule: str | ColumnRule) -> str:
    if isinstance(rule, str):
        return ""
    done = [f"parted at `{rule.split}`"] if rule.split else []
    done += [f"dates are `{rule.date}`"] if rule.date else []
    done += [f"without `{rule.remove}`"] if rule.remove else []
    done += [f"{', '.join(f'`{each}`' for each in rule.nothing)}: nothing"] if rule.nothing else []
    return "; ".join(done)


def _settings() -> str:
    rows = [
        (f"`{s.variable}`", s.type.__name__, f"`{s.default}`" if s.default != "" else "", s.doc)
        for s in settings_table()
    ]
    return _page(
        "Settings",
        "Environment variables. A variable that begins with `LETRICS_` and names no setting is refused, but for those that"
        " Kubernetes sets for a Service named letrics: `LETRICS_SERVICE_*`, `LETRICS_PORT` with an address, `LETRICS_PORT_*`.\n",
        _table(("variable", "type", "default", "meaning"), *rows),
    )


def _errors() -> str:
    rows = [(f"`{kind.id}`", str(kind.code), " ".join((kind.__doc__ or "").split())) for kind in error_kinds()]
    return _page(
        "Errors",
        "The `id` of an error never changes its meaning; `details` says what is wrong and how to mend the request, `field` where."
        " All faults of a request are in one answer.\n",
        _table(("id", "code", "meaning"), *rows),
    )


def _commands() -> str:
    parts = []
    context = click.Context(letrics, info_name="letrics")
    for path, command in _walk(context, letrics):
        child = click.Context(command, info_name=path, terminal_width=100)
        parts.append(f"## {path}\n\n```text\n{command.get_help(child)}\n```\n")
    return _page("Commands", _EXIT_CODES, *parts)


def _walk(context: click.Context, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    path = context.command_path
    yield path, command
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            yield from _walk(click.Context(child, info_name=name, parent=context), child)


def main() -> None:
    """Write the pages into the folder that is named."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
