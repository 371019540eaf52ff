"""A file that does not hold what was written is named and never served; what does not need it goes on."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from conformance.ledger import Growth
from conformance.questions import Questioner, Request
from counting import Count
from letrics.errors import DamagedData
from letrics.index.embedded import EmbeddedIndex
from letrics.index.format import Container
from letrics.model.filters import SEARCHES, Search, filters_of
from letrics.query.parse import Fields, Limits, parse_fields
from letrics.query.query import Query
from serving import Server, fill, run_letrics, start_server, stop_server

BLOCK_BYTES = 4_096
# Falls away with the next format, by which it must: then these tests would pass, which counts as a failure.
Asked = tuple[Search, Request | None]


def answered(folder: Path, asked: Asked) -> Any:
    """Ask one question of a process that starts: a search, or (None) for every record."""
    searcher, (search, request) = EmbeddedIndex(folder).searcher(), asked
    if request is None:
        return list(searcher.scan(Query(search=search)))
    query = parse_fields(search, Fields(request), Limits()).query
    answer = searcher.search(query, timeout_s=60)
    # Near values are looked up for as long as there is time.
    return answer.total, answer.rows, [(each.filter.name, each.given) for each in answer.unknown]


def questions(chance: random.Random, ledger: Growth) -> list[Asked]:
    """Return questions that between them use every filter, and read every record."""
    questioner = Questioner(chance, ledger)
    asked: list[Asked] = [(search, None) for search in SEARCHES]
    filters = [(search, filter) for search in SEARCHES for filter in filters_of(search)]
    return asked + [(search, {each.name: questioner.given(search, each)}) for search, each in filters]


def flipped(content: bytes, chance: random.Random, block: int) -> bytes:
    """Return *content* with one bit of a block turned."""
    changed = bytearray(content)
    place = chance.randrange(block * BLOCK_BYTES, min((block + 1) * BLOCK_BYTES, len(content)))
    changed[place] ^= 1 << chance.randrange(8)
    return bytes(changed)


def hold_damage(folder: Path, seed: int, flips: int, count: Count) -> None:
    """Turn *flips* single bits in each block of each file: every answer is right, or an error that names the file."""
    chance = random.Random(seed)
    ledger = Growth(chance, records_max=25).grow(EmbeddedIndex(folder, merged_documents_max=1), 3)
    asked = questions(chance, ledger)
    right = [answered(folder, each) for each in asked]
    refused = 0
    files = [path for path in sorted(folder.iterdir()) if path.suffix != ".lock"]
    assert {path.name.partition("-")[0] for path in files} == {"manifest", "segment", "deletes"}
    for path in files:
        whole = path.read_bytes()
        for block in range(-(-len(whole) // BLOCK_BYTES)):
            for _ in range(flips):
                path.write_bytes(flipped(whole, chance, block))
                wrong = 0
                for question, expected in zip(asked, right, strict=True):
                    try:
                        assert answered(folder, question) == expected, (seed, path.name, block, question)
                    except DamagedData as error:
                        wrong += 1
                        assert path.name in error.details
                damage = EmbeddedIndex(folder).check().damage
                assert [each.file for each in damage] in ([path.name], []), (seed, path.name, block)
                # Damage between the sections is in nobody's way.
                assert bool(damage) >= bool(wrong), (seed, path.name, block)
                refused += wrong
                count("bits turned in files of the index", 1)
        path.write_bytes(whole)
    assert refused
    count("answers refused for damage", refused)


def test_one_turned_bit_is_never_served(tmp_path: Path, seed: int, count: Count) -> None:
    """A bit of each 4 KiB block: whatever is asked is answered right, or refused with the name of the file."""
    hold_damage(tmp_path / "index", seed, 1, count)


@pytest.mark.long
def test_many_turned_bits_are_never_served(tmp_path: Path, seed: int, count: Count) -> None:
    """The same with twenty bits of each block, one after the other."""
    hold_damage(tmp_path / "index", seed + 1, 20, count)


def turn_a_bit(path: Path, section: str) -> None:
    """Turn one bit of a section."""
    start, length, _ = Container(path)._contents().sections[section]
    whole = bytearray(path.read_bytes())
    whole[start + length // 2] ^= 1
    path.write_bytes(whole)


def test_check_names_file_and_section(tmp_path: Path) -> None:
    """`letrics check` exits with 1 and names what is damaged or missing; with 0 where all is well."""
    data = tmp_path / "data"
    fill(data)
    (segment,) = (data / "index").glob("segment-*")
    assert "All is well: 2 files" in run_letrics(data, "check")
    whole = segment.read_bytes()
    turn_a_bit(segment, "contacts/contact.job_title/words/postings/bytes")
    said = run_letrics(data, "check", fails=True)
    assert f"{segment} is damaged in contacts/contact.job_title/words/postings/bytes" in said.replace("\n", "")
    segment.unlink()
    assert f"{segment} is missing" in run_letrics(data, "check", fails=True)
    segment.write_bytes(whole)
    assert json.loads(run_letrics(data, "check", "--json"))["damage"] == []


def test_a_damaged_file_fails_the_requests_that_need_it_and_no_others(tmp_path: Path) -> None:
    """Over HTTP: `internal_error` with a log line that names the file; other searches, and health, go on."""
    data = tmp_path / "data"
    fill(data)
    (segment,) = (data / "index").glob("segment-*")
    turn_a_bit(segment, "contacts/contact.job_title/words/postings/bytes")
    token = run_letrics(data, "token", "create", "mine").split("letr_")[1].split()[0]
    log = tmp_path / "log"
    with log.open("w") as stderr:
        process, url = start_server(data, stderr=stderr)
        try:
            server = Server(url, f"letr_{token}", data)
            failed = server.post("/v1/contacts", {"job_titles": ["manager"]})
            others = [server.post("/v1/companies", {}), server.post("/v1/contacts", {"seniorities": ["owner"]})]
            assert server.get("/readyz").status_code == 200
        finally:
            stop_server(process)
    assert failed.status_code == 500
    assert [each["id"] for each in failed.json()["errors"]] == ["internal_error"]
    assert segment.name not in failed.text
    assert [each.status_code for each in others] == [200, 200]
    assert segment.name in log.read_text()
    assert failed.json()["meta"]["request_id"] in log.read_text()
