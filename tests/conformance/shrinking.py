"""
From a mismatch in thousands of records to the smallest one: fewer commits, records, fields, filters and values.

Every try fills a new backend; what still fails is kept, until nothing more can go or the time is over.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple, TypeVar

import msgspec

from conformance.backends import BACKENDS, OpenBackend
from conformance.comparing import Comparison, Mismatch
from conformance.ledger import Change, Commit, Delete, Ledger
from conformance.questions import Request
from letrics.model.company import Company
from letrics.model.contact import Contact
from letrics.model.filters import Search

_BUDGET_S = 120.0
# Fields that follow from others, or are the record itself: they stay.
_LASTING = {"id", "added_at", "first_seen_at", "updated_at"}
_DERIVED = {"emails": ("has_generic_email", "has_personal_email"), "linkedin_url": ("has_linkedin_profile",)}
_DERIVED |= {"domain": ("tld", "public_suffix")}

T = TypeVar("T")
Fails = Callable[["Case"], bool]


class Case(NamedTuple):
    """All that a mismatch takes: what was committed, and what was asked then."""

    history: tuple[tuple[Change, ...], ...]
    search: Search
    request: Request


def difference_in(open_backend: OpenBackend, case: Case) -> str | None:
    """Return how the answer in *case* differs from the oracle's; None if it does not."""
    with tempfile.TemporaryDirectory() as folder:
        backend, ledger = open_backend(Path(folder)), Ledger()
        try:
            for changes in case.history:
                ledger.commit(backend, sound(ledger, changes))
            return Comparison(ledger).ask(backend.searcher(), case.search, case.request)
        finally:
            backend.close()


def sound(ledger: Ledger, changes: Sequence[Change]) -> Commit:
    """Return *changes* with no contact of a company that is neither held nor put: it may have been left out."""
    held = {*ledger.companies, *(each.id for each in changes if isinstance(each, Company))}
    held -= {each.record_id for each in changes if isinstance(each, Delete)}
    return [
        msgspec.structs.replace(each, company=None)
        if isinstance(each, Contact) and each.company is not None and each.company.id not in held
        else each
        for each in changes
    ]


def smallest(case: Case, fails: Fails, budget_s: float = _BUDGET_S) -> Case:
    """Return the least of a failing *case* that *fails* still holds of; the best found within *budget_s*."""
    until = monotonic() + budget_s

    def still_fails(smaller: Case) -> bool:
        return monotonic() < until and fails(smaller)

    while True:
        before = case
        case = _smaller_request(case, still_fails)
        case = _fewer_changes(case, still_fails)
        case = _plainer_records(case, still_fails)
        if case == before:
            return case


