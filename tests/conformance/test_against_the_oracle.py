"""A hundred thousand random requests on hundreds of random databases, each answer compared with the oracle's."""

import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from conformance.backends import BACKENDS, OpenBackend
from conformance.comparing import Comparison, hold_to_oracle
from conformance.ledger import Growth, Ledger
from conformance.questions import Questioner, walk
from conformance.shrinking import reproducer
from counting import Count
from letrics.backend import Backend, Searcher
from letrics.index import plan, texts
from letrics.model.filters import SEARCHES
from records import EQUAL_TIMES, TIMES, company_of, contact_of, random_company, random_contact

PER_PAGE = (1, 2, 7, 25, 100)
COMMITS = (1, 1, 2, 3, 5, 8, 12)
QUERIES = "random queries compared with the oracle"
# Each part is 12 databases of 440 requests: 20 of them make 105,600 requests, 200 make a million.
PARTS, PARTS_LONG = 20, 200
_DATABASES, _QUESTIONS = 12, 440


@pytest.mark.parametrize("part", range(PARTS))
def test_every_answer_is_the_oracles(
    open_backend: OpenBackend, tmp_path: Path, seed: int, count: Count, part: int
) -> None:
    """Totals, pages, records, unknown and near values are the oracle's, over up to twelve commits of changes."""
    _hold_databases_to_oracle(open_backend, tmp_path, seed + part, count)


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS, PARTS_LONG))
def test_every_answer_is_the_oracles_at_length(
    open_backend: OpenBackend, tmp_path: Path, seed: int, count: Count, part: int
) -> None:
    """The same for a million requests on two thousand databases."""
    _hold_databases_to_oracle(open_backend, tmp_path, seed + part, count)


def _hold_databases_to_oracle(open_backend: OpenBackend, folder: Path, seed: int, count: Count) -> None:
    filled = 0
    for number in range(_DATABASES):
        chance = random.Random(f"{seed} {number}")
        backend = open_backend(folder / str(number))
        growth = Growth(chance, chance.choice((TIMES, EQUAL_TIMES)), records_max=chance.choice((4, 12, 40, 80)))
        growth.grow(backend, chance.choice(COMMITS))
        explain = partial(reproducer, open_backend, growth.history)
        note = f"seed {seed}, database {number}"
        filled += hold_to_oracle(backend.searcher(), growth, chance, _QUESTIONS, note, explain)
        backend.close()
        count(QUERIES, _QUESTIONS)
    # A suite of empty answers would prove nothing.
    assert filled > _DATABASES * _QUESTIONS // 3


def _hold_two_databases(open_backend: OpenBackend, tmp_path: Path, seed: int, count: Count) -> None:
    for number in range(2):
        chance = random.Random(f"{seed} {number}")
        backend = open_backend(tmp_path / str(number))
        growth = Growth(chance, records_max=60).grow(backend, 4)
        hold_to_oracle(backend.searcher(), growth, chance, _QUESTIONS, f"seed {seed}")
        backend.close()
        count(QUERIES, _QUESTIONS)


@pytest.mark.parametrize(
    ("words_few", "common", "sorted_", "asked"),
    [(-1, 0, 0, 0), (-1, 10**9, 10**9, 10**9), (0, 2, 0, 10**9), (10**9, 0, 3, 0)],
)
def test_shortcuts_change_no_answer(
    open_backend: OpenBackend,
    tmp_path: Path,
    seed: int,
    count: Count,
    monkeypatch: pytest.MonkeyPatch,
    words_few: int,
    common: int,
    sorted_: int,
    asked: int,
) -> None:
    """Answers are the oracle's whichever way to the documents of a text is taken."""
    monkeypatch.setattr(texts, "_WORDS_FEW", words_few)
    monkeypatch.setattr(texts, "_COMMON", common)
    monkeypatch.setattr(plan, "_SORTED", sorted_)
    monkeypatch.setattr(plan, "_ASKED", asked)
    _hold_two_databases(open_backend, tmp_path, seed, count)


def test_pages_of_any_size_are_one_sequence(backend: Backend, seed: int) -> None:
    """All pages one after the other are the oracle's whole sequence, whatever their size."""
    chance = random.Random(seed)
    growth = Growth(chance, records_max=60).grow(backend, 5)
    oracle, questioner = growth.oracle(), Questioner(chance, growth)
    for search in SEARCHES:
        for request in ({}, *(questioner.request(search) for _ in range(20))):
            request = {name: given for name, given in request.items() if name not in ("page", "per_page")}
            whole = [record.id for record in oracle.matching(search, request)]
            for per_page in PER_PAGE:
                assert walk(backend.searcher(), search, request, per_page) == whole, (seed, search, request, per_page)


@pytest.fixture(scope="module")
def large(seed: int) -> Ledger:
    """One company with 3,000 contacts among small ones, one with 10,000 technologies, and people without any."""
    chance = random.Random(seed)
    ledger = Ledger()
    for i in range(60):
        ledger.companies[f"co_{i}"] = random_company(chance, f"co_{i}", EQUAL_TIMES)
    many = tuple(f"Technology {i}" for i in range(10_000))
    time = EQUAL_TIMES[0]
    ledger.companies["co_many"] = company_of("co_many", technologies=many, added_at=time, first_seen_at=time)
    for i in range(3_200):
        company_id = "co_7" if i < 3_000 else chance.choice((None, *["co_many"] * 5, *(f"co_{i}" for i in range(60))))
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


def test_a_company_of_thousands_and_a_field_of_ten_thousand_values(
    holding_large: Searcher, large: Ledger, seed: int, count: Count
) -> None:
    """Answers are the oracle's where one company has 3,000 people, another 10,000 technologies, and times are equal."""
    hold_to_oracle(holding_large, large, random.Random(seed), 1_000, f"seed {seed}")
    count(QUERIES, 1_000)
    assert walk(holding_large, "contacts", {"technologies": ["technology 9999"]}, 100)
    everyone = [record.id for record in large.oracle().matching("contacts", {})]
    assert walk(holding_large, "contacts", {}, 100) == everyone


def test_a_thousand_values_are_alternatives(holding_large: Searcher, large: Ledger) -> None:
    """A filter takes as many values as the limit allows, in inclusion and exclusion."""
    values = [f"TECHNOLOGY  {i}" for i in range(9_005, 10_005)]
    comparison = Comparison(large)
    excluding = {"exclude_technologies": values, "per_page": 100, "page": 3}
    assert comparison.ask(holding_large, "companies", {"technologies": values}) is None
    assert comparison.ask(holding_large, "contacts", excluding) is None


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
