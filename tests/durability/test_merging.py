"""Merging: few segments after any number of imports, the same answers, and what can be undone stays."""

import random
import re
from pathlib import Path
from typing import Any

import pytest

from conformance.comparing import hold_to_oracle
from conformance.ledger import Growth, Ledger
from importing import LATER, NOW, Database
from letrics.errors import DamagedData
from letrics.importer.suppressions import suppress
from letrics.index import manifest
from letrics.index.embedded import EmbeddedIndex
from letrics.index.format import Container
from letrics.index.merge import MergeLimits, merge_all
from letrics.index.merged_segment import Merged, write_merged
from letrics.index.snapshot import Part, open_snapshot
from letrics.model.filters import SEARCHES
from letrics.query.query import Query
from records import company_of

TIME = "2026-01-01T00:00:00Z"
# What depends on the order in which records arrived, and on nothing that an answer shows.
_BY_ARRIVAL = re.compile(
    r"summaries/.*|.*/(company_numbers|keys/.*|spellings/.*)|contacts/.*_at/(documents|ranks|.*postings/.*)"
)


def index_in(folder: Path, **settings: Any) -> EmbeddedIndex:
    return EmbeddedIndex(folder, reload_interval_s=0, **settings)


def parts_of(folder: Path) -> tuple[Part, ...]:
    return open_snapshot(folder).parts


def everything(index: EmbeddedIndex) -> list[bytes]:
    return [row for search in SEARCHES for row in index.searcher().scan(Query(search=search))]


def merged_by_hand(folder: Path, target: Path) -> Merged:
    """Merge every segment of *folder* into the file *target*, whatever the policy says."""
    return write_merged(target, folder, parts_of(folder))


def write_at_once(folder: Path, ledger: Ledger) -> Path:
    """Import all records of *ledger* in one transaction; return the segment."""
    with index_in(folder).writer() as writer:
        for company in ledger.companies.values():
            writer.put_company(company)
        for contact in ledger.contacts.values():
            writer.put_contact(contact)
        writer.commit()
    (segment,) = folder.glob("segment-*")
    return segment


@pytest.mark.parametrize("number", range(3))
def test_a_merged_segment_is_what_one_import_would_have_written(number: int, seed: int, tmp_path: Path) -> None:
    """The sections are byte for byte those of one import of what is left, but for what depends on order of arrival."""
    chance = random.Random(seed + number)
    ledger = Growth(chance).grow(index_in(tmp_path / "grown", merged_documents_max=1), 12)
    assert len(parts_of(tmp_path / "grown")) > 4
    merged_by_hand(tmp_path / "grown", tmp_path / "merged")
    merged, once = Container(tmp_path / "merged"), Container(write_at_once(tmp_path / "once", ledger))
    assert merged.about == once.about
    assert set(merged._contents().sections) == set(once._contents().sections)
    compared = [name for name in once._contents().sections if _BY_ARRIVAL.fullmatch(name) is None]
    assert len(compared) > 150
    assert [name for name in compared if bytes(merged.view(name)) != bytes(once.view(name))] == [], seed + number
    for name in set(once._contents().sections) - set(compared):
        assert len(merged.view(name)) == len(once.view(name)) or "/postings" in name or "/spellings" in name, name


@pytest.mark.parametrize("number", range(2))
def test_answers_are_the_oracles_through_many_merges(number: int, seed: int, tmp_path: Path) -> None:
    """After imports with merges in between, every answer is the oracle's, and few segments are left."""
    chance, folder = random.Random(seed + number), tmp_path / "index"
    index, ledger = index_in(folder), Growth(chance, records_max=60)
    for _ in range(4):
        ledger.grow(index, 7)
        hold_to_oracle(index.searcher(), ledger, chance, 15, f"seed {seed + number}")
        assert len(parts_of(folder)) <= 8
    assert manifest.newest_step(folder) > 33


def test_any_number_of_imports_keeps_few_segments_and_files(tmp_path: Path) -> None:
    """A hundred imports leave no more than a handful of segments, and the files of what can be undone."""
    database = Database(tmp_path)
    for number in range(100):
        database.take(f"Company,Website\nfirm {number},firm{number}-letricsdemo.de\n")
    folder = tmp_path / "index"
    assert len(parts_of(folder)) <= 4
    assert len(database.index.generations()) == 6
    named = set().union(*(manifest.load(folder, step).file_names for step in manifest.steps(folder)))
    assert {path.name for path in folder.iterdir()} == named | {
        *(manifest.path_of(folder, step).name for step in manifest.steps(folder)),
        "writer.lock",
        "merge.lock",
    }


def test_undo_survives_merges(tmp_path: Path) -> None:
    """What was before an import comes back to the byte, though its segments were merged since."""
    database = Database(tmp_path)
    states = [everything(database.index)]
    for number in range(9):
        database.take(f"Company,Website,CEO\nfirm {number},firm{number}-letricsdemo.de,Eva A{chr(97 + number)}\n")
        states.append(everything(database.index))
    assert len(parts_of(tmp_path / "index")) < 9
    for number in (9, 8, 5):
        database.index.undo(number, LATER)
        assert everything(database.index) == states[number - 1]


def test_how_many_generations_are_kept_is_a_setting(tmp_path: Path) -> None:
    """With two kept, the last two imports can be undone; what only the third needed is given back."""
    database = Database(tmp_path)
    database.index = index_in(tmp_path / "index", generations_kept=2)
    for number in range(6):
        database.take(f"Company,Website\nfirm {number},firm{number}-letricsdemo.de\n")
    kept = database.index.generations()
    assert [(each.undoes, each.companies) for each in kept] == [(5, 4), (6, 5), (None, 6)]
    names = {
        name
        for step in manifest.steps(tmp_path / "index")
        for name in manifest.load(tmp_path / "index", step).file_names
    }
    on_disk = sum(path.stat().st_size for path in (tmp_path / "index").iterdir() if path.name in names)
    assert max(each.size_bytes for each in kept) <= on_disk <= sum(each.size_bytes for each in kept)


