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
from conformance.ledger import Growth, Ledger
from conformance.questions import Questioner, Request, hold_to_oracle, total, walk
from letrics.backend import Backend, Searcher
from letrics.model.filters import ARRAYS, EXCLUDE, SEARCHES, Filter, Kind, Search, filters_of
from letrics.model.values import public_suffix
from oracle import Record, folded, same_value
from records import AWKWARD_IDS, companies, contacts

SEED = 20_261_123
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


def own_attributes(chance: random.Random, search: Search, record: Record) -> Request:
    """Return a request that names one value of *record* for every filter that it has an attribute for."""
    request: Request = {}
    for filter in filters_of(search):
        owner = record.contact if filter.of == "contact" else record.company
        held = getattr(owner, filter.field) if owner is not None else None
        if held not in (None, (), False):
            request |= own_attribute(chance, filter, held)
    return request


def own_attribute(chance: random.Random, filter: Filter, held: Any) -> Request:
    if filter.kind is Kind.PLACE:
        return {filter.name: [held.country_code]} if held.country_code is not None else {}
    if filter.kind is Kind.TLD:
        return {filter.name: [chance.choice((held.rpartition(".")[2], public_suffix(held)))]}
    if filter.kind is Kind.SUBSTRING:
        title = folded(held)
        start = chance.randrange(len(title)) if title else 0
        part = title[start : start + chance.randint(1, 9)]
        return {filter.name: [part]} if folded(part) and folded(part) in title else {}
    if filter.kind is Kind.TERM:
        # What an import stores has passed the vocabulary; what was drawn here may be one of its aliases.
        texts = [held] if isinstance(held, str) else held
        usable = [text for text in texts if folded(text) and same_value(filter.name, text) == folded(text)]
        return {filter.name: [chance.choice(usable)]} if usable else {}
    return {filter.name: held}


@pytest.fixture(scope="module")
def grown(open_backend: OpenBackend, tmp_path_factory: pytest.TempPathFactory) -> tuple[Searcher, Growth]:
    """A backend with the history of eight commits, and what it holds."""
    backend = open_backend(tmp_path_factory.mktemp("grown"))
    growth = Growth(random.Random(SEED), records_max=60).grow(backend, 8)
    assert len(growth.contacts) > len(AWKWARD_IDS)
    return backend.searcher(), growth


def questions(growth: Growth, seed: int, count: int) -> Iterator[tuple[random.Random, Search, Request, Questioner]]:
    chance = random.Random(seed)
    questioner = Questioner(chance, growth)
    for _ in range(count):
        search = chance.choice(SEARCHES)
        yield chance, search, questioner.request(search), questioner


def test_a_filter_and_its_exclusion_part_every_answer(grown: tuple[Searcher, Growth]) -> None:
    """count(B) = count(B and P) + count(B and exclude P): what lacks the attribute is in the second."""
    searcher, growth = grown
    for _, search, base, questioner in questions(growth, SEED, 400):
        for filter in filters_of(search):
            free = filter.name not in base and EXCLUDE + filter.name not in base
            if not filter.has_twin or not free or questioner.chance.random() < 0.7:
                continue
            given = True if filter.kind is Kind.FLAG else questioner.given(search, filter)
            inside = total(searcher, search, {**base, filter.name: given})
            outside = total(searcher, search, {**base, EXCLUDE + filter.name: given})
            assert inside + outside == total(searcher, search, base), (SEED, search, base, filter.name, given)


def test_a_further_filter_never_finds_more_and_a_further_value_never_less(grown: tuple[Searcher, Growth]) -> None:
    """AND narrows, OR widens; for an exclusion it is the other way round."""
    searcher, growth = grown
    for chance, search, base, questioner in questions(growth, SEED + 1, 400):
        found = total(searcher, search, base)
        filter = chance.choice([each for each in filters_of(search) if each.kind in ARRAYS])
        further = questioner.given(search, filter)
        for name in (filter.name, EXCLUDE + filter.name):
            if name not in base:
                assert total(searcher, search, {**base, name: further}) <= found, (SEED, search, base, name, further)
                continue
            wider = total(searcher, search, {**base, name: [*base[name], *further]})
            fits = wider <= found if name.startswith(EXCLUDE) else wider >= found
            assert fits, (SEED, search, base, name, further)


def test_values_of_one_filter_add_up(grown: tuple[Searcher, Growth]) -> None:
    """The answer to several values is the union of the answers to each."""
    searcher, growth = grown
    for chance, search, _, questioner in questions(growth, SEED + 2, 100):
        filter = chance.choice([each for each in filters_of(search) if each.kind in ARRAYS])
        values = questioner.given(search, filter)
        each = {record_id for value in values for record_id in walk(searcher, search, {filter.name: [value]}, 100)}
        assert set(walk(searcher, search, {filter.name: values}, 100)) == each, (SEED, search, filter.name, values)


def test_the_total_is_how_many_records_the_pages_hold(grown: tuple[Searcher, Growth]) -> None:
    """No record is on two pages, and none is missing."""
    searcher, growth = grown
    for chance, search, request, _ in questions(growth, SEED + 3, 100):
        request = {name: given for name, given in request.items() if name not in ("page", "per_page")}
        ids = walk(searcher, search, request, chance.choice((1, 3, 100)))
        assert len(ids) == len(set(ids)) == total(searcher, search, request), (SEED, search, request)
