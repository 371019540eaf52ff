"""
The two notations of a search: a JSON object, or a query string.

Both become one mapping of parameter name to decoded value; what the values mean is `parse.py`'s.
"""

import json
import re
from collections import Counter
from math import inf
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from letrics.errors import Fault, InvalidRequest, MalformedJson
from letrics.model.filters import EXCLUDE, TIMES, Kind, Search, filters_of
from letrics.query.parse import PAGING, Fields, shown_name

# A string is passed over as a whole, and one without an end up to the end: each byte is looked at once.
_BRACKETS = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[{\]}]', re.DOTALL)
_OFFSET_SPACE = re.compile(r"([T ][0-9:.,]+) (?=[0-9]{2}(:?[0-9]{2})?$)", re.IGNORECASE)
_DIGITS_MAX = 4_000
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def fields_of_body(body: bytes, depth_max: int) -> Fields:
    """
    Return the parameters of a JSON *body*; an empty one holds none.

    Raises MalformedJson for what is not JSON or is nested deeper than *depth_max*, and InvalidRequest
    for JSON that is no object.
    """
    if not body.strip():
        return Fields({})
    if _depth(body, depth_max) > depth_max:
        raise MalformedJson(f"The body is nested deeper than {depth_max} levels.")
    repeated: list[str] = []
    try:
        text = body.decode("utf-8")
        if text.startswith("\ufeff"):
            raise json.JSONDecodeError("Unexpected UTF-8 BOM (decode using utf-8-sig)", text, 0)
        try:
            fields = _PLAIN.decode(text)
        except _Repeated:
            fields = _noting(repeated).decode(text)
    except UnicodeDecodeError as error:
        raise MalformedJson(f"The body is not UTF-8: byte {error.start} does not fit.") from None
    except json.JSONDecodeError as error:
        details = f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        raise MalformedJson(details) from None
    except ValueError as error:
        raise MalformedJson(f"The body is not JSON: {error}.") from None
    if not isinstance(fields, dict):
        raise InvalidRequest((Fault("invalid_input", 400, "The body takes a JSON object, such as {}."),))
    faults = [Fault("invalid_input", 400, "This name stands twice in the body.", shown_name(name)) for name in repeated]
    return Fields(fields, tuple(faults))


class _Repeated(Exception):
    """A name stands twice in an object."""


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise _Repeated
    return fields


def _noting(repeated: list[str]) -> json.JSONDecoder:
    """Return a decoder that adds to *repeated* the names that stand twice in an object."""

    def noted(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        times = Counter(name for name, _ in pairs)
        repeated.extend(sorted(name for name in times if times[name] > 1))
        return dict(pairs)

    return json.JSONDecoder(object_pairs_hook=noted, parse_int=_whole, parse_constant=_no_constant)


def _depth(body: bytes, depth_max: int) -> int:
    """Return how deep *body* is nested, or a number over *depth_max* as soon as it is deeper."""
    if body.count(b"[") + body.count(b"{") <= depth_max:
        return 0
    depth = deepest = 0
    for token in _BRACKETS.finditer(body):
        if token[0] in b"[{":
            depth += 1
            deepest = max(deepest, depth)
            if deepest > depth_max:
                break
        elif token[0] in b"]}":
            depth -= 1
    return deepest


def _whole(digits: str) -> float:
    """Return a whole number; what no parameter is as large as is no more than that."""
    return int(digits) if len(digits) <= _DIGITS_MAX else inf


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


# Made once: making a decoder takes longer than decoding a request.
_PLAIN = json.JSONDecoder(object_pairs_hook=_distinct, parse_int=_whole, parse_constant=_no_constant)


def fields_of_query_string(search: Search, query_string: bytes) -> Fields:
    """
    Return the parameters of a query string, with values decoded as the filter registry says.

    An array is a repeated key, or the same with `[]` after the name.  A name that is no parameter is
    kept, for `parse_fields` to refuse with the others.  Raises InvalidRequest for what is not UTF-8.
    """
    try:
        pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict")
    except UnicodeError:
        details = "The query string is not percent-encoded UTF-8."
        raise InvalidRequest((Fault("invalid_input", 400, details),)) from None
    given: dict[str, list[str]] = {}
    arrays = _array_names(search)
    for key, value in pairs:
        name = key[:-2] if key.endswith("[]") and key[:-2] in arrays else key
        given.setdefault(name, []).append(value)
    return _decoded(search, given, arrays)


def _array_names(search: Search) -> frozenset[str]:
    names = [each.name for each in filters_of(search) if each.is_array]
    return frozenset((*names, *(EXCLUDE + name for name in names)))


def _decoded(search: Search, given: dict[str, list[str]], arrays: frozenset[str]) -> Fields:
    kinds = {each.name: each.kind for each in filters_of(search)}
    fields: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, values in given.items():
        if name in arrays:
            fields[name] = values
            continue
        kind = kinds.get(name.removeprefix(EXCLUDE))
        if kind is None and name not in PAGING:
            fields[name] = values
            continue
        if len(values) > 1:
            faults.append(
                Fault("invalid_input", 400, f"`{name}` stands {len(values)} times; it takes one value.", name)
            )
        elif not values[0]:
            faults.append(Fault("invalid_input", 400, f"`{name}` is empty. Leave it out, or give a value.", name))
        else:
            fields[name] = _scalar(kind, values[0])
    return Fields(fields, tuple(faults))


def _scalar(kind: Kind | None, text: str) -> Any:
    """Return *text* as the JSON value that it stands for; text that stands for none is left as it is."""
    if kind is Kind.FLAG:
        return _BOOLEANS.get(text, text)
    if kind in TIMES:
        return _OFFSET_SPACE.sub(r"\1+", text)
    return int(text) if re.fullmatch(rf"-?[0-9]{{1,{_DIGITS_MAX}}}", text) else text
