"""The benchmarks measure what they say: right answers, new questions, honest figures."""

from pathlib import Path

import msgspec
import numpy as np
import pyarrow.parquet as pq
import pytest

from benchmarks import over_http
from benchmarks.engines import Variant
from benchmarks.figures import figures, ratio
from benchmarks.files import Dataset
from benchmarks.harness import Harness
from benchmarks.questions import Workload, mixed_bodies, workloads
from benchmarks.report import page, sheets
from benchmarks.results import Results, load_all
from benchmarks.session import Asked, MismatchError, Session, compare, typical
from benchmarks.world import World

CONTACTS = 1_000
QUESTIONS = 12


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Harness:
    """Give a harness over a thousand contacts."""
    return Harness(CONTACTS, cache=tmp_path_factory.mktemp("benchmarks"))


@pytest.fixture(scope="module")
def few(harness: Harness) -> list[Workload]:
    """Give the first questions of every workload."""
    return [
        msgspec.structs.replace(each, warm_up=each.warm_up[:1], timed=each.timed[:QUESTIONS])
        for each in harness.workloads()
    ]


@pytest.fixture(scope="module")
def right(harness: Harness, few: list[Workload]) -> Session:
    """Give what a linear scan of all contacts answers."""
    return harness.ask("scan", few)


def test_letrics_and_a_linear_scan_answer_alike_and_a_planted_difference_is_named(
    harness: Harness, few: list[Workload], right: Session
) -> None:
    """What `letrics import` made answers every workload as a scan of the made-up market does; else the run stops."""
    built = harness.build("letrics")
    mine, floor = (harness.ask(name, few) for name in ("letrics", "floor"))
    questions = sum(len(each.timed) for each in few)
    assert compare(mine, right, few) == compare(mine, floor, few) == questions
    assert sum(map(sum, (each.totals for each in mine.asked))) > CONTACTS
    assert built.disk_bytes > 0

    results = Results(contacts=CONTACTS, compared=questions)
    results.add(mine, built, mine)
    results.add(floor, None, mine)
    assert [sheet.title for sheet in sheets(results)][:1] == ["Engines, and the mixed workload"]
    assert "1,000 contacts, 100 companies" in page([results])

    slower = msgspec.structs.replace(
        mine, asked=[msgspec.structs.replace(each, seconds=[9 * s for s in each.seconds]) for each in mine.asked]
    )
    assert typical([slower, mine, mine]).asked == mine.asked
    assert typical([slower, mine]).asked[0].seconds == pytest.approx([5 * each for each in mine.asked[0].seconds])

    planted = msgspec.convert(msgspec.to_builtins(right), Session)
    next(each for each in planted.asked if each.workload == "mixed").totals[3] += 1
    with pytest.raises(MismatchError, match="mixed") as caught:
        compare(mine, planted, few)
    question = next(each for each in few if each.name == "mixed").timed[3]
    assert msgspec.json.encode(question).decode() in str(caught.value)


@pytest.mark.long
def test_what_is_deleted_is_gone_from_every_answer(harness: Harness, few: list[Workload], right: Session) -> None:
    """After several imports and with deletes Letrics answers as a scan that leaves the deleted out."""
    variant = Variant(parts=2, deleted_every=10)
    harness.build("letrics", variant=variant)
    mine, left = (harness.ask(name, few, variant=variant) for name in ("letrics", "scan"))
    assert compare(mine, left, few) > 0
    with pytest.raises(MismatchError):
        compare(mine, right, few)


def test_the_last_page_of_a_variant_stands_beside_its_own_first() -> None:
    """The table of variants has the ratio of their medians in the row of the last page, and in no other."""
    results = Results(contacts=CONTACTS, machine="")
    for name, first, last in (("letrics", 0.001, 0.004), ("2 imports", 0.002, 0.003)):
        asked = [
            Asked(workload, [seconds], [1], [[]], [1])
            for workload, seconds in (("first_page", first), ("last_page", last))
        ]
        session = Session("letrics", "", 0.0, 0, asked)
        results.add(session, None, session, name)
    (variants,) = (sheet for sheet in sheets(results) if "last page / first page" in sheet.header)
    assert [row[-1] for row in variants.rows] == ["", "1.5x"]


def test_no_question_is_asked_twice(harness: Harness) -> None:
    """All questions of a run differ, warm-up included, and so do all pieces of titles."""
    asked = [
        msgspec.json.encode(body, order="deterministic")
        for each in workloads(World(CONTACTS))
        for body in each.warm_up + each.timed
    ]
    assert len(set(asked)) == len(asked) > 1_500
    stream = mixed_bodies(World(CONTACTS))
    more = [msgspec.json.encode(next(stream), order="deterministic") for _ in range(300)]
    assert len(set(more)) == len(more)


def test_the_same_seed_gives_the_same_market_in_the_order_of_answers(tmp_path: Path) -> None:
    """Two runs write the same records; the peers' file has them by rank, newest company first."""
    one, other = (Dataset(tmp_path / name, 500) for name in ("one", "other"))
    tables = [pq.read_table(each.denormalised()) for each in (one, other)]
    assert tables[0].equals(tables[1])
    assert tables[0].column("rank").to_pylist() == list(range(500))
    added = np.asarray(tables[0].column("added_us"))
    assert (np.diff(added) <= 0).all()
    for format in ("csv", "ndjson"):
        paths = one.for_import(format), other.for_import(format)
        assert [path.read_bytes() for path in paths[0]] == [path.read_bytes() for path in paths[1]]
        assert all(b"letricsdemo" in line for line in paths[0][0].read_bytes().splitlines()[1:])


def test_figures_are_of_the_times_themselves() -> None:
    """A percentile is one of the times, and a ratio is over the questions that both engines answered."""
    times = [place / 1000 for place in range(1, 101)]
    found = figures(times)
    assert (found.count, found.p50, found.p95, found.p99) == (100, 51.0, 96.0, 100.0)
    assert found.mean == pytest.approx(50.5)
    assert ratio([0.001, 0.001, 9.0], [0.003, 0.003]) == pytest.approx(3.0)


def test_a_load_is_sent_as_ordered_and_a_refused_request_stops_the_run(tmp_path: Path) -> None:
    """Flat out and at a fixed rate, every answer is counted; one that is no 200 is an error."""
    bodies = over_http.Bodies(tmp_path, World(CONTACTS))
    with over_http.empty_server(2_000, bodies) as server:
        # It ends with the last question, which is long before its time.
        assert server.send(60.0, guessed=2).bytes_each > 2_000
        fixed = server.send(0.5, 100.0)
        assert (fixed.rate, fixed.latency.count) == (100.0, 50)
        with pytest.raises(RuntimeError, match="not answered"):
            server.send(0.1, 100.0, path="/nowhere")


def test_saved_results_are_read_again(tmp_path: Path) -> None:
    """Results are kept as JSON, the smallest data set first."""
    for contacts in (2_000, 1_000):
        Results(contacts=contacts, machine="here").save(tmp_path)
    assert [each.contacts for each in load_all(tmp_path)] == [1_000, 2_000]
