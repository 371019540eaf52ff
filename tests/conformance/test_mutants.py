"""
Planted mutants: faults in matching, collecting, folding and writing that the random suite must notice.

A mutant is a function with one piece of its source replaced.  Where the source has moved on, the row fails until it is
brought along, so that the list stays about the code that runs.
"""

import inspect
import random
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import Any, NamedTuple

import pytest

from conformance.backends import BACKENDS
from conformance.comparing import Mismatch, mismatches
from conformance.ledger import Growth
from counting import Count
from letrics.index import (
    collect,
    match,
    near,
    plan,
    postings,
    searcher,
    segment,
    substrings,
    texts,
    times,
    transaction,
)
from letrics.model import folding, terms
from letrics.query import parse
from records import EQUAL_TIMES, TIMES

_DATABASES, _QUESTIONS = 10, 400


class Mutant(NamedTuple):
    """A fault: *old* in the source of *function* becomes *new*."""

    name: str
    function: Callable[..., Any]
    old: str
    new: str


MUTANTS = (
    Mutant("deletes come back by exclusions", match.match, "if deletes:", "if deletes and not any(each.exclude for each in query.clauses if not isinstance(each, TimeClause)):"),
    Mutant("an exclusion drops its complement", match.match, "(unwanted if clause.exclude else wanted)", "(wanted)"),
    Mutant("only the last exclusion counts", plan.found, "clause in unwanted:", "clause in unwanted[-1:]:"),
    Mutant("only one filter counts", plan.found, "clause in in_order:", "clause in in_order[:1]:"),
    Mutant("only two filters are combined", plan.found, "clause in in_order:", "clause in in_order[:2]:"),
    Mutant("only the first value counts", plan._Plan.add, "in clause.sources", "in clause.sources[:1]"),
    Mutant("a value of deleted records still occurs", postings.is_live, "found.size > len(deletes) or not found.documents.issubset(deletes)", "found.size > 0"),
    Mutant("a part of a place is enough", match._of_match, "having, []", "having[:1], []"),
    Mutant("added before leaves out its end", segment.Documents.added_within, "first_from", "first_behind"),
    Mutant("added after leaves out its end", segment.Documents.added_within, "first_behind", "first_from"),
    Mutant("contacts without a company were added too", match.match, "in documents.without_company", "in ()"),
    Mutant("a page begins one late", searcher.EmbeddedSearcher.search, "first = (query.page - 1) * query.per_page", "first = (query.page - 1) * query.per_page + (query.page > 1)"),
    Mutant("a page has one too few", collect.page_of, "start + last - first)", "start + max(1, last - first - 1))"),
    Mutant("the last page is empty", collect.page_of, "if first >= last", "if first + 1 >= last"),
    Mutant("pages of several segments overlap", collect.page_of, "start += len(before)", "start += len(before) - bool(before)"),
    Mutant("segments are not merged", collect._in_order, "leads.argsort(kind=\"stable\")", "np.arange(len(leads))"),
    Mutant("the total is of the page", searcher.EmbeddedSearcher.search, "total = sum(each.count for each in found)", "total = len(rows)"),
    Mutant("contacts are in order of their own ids", segment.Segment.sort_key, "company_id, record_id)", "b'', record_id)"),
    Mutant("records of one time are not merged", collect._settled, "hits[0][0] == hits[-1][0]", "hits"),
    Mutant("case counts", folding.fold_once, "text.lower()", "text"),
    Mutant("ß is not ss", folding.fold_once, ".casefold()", ".lower()"),
    Mutant("& is not and", folding.fold_once, '" and "', '"&"'),
    Mutant("white space counts", folding.fold_once, '" ".join(folded.split())', "folded"),
    Mutant("records are not folded", terms._folded, "folded for text in texts if (folded := fold(text))", "text for text in texts if fold(text)"),
    Mutant("values are not folded", parse._value, "term = fold_once(", "term = ("),
    Mutant("a title begins with the needle", texts.TextField.containing, "self._words_containing(wanted)", "self._words_containing(wanted)[:1]"),
    Mutant("the end of a needle is not looked at", substrings.Substrings.containing, "sorted({*range(0, last + 1, 3), last})", "[*range(0, last + 1, 3)]"),
    Mutant("short needles end a title", substrings.Substrings._prefix, 'b"\\xff"', 'b"\\x7f"'),
    Mutant("first seen leaves out its end", times.Times.within, "first_behind", "first_from"),
    Mutant("parts behind a time add", times.Times._earlier, "[*range(1, len(sources))] if part < kept else []", "[]"),
    Mutant("contacts keep the old company", transaction.EmbeddedWriter._take_contacts_along, "before is not None and self", "False and self"),
    Mutant("contacts of a removed company go with it", transaction.EmbeddedWriter._take_contacts_along, "contacts_of([*changed, *sorted(gone)])", "contacts_of(changed)"),
    Mutant("a replaced record stays", transaction.EmbeddedWriter._documents_of, "[*self._segment.ids(search), *sorted(self._deleted[search])]", "sorted(self._deleted[search])"),
    Mutant("a removed record stays", transaction.EmbeddedWriter._documents_of, "*sorted(self._deleted[search])", ""),
    Mutant("a commit forgets earlier deletes", transaction.EmbeddedWriter._entry, "part.deletes[search] | replaced[search]", "replaced[search]"),
    Mutant("values in companies without contacts are unknown", near.occurs, 'return any', 'return False and any'),
)  # fmt: skip


