"""
Guesses what each column of a file feeds: by its header, and by what its values look like.

A header is believed only while its values bear it out: a column `State` full of `open` and `closed`
is no region.  A column whose header says nothing is told by its values, or goes to `custom`.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence

from letrics.importer.headers import CUSTOMER_ID, DERIVED, GIVEN_NAME_OR_NAME, known_target, own_target
from letrics.importer.looks import (
    is_linkedin,
    is_name_of_person,
    is_personal_address,
    linkedin_of_organisation,
    linkedin_of_person,
    may_be_names,
)
from letrics.importer.mapping import Column, Mapping
from letrics.model.fields import COMPANY_FIELDS
from letrics.model.keys import is_letrics_id
from letrics.model.places import country_of_regions
from letrics.model.places.canonical import country_code_of
from letrics.model.values import count, domain, email, linkedin_url, money, several, text
from letrics.model.values.numbers import employee_range

# Rows that are looked at; a guess needs no more, and a file may have millions.
SAMPLE_ROWS = 10_000
_VALUES_MAX = 200
# The share of a column's values that must look right: for a header that says so, and for one that says nothing.
_BORNE_OUT = 0.5
_TOLD_BY_VALUES = 0.9
# How sure a header is that no look at the values can bear out, such as `Company`.
_UNCHECKED = 0.8
_BAND = re.compile(r"\s*[\d.,]+\s*(?:-|–|to)\s*[\d.,]+.*|\s*[\d.,]+\s*\+.*", re.IGNORECASE)


def guess(header: Sequence[str], rows: Sequence[Sequence[str]], record: str | None = None) -> Mapping:
    """
    Return what the columns of *header* feed, judging by *rows*, a sample of the file.

    *record* says what a row is, where that is known.
    """
    samples = [_sample(rows, place) for place in range(len(header))]
    found = [_by_header(name, sample) for name, sample in zip(header, samples, strict=True)]
    targets = _among_others([target for target, _ in found], samples)
    record = record or _record_of(targets, samples)
    targets = [_settled(target, record, targets) for target in targets]
    confidences = [confidence for _, confidence in found]
    for place, sample in enumerate(samples):
        if targets[place] is None:
            targets[place], confidences[place] = _by_values(sample, targets, record)
    columns = [
        Column(
            header=name,
            targets=() if target is None else (target,),
            confidence=round(confidence, 2),
            date=_date_form(rows, place) if target in _DATES else None,
        )
        for place, (name, target, confidence) in enumerate(zip(header, _once(targets), confidences, strict=True))
    ]
    return Mapping(columns=tuple(columns), record=record, country=_country(rows, targets, record))


def _sample(rows: Sequence[Sequence[str]], place: int) -> list[str]:
    values: dict[str, None] = {}
    for row in rows:
        value = text(row[place])
        if value is not None:
            values[value] = None
            if len(values) >= _VALUES_MAX:
                break
    return list(values)


def _date_form(rows: Sequence[Sequence[str]], place: int) -> str | None:
    """
    Return how a column writes day and month, judged by the dates that can be read one way only; None if there are none.

    Of a column with both kinds the more frequent one is believed.
    """
    firsts = Counter(
        (found["mark"], int(found["first"]) > _MONTHS)
        for row in rows
        if (found := _DAY_AND_MONTH.match(row[place])) is not None
        and (int(found["first"]) > _MONTHS) != (int(found["second"]) > _MONTHS)
    )
    if not firsts:
        return None
    (mark, is_day_first), _ = firsts.most_common(1)[0]
    return mark.join(("%d", "%m", "%Y") if is_day_first else ("%m", "%d", "%Y"))


def _share(values: Sequence[str], fits: Callable[[str], object]) -> float:
    """Return the share of *values* that *fits* takes without a ValueError and finds true; 1 of none."""
    if not values:
        return 1.0
    good = 0
    for value in values:
        try:
            good += fits(value) not in (None, False)
        except ValueError:
            continue
    return good / len(values)


def _by_header(header: str, sample: list[str]) -> tuple[str | None, float]:
    """Return what a column's header says, and how sure that is: by the share of values that bear it out."""
    own = own_target(header)
    if own is not None:
        return _as_id(own, sample), 1.0
    target = known_target(header)
    if target is None:
        return None, 0.0
    if target == "company.employee_count" and _share(sample, _BAND.fullmatch) > _BORNE_OUT:
        target = "company.employee_range"
    elif target == "company.employee_range" and _share(sample, lambda value: value.isdigit()) > _BORNE_OUT:
        target = "company.employee_count"
    target = _of_linkedin(target, sample)
    check, belief = _CHECKS.get(target.partition(".")[2]), _BELIEFS.get(_kind(target))
    share = _share(sample, check) if check is not None else _UNCHECKED
    is_belied = share < _BORNE_OUT or (belief is not None and _share(sample, belief) < _BORNE_OUT)
    return (None, 0.0) if is_belied else (_as_id(target, sample), share)


