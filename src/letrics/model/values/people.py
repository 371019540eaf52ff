"""People's names."""

from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nameparser.config import Constants

# Only what is never a first name: the library's own list has Earl, Judge, King, Major and Prince.
_TITLES = (
    "dr prof professor mr mrs ms miss mx sir dame rev reverend fr hon"
    " herr frau dipl ing mag ddr mme mlle monsieur madame sr sra señor señora don doña sig dott dott.ssa ir drs"
).split()


@cache
def _constants() -> "Constants":
    from nameparser.config import Constants

    return Constants(titles=_TITLES, first_name_titles=["sir", "dame", "don", "doña"])


# No name is as long as this; to part a longer one would take long.
_LENGTH_MAX = 300


@lru_cache(maxsize=16_384)
def split_name(full_name: str) -> tuple[str | None, str | None]:
    """
    Return the first and the last name of a whole one; particles and suffixes stay with the last name.

    `Ludwig van Beethoven Jr.` → (`Ludwig`, `van Beethoven Jr.`).  One word is a last name, and so is what is longer
    than a name.  A title (`Dr.`) is in neither; the whole name keeps it.
    """
    if len(full_name) > _LENGTH_MAX or len(full_name.split()) < 2:
        return None, full_name.strip() or None
    from nameparser import HumanName  # few files have whole names

    name = HumanName(full_name, constants=_constants())
    first = " ".join(part for part in (name.first, name.middle) if part)
    last = " ".join(part for part in (name.last, name.suffix) if part)
    if not last:
        return None, first or full_name.strip()
    return first or None, last