def least(items: Sequence[T], fails: Callable[[list[T]], bool]) -> list[T]:
    """
    Return what is left of *items* when every part that *fails* can do without is dropped.

    Halves first, then quarters, down to single ones: the second half of delta debugging (Zeller and Hildebrandt,
    "Simplifying and Isolating Failure-Inducing Input", 2002).
    """
    left = list(items)
    size = max(1, len(left) // 2)
    while True:
        start, shrunk = 0, False
        while start < len(left):
            smaller = left[:start] + left[start + size :]
            if fails(smaller):
                left, shrunk = smaller, True
            else:
                start += size
        if size == 1 and not shrunk:
            return left
        size = max(1, size // 2)


def _smaller_request(case: Case, fails: Fails) -> Case:
    items = least(list(case.request.items()), lambda items: fails(case._replace(request=dict(items))))
    case = case._replace(request=dict(items))
    for name, given in case.request.items():
        if isinstance(given, list):
            case = _fewer_values(case, name, given, fails)
    return case


def _fewer_values(case: Case, name: str, given: list[str], fails: Fails) -> Case:
    return _asking(case, name, least(given, lambda values: bool(values) and fails(_asking(case, name, values))))


def _asking(case: Case, name: str, given: Any) -> Case:
    return case._replace(request={**case.request, name: given})


def _fewer_changes(case: Case, fails: Fails) -> Case:
    case = case._replace(history=tuple(least(case.history, lambda history: fails(_after(case, history)))))
    changes = [(place, change) for place, commit in enumerate(case.history) for change in commit]

    def history_of(changes: list[tuple[int, Change]]) -> list[tuple[Change, ...]]:
        commits = (tuple(change for at, change in changes if at == place) for place in range(len(case.history)))
        return [commit for commit in commits if commit]

    changes = least(changes, lambda changes: fails(_after(case, history_of(changes))))
    case = _after(case, history_of(changes))
    for place in range(len(case.history) - 1, 0, -1):
        joined = (*case.history[: place - 1], case.history[place - 1] + case.history[place], *case.history[place + 1 :])
        if fails(_after(case, joined)):
            case = _after(case, joined)
    return case


def _after(case: Case, history: Sequence[tuple[Change, ...]]) -> Case:
    return case._replace(history=tuple(history))


def _plainer_records(case: Case, fails: Fails) -> Case:
    for place, commit in enumerate(case.history):
        for at in range(len(commit)):
            for plainer in _plainer(commit[at]):
                # The one before may have been accepted, so that it is taken from the case anew.
                now = case.history[place]
                changed = msgspec.structs.replace(now[at], **plainer)  # type: ignore[type-var]
                commits = list(case.history)
                commits[place] = (*now[:at], changed, *now[at + 1 :])
                if changed != now[at] and fails(_after(case, commits)):
                    case = _after(case, commits)
    return case


def _plainer(change: Change) -> Iterator[dict[str, Any]]:
    """Yield for each field of a record what would make it plainer: nothing in it, or one of several values."""
    if isinstance(change, Delete):
        return
    derived = {name for names in _DERIVED.values() for name in names}
    for field in msgspec.structs.fields(change):
        if field.name in _LASTING | derived:
            continue
        held = getattr(change, field.name)
        nothing = {name: default_of(change, name) for name in (field.name, *_DERIVED.get(field.name, ()))}
        yield {name: value for name, value in nothing.items() if name in change.__struct_fields__}
        if isinstance(held, tuple) and len(held) > 1:
            yield from ({field.name: (each,)} for each in held)


def default_of(record: Company | Contact, name: str) -> Any:
    """Return what a field of a record holds when nothing was said of it."""
    for field in msgspec.structs.fields(record):
        if field.name == name:
            return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
    return None


def reproducer(open_backend: OpenBackend, history: Sequence[Commit], mismatch: Mismatch) -> str:
    """Return a program that shows the least of *mismatch*, and what it shows."""
    case = Case(tuple(map(tuple, history)), mismatch.search, mismatch.request)
    if difference_in(open_backend, case) is None:
        return f"{mismatch} (it does not come back on a new backend with the same commits)"
    case = smallest(case, lambda smaller: difference_in(open_backend, smaller) is not None)
    backend = next((name for name, each in BACKENDS.items() if each is open_backend), "embedded")
    return f"{difference_in(open_backend, case)}\n\n{program(case, backend)}"


def program(case: Case, backend: str) -> str:
    """Return the Python program that shows *case* on *backend*."""
    commits = ",\n".join(
        "    (\n" + "".join(f"        {source(change)},\n" for change in commit) + "    )" for commit in case.history
    )
    return f"""\
# PYTHONPATH=tests .venv/bin/python THIS.py
from msgspec import UNSET

from conformance.backends import BACKENDS
from conformance.ledger import Delete
from conformance.shrinking import Case, difference_in
from letrics.model.company import Company, Email
from letrics.model.contact import Contact
from letrics.model.location import Location
from records import reference

history = (
{commits},
)
print(difference_in(BACKENDS[{backend!r}], Case(history, {case.search!r}, {case.request!r})))
"""


def source(change: Change) -> str:
    """Return the Python expression of a change, without what it says nothing of."""
    if isinstance(change, Delete):
        return f"Delete({change.search!r}, {change.record_id!r})"
    said = [
        f"{field.name}={_value_source(value)}"
        for field in msgspec.structs.fields(change)
        if (value := getattr(change, field.name)) != default_of(change, field.name)
    ]
    return f"{type(change).__name__}({', '.join(said)})"


def _value_source(value: Any) -> str:
    if isinstance(value, msgspec.Struct) and "not read" in (getattr(value, "name", None) or ""):
        return f"reference({value.id!r})"  # type: ignore[attr-defined]
    return repr(value)