def _kind(target: str) -> str:
    return "role" if target.startswith("role:") else target.partition(".")[2]


def _of_linkedin(target: str, sample: list[str]) -> str:
    """Return *target*, or where its values are LinkedIn addresses that of the profiles or pages that they are."""
    if not sample or _kind(target) not in ("linkedin_url", "website_url"):
        return target
    if _share(sample, linkedin_of_person) > _BORNE_OUT:
        # What a header says to be a company's is no person's, though it is a profile.
        return target if target == "company.linkedin_url" else "contact.linkedin_url"
    return "company.linkedin_url" if _share(sample, linkedin_of_organisation) > _BORNE_OUT else target


def _as_id(target: str, sample: list[str]) -> str:
    """Return `…external_id` for an id column that is not Letrics' own."""
    if target.endswith(".id") and not (sample and _share(sample, is_letrics_id) == 1.0):
        return target.removesuffix("id") + "external_id"
    return target


_COMPANY_NAMES = frozenset(field.name for field in COMPANY_FIELDS)
_DATES = frozenset(("company.first_seen_at", "company.added_at", "contact.added_at"))
_DAY_AND_MONTH = re.compile(r"\s*(?P<first>[0-9]{1,2})(?P<mark>[/-])(?P<second>[0-9]{1,2})(?P=mark)[0-9]{4}\b")
_MONTHS = 12
_CHECKS: dict[str, Callable[[str], object]] = {
    "emails": lambda value: email(next(iter(several(value, comma=True)), "")),
    "employee_count": count,
    "employee_range": employee_range,
    "revenue": money,
    "domain": domain,
    "website_url": domain,
    "location.country": country_code_of,
    "location.country_code": country_code_of,
    "linkedin_url": linkedin_url,
    "is_decision_maker": lambda value: len(value) <= 5,
    "location.region": lambda value: not value.isdigit(),
}
# What values must look like for their header to be believed, which by itself makes it no surer.
_BELIEFS: dict[str, Callable[[str], object]] = {
    "role": may_be_names,
    "job_title": lambda value: any(map(str.isalpha, value)),
}
_PERSONAL = ("first_name", "last_name", "full_name", "job_title", "seniority", "departments", "is_decision_maker")


_NAMING_COMPANY = {f"company.{name}" for name in ("name", "domain", "domain_aliases", "website_url")}


def _among_others(targets: list[str | None], samples: Sequence[list[str]]) -> list[str | None]:
    """Return *targets*, those settled that depend on what else there is, but for what a row is."""
    name = "contact.first_name" if "contact.last_name" in targets else "any.name"
    settled: list[str | None] = [name if target == GIVEN_NAME_OR_NAME else target for target in targets]
    if "contact.first_name" in settled and "contact.last_name" not in settled and "any.name" in settled:
        # Of `Vorname, Name` the one is the given name and the other the family's, unless it is the whole.
        place = settled.index("any.name")
        if _share(samples[place], lambda value: " " in value) <= _BORNE_OUT:
            settled[place] = "contact.last_name"
    # Only in what Letrics has written, and hence given an id, are such columns its own work.
    return settled if "any.id" in targets else [None if target == DERIVED else target for target in settled]


