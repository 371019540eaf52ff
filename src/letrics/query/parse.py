"""
From a request's JSON body or query string to a `Query`: checked, normalised, all faults at once.

Knows nothing of HTTP but the two notations; whether a value occurs in the data is the backend's to say.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from math import isfinite
from typing import Any

import msgspec

from letrics.deadline import CheckTime, no_deadline
from letrics.errors import Fault, InvalidRequest
from letrics.model.filters import EXCLUDE, Filter, Kind, Search, filters_of
from letrics.model.folding import fold_once
from letrics.model.places import Resolution, resolve_place
from letrics.model.terms import TRUE
from letrics.model.values import canonical_tld, timestamp_text, timestamp_with_text
from letrics.model.vocabulary import department, seniority
from letrics.query.nearest import did_you_mean
from letrics.query.query import PER_PAGE_DEFAULT, Clause, PlacesClause, Query, TermsClause, TimeClause, Value
from letrics.remembered import Remembered

PAGING = ("page", "per_page")
PER_PAGE_MAX = 100
# No person reads so many; a request with more was not written by one.
_FAULTS_MAX = 1_000

# So many times as long as itself a text may be once folded: `&` becomes ` and `.  Some letters stand for eighteen.
_FOLDED_TIMES = 4
# Of so many values of a filter, and so many places, it is remembered what they stand for.
_VALUES_MAX, _PLACES_MAX = 8_192, 2_048
_EMPTY = "is empty. Leave it out, or give a value."
_BROKEN = "holds half of a surrogate pair, which is no character."
_SET = (Value(TRUE, TRUE),)
# To look a member of an enumeration up takes Python longer than what is asked of it.
_TLD, _AFTER = Kind.TLD, Kind.AFTER
_VOCABULARIES = {"departments": department, "seniorities": seniority}


class Limits(msgspec.Struct, frozen=True):
    """What one filter may hold: at most *values* values of at most *characters* characters each."""

    values: int = 1_000
    characters: int = 256


class Warning(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something the client should know of an answer that is right: where, what, and near values."""

    id: str
    field: str
    details: str
    near: tuple[str, ...] = ()


class ResolvedPlace(msgspec.Struct, frozen=True):
    """What one location string was understood as."""

    input: str
    matches: tuple[dict[str, str | None], ...]


class Fields(msgspec.Struct, frozen=True):
    """The parameters of a request by name, decoded, and the *faults* that its notation already had."""

    values: Mapping[str, Any]
    faults: tuple[Fault, ...] = ()


class Parsed(msgspec.Struct, frozen=True, kw_only=True):
    """
    A request understood: the *query*, and what `meta` says of it.

    *filters* are the applied filters after normalisation; *resolved* holds the places by field.
    """

    query: Query
    filters: dict[str, Any]
    resolved: dict[str, tuple[ResolvedPlace, ...]]
    warnings: tuple[Warning, ...]


def parameter_names(search: Search) -> tuple[str, ...]:
    """Return every parameter that *search* takes, in the order of the registry."""
    names: list[str] = []
    for each in filters_of(search):
        names.append(each.name)
        if each.has_twin:
            names.append(EXCLUDE + each.name)
    return (*names, *PAGING)


def parse_fields(search: Search, fields: Fields, limits: Limits, check_time: CheckTime = no_deadline) -> Parsed:
    """
    Return the search that *fields* asks for.

    Raises InvalidRequest with every fault there is, in the order of the fields; *check_time* raises when that has
    taken too long.
    """
    return _Parser(search, limits, check_time).parse(fields)


