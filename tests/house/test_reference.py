"""The docs under test: the reference is in step with the registries, and nothing is left out of it."""

import re
from pathlib import Path

import click
import pytest

from letrics.cli.main import letrics
from letrics.cli.reference import pages
from letrics.config import settings_table
from letrics.errors import LetricsError
from letrics.model.fields import COMPANY_FIELDS, CONTACT_FIELDS
from letrics.model.filters import EXCLUDE, FILTERS

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"


@pytest.mark.parametrize("name", list(pages()))
def test_what_is_committed_is_what_is_generated(name: str) -> None:
    """A page of the reference is what `make docs` writes now."""
    committed = (REFERENCE / name).read_text("utf-8") if (REFERENCE / name).exists() else "not there"
    assert committed == pages()[name], "Run `make docs`."


def test_no_page_is_left_from_before() -> None:
    """The folder holds the generated pages and nothing else."""
    assert {path.name for path in REFERENCE.iterdir()} == set(pages())


@pytest.mark.parametrize("columns", ["40", "300"])
def test_the_pages_do_not_depend_on_the_terminal(columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a window of any width, `make docs` writes the same."""
    before = pages()
    monkeypatch.setenv("COLUMNS", columns)
    assert pages() == before


def test_every_filter_and_twin_is_documented() -> None:
    """Name, twin and meaning of each filter stand on its page."""
    page = pages()["filters.md"]
    for filter in FILTERS:
        assert f"`{filter.name}`" in page
        assert filter.doc in page
        assert (f"`{EXCLUDE}{filter.name}`" in page) == filter.has_twin


def test_every_setting_is_documented() -> None:
    """Variable, default and meaning of each setting stand on its page."""
    page = pages()["settings.md"]
    for setting in settings_table():
        assert f"`{setting.variable}`" in page
        assert setting.doc in page


def test_every_field_is_documented() -> None:
    """Each field that an import can set stands on its page."""
    page = pages()["fields.md"]
    for field in (*COMPANY_FIELDS, *CONTACT_FIELDS):
        assert f"| `{field.name}` |" in page


def _ids_in_the_source() -> set[str]:
    """Return every id that an error class has or a fault is made with."""

    def of(kind: type[LetricsError]) -> set[str]:
        return {kind.id}.union(*(of(each) for each in kind.__subclasses__()))

    made = {
        found[1]
        for path in (ROOT / "src").rglob("*.py")
        for found in re.finditer(r'(?<!Row)Fault\(\s*(?:id=)?"(\w+)"', path.read_text("utf-8"))
    }
    return of(LetricsError) | made


def test_every_error_id_is_documented() -> None:
    """Whatever id a client can meet stands on its page, with its code."""
    page = pages()["errors.md"]
    missing = [each for each in sorted(_ids_in_the_source()) if not re.search(rf"\| `{each}` \| \d{{3}} \|", page)]
    assert not missing


def _commands(command: click.Command, path: str) -> list[tuple[str, click.Command]]:
    found = [(path, command)]
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            found += _commands(child, f"{path} {name}")
    return found


def test_every_command_and_option_is_documented() -> None:
    """Each command has its section with all its options, and a sentence of help."""
    page = pages()["commands.md"]
    for path, command in _commands(letrics, "letrics"):
        assert command.help, path
        section = page.partition(f"## {path}\n")[2].partition("\n## ")[0]
        assert section, path
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not parameter.hidden:
                assert all(name in section for name in parameter.opts), (path, parameter.name)


def test_the_readme_leads_to_every_page() -> None:
    """A reader finds the reference from the README."""
    readme = (ROOT / "README.md").read_text("utf-8")
    assert "docs/reference" in readme