def _record_of(targets: Sequence[str | None], samples: Sequence[list[str]]) -> str:
    """Return what a row of the file is."""
    named = {target for target in targets if target is not None}
    if any(map(_is_titled_role, named)):
        # Whose profile it is cannot be told where each row may hold several people.
        named.discard("contact.linkedin_url")
    is_contact = any(target in named for target in (f"contact.{name}" for name in _PERSONAL))
    # A name beside a company's is a person's, and a company's name beside a contact's address is no person's.
    is_contact = is_contact or "contact.linkedin_url" in named or {"any.name", "company.name"} <= named
    speaks_of_contact = any(target.startswith("contact.") for target in named) and "any.name" not in named
    is_contact = is_contact or speaks_of_contact or _is_of_mailboxes(targets, samples)
    return "contact" if is_contact else "company"


def _is_titled_role(target: str | None) -> bool:
    return target is not None and target.startswith("role:") and target != "role:"


def _is_of_mailboxes(targets: Sequence[str | None], samples: Sequence[list[str]]) -> bool:
    """Return whether people are known by their e-mail addresses: with a person's name beside them, or without any."""
    if "any.emails" not in targets or "any.id" in targets or _NAMING_COMPANY & set(targets):
        return False
    if "any.name" not in targets:
        return not any(map(_is_titled_role, targets))
    names, addresses = (samples[targets.index(target)] for target in ("any.name", "any.emails"))
    are_names = bool(names) and _share(names, is_name_of_person) > _BORNE_OUT
    return are_names and bool(addresses) and _share(addresses, is_personal_address) > _BORNE_OUT


def _settled(target: str | None, record: str, targets: Sequence[str | None]) -> str | None:
    """Return *target* with `any.` settled to the record that the file is of; *targets* are those of all columns."""
    if target == "role:" and record == "contact":
        return "contact.full_name"
    if target == CUSTOMER_ID:
        return f"{'company' if _NAMING_COMPANY & set(targets) else record}.external_id"
    if target == "contact.linkedin_url" and record == "company":
        return None
    if target is not None and target.startswith("contact.") and record == "company":
        # Of a company, an address of its contact is an address; of what it has not, a column is kept as it is.
        target = "any." + target.removeprefix("contact.")
        name = target.split(".")[1]
        return "company" + target.removeprefix("any") if name in _COMPANY_NAMES else None
    if target is None or not target.startswith("any."):
        return target
    if target == "any.name":
        return "contact.full_name" if record == "contact" else "company.name"
    return record + target.removeprefix("any")


def _by_values(sample: list[str], targets: Sequence[str | None], record: str) -> tuple[str | None, float]:
    """Return what a column with a header that says nothing is told to be by its values, and how sure that is."""
    if len(sample) < 2:
        return None, 0.0
    no_site = not {"company.domain", "company.website_url"} & set(targets)
    no_country = not any(target is not None and ".location.country" in target for target in targets)
    kinds: tuple[tuple[str, bool, Callable[[str], object]], ...] = (
        ("contact.linkedin_url", record == "contact", linkedin_of_person),
        ("company.linkedin_url", True, linkedin_of_organisation),
        (f"{record}.emails", True, lambda value: "@" in value and bool(email(value))),
        (
            "company.website_url",
            no_site,
            lambda value: "." in value and " " not in value and not is_linkedin(value) and bool(domain(value)),
        ),
        (f"{record}.location.country", no_country, lambda value: len(value) > 2 and country_code_of(value)),
    )
    for target, is_open, fits in kinds:
        share = _share(sample, fits) if is_open else 0.0
        if share >= _TOLD_BY_VALUES:
            return target, share * _UNCHECKED
    return None, 0.0


def _once(targets: list[str | None]) -> list[str | None]:
    """Return *targets* with each single-valued one fed by one column only; the others go to `custom`."""
    seen: set[str] = set()
    kept: list[str | None] = []
    for target in targets:
        several = target is not None and (target.endswith((".emails", ".phones")) or target.startswith("role:"))
        several = several or target == DERIVED
        kept.append(None if target in seen and not several else target)
        if target is not None:
            seen.add(target)
    return kept


def _country(rows: Sequence[Sequence[str]], targets: Sequence[str | None], record: str) -> str | None:
    if any(target is not None and ".location.country" in target for target in targets):
        return None
    target = f"{record}.location.region"
    if target not in targets:
        return None
    place = targets.index(target)
    return country_of_regions({row[place] for row in rows if text(row[place]) is not None})