class _Parser:
    """Collects clauses, faults and warnings over the fields of one request."""

    def __init__(self, search: Search, limits: Limits, check_time: CheckTime) -> None:
        self.search = search
        self.limits = limits
        self.check_time = check_time
        self.filters = _parameters(search)
        self.faults: list[Fault] = []
        self.warnings: list[Warning] = []
        self.clauses: list[Clause] = []
        self.applied: dict[str, Any] = {}
        self.resolved: dict[str, tuple[ResolvedPlace, ...]] = {}
        self.times: dict[str, int] = {}
        self.paging = {"page": 1, "per_page": PER_PAGE_DEFAULT}

    def parse(self, fields: Fields) -> Parsed:
        self.faults += fields.faults
        for name, given in fields.values.items():
            if self.faults and len(self.faults) >= _FAULTS_MAX:
                self._invalid(
                    shown_name(name), f"{_FAULTS_MAX:,} faults stand before this one; the rest is not looked at."
                )
                break
            named = self.filters.get(name)
            if named is None:
                self._other(name, given)
            elif given is not None:
                filter, exclude, read = named
                read(self, name, filter, exclude, given)
        if self.times:
            self._ranges()
        if self.faults:
            raise InvalidRequest(tuple(self.faults))
        query = Query(search=self.search, clauses=tuple(self.clauses), **self.paging)
        return Parsed(query=query, filters=self.applied, resolved=self.resolved, warnings=tuple(self.warnings))

    def _invalid(self, field: str, details: str) -> None:
        self.faults.append(Fault("invalid_input", 400, details, field))

    def _other(self, name: str, given: Any) -> None:
        """Read what is no filter."""
        if name in PAGING:
            if given is not None:
                self._page(name, given)
            return
        hint = did_you_mean(name, parameter_names(self.search))
        shown = shown_name(name)
        details = f"`{shown}` is not a parameter of {self.search}.{hint}"
        self.faults.append(Fault("unknown_parameter", 400, details, shown))

    def _page(self, name: str, given: Any) -> None:
        whole = isinstance(given, int | float) and not isinstance(given, bool) and given == given // 1
        if not whole:
            return self._invalid(name, f"`{name}` takes a whole number such as 1, not {_shown(given)}.")
        number = int(given)
        if number < 1:
            return self._invalid(name, f"`{name}` is {_shown(number)}; it starts at 1.")
        if name == "per_page" and number > PER_PAGE_MAX:
            return self._invalid(name, f"`per_page` is {_shown(number)}; at most {PER_PAGE_MAX} are given a page.")
        self.paging[name] = number
        return None

    def _flag(self, name: str, filter: Filter, exclude: bool, given: Any) -> None:
        if not isinstance(given, bool):
            return self._invalid(name, f"`{name}` takes true or false, not {_shown(given)}.")
        if not given:
            twin = filter.name if exclude else EXCLUDE + filter.name
            details = f"`{name}: false` restricts nothing. To keep the others only, send `{twin}: true`."
            self.warnings.append(Warning("restricts_nothing", name, details))
            return None
        self.applied[name] = True
        self.clauses.append(TermsClause(filter=filter, exclude=exclude, values=_SET))
        return None

    def _time(self, name: str, filter: Filter, _: bool, given: Any) -> None:
        if not isinstance(given, str):
            return self._invalid(
                name, f'`{name}` takes a UTC ISO 8601 string such as "{filter.example}", not {_shown(given)}.'
            )
        try:
            self.times[name], self.applied[name] = timestamp_with_text(given)
        except ValueError as error:
            return self._invalid(name, f"`{name}`: {error}")
        return None

    def _ranges(self) -> None:
        """Join each pair of time filters that read one field into one range."""
        ranges: dict[str, list[str | None]] = {}
        for name in self.times:
            filter = self.filters[name][0]
            ranges.setdefault(filter.field, [None, None])[filter.kind is not _AFTER] = name
        for field, (after, before) in ranges.items():
            after_us = self.times[after] if after is not None else None
            before_us = self.times[before] if before is not None else None
            if after_us is not None and before_us is not None and after_us > before_us:
                details = (
                    f"`{after}` ({timestamp_text(after_us)}) is later than `{before}`"
                    f" ({timestamp_text(before_us)}); no time lies between them."
                )
                self._invalid(after or field, details)
            self.clauses.append(TimeClause(field=field, after_us=after_us, before_us=before_us))

    def _array(self, name: str, filter: Filter, exclude: bool, given: Any) -> None:
        if not self._is_array(name, given):
            return
        self.check_time()
        values: dict[str, Value] = {}
        characters = self.limits.characters
        values_of = _values(filter.kind is _TLD, filter.vocabulary, characters * _FOLDED_TIMES)
        for i, text in enumerate(given):
            if isinstance(text, str) and len(text) <= characters and (value := values_of[text]).term:
                values.setdefault(value.term, value)
            else:
                self._invalid(f"{name}[{i}]", f"`{name}[{i}]` {self._text_fault(text)}")
        if values:
            self.applied[name] = list(values)
            self.clauses.append(TermsClause(filter=filter, exclude=exclude, values=tuple(values.values())))

    def _is_array(self, name: str, given: Any) -> bool:
        """Return whether *given* is an array of a length that is taken; if not, that is noted."""
        # As all JSON has it: to ask whether something is a sequence takes longer than the rest.
        if type(given) is not list:
            if isinstance(given, str):
                self._invalid(name, f"`{name}` takes an array of strings. Send [{_shown(given)}].")
                return False
            if not isinstance(given, Sequence):
                self._invalid(name, f"`{name}` takes an array of strings, not {_shown(given)}.")
                return False
        if len(given) > self.limits.values:
            details = f"`{name}` has {len(given)} values; at most {self.limits.values} are taken in one filter."
            self._invalid(name, details)
            return False
        return True

    def _text_fault(self, text: Any) -> str:
        """Return why *text* is not taken."""
        if not isinstance(text, str):
            return f"takes a string, not {_shown(text)}."
        if len(text) > self.limits.characters:
            return f"has {len(text)} characters; at most {self.limits.characters} are taken in one value."
        if _is_broken(text):
            return _BROKEN
        return f"is too long once folded: {_shown(text)}" if fold_once(text) else _EMPTY

    def _places(self, name: str, filter: Filter, exclude: bool, given: Any) -> None:
        if not self._is_array(name, given):
            return
        places: dict[str, Resolution] = {}
        resolved: dict[str, ResolvedPlace] = {}
        characters = self.limits.characters
        for i, text in enumerate(given):
            if not isinstance(text, str) or len(text) > characters or not _is_text(text, characters * _FOLDED_TIMES):
                self._invalid(f"{name}[{i}]", f"`{name}[{i}]` {self._text_fault(text)}")
                continue
            text = text.strip()
            if text in resolved:
                continue
            self.check_time()
            place, resolved[text], meaning = _places_of[text]
            # Two spellings of one place are one place.
            places.setdefault(meaning, place)
            self.warnings += [Warning("place", f"{name}[{i}]", details) for details in place.warnings]
        if places:
            self.applied[name] = list(resolved)
            self.resolved[name] = tuple(resolved.values())
            self.clauses.append(PlacesClause(filter=filter, exclude=exclude, places=tuple(places.values())))


