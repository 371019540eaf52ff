"""Seniorities, by rank."""

from functools import lru_cache

from letrics.model.values import text
from letrics.model.vocabulary.aliases import alias_table, spelling_key

SENIORITIES = (
    "owner",
    "founder",
    "board_member",
    "c_suite",
    "partner",
    "vp",
    "head",
    "director",
    "manager",
    "senior",
    "entry",
    "intern",
    "unknown",
)
DECISION_MAKER_SENIORITIES = frozenset(SENIORITIES[: SENIORITIES.index("director") + 1])

_TABLE = alias_table(
    SENIORITIES,
    {
        "owner": "proprietor,inhaber",
        "founder": "co-founder,cofounder,founders",
        "board_member": "board,board of directors,member of the board",
        "c_suite": "cxo,c-level,c suite,csuite,chief,executive,president,c level executive",
        "partner": "partners",
        "vp": "vice president,vice-president,svp,evp,senior vice president",
        "head": "head of,department head",
        "director": "directors,senior director",
        "manager": "senior manager,managers,mid senior level manager",
        "senior": "lead,principal,staff,senior level,experienced",
        "entry": "junior,entry level,associate",
        "intern": "trainee,apprentice,internship,training,werkstudent",
        "unknown": "unspecified",
    },
)


@lru_cache(maxsize=4_096)
def seniority(value: str) -> str:
    """Return the canonical seniority of any known spelling; an unknown one is kept as it is."""
    return _TABLE.get(spelling_key(value)) or text(value) or value.strip()
