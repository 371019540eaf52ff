"""Any request at all is understood or refused with reasons; nothing else ever happens."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from letrics.errors import InvalidRequest, MalformedJson
from letrics.model.filters import EXCLUDE, SEARCHES, Search, filters_of
from letrics.query.notation import fields_of_body, fields_of_query_string
from letrics.query.parse import Fields, Limits, Parsed, parameter_names, parse_fields
from letrics.query.query import TermsClause
from oracle import folded
from records import PLACE_NAMES, VALUES

_SETTINGS = settings(max_examples=300, deadline=None, derandomize=True)
_NAMES = sorted({name for search in SEARCHES for name in parameter_names(search)})
_texts = st.sampled_from((*VALUES, *PLACE_NAMES, "2026-01-01", "de", "true", "1")) | st.text(max_size=300)
_leaves = st.none() | st.booleans() | st.integers() | st.floats() | _texts
_json = st.recursive(_leaves, lambda each: st.lists(each, max_size=4) | st.dictionaries(_texts, each, max_size=3))
_values = _json | st.lists(_texts, max_size=6)
_requests = st.dictionaries(st.sampled_from(_NAMES) | st.text(max_size=30), _values, max_size=6)
_searches = st.sampled_from(SEARCHES)
_query_strings = st.binary(max_size=200) | st.text("ab=&%[]+;0123industrepag_", max_size=60).map(str.encode)
_ARRAYS = [prefix + each.name for each in filters_of("contacts") if each.is_array for prefix in ("", EXCLUDE)]
_usable = _texts.map(lambda text: text[:256]).filter(lambda text: text.strip(". \n") and folded(text))


def understood(search: Search, fields: Fields) -> Parsed | None:
    """Return what is understood; None where the request is refused, as it should be."""
    try:
        return parse_fields(search, fields, Limits())
    except InvalidRequest as refusal:
        assert refusal.faults
        for fault in refusal.faults:
            assert fault.id in ("invalid_input", "unknown_parameter")
            assert fault.code == 400
            # It goes out as JSON in UTF-8, so it must be text that can.
            assert fault.details.encode()
            assert fault.field is None or fault.field.encode() is not None
    return None


@_SETTINGS
@given(search=_searches, request=_requests)
def test_any_json_object_is_understood_or_refused_with_reasons(search: Search, request: dict[str, Any]) -> None:
    """Whatever the names, types and texts: a query, or faults that can be sent."""
    understood(search, Fields(request))


@_SETTINGS
@given(search=_searches, body=st.binary(max_size=200) | _json.map(lambda each: json.dumps(each).encode()))
def test_any_bytes_are_a_body_or_refused(search: Search, body: bytes) -> None:
    """Bytes are a request, or `malformed_json`, or a request with faults."""
    try:
        fields = fields_of_body(body, 32)
    except (MalformedJson, InvalidRequest) as refusal:
        assert all(fault.details.encode() for fault in refusal.faults)
    else:
        understood(search, fields)


@_SETTINGS
@given(
    search=_searches,
    query_string=st.binary(max_size=200) | st.text("ab=&%[]+;0123industrepag_", max_size=60).map(str.encode),
)
def test_any_bytes_are_a_query_string_or_refused(search: Search, query_string: bytes) -> None:
    """Bytes are parameters, or a request with faults."""
    try:
        fields = fields_of_query_string(search, query_string)
    except InvalidRequest as refusal:
        assert all(fault.details.encode() for fault in refusal.faults)
    else:
        understood(search, fields)


@_SETTINGS
@given(
    search=_searches,
    request=st.dictionaries(
        st.sampled_from(_NAMES), st.booleans() | st.lists(_texts, min_size=1, max_size=4), max_size=3
    ),
)
def test_applied_filters_ask_the_same_when_sent_again(search: Search, request: dict[str, Any]) -> None:
    """`meta.filters` is a request of its own, and a fixed point of normalisation."""
    once = understood(search, Fields(request))
    if once is None:
        return
    again = parse_fields(search, Fields(once.filters), Limits())
    assert again.filters == once.filters
    assert _terms(again) == _terms(once)


def _terms(parsed: Parsed) -> list[list[str]]:
    clauses = [clause for clause in parsed.query.clauses if isinstance(clause, TermsClause)]
    return [[value.term for value in clause.values] for clause in clauses]
