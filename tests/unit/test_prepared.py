"""What is made of data packages once: kept, shared, and made anew when it should be."""

import random
from pathlib import Path

import pytest

from letrics import prepared
from letrics.model.places.countries import CODE
from letrics.model.tables import Records, Table, joined, parted, records, table


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which things are kept for the length of a test."""
    monkeypatch.setattr(prepared, "_folder", None)
    prepared.keep_in(tmp_path / "prepared")
    return tmp_path / "prepared"


class _Maker:
    """Counts how often it is asked."""

    def __init__(self, content: bytes = b"content") -> None:
        self.content, self.calls = content, 0

    def __call__(self) -> bytes:
        self.calls += 1
        return self.content


def _prepared(make: _Maker, code: tuple[Path, ...] = ()) -> bytes:
    return prepared.prepared("things", make, packages=("msgspec",), code=code).tobytes()


def test_what_is_kept_is_not_made_again(folder: Path) -> None:
    """The second who asks gets what the first has made."""
    make = _Maker()
    assert [_prepared(make), _prepared(make)] == [b"content", b"content"]
    assert make.calls == 1
    assert [path.stat().st_mode & 0o777 for path in folder.iterdir()] == [0o600]


def test_it_is_made_anew_for_other_code(folder: Path, tmp_path: Path) -> None:
    """When what makes it has changed, what was kept is passed over, and goes."""
    code = tmp_path / "code.py"
    code.write_text("1")
    assert _prepared(_Maker(b"before"), (code,)) == b"before"
    code.write_text("2")
    assert _prepared(_Maker(b"after"), (code,)) == b"after"
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize("harm", [b"", b"x", b"\0\0\0\0content"])
def test_damage_is_made_good(folder: Path, harm: bytes) -> None:
    """A file that does not hold what was written is never given out: it is made anew."""
    _prepared(_Maker())
    (path,) = folder.iterdir()
    path.write_bytes(harm)
    make = _Maker()
    assert _prepared(make) == b"content"
    assert make.calls == 1
    assert _prepared(_Maker(b"never")) == b"content"


def test_what_cannot_be_kept_is_made_each_time(folder: Path) -> None:
    """Where nothing can be written, each process makes its own; no folder is made where none was."""
    folder.write_text("in the way")
    assert _prepared(_Maker()) == b"content"
    prepared.keep_in(folder.parent / "no" / "prepared")
    assert _prepared(_Maker()) == b"content"
    assert not (folder.parent / "no").exists()


def test_places_are_made_anew_when_any_of_their_code_changes() -> None:
    """The code that tables of places depend on is all of the package, and the table of divisions."""
    names = {path.name for path in CODE}
    assert names >= {"aliases.py", "names.py", "cities.py", "regions.py", "countries.py", "admin1.tsv"}


def test_a_table_gives_what_a_dictionary_would(seed: int) -> None:
    """Each key leads to its value, every other one to nothing, the empty text and lone surrogates included."""
    draw = random.Random(seed)
    entries = {
        "".join(draw.choices("abcé水", k=draw.randrange(5))): draw.randbytes(draw.randrange(9)) for _ in range(500)
    }
    found = Table(memoryview(table(entries)))
    assert len(found) == len(entries)
    for key, value in entries.items():
        assert found.get(key) == value
    for key in ("abcdef", "\ud800", *("".join(draw.choices("abcé水", k=5)) for _ in range(100))):
        assert found.get(key) == entries.get(key)
    assert Table(memoryview(table({}))).get("a") is None


def test_records_and_parts_come_back(seed: int) -> None:
    """What is joined is parted again, and each record has its number."""
    draw = random.Random(seed)
    values = [draw.randbytes(draw.randrange(9)) for _ in range(50)]
    assert [bytes(part) for part in parted(memoryview(joined(values)))] == values
    found = Records(memoryview(records(values)))
    assert [bytes(found[number]) for number in range(len(found))] == values
    with pytest.raises(IndexError):
        found[50]
