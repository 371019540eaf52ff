"""A suite that finds nothing proves little: here it has something to find, and what it says of it is held to account."""

import contextlib
import io
import random
from functools import partial
from pathlib import Path

import msgspec
import pytest

from conformance.backends import BACKENDS
from conformance.comparing import hold_to_oracle
from conformance.ledger import Growth
from conformance.questions import decoded
from conformance.shrinking import Case, least, reproducer, smallest
from letrics.backend import Answer, joined
from letrics.index.embedded import EmbeddedIndex
from letrics.index.searcher import EmbeddedSearcher
from letrics.query.query import Query, TermsClause
from records import EQUAL_TIMES, company_of


class Forgetful(EmbeddedSearcher):
    """A searcher with a planted bug: with a technology asked for, the first company without a domain is not found."""

    def search(self, query: Query, *, timeout_s: float) -> Answer:
        """Return an answer that may be wrong."""
        answer = super().search(query, timeout_s=timeout_s)
        asked = any(isinstance(each, TermsClause) and each.filter.name == "technologies" for each in query.clauses)
        for row in answer.rows if asked and query.search == "companies" else ():
            if decoded("companies", row).domain is None:  # type: ignore[union-attr]
                left = [each for each in answer.rows if each != row]
                page, ends = joined(left)
                return msgspec.structs.replace(answer, total=answer.total - 1, page=page, ends=ends)
        return answer


class ForgetfulIndex(EmbeddedIndex):
    """A backend with that searcher."""

    def searcher(self) -> Forgetful:
        """Return the searcher."""
        return Forgetful(self._current)


def _forgetful(folder: Path) -> EmbeddedIndex:
    return ForgetfulIndex(folder, reload_interval_s=0)


def test_a_record_that_is_not_found_is_shown_by_a_program_of_one_record(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Out of six commits, the one record, filter and value that it takes are left, as a program that shows it."""
    monkeypatch.setitem(BACKENDS, "embedded", _forgetful)
    backend = _forgetful(tmp_path)
    growth = Growth(random.Random(seed)).grow(backend, 6)
    explain = partial(reproducer, _forgetful, growth.history)
    with pytest.raises(AssertionError) as failure:
        hold_to_oracle(backend.searcher(), growth, random.Random(seed), 3_000, f"seed {seed}", explain)
    backend.close()
    said = str(failure.value)
    difference, _, program = said.partition("\n\n")
    assert difference.startswith(f"seed {seed}: total 0, and the oracle counts 1")
    assert program.count("Company(") == 1 and "Contact(" not in program and "Delete(" not in program
    assert "technologies" in program and "industries" not in program and "domain" not in program
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(program, {})  # the program is what a person would run
    assert printed.getvalue().strip() == difference.removeprefix(f"seed {seed}: ")


def test_the_least_of_a_failing_list_is_what_it_fails_by() -> None:
    """Of a hundred items, the three that are needed together stay, in order."""
    assert least(range(100), lambda items: {7, 50, 99} <= set(items)) == [7, 50, 99]
    assert least(["a"], lambda items: True) == []


def test_what_fails_by_two_commits_keeps_them() -> None:
    """A mismatch that takes a record and its replacement is left with two commits of one record each."""

    def version(i: int, name: str) -> tuple[object, ...]:
        return tuple(
            company_of(
                f"co_{j}", name=name, industries=("a", "b"), added_at=EQUAL_TIMES[0], first_seen_at=EQUAL_TIMES[0]
            )
            for j in range(i)
        )

    def fails(case: Case) -> bool:
        names = [each.name for commit in case.history for each in commit if each.id == "co_3"]  # type: ignore[union-attr]
        return len(case.history) > 1 and names == ["old", "new"] and "b" in case.request.get("industries", ())

    start = Case(
        (version(9, "old"), version(2, "other"), version(5, "new")), "companies", {"industries": ["a", "b"], "page": 2}
    )  # type: ignore[arg-type]
    case = smallest(start, fails)
    assert [[each.id for each in commit] for commit in case.history] == [["co_3"], ["co_3"]]  # type: ignore[union-attr]
    assert case.request == {"industries": ["b"]}
    assert all(each.industries == () for commit in case.history for each in commit)  # type: ignore[union-attr]
