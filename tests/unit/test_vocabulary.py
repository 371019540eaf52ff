"""Vocabularies: aliases, and what job titles tell."""

import random
import re

import pytest

from letrics.model.vocabulary import DEPARTMENTS, SENIORITIES, department, from_title, seniority
from letrics.model.vocabulary.word_rules import WordRules


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("C-Level", "c_suite"), ("cxo", "c_suite"), ("C Suite", "c_suite"), ("President", "c_suite"), ("Vice President", "vp"),
        ("VP", "vp"), ("Senior Manager", "manager"), ("Lead", "senior"), ("principal", "senior"), ("Junior", "entry"),
        ("Trainee", "intern"), ("BOARD_MEMBER", "board_member"), ("Wizard", "Wizard"),
    ],
)  # fmt: skip
def test_seniorities(given: str, expected: str) -> None:
    """Every alias becomes its canonical value; an unknown one is kept."""
    assert seniority(given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [("Human Resources", "human_resources"), ("human_resources", "human_resources"), ("HR", "human_resources"),
     ("Information Technology", "it"), ("R&D", "research"), ("Finance & Accounting", "finance"), ("Alchemy", "Alchemy")],
)  # fmt: skip
def test_departments(given: str, expected: str) -> None:
    """Every alias becomes its canonical value; an unknown one is kept."""
    assert department(given) == expected


def test_canonical_values_are_their_own() -> None:
    """A canonical value is never an alias of another."""
    assert [seniority(value) for value in SENIORITIES] == list(SENIORITIES)
    assert [department(value) for value in DEPARTMENTS] == list(DEPARTMENTS)


@pytest.mark.parametrize(
    ("title", "rank", "primary"),
    [
        ("Chief Executive Officer", "c_suite", "executive"), ("CFO", "c_suite", "finance"), ("VP of Sales", "vp", "sales"),
        ("Vice President", "vp", None), ("President", "c_suite", "executive"), ("Finance Manager", "manager", "finance"),
        ("Senior Software Engineer", "senior", "engineering"), ("Head of People", "head", "human_resources"),
        ("Co-Founder & CEO", "founder", "executive"), ("Owner", "owner", "executive"), ("Managing Director", "c_suite", "executive"),
        ("Director of Finance", "director", "finance"), ("Executive Assistant", "entry", "administration"),
        ("Assistant to the CEO", "entry", "administration"), ("Advisor to the President", "entry", "consulting"), ("Account Executive", "entry", "sales"),
        ("Product Owner", None, "product"), ("Partner Manager", "manager", "partnerships"), ("Partner", "partner", None),
        ("Board Member", "board_member", "executive"), ("Marketing Intern", "intern", "marketing"),
        ("Geschäftsführerin", "c_suite", "executive"), ("Leiter Vertrieb", "head", "sales"), ("IT-Leiter", "head", "it"),
        ("Directeur Financier", "director", "finance"), ("Responsable Marketing", "manager", "marketing"),
        ("Business Development Representative", "entry", "business_development"), ("Wizard of Light Bulb Moments", None, None),
        ("Senior Vice President, Supply Chain", "vp", "logistics"),
    ],
)  # fmt: skip
def test_what_a_title_tells(title: str, rank: str | None, primary: str | None) -> None:
    """Seniority and primary department are read from titles of several languages; what a title does not tell stays open."""
    reading = from_title(title)
    assert (reading.seniority, reading.departments[0] if reading.departments else None) == (rank, primary)
    assert reading.seniority is None or reading.seniority in SENIORITIES
    assert set(reading.departments) <= set(DEPARTMENTS)


def test_rules_of_words_are_patterns(seed: int) -> None:
    """Words that are matched once each, and phrases, tell what the whole patterns tell."""
    rules = (
        ("founder", r"co ?founder|founders?|gründer(?:in)?"),
        ("chief", r"chief(?: \w+){0,2} officer|c[ef]o|chief \w+"),
        ("head", r"heads?|head of"),
        ("any", r"\w*vertrieb|\w+ing"),
        ("phrase", r"head of \w+|a b"),
    )
    patterns = [(value, re.compile(rf"\b(?:{pattern})\b")) for value, pattern in rules]
    words = "co founder cofounder gründerin chief executive officer ceo cfo head heads of vertrieb marketing a b, (x) é".split()
    chance, fitting = random.Random(seed), WordRules(*rules).fitting
    for _ in range(2_000):
        text = chance.choice((" ", ", ", "")).join(chance.choices(words, k=chance.randrange(6)))
        assert fitting(text) == tuple(value for value, pattern in patterns if pattern.search(text)), text
