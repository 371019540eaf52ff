"""Backups: taken while a server answers and imports go on, whole when they are there, and back with nobody suppressed."""

import errno
import json
import shutil
import threading
import time
from pathlib import Path

import pytest

from durability.breaking import in_place
from importing import NOW, Database
from letrics.accounts.actors import CONSOLE
from letrics.config import Settings
from letrics.errors import ConflictError, DamagedData
from letrics.importer.suppressions import key_of
from letrics.importer.suppressions import suppress as suppress_for_good
from letrics.index import files
from letrics.index.backup import copy_newest
from letrics.index.embedded import EmbeddedIndex
from letrics.model.filters import SEARCHES
from letrics.query.query import Query
from letrics.services import Services
from serving import fill, run_letrics, start_server, stop_server


def index_of(data: Path) -> EmbeddedIndex:
    return EmbeddedIndex(data / "index")


def suppress(data: Path, address: str) -> None:
    """Suppress a person, as the command does."""
    with Services(Settings(data=data)) as services:
        known = services.suppressions()
        suppress_for_good(
            services.backend, [key_of(address)], lambda keys: known.add(keys, CONSOLE), at=NOW, what="1 email"
        )


def rows(data: Path) -> list[bytes]:
    searcher = index_of(data).searcher()
    return [row for search in SEARCHES for row in searcher.scan(Query(search=search))]


def names(data: Path) -> set[str]:
    return {json.loads(row).get("full_name") for row in rows(data)} - {None}


def test_a_backup_of_a_running_server_comes_back_elsewhere(tmp_path: Path) -> None:
    """Data, tokens and users are as they were; the copy is checked, and does not need the original any more."""
    data, copy, elsewhere = tmp_path / "data", tmp_path / "copy", tmp_path / "elsewhere"
    fill(data)
    run_letrics(data, "token", "create", "mine")
    process, _ = start_server(data)
    try:
        assert "Generation 1" in run_letrics(data, "backup", str(copy))
        before = rows(data)
        with index_of(data).writer() as writer:
            writer.delete("companies", "co_alpha")
            writer.commit()
    finally:
        stop_server(process)
    assert rows(data) != before
    shutil.rmtree(data)
    assert "4 contacts" in run_letrics(elsewhere, "restore", str(copy))
    assert rows(elsewhere) == before
    assert "All is well" in run_letrics(elsewhere, "check")
    assert "mine" in run_letrics(elsewhere, "token", "list")
    assert {path.name for path in elsewhere.iterdir()} == {"index", "accounts.sqlite"}
    assert "data in" in run_letrics(elsewhere, "restore", str(copy), fails=True)


def test_who_was_suppressed_after_the_backup_does_not_come_back(tmp_path: Path) -> None:
    """Restored beside newer accounts, the data lacks who is suppressed there; those of the backup stay suppressed."""
    data, copy, target = tmp_path / "data", tmp_path / "copy", tmp_path / "target"
    fill(data)
    suppress(data, "nobody@letricsdemo.com")
    run_letrics(data, "backup", str(copy))
    suppress(data, "ada@alpha-letricsdemo.de")
    target.mkdir()
    for path in data.iterdir():
        if path.is_file():
            shutil.copy(path, target)
    said = run_letrics(target, "restore", str(copy))
    assert "Suppressed since, and not restored: 0 companies and 1 contacts" in said
    assert names(target) == names(data) == {"Bo Birch", "Cy Cedar", "Di Dogwood"}
    # The other way round: who was suppressed only in the backup is from now on.
    older, run_of_older = tmp_path / "older", tmp_path / "newer-copy"
    run_letrics(data, "backup", str(run_of_older))
    older.mkdir()
    shutil.copy(copy / "accounts.sqlite", older)
    shutil.copy(copy / "suppression.key", older)
    assert "that these accounts did not" in run_letrics(older, "restore", str(run_of_older))
    assert "Ada Ash" not in names(older)
    run_letrics(older, "import", "--quiet", str(tmp_path / "contacts.ndjson"))
    assert "Ada Ash" not in names(older)


def test_what_is_no_whole_backup_is_refused(tmp_path: Path) -> None:
    """A folder that is no backup, one of a newer Letrics, a damaged one, and another key: each is told by name."""
    data, copy = tmp_path / "data", tmp_path / "copy"
    fill(data)
    suppress(data, "nobody@letricsdemo.com")
    run_letrics(data, "backup", str(copy))
    new = tmp_path / "new"
    assert "no whole backup" in run_letrics(new, "restore", str(data), fails=True)
    note = json.loads((copy / "backup.json").read_text())
    (copy / "backup.json").write_text(json.dumps({**note, "version": 99}))
    assert "newer" in run_letrics(new, "restore", str(copy), fails=True)
    (copy / "backup.json").write_text(json.dumps(note))
    (segment,) = (copy / "index").glob("segment-*")
    whole = segment.read_bytes()
    # What is written there is the file of the original, too: both are one where they are on one disk.
    segment.unlink()
    segment.write_bytes(whole[:500] + bytes([whole[500] ^ 1]) + whole[501:])
    said = run_letrics(new, "restore", str(copy), fails=True)
    assert segment.name in said
    assert not list((new / "index").glob("manifest-*")) if (new / "index").exists() else True
    segment.write_bytes(whole)
    other = tmp_path / "other"
    other.mkdir()
    (other / "suppression.key").write_bytes(bytes(32))
    assert "another key" in run_letrics(other, "restore", str(copy), fails=True)


def test_copies_taken_while_imports_go_on_are_of_one_generation(tmp_path: Path) -> None:
    """A copy has as many companies as its generation says: each import adds one. What was before is not in it."""
    database, stop = Database(tmp_path), threading.Event()

    def keep_importing() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            database.take(f"Company,Website\nfirm {number},firm{number}-letricsdemo.de\n")

    for name in "ab":
        database.take(f"Company,Website\n{name},{name}-letricsdemo.de\n")
    importing = threading.Thread(target=keep_importing)
    importing.start()
    try:
        generations: list[int] = []
        # Until the imports have come some generations on, however busy the machine is.
        deadline = time.monotonic() + 120
        while len(generations) < 12 or (len(set(generations)) < 4 and time.monotonic() < deadline):
            target = tmp_path / f"copy{len(generations)}"
            generations.append(copy_newest(tmp_path / "index", target).generation)
            index = EmbeddedIndex(target)
            assert len(list(index.searcher().scan(Query(search="companies")))) == generations[-1]
            assert index.check().damage == []
            with pytest.raises(ConflictError, match="too far back"):
                index.undo(generations[-1], NOW)
    finally:
        stop.set()
        importing.join()
    assert len(set(generations)) > 3


class _AnotherDisk(files.Effects):
    def link(self, path: Path, copy: Path) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")


def test_a_backup_on_another_disk_is_a_copy(tmp_path: Path) -> None:
    """Where files cannot have two names their bytes are copied; damage is met on the way."""
    database = Database(tmp_path)
    database.take("Company,Website\nfirm,firm-letricsdemo.de\n")
    with in_place(_AnotherDisk()):
        copy_newest(tmp_path / "index", tmp_path / "copy")
    (segment,) = (tmp_path / "copy").glob("segment-*")
    assert segment.stat().st_nlink == 1
    (segment,) = (tmp_path / "index").glob("segment-*")
    whole = bytearray(segment.read_bytes())
    whole[200] ^= 1
    segment.write_bytes(whole)
    with in_place(_AnotherDisk()), pytest.raises(DamagedData, match=segment.name):
        copy_newest(tmp_path / "index", tmp_path / "second")
