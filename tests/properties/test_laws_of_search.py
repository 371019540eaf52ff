"""
Laws that every answer keeps, whatever the data: on records that Hypothesis draws to break them.

No oracle is needed to see most of these broken; the first one compares with it all the same.
"""

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.backends import BACKENDS, OpenBackend
from conformance.comparing import hold_to_oracle
from conformance.ledger import Growth, Ledger
from conformance.questions import Questioner, Request, decoded, own_attributes, query_of, total, walk
from counting import Count
from letrics.backend import Backend, Searcher
from letrics.model.filters import EXCLUDE, SEARCHES, Kind, Search, filters_of
from letrics.query.parse import PAGING
from records import EQUAL_TIMES, TIMES, companies, contacts

_SETTINGS = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(params=list(BACKENDS), scope="module")
def open_backend(request: pytest.FixtureRequest) -> OpenBackend:
    """How the backend is opened on a folder."""
    return BACKENDS[request.param]


@pytest.fixture
def backend(open_backend: OpenBackend, tmp_path: Path) -> Iterator[Backend]:
    """An empty backend."""
    opened = open_backend(tmp_path)
    yield opened
    opened.close()


@st.composite
def ledgers(draw: st.DrawFn) -> Ledger:
    """Draw companies and contacts, some of these without a company."""
    ledger = Ledger()
    ledger.companies = {each.id: each for each in draw(st.lists(companies(), max_size=8))}
    ledger.contacts = {each.id: each for each in draw(st.lists(contacts(list(ledger.companies)), max_size=16))}
    return ledger


@contextmanager
def filled(open_backend: OpenBackend, ledger: Ledger, chance: random.Random, commits: int) -> Iterator[Backend]:
    """Open a backend that holds *ledger*, put in a random order in that many commits."""
    records: list[Any] = [*ledger.companies.values(), *ledger.contacts.values()]
    commit_of = {each.id: chance.randrange(commits) for each in records}
    for contact in ledger.contacts.values():
        if contact.company is not None:
            commit_of[contact.id] = max(commit_of[contact.id], commit_of[contact.company.id])
    with tempfile.TemporaryDirectory() as folder:
        backend = open_backend(Path(folder))
        for i in range(commits):
            with backend.writer() as writer:
                for each in chance.sample(records, len(records)):
                    if commit_of[each.id] == i:
                        if each.id in ledger.companies:
                            writer.put_company(each)
                        else:
                            writer.put_contact(each)
                writer.commit()
        yield backend
        backend.close()


@_SETTINGS
@given(ledger=ledgers(), seed=st.integers(0, 2**32), commits=st.integers(1, 4))
def test_answers_are_the_oracles(open_backend: OpenBackend, ledger: Ledger, seed: int, commits: int) -> None:
    """On any text there is, in any field, over one and several commits in any order."""
    chance = random.Random(seed)
    with filled(open_backend, ledger, chance, commits) as backend:
        hold_to_oracle(backend.searcher(), ledger, chance, 25, f"seed {seed}, {commits} commits")


@_SETTINGS
@given(ledger=ledgers(), seed=st.integers(0, 2**32))
def test_how_records_came_in_changes_nothing(open_backend: OpenBackend, ledger: Ledger, seed: int) -> None:
    """Order of puts and number of commits change no answer; nor does opening the folder again."""
    chance = random.Random(seed)
    questioner = Questioner(chance, ledger)
    requests = [(search, questioner.request(search)) for search in SEARCHES for _ in range(5)]
    requests = [(s, {n: v for n, v in request.items() if n not in ("page", "per_page")}) for s, request in requests]
    answers = []
    for commits in (1, 1, 3):
        with filled(open_backend, ledger, chance, commits) as backend:
            answers.append([walk(backend.searcher(), search, request, 5) for search, request in requests])
    assert answers[0] == answers[1] == answers[2]


@_SETTINGS
@given(ledger=ledgers(), seed=st.integers(0, 2**32))
def test_a_record_is_found_by_all_it_has(open_backend: OpenBackend, ledger: Ledger, seed: int) -> None:
    """A request made of a record's own attributes finds it, and excluding any one of them does not."""
    chance = random.Random(seed)
    with filled(open_backend, ledger, chance, 2) as backend:
        oracle = ledger.oracle()
        for search in SEARCHES:
            for record in oracle.records[search]:
                request = own_attributes(chance, search, record)
                assert record.id in walk(backend.searcher(), search, request, 100), request
                for name in request:
                    if EXCLUDE + name in twins(search):
                        excluded = {EXCLUDE + name: request[name]}
                        assert record.id not in walk(backend.searcher(), search, excluded, 100), excluded


def twins(search: Search) -> set[str]:
    return {EXCLUDE + filter.name for filter in filters_of(search) if filter.has_twin}


LAWS = "random queries held to laws"
# Each part is a database of its own, and a few hundred requests.
parts = pytest.mark.parametrize("part", [*range(3), *(pytest.param(i, marks=pytest.mark.long) for i in range(3, 60))])


