"""What an older Letrics has written opens with the same answers, or is refused with what to do; so is a newer one."""

import zipfile
from pathlib import Path
from zlib import crc32

import msgspec
import pytest

from format.make_fixture import EXPECTED, INDEXES, present
from letrics.errors import DamagedData
from letrics.index import manifest
from letrics.index.embedded import EmbeddedIndex
from letrics.model.filters import SEARCHES
from letrics.query.query import Query, TimeClause

KEPT = sorted(path.stem for path in INDEXES.glob("*.zip"))
# Why an older format is not read any more, and by that what its refusal tells to do.
REFUSED = dict.fromkeys(["format-1.1", "format-2.1"], "of an older Letrics")


def unpack(name: str, target: Path) -> list[bytes]:
    """Unpack a kept index into *target*; return the rows that it holds."""
    with zipfile.ZipFile(INDEXES / f"{name}.zip") as archive:
        archive.extractall(target)
    return (target / EXPECTED).read_bytes().split(b"\n")


def rows(folder: Path) -> list[bytes]:
    searcher = EmbeddedIndex(folder).searcher()
    return [row for search in SEARCHES for row in searcher.scan(Query(search=search))]


def test_the_present_format_is_kept() -> None:
    """There is an index of the present format, which later ones are held to."""
    assert present() in KEPT, "Run: .venv/bin/python tests/format/make_fixture.py"


@pytest.mark.parametrize("name", KEPT)
def test_every_format_opens_or_says_what_to_do(name: str, tmp_path: Path) -> None:
    """An index of each format there was is read with all its records, checked and written on; or refused in words."""
    expected = unpack(name, tmp_path)
    if name in REFUSED:
        with pytest.raises(DamagedData, match=REFUSED[name]):
            rows(tmp_path / "index")
        return
    assert rows(tmp_path / "index") == expected
    index = EmbeddedIndex(tmp_path / "index")
    seen = TimeClause(field="first_seen_at", after_us=0, before_us=None)
    for search in SEARCHES:
        found = index.searcher().search(Query(search=search, clauses=(seen,), per_page=100), timeout_s=60).rows
        assert found == [row for row in index.searcher().scan(Query(search=search)) if b'"first_seen_at":' in row]
    assert index.check().damage == []
    with index.writer() as writer:
        writer.delete("companies", "co_2")
        writer.commit()
    assert index.searcher().counts().companies == 5


def test_a_newer_container_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """A segment of a later Letrics is not read by guesswork, and not checked as if it were damaged."""
    unpack(present(), tmp_path)
    path = next((tmp_path / "index").glob("segment-*"))
    whole = bytearray(path.read_bytes())
    whole[8] = 99
    path.write_bytes(whole)
    with pytest.raises(DamagedData, match=f"{path} has format 99; .*Use a newer Letrics"):
        rows(tmp_path / "index")


def test_a_newer_manifest_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """Whatever else a later manifest holds, its number is read first."""
    unpack(present(), tmp_path)
    folder = tmp_path / "index"
    path = manifest.path_of(folder, manifest.newest_step(folder))
    newer = msgspec.json.encode({"version": 99, "segments": "elsewhere"})
    path.write_bytes(msgspec.json.encode({"crc32": crc32(newer), "manifest": msgspec.Raw(newer)}))
    with pytest.raises(DamagedData, match=f"{path} has format 99; .*Use a newer Letrics"):
        rows(folder)
