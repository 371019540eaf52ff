"""
A process that changes everything there is, in random order, telling before and after each change; and what should be there.

The process is killed at any moment.  What it told as done must be there afterwards; of the one change under way, all or
nothing.
"""

import io
import json
import random
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import msgspec

from durability.breaking import Killing
from importing import Silent
from letrics.accounts.actors import CONSOLE
from letrics.config import Settings
from letrics.importer.run import ImportOptions, run_import
from letrics.importer.suppressions import suppress
from letrics.index import files
from letrics.index.merge import MergeLimits, merge_all
from letrics.query.query import Query
from letrics.services import Services, moment

Act = tuple[Any, ...]
_COMPANIES = 5
EVERYTHING = MergeLimits(documents_max=10**6, work_max=10**6, patience_s=1)


def address(number: int) -> str:
    """Return the e-mail of a person."""
    return f"eva{number}@letricsdemo.com"


class Expected:
    """What should be there: names of companies by domain, titles of people by address, and the rest."""

    def __init__(self) -> None:
        self.companies: dict[str, str] = {}
        self.people: dict[str, str] = {}
        self.suppressed: set[str] = set()
        self.changes = 0
        self.before: dict[int, tuple[dict[str, str], dict[str, str]]] = {}
        self.tokens: dict[str, str] = {}
        self.users: set[str] = set()

    def act(self, act: Act, result: Any = None) -> None:
        """Take *act* to have been done."""
        kind = act[0]
        if kind in ("import", "suppress"):
            self.changes += 1
            self.before[self.changes] = (dict(self.companies), dict(self.people))
        if kind == "import":
            number = act[1]
            self.companies[f"firm{number % _COMPANIES}-letricsdemo.de"] = f"name {number}"
            for person in people_of(number):
                if address(person) not in self.suppressed:
                    self.people[address(person)] = f"title {number}"
                else:
                    # Still stored, if the command that suppressed it did not end.
                    self.people.pop(address(person), None)
        elif kind == "suppress":
            self.suppressed.add(act[1])
            self.people.pop(act[1], None)
            self.before.clear()
        elif kind == "undo":
            self.companies, self.people = self.before[act[1]]
            self.before = {number: state for number, state in self.before.items() if number < act[1]}
        elif kind == "token":
            self.tokens[act[1]] = result
        elif kind == "user":
            self.users.add(act[1])

    def next_act(self, chance: random.Random) -> Act:
        """Choose something to do."""
        kind = chance.choice(("import", "import", "import", "merge", "token", "user", "suppress", "undo"))
        number = self.changes + len(self.tokens) + len(self.users)
        if kind == "undo":
            return ("undo", max(self.before)) if self.before else ("merge",)
        if kind == "suppress":
            return ("suppress", address(chance.randrange(number + 1)))
        unused = f"n{number}-{chance.randrange(10**9)}"
        acts: dict[str, Act] = {
            "import": ("import", number),
            "merge": ("merge",),
            "token": ("token", unused),
            "user": ("user", f"{unused}@letricsdemo.com"),
        }
        return acts[kind]


def people_of(number: int) -> list[int]:
    """Return the people of an import: a new one, and some that were there before, or were suppressed since."""
    return [each for each in (number, number - 2, number - 5) if each >= 0]


def rows_of(number: int) -> str:
    """Return what the import of that number reads."""
    company = {"domain": f"firm{number % _COMPANIES}-letricsdemo.de", "name": f"name {number}"}
    people = [
        {"full_name": f"Eva {person}", "emails": [address(person)], "job_title": f"title {number}", "company": company}
        for person in people_of(number)
    ]
    return "\n".join(map(json.dumps, [company, *people]))


def do(services: Services, act: Act) -> Any:
    """Do *act*; return the secret of a token."""
    kind = act[0]
    if kind == "import":
        path = services.settings.data / "rows.ndjson"
        path.write_text(rows_of(act[1]))
        run_import(
            [str(path)],
            ImportOptions(),
            services.index,
            now=moment(),
            stdin=io.BytesIO(),
            progress=Silent(),
            suppressions=services.suppressions().check,
        )
    elif kind == "merge":
        merge_all(services.settings.index_dir, EVERYTHING, 5)
    elif kind == "undo":
        services.index.undo(act[1], moment())
    elif kind == "suppress":
        suppressions = services.suppressions()
        suppress(
            services.index,
            [f"email:{act[1]}"],
            lambda known: suppressions.add(known, CONSOLE),
            at=moment(),
            what="1 email",
        )
    elif kind == "token":
        return services.tokens().create(act[1], ("contacts:read",), None)[1]
    elif kind == "user":
        services.users().invite(act[1], "member", CONSOLE)
    return None


def opened(data: Path) -> Services:
    """Open the installation in *data*."""
    return Services(Settings(data=data, reload_interval_s=0.001))


def work(data: Path, expected: Expected, seed: int, kill_at: int | None, told: Connection) -> None:
    """Change things until killed: from outside, or at the effect of that number."""
    chance = random.Random(seed)
    with opened(data) as services:
        told.send(("ready",))
        if kill_at is not None:
            files.effects = Killing(kill_at)
        while True:
            act = expected.next_act(chance)
            told.send(("begin", act))
            result = do(services, act)
            told.send(("done", act, result))
            expected.act(act, result)


def found(services: Services) -> tuple[dict[str, str], dict[str, str]]:
    """Return the companies and people that are there."""
    searcher = services.index.searcher()
    companies = [msgspec.json.decode(row) for row in searcher.scan(Query(search="companies"))]
    people = [msgspec.json.decode(row) for row in searcher.scan(Query(search="contacts"))]
    return (
        {each["domain"]: each["name"] for each in companies},
        {each["emails"][0]["value"]: each["job_title"] for each in people},
    )


def settle(services: Services, expected: Expected, under_way: Act | None) -> None:
    """Hold what is there to what was told, and take over what came of the change that was under way."""
    is_suppressed = services.suppressions().check() or (lambda key: False)
    companies, people = found(services)
    changes = services.index.changes()
    if _is_done(under_way, changes, expected):
        assert under_way is not None
        expected.act(under_way)
    assert companies == expected.companies, (under_way, companies, expected.companies)
    assert people == expected.people, (under_way, people, expected.people)
    assert len(changes) == expected.changes
    if under_way is not None and under_way[0] == "suppress" and is_suppressed(f"email:{under_way[1]}"):
        # Refused from here on, though what is stored of it was not removed: the command did not end.
        expected.suppressed.add(under_way[1])
    assert all(is_suppressed(f"email:{each}") for each in expected.suppressed)
    names = {user.email for user in services.users().list()}
    assert expected.users <= names
    assert len(names - expected.users) <= (under_way is not None and under_way[0] == "user")
    expected.users = names
    tokens = services.tokens()
    assert all(tokens.find(secret) is not None for secret in expected.tokens.values())
    services.audit().verify()


def _is_done(under_way: Act | None, changes: Any, expected: Expected) -> bool:
    """Return whether the list of changes says that the one which was under way was done."""
    if under_way is None:
        return False
    if under_way[0] == "undo":
        return changes[under_way[1] - 1].undone_at is not None
    return under_way[0] in ("import", "suppress") and len(changes) > expected.changes