@pytest.fixture
def base(backend: Backend, seed: int, part: int) -> tuple[Searcher, Questioner]:
    """A backend with the history of up to twelve commits, and what makes requests about it."""
    chance = random.Random(f"{seed} {part}")
    growth = Growth(chance, chance.choice((TIMES, EQUAL_TIMES)), records_max=chance.choice((12, 60, 80)))
    growth.grow(backend, chance.choice((1, 3, 8, 12)))
    return backend.searcher(), Questioner(chance, growth)


def requests(questioner: Questioner, number: int) -> Iterator[tuple[Search, Request]]:
    """Yield random requests without paging."""
    for _ in range(number):
        search = questioner.chance.choice(SEARCHES)
        request = questioner.request(search)
        yield search, {name: given for name, given in request.items() if name not in PAGING}


Base = tuple[Searcher, Questioner]


@parts
def test_a_filter_and_its_exclusion_part_every_answer(base: Base, count: Count, part: int, seed: int) -> None:
    """count(B) = count(B and P) + count(B and exclude P): what lacks the attribute is in the second."""
    searcher, questioner = base
    for search, request in requests(questioner, 150):
        free = [f for f in filters_of(search) if f.has_twin and not {f.name, EXCLUDE + f.name} & set(request)]
        for filter in questioner.chance.sample(free, min(2, len(free))):
            given = True if filter.kind is Kind.FLAG else questioner.given(search, filter)
            inside = total(searcher, search, {**request, filter.name: given})
            outside = total(searcher, search, {**request, EXCLUDE + filter.name: given})
            assert inside + outside == total(searcher, search, request), (seed, search, request, filter.name, given)
            count(LAWS, 3)


@parts
def test_a_further_filter_never_finds_more_and_a_further_value_never_less(
    base: Base, count: Count, part: int, seed: int
) -> None:
    """AND narrows, OR widens; for an exclusion it is the other way round.  A value twice changes nothing."""
    searcher, questioner = base
    for search, request in requests(questioner, 150):
        found = total(searcher, search, request)
        filter = questioner.chance.choice([each for each in filters_of(search) if each.is_array])
        further = questioner.given(search, filter)
        for name in (filter.name, EXCLUDE + filter.name):
            where = (seed, search, request, name, further)
            if name not in request:
                assert total(searcher, search, {**request, name: further}) <= found, where
                continue
            wider = total(searcher, search, {**request, name: [*request[name], *further]})
            assert wider <= found if name.startswith(EXCLUDE) else wider >= found, where
            assert total(searcher, search, {**request, name: request[name] * 2}) == found, where
        count(LAWS, 3)


@parts
def test_values_of_one_filter_add_up(base: Base, count: Count, part: int, seed: int) -> None:
    """The answer to several values is the union of the answers to each."""
    searcher, questioner = base
    for search, _ in requests(questioner, 40):
        filter = questioner.chance.choice([each for each in filters_of(search) if each.is_array])
        values = questioner.given(search, filter)
        each = {record_id for value in values for record_id in walk(searcher, search, {filter.name: [value]}, 100)}
        assert set(walk(searcher, search, {filter.name: values}, 100)) == each, (seed, search, filter.name, values)
        count(LAWS, 1 + len(values))


@parts
def test_filters_narrow_as_their_answers_meet(base: Base, count: Count, part: int, seed: int) -> None:
    """The answer to several filters is the intersection of the answers to each."""
    searcher, questioner = base
    for search, request in requests(questioner, 60):
        each = [set(walk(searcher, search, {name: given}, 100)) for name, given in request.items()]
        everything = set(walk(searcher, search, {}, 100))
        found = set(walk(searcher, search, request, 100))
        assert found == everything.intersection(*each), (seed, search, request)
        count(LAWS, 2 + len(each))


@parts
def test_pages_of_any_size_are_one_sequence_without_overlap_or_gap(
    base: Base, count: Count, part: int, seed: int
) -> None:
    """Page sizes change no sequence, no record is on two pages and none is missing; a scan gives the same sequence."""
    searcher, questioner = base
    for search, request in requests(questioner, 25):
        whole = walk(searcher, search, request, 100)
        assert len(whole) == len(set(whole)) == total(searcher, search, request), (seed, search, request)
        assert [decoded(search, row).id for row in searcher.scan(query_of(search, request))] == whole
        for per_page in questioner.chance.sample(range(1, 100), 3):
            assert walk(searcher, search, request, per_page) == whole, (seed, search, request, per_page)
        for page in (1, 2, len(whole), len(whole) + 1, 10**9):
            assert total(searcher, search, {**request, "page": max(1, page), "per_page": 1}) == len(whole)
        count(LAWS, 10)


@parts
def test_every_record_is_found_by_all_it_has(base: Base, count: Count, part: int, seed: int) -> None:
    """A request made of a record's own attributes finds it, on databases with a history too."""
    searcher, questioner = base
    for search in SEARCHES:
        for record in questioner.chance.sample(records := questioner.records[search], min(100, len(records))):
            request = own_attributes(questioner.chance, search, record)
            assert record.id in walk(searcher, search, request, 100), (seed, search, request)
            count(LAWS, 1)
