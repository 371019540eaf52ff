"""
The workloads: questions as the API takes them, no two alike in a run.

What is asked for is drawn by the same shares as the data: the common often, the rare seldom.  Times in a question
are to the microsecond, so that even a broad question is new.
"""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import numpy as np

from benchmarks.world import ADDED_S, NEWEST_S, SEEN_S, Floats, World, drawn
from letrics.demo.countries import COUNTRIES
from letrics.model.values import timestamp_text

Body = dict[str, Any]

_WORDS = (
    "manager finance engineer sales marketing director analyst head software data specialist product account chief"
    " senior lead consultant support assistant operations quality human supply digital talent design security research"
    " officer president coordinator procurement logistics legal controlling brand growth cloud platform network"
).split()
_FLAGS = (
    "has_personal_email",
    "has_linkedin_profile",
    "is_decision_maker",
    "company_has_generic_email",
    "company_has_linkedin_profile",
)
_PAGES = (1, 2, 40)
_PAGE_SHARES = (0.8, 0.1, 0.1)
LAST = 0  # until the harness knows how many pages there are
_GROUPS = ("Europe", "DACH", "Nordics", "EMEA", "North America")


class Workload(msgspec.Struct, frozen=True):
    """Questions of one kind, to be asked in this order: some to warm up, then those whose time is taken."""

    name: str
    doc: str
    warm_up: list[Body]
    timed: list[Body]


