"""Thousands of random requests on dozens of random databases, each answer compared with the oracle's."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.backends import BACKENDS, OpenBackend
from conformance.ledger import Growth, Ledger
from conformance.questions import Questioner, difference, hold_to_oracle, smallest, walk
from letrics.backend import Backend, Searcher
from letrics.model.filters import SEARCHES
from records import EQUAL_TIMES, TIMES, company_of, contact_of, random_company, random_contact

SEED = 20_261_123
PER_PAGE = (1, 2, 7, 25, 100)


@pytest.mark.parametrize("commits", [1, 2, 6])
@pytest.mark.parametrize("times", [TIMES, EQUAL_TIMES], ids=["times", "one time"])
def test_every_answer_is_the_oracles(
    open_backend: OpenBackend, tmp_path: Path, commits: int, times: tuple[str, ...]
) -> None:
    """Totals, pages, records and unknown values are the oracle's, over one and several commits with changes."""
    filled = [_compare(open_backend, tmp_path, seed, commits, times, 250) for seed in range(SEED, SEED + 8)]
    # A suite of empty answers would prove nothing.
    assert sum(filled) > 8 * 250 // 3


@pytest.mark.long
@pytest.mark.parametrize("part", range(20))
def test_every_answer_is_the_oracles_at_length(open_backend: OpenBackend, tmp_path: Path, part: int) -> None:
    """The same for 160,000 requests on 400 databases."""
    chance = random.Random(part)
    filled = 0
    for seed in range(SEED + 1_000 * (part + 1), SEED + 1_000 * (part + 1) + 20):
        times = chance.choice((TIMES, EQUAL_TIMES))
        filled += _compare(open_backend, tmp_path, seed, chance.choice((1, 2, 5, 12)), times, 400)
    assert filled > 20 * 400 // 3


def _compare(
    open_backend: OpenBackend, folder: Path, seed: int, commits: int, times: tuple[str, ...], questions: int
) -> int:
    """Fill a backend from *seed* and hold it to the oracle; return how many answers held a record."""
    chance = random.Random(seed)
    backend = open_backend(folder / str(seed))
    growth = Growth(chance, times, records_max=chance.choice((4, 40, 80))).grow(backend, commits)
    filled = hold_to_oracle(backend.searcher(), growth, chance, questions, f"seed {seed}, {commits} commits")
    backend.close()
    return filled


def test_pages_of_any_size_are_one_sequence(backend: Backend) -> None:
    """All pages one after the other are the oracle's whole sequence, whatever their size."""
    chance = random.Random(SEED)
    growth = Growth(chance, records_max=60).grow(backend, 5)
    oracle, questioner = growth.oracle(), Questioner(chance, growth)
    for search in SEARCHES:
        for request in ({}, *(questioner.request(search) for _ in range(20))):
            request = {name: given for name, given in request.items() if name not in ("page", "per_page")}
            whole = [record.id for record in oracle.matching(search, request)]
            for per_page in PER_PAGE:
                assert walk(backend.searcher(), search, request, per_page) == whole, (SEED, search, request, per_page)


@pytest.fixture(scope="module")
def large() -> Ledger:
    """One company with 3,000 contacts among small ones, one with 10,000 technologies, and people without any."""
    chance = random.Random(SEED)
    ledger = Ledger()
    for i in range(60):
        ledger.companies[f"co_{i}"] = random_company(chance, f"co_{i}", EQUAL_TIMES)
    many = tuple(f"Technology {i}" for i in range(10_000))
    time = EQUAL_TIMES[0]
    ledger.companies["co_many"] = company_of("co_many", technologies=many, added_at=time, first_seen_at=time)
    for i in range(3_200):
        company_id = "co_7" if i < 3_000 else chance.choice((None, "co_many", *(f"co_{i}" for i in range(60))))
        ledger.contacts[f"ct_{i}"] = random_contact(chance, f"ct_{i}", company_id, EQUAL_TIMES)
    return ledger


@pytest.fixture(scope="module", params=list(BACKENDS))
def holding_large(
    request: pytest.FixtureRequest, large: Ledger, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Searcher]:
    """The searcher of a backend that holds the large ledger in three commits."""
    backend = BACKENDS[request.param](tmp_path_factory.mktemp("large"))
    people = list(large.contacts.values())
    for part in range(3):
        with backend.writer() as writer:
            for company in large.companies.values() if part == 0 else ():
                writer.put_company(company)
            for contact in people[part::3]:
                writer.put_contact(contact)
            writer.commit()
    yield backend.searcher()
    backend.close()


def test_a_company_of_thousands_and_a_field_of_ten_thousand_values(holding_large: Searcher, large: Ledger) -> None:
    """Answers are the oracle's where one company has 3,000 people, another 10,000 technologies, and times are equal."""
    hold_to_oracle(holding_large, large, random.Random(SEED), 150, f"seed {SEED}")
    assert walk(holding_large, "contacts", {"technologies": ["technology 9999"]}, 100)
    everyone = [record.id for record in large.oracle().matching("contacts", {})]
    assert walk(holding_large, "contacts", {}, 100) == everyone


def test_a_thousand_values_are_alternatives(holding_large: Searcher, large: Ledger) -> None:
    """A filter takes as many values as the limit allows, in inclusion and exclusion."""
    values = [f"TECHNOLOGY  {i}" for i in range(9_005, 10_005)]
    oracle = large.oracle()
    excluding = {"exclude_technologies": values, "per_page": 100, "page": 3}
    assert difference(holding_large, large, oracle, "companies", {"technologies": values}) is None
    assert difference(holding_large, large, oracle, "contacts", excluding) is None


def test_a_failing_request_is_made_small() -> None:
    """What a failure is reported with is the least that fails: here, one value of one filter."""
    request = {"job_titles": ["a", "b", "c"], "per_page": 3, "industries": ["x"], "exclude_tlds": ["de"]}
    assert smallest(request, lambda each: "b" in each.get("job_titles", ())) == {"job_titles": ["b"]}


def test_titles_of_one_letter_are_found_by_needles_of_any_length(backend: Backend) -> None:
    """Needles of one, two, three and more bytes find the titles that contain them, and no others."""
    texts = (
        "a",
        "é",
        "管",
        "🦉",
        "ab",
        "aé",
        "a b",
        "b a",
        "abc",
        "管理 a",
        "\x00",
        "a\x00b",
        "a\nb",
        "ba",
        "c",
        "zab",
    )
    ledger = Ledger()
    with backend.writer() as writer:
        for i, text in enumerate(texts):
            ledger.put_contact(writer, contact_of(f"ct_{i}", None, job_title=text, added_at=EQUAL_TIMES[0]))
        writer.commit()
    oracle = ledger.oracle()
    needles = (
        "a",
        "b",
        "é",
        "管",
        "🦉",
        "ab",
        "a b",
        "b a",
        "abc",
        "管理",
        "理 a",
        "\x00",
        "a\x00",
        "\x00b",
        "zabc",
        "bcd",
    )
    for needle in (*needles, *map(str.upper, needles)):
        expected = [record.id for record in oracle.matching("contacts", {"job_titles": [needle]})]
        assert walk(backend.searcher(), "contacts", {"job_titles": [needle]}, 100) == expected, needle
