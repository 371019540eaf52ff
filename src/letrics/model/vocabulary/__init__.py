"""Vocabularies: the canonical seniorities, departments and functions, their aliases, and what a job title tells."""

from letrics.model.vocabulary.departments import DEPARTMENTS, department
from letrics.model.vocabulary.seniorities import DECISION_MAKER_SENIORITIES, SENIORITIES, seniority
from letrics.model.vocabulary.titles import TitleReading, from_title

__all__ = [
    "DECISION_MAKER_SENIORITIES",
    "DEPARTMENTS",
    "SENIORITIES",
    "TitleReading",
    "department",
    "from_title",
    "seniority",
]