class _Asker:
    """Draws questions; none twice."""

    def __init__(self, world: World, purpose: int = 10) -> None:
        self._world = world
        self.chance = world.chance(purpose)
        self._asked: set[bytes] = set()
        self._pieces: set[str] = set()

    def new(self, make: Callable[[], Body], count: int) -> list[Body]:
        """Return *count* questions that were not asked before."""
        found: list[Body] = []
        for _ in range(count * 200):
            if len(found) == count:
                break
            body = make()
            key = msgspec.json.encode(body, order="deterministic")
            if key not in self._asked:
                self._asked.add(key)
                found.append(body)
        return found

    def _several(self, values: list[str], shares: Floats, most: int) -> list[str]:
        count = int(self.chance.integers(1, most + 1))
        return list(dict.fromkeys(values[i] for i in drawn(self.chance, shares, count)))

    def _even(self, values: list[str], most: int) -> list[str]:
        return self._several(values, np.full(len(values), 1 / len(values)), most)

    def word(self) -> str:
        """Return a word as people look for."""
        return str(self.chance.choice(_WORDS))

    def piece(self, low: int = 4, high: int = 14) -> str:
        """Return a piece cut out of some title, and never the same again."""
        titles = self._world.titles
        while True:
            text = titles[int(self.chance.integers(len(titles)))].text.lower()
            length = int(self.chance.integers(low, high + 1))
            start = int(self.chance.integers(max(1, len(text) - length)))
            piece = " ".join(text[start : start + length].split())
            if len(piece) >= low and "&" not in piece and piece not in self._pieces:
                self._pieces.add(piece)
                return piece

    def place(self) -> str:
        """Return a place: mostly a country, now and then a group, a region or a town."""
        chance, world = self.chance, self._world
        kind = chance.random()
        city = world.cities[int(drawn(chance, world.city_shares, 1)[0])]
        if kind < 0.1:
            return str(chance.choice(_GROUPS))
        if kind < 0.3 and city.region is not None:
            return city.region
        return city.country if kind < 0.75 else f"{city.name}, {city.country}"

    def moment(self, span_s: int) -> str:
        """Return a time of the last *span_s* seconds, to the microsecond; the newer the likelier."""
        return timestamp_text(int((NEWEST_S - self.chance.random() ** 1.5 * span_s) * 1_000_000))

    def range(self, name: str) -> Body:
        """Return a range of one of the two times, open on one side or closed."""
        span = ADDED_S if name == "added" else SEEN_S
        ends = sorted(self.moment(span) for _ in range(2))
        kind = self.chance.random()
        if kind < 0.4:
            return {f"{name}_after": ends[1]}
        return {f"{name}_before": ends[0]} if kind < 0.6 else {f"{name}_after": ends[0], f"{name}_before": ends[1]}

    def filter(self, name: str) -> Body:
        """Return one filter; only of flags some are exclusions, since there are few."""
        world = self._world
        match name:
            case "job_titles":
                return {name: [self.word() if self.chance.random() < 0.7 else self.piece()]}
            case "departments":
                return {name: self._even(world.departments, 3)}
            case "seniorities":
                return {name: self._even(world.seniorities, 3)}
            case "flags":
                chosen = self.chance.choice(_FLAGS, int(self.chance.integers(1, 4)), replace=False)
                turned = self.chance.random(len(chosen)) < 0.3
                return {f"exclude_{flag}" if out else str(flag): True for flag, out in zip(chosen, turned, strict=True)}
            case "added" | "first_seen":
                return self.range(name)
            case "locations":
                return {name: list(dict.fromkeys(self.place() for _ in range(int(self.chance.integers(1, 4)))))}
            case "functions":
                return {name: self._several(world.functions, world.function_shares, 3)}
            case "industries":
                return {name: self._several(world.industries, world.industry_shares, 3)}
            case "tlds":
                suffixes = [suffix for country in COUNTRIES for suffix in country.suffixes]
                return {name: self._even(list(dict.fromkeys(suffixes)), 4)}
        return {name: self._several(world.technologies, world.technology_shares, 4)}

    def mixed(self) -> Body:
        """Return 1 to 8 filters, a fifth of them turned into exclusions, and a page."""
        kinds = self.chance.choice(KINDS, int(self.chance.integers(1, 9)), replace=False)
        body: Body = {}
        for kind in kinds:
            for name, value in self.filter(str(kind)).items():
                turned = isinstance(value, list) and self.chance.random() < 0.2
                body[f"exclude_{name}" if turned else name] = value
        page = int(self.chance.choice(_PAGES, p=_PAGE_SHARES))
        return body | ({"page": page} if page > 1 else {})

    def broad(self) -> Body:
        """Return a question that a large share of all contacts answers."""
        body = {"added_after": self.moment(ADDED_S)} | {"first_seen_before": self.moment(SEEN_S // 4)}
        kind = self.chance.random()
        if kind < 0.3:
            return body | {str(self.chance.choice(_FLAGS)): True}
        return body | (self.filter("seniorities") if kind < 0.6 else {"locations": [str(self.chance.choice(_GROUPS))]})

    def needle(self) -> Body:
        """Return a question that few contacts answer, or none."""
        world = self._world
        rare = world.technologies[int(self.chance.integers(len(world.technologies) // 2, len(world.technologies)))]
        city = world.cities[int(self.chance.integers(len(world.cities)))]
        return {
            "job_titles": [self.piece(6)],
            "technologies": [rare, world.technologies[int(self.chance.integers(20))]],
            "locations": [f"{city.name}, {city.country}"],
        }

    def deep(self) -> Body:
        """Return a question with many pages."""
        name = str(self.chance.choice(_FLAGS[:2] + _FLAGS[3:]))
        return {
            name: True,
            "added_after": timestamp_text(int((NEWEST_S - ADDED_S * (0.2 + 0.8 * self.chance.random())) * 1_000_000)),
        }

    def typing(self) -> list[Body]:
        """Return the questions of somebody who types a word, letter by letter."""
        word = f"{self.word()} {self.word()}" if self.chance.random() < 0.3 else self.piece(5, 9).strip()
        return [{"job_titles": [word[:length]]} for length in range(1, len(word) + 1) if word[length - 1] != " "]


KINDS = (
    "job_titles",
    "departments",
    "seniorities",
    "flags",
    "added",
    "first_seen",
    "locations",
    "functions",
    "industries",
    "tlds",
    "technologies",
)


def workloads(world: World, scale: float = 1.0) -> list[Workload]:
    """Return all workloads; *scale* makes them longer or shorter."""
    ask = _Asker(world)

    def made(name: str, doc: str, make: Callable[[], Body], warm: int, timed: int) -> Workload:
        warm, timed = max(1, int(warm * scale)), max(2, int(timed * scale))
        questions = ask.new(make, warm + timed)
        return Workload(name, doc, questions[:warm], questions[warm:])

    found = [
        made("cold", "the first questions after opening, mixed, nothing in memory", ask.mixed, 0, 30),
        made("mixed", "1-8 filters, a fifth of them exclusions; pages 1, 2, 40", ask.mixed, 500, 500),
        made("unseen", "title substrings never asked for before", lambda: {"job_titles": [ask.piece()]}, 20, 200),
        made("broad", "what a large share of all contacts answers", ask.broad, 20, 100),
        made("needles", "what few contacts answer, or none", ask.needle, 20, 100),
        made("first_page", "the first page of many", ask.deep, 20, 100),
        made("last_page", "the last page of many", lambda: ask.deep() | {"page": LAST}, 20, 100),
        _typing(ask, world, max(2, int(30 * scale))),
    ]
    found += [made(f"only_{kind}", f"{kind} alone", lambda kind=kind: ask.filter(kind), 10, 40) for kind in KINDS]  # type: ignore[misc]
    return [msgspec.structs.replace(found[0], warm_up=[]), *found[1:]]


def _typing(ask: _Asker, world: World, words: int) -> Workload:
    questions: list[Body] = []
    while len(questions) < words * 5:
        for body in ask.typing():
            questions += ask.new(lambda body=body: body, 1)  # type: ignore[misc]
    return Workload("typing", "words typed letter by letter: f, fi, fin, …", [], questions)


def mixed_bodies(world: World) -> Iterator[Body]:
    """Yield mixed questions, none twice, and other ones than those of the workloads."""
    ask = _Asker(world, 11)
    while True:
        yield from ask.new(ask.mixed, 100)