def test_nothing_from_before_a_suppression_is_kept(tmp_path: Path) -> None:
    """After a suppression there is no older generation, whatever was merged before and since."""
    database = Database(tmp_path)
    for number in range(6):
        database.take([{"full_name": f"Eva {number}", "emails": [f"eva{number}@example.org"]}])
    suppress(database.index, ["email:eva1@example.org"], lambda keys: None, at=NOW, what="1 email")
    assert [each.undoes for each in database.index.generations()] == [None]
    for number in range(6, 9):
        database.take([{"full_name": f"Eva {number}", "emails": [f"eva{number}@example.org"]}])
    assert [each.undoes for each in database.index.generations()] == [8, 9, 10, None]
    assert "Eva 1" not in database.contacts()


def grown(folder: Path, count: int) -> EmbeddedIndex:
    """Return an index of *count* segments of two companies each."""
    index = index_in(folder, merged_documents_max=1)
    for number in range(count):
        with index.writer() as writer:
            for company_id in (f"co_{number}", f"co_{number}b"):
                writer.put_company(company_of(company_id, added_at=TIME, first_seen_at=TIME))
            writer.commit()
    return index


LIMITS = MergeLimits(documents_max=10**6, work_max=10**6, patience_s=0.0)


def test_an_import_goes_on_while_segments_are_merged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a writer deletes and replaces between the beginning and the end of a merge stays deleted and replaced."""
    index = grown(tmp_path / "index", 4)

    def meanwhile(path: Path, folder: Path, parts: Any) -> Merged:
        merged = write_merged(path, folder, parts)
        with index.writer() as writer:
            writer.delete("companies", "co_1")
            writer.put_company(company_of("co_2", name="new", added_at=TIME, first_seen_at=TIME))
            writer.commit()
        return merged

    monkeypatch.setattr("letrics.index.merge.write_merged", meanwhile)
    assert merge_all(tmp_path / "index", LIMITS, 5) == 1
    assert sorted(part.entry.companies for part in parts_of(tmp_path / "index")) == [1, 6]
    rows = b"".join(everything(index))
    assert b'"co_1"' not in rows
    assert rows.count(b'"co_2"') == 1
    assert b'"new"' in rows


def test_a_merge_gives_way(tmp_path: Path) -> None:
    """While a writer is open a merge puts nothing in its place, and the writer's commit is what counts."""
    index = grown(tmp_path / "index", 4)
    with index.writer() as writer:
        assert merge_all(tmp_path / "index", LIMITS, 5) == 0
        writer.put_company(company_of("co_9", added_at=TIME, first_seen_at=TIME))
        writer.commit()
    assert len(parts_of(tmp_path / "index")) == 5
    assert not (tmp_path / "index" / "merging.letrics").exists()
    assert merge_all(tmp_path / "index", LIMITS, 5) == 1


def test_a_segment_that_is_gone_takes_the_merge_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a source was emptied while it was merged, the result, which still holds its rows, is thrown away."""
    index = grown(tmp_path / "index", 4)

    def meanwhile(path: Path, folder: Path, parts: Any) -> Merged:
        merged = write_merged(path, folder, parts)
        with index.writer() as writer:
            writer.delete("companies", "co_1")
            writer.delete("companies", "co_1b")
            writer.commit()
        return merged

    monkeypatch.setattr("letrics.index.merge.write_merged", meanwhile)
    assert merge_all(tmp_path / "index", LIMITS, 5) == 0
    assert sorted(part.entry.companies for part in parts_of(tmp_path / "index")) == [2, 2, 2]
    assert not (tmp_path / "index" / "merging.letrics").exists()


def test_an_undo_overtakes_a_merge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A merge that began before an undo does not take away what the undo brings back."""
    database = Database(tmp_path)
    database.index = index_in(tmp_path / "index", merged_documents_max=1)
    for number in range(4):
        database.take(f"Company,Website\nfirm {number},firm{number}-letricsdemo.de\n")
    before = everything(database.index)
    database.take("Company,Website\nrenamed,firm1-letricsdemo.de\n", now=LATER)

    def meanwhile(path: Path, folder: Path, parts: Any) -> Merged:
        merged = write_merged(path, folder, parts)
        database.index.undo(5, LATER)
        return merged

    monkeypatch.setattr("letrics.index.merge.write_merged", meanwhile)
    merge_all(tmp_path / "index", LIMITS, 5)
    assert everything(database.index) == before


def test_damage_is_not_merged(tmp_path: Path) -> None:
    """A merge refuses a segment that is damaged, names it, and leaves all as it was; imports go on."""
    grown(tmp_path / "index", 4)
    damaged = parts_of(tmp_path / "index")[1].entry.file
    path = tmp_path / "index" / damaged
    whole = bytearray(path.read_bytes())
    offset, _, _ = Container(path)._contents().sections["companies/ids/bytes"]
    whole[offset] ^= 1
    path.write_bytes(whole)
    with pytest.raises(DamagedData, match=f"{damaged} is damaged in companies/ids/bytes"):
        merge_all(tmp_path / "index", LIMITS, 5)
    assert len(parts_of(tmp_path / "index")) == 4
    index = index_in(tmp_path / "index")
    with index.writer() as writer:
        writer.put_company(company_of("co_9", added_at=TIME, first_seen_at=TIME))
        writer.commit()
    assert index.searcher().counts().companies == 9