# What reads a parameter: its name, its filter, whether it excludes, and what is given for it.
_Read = Callable[[_Parser, str, Filter, bool, Any], None]
_READ: dict[Kind, _Read] = {
    Kind.SUBSTRING: _Parser._array,
    Kind.TERM: _Parser._array,
    Kind.TLD: _Parser._array,
    Kind.PLACE: _Parser._places,
    Kind.FLAG: _Parser._flag,
    Kind.AFTER: _Parser._time,
    Kind.BEFORE: _Parser._time,
}


@cache
def _parameters(search: Search) -> dict[str, tuple[Filter, bool, _Read]]:
    """Return the filter of each parameter, whether it excludes, and what reads it."""
    filters = {each.name: (each, False, _READ[each.kind]) for each in filters_of(search)}
    twins = {EXCLUDE + each.name: (each, True, _READ[each.kind]) for each in filters_of(search) if each.has_twin}
    return filters | twins


def _is_broken(text: str) -> bool:
    return not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text)


def _is_text(text: str, folded_max: int) -> bool:
    """Return whether there is anything in *text*, all of it characters, and at most *folded_max* once folded."""
    if text.isascii():
        return bool(text) and not text.isspace()
    return not _is_broken(text) and 0 < len(fold_once(text)) <= folded_max


@cache
def _values(is_tld: bool, vocabulary: str | None, folded_max: int) -> Remembered[str, Value]:
    """Return the value that each text stands for in such a filter."""
    return Remembered(partial(_value, is_tld, vocabulary, folded_max), _VALUES_MAX)


def _value(is_tld: bool, vocabulary: str | None, folded_max: int, text: str) -> Value:
    """
    Return the value that *text* stands for in such a filter.

    Its term is empty where it stands for none, or for one of more than *folded_max* characters.
    """
    if _is_broken(text):
        return Value("", "")
    if is_tld:
        term = canonical_tld(text)
    else:
        term = fold_once(text if vocabulary is None else _VOCABULARIES[vocabulary](text))
    return Value(term, text) if len(term) <= folded_max else Value("", "")


def _place(text: str) -> tuple[Resolution, ResolvedPlace, str]:
    """Return what place *text* is understood as, what is said of that, and a text that others of one meaning share."""
    place = resolve_place(text)
    matches = tuple([{"level": m.level, "code": m.code, "name": m.name} for m in place.matches])
    # A text keeps its hash: that of hundreds of terms takes long.
    return place, ResolvedPlace(text, matches), repr([match.terms for match in place.matches] or text)


_places_of = Remembered(_place, _PLACES_MAX)


def shown_name(name: str) -> str:
    """Return a parameter's *name* as an error can show it: printable, and not of any length."""
    return name.encode("utf-8", "replace").decode()[:100]


def _shown(given: Any) -> str:
    """Return *given* as JSON, short enough for an error message."""
    if isinstance(given, float) and not isfinite(given):
        return "a number too large to hold"  # as JSON it would be null
    try:
        text = msgspec.json.encode(given).decode()
    except (UnicodeEncodeError, OverflowError, TypeError):
        text = ascii(given)
    return text if len(text) <= 60 else text[:57] + "..."
