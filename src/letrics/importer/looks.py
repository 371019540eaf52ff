"""What a value looks like: a person's name, a mailbox of one's own, a LinkedIn profile or page; knows no headers."""

import re

from letrics.model.folding import fold
from letrics.model.values import email, email_type, linkedin_is_person, linkedin_url, several

_TWO_LETTERS = re.compile(r"[^\W\d_]{2}")
_ASIDE = re.compile(r"[(\[][^)\]]*[)\]]")
# Digits, signs that names have not, and addresses; `3rd` may stand behind a name.
_NO_NAME = re.compile(r"[@/\\<>=_#+]|\d(?!st\b|nd\b|rd\b|th\b)|^\S+\.[a-z]{2,}$")
_ANSWERS = frozenset(
    "true false yes no ja nein oui non si nao wahr falsch vrai faux on off unknown tbd tba vacant".split()
)
_NAME_LENGTH_MAX = 100
# Words of companies' names that no person's name has.
_COMPANY_WORDS = frozenset(
    "ag gmbh kg ug ev inc corp co llc llp ltd plc sa sas sarl srl spa bv nv ab as oy company group holding limited"
    " incorporated corporation consulting services solutions systems software technologies bank hotel".split()
)
_WORDS_MAX = 5


def may_be_a_name(value: str) -> bool:
    """Return whether *value* may be a person's name, for what no address, number, or yes or no is."""
    bare = _ASIDE.sub("", value).strip()
    if len(bare) > _NAME_LENGTH_MAX or not _TWO_LETTERS.search(bare) or _NO_NAME.search(bare):
        return False
    return fold(bare) not in _ANSWERS


def may_be_names(value: str) -> bool:
    """Return whether each part of *value*, between `;` or `|`, may be a person's name."""
    return all(map(may_be_a_name, several(value)))


def is_name_of_person(value: str) -> bool:
    """Return whether *value* looks like a whole name of a person, and not like that of a company."""
    words = re.findall(r"\w+", fold(value))
    return may_be_a_name(value) and 1 < len(words) <= _WORDS_MAX and _COMPANY_WORDS.isdisjoint(words)


def is_personal_address(value: str) -> bool:
    """Return whether *value* is an e-mail address that is no role's; raises ValueError for what is none."""
    return email_type(email(next(iter(several(value, comma=True)), ""))) == "personal"


def is_linkedin(value: str) -> bool:
    """Return whether *value* is a LinkedIn address."""
    try:
        return bool(linkedin_url(value))
    except ValueError:
        return False


def linkedin_of_person(value: str) -> bool:
    """Return whether *value* is a person's LinkedIn address."""
    return is_linkedin(value) and linkedin_is_person(linkedin_url(value))


def linkedin_of_organisation(value: str) -> bool:
    """Return whether *value* is the address of an organisation's LinkedIn page."""
    return is_linkedin(value) and not linkedin_is_person(linkedin_url(value))
