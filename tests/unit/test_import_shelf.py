"""What an import puts aside, and what a small one does without."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from letrics.importer import shelf
from letrics.importer.shelf import Shelf

_LOADED = """
import sys
from letrics.cli.main import main
sys.argv = ["letrics", *sys.argv[1:]]
main()
print(*(name for name in ("numba", "rich", "sqlalchemy.dialects.postgresql") if name in sys.modules))
"""


@pytest.mark.parametrize("kept_max", [0, 30, 1_000])
def test_what_was_put_aside_comes_back_by_its_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept_max: int
) -> None:
    """Whether it stays in memory, goes to the file, or goes there later; read meanwhile, and in any order."""
    monkeypatch.setattr(shelf, "_KEPT_ROWS_MAX", kept_max)
    things = [[number, "x" * number] for number in range(20)]
    with closing(Shelf(tmp_path)) as aside:
        numbers = []
        for thing in things:
            numbers.append(aside.put(thing, rows=5))
            assert aside.get(numbers[len(numbers) // 2]) == things[len(numbers) // 2]
        assert len(set(numbers)) == len(things)
        assert [aside.get(number) for number in reversed(numbers)] == things[::-1]


def test_a_small_quiet_import_loads_nothing_it_has_no_use_for(tmp_path: Path) -> None:
    """Neither compiled loops, nor what prints, nor what knows another database: they take longer than all the rest."""
    (tmp_path / "people.csv").write_text("Name,E-Mail,Company\nAda Lovelace,ada@engines-letricsdemo.com,Engines\n")
    command = [sys.executable, "-c", _LOADED, "--data", tmp_path / "data", "import", "-q", tmp_path / "people.csv"]
    for _ in range(2):  # the first one makes the database
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.split() == []