def mutated(mutant: Mutant) -> FunctionType:
    """Return the function of *mutant* with the fault in it."""
    original = inspect.unwrap(mutant.function)
    source = textwrap.dedent(inspect.getsource(original))
    assert source.count(mutant.old) >= 1, f"{mutant.name}: {mutant.old!r} is not in {original.__qualname__} any more"
    body = source[source.index("def ") :].replace(mutant.old, mutant.new)
    made: dict[str, Any] = {}
    exec(compile(body, f"<{mutant.name}>", "exec"), original.__globals__, made)
    (function,) = made.values()
    assert isinstance(function, FunctionType)
    return function


def queries_until_noticed(folder: Path, seed: int) -> int | None:
    """Return how many queries of the suite's short form it takes until an answer is not the oracle's; None for all."""
    asked = 0
    for number in range(_DATABASES):
        chance = random.Random(f"{seed} {number}")
        backend = BACKENDS["embedded"](folder / str(number))
        growth = Growth(chance, chance.choice((TIMES, EQUAL_TIMES)), records_max=chance.choice((4, 12, 40)))
        growth.grow(backend, chance.choice((1, 2, 3, 5)))
        for each in mismatches(backend.searcher(), growth, chance, _QUESTIONS):
            asked += 1
            if isinstance(each, Mismatch):
                return asked
        backend.close()
    return None


def forget() -> None:
    """Drop what was remembered of values under other rules."""
    folding.fold.cache_clear()
    parse._values.cache_clear()


@pytest.mark.long
@pytest.mark.parametrize("mutant", MUTANTS, ids=[each.name for each in MUTANTS])
def test_a_mutant_is_noticed(
    mutant: Mutant, tmp_path: Path, seed: int, count: Count, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each planted fault is found within 4,000 random requests."""
    original = inspect.unwrap(mutant.function)
    monkeypatch.setattr(original, "__code__", mutated(mutant).__code__)
    forget()
    try:
        asked = queries_until_noticed(tmp_path, seed)
    finally:
        forget()
    assert asked is not None, f"{mutant.name} survives {_DATABASES * _QUESTIONS:,} requests (seed {seed})"
    count("planted mutants noticed", 1)
    count("queries until the mutants were noticed", asked)


@pytest.mark.long
def test_without_a_mutant_nothing_is_noticed(tmp_path: Path, seed: int) -> None:
    """The same requests on the code as it is are answered as the oracle does, so that it is the mutant that is noticed."""
    assert queries_until_noticed(tmp_path, seed) is None
