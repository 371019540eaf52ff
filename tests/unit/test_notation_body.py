"""The JSON notation of a search: what is a body, and what is none."""

import time
from contextlib import suppress

import pytest

from letrics.errors import InvalidRequest, MalformedJson
from letrics.query.notation import fields_of_body

DEPTH_MAX = 32
HOSTILE_S = 1.0


@pytest.mark.parametrize("body", [b"", b" \r\n\t", b"{}", b" {} "])
def test_an_empty_body_and_an_empty_object_mean_no_filter(body: bytes) -> None:
    """Nothing, white space and `{}` are one request: everything."""
    fields = fields_of_body(body, DEPTH_MAX)
    assert (dict(fields.values), fields.faults) == ({}, ())


def test_values_arrive_as_json_says_them() -> None:
    """Types are kept, also nested ones, for the parser to judge; no text becomes a number."""
    body = '{"a": "1", "b": 1, "c": 1.5, "d": true, "e": null, "f": ["ü", {"g": []}]}'.encode()
    expected = {"a": "1", "b": 1, "c": 1.5, "d": True, "e": None, "f": ["ü", {"g": []}]}
    assert fields_of_body(body, DEPTH_MAX).values == expected


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{'page': 1}",
        b'{"page": 1,}',
        b'{"page": 1} {}',
        b"page=1",
        b'{"page": 01}',
        b'{"page": NaN}',
        b'{"page": Infinity}',
        b'{"page": -Infinity}',
        b'{"job_titles": ["\xff"]}',
        b'{"job_titles": ["\xed\xa0\x80"]}',
        b'{"a": "line\nbreak"}',
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
    ],
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    """Broken JSON, what only some parsers take for JSON, and what is not UTF-8 are `malformed_json`."""
    with pytest.raises(MalformedJson) as refusal:
        fields_of_body(body, DEPTH_MAX)
    (fault,) = refusal.value.faults
    assert (fault.id, fault.code) == ("malformed_json", 400)


def test_a_syntax_error_is_located() -> None:
    """The details say in which line and column the JSON breaks."""
    with pytest.raises(MalformedJson, match="line 2, column 9"):
        fields_of_body(b'{\n "page" 1}', DEPTH_MAX)


@pytest.mark.parametrize("body", [b"[]", b"null", b"1", b'"{}"', b"true"])
def test_json_that_is_no_object_is_refused(body: bytes) -> None:
    """A body is an object; anything else is `invalid_input`, with what to send."""
    with pytest.raises(InvalidRequest, match="JSON object") as refusal:
        fields_of_body(body, DEPTH_MAX)
    assert [fault.id for fault in refusal.value.faults] == ["invalid_input"]


def test_a_name_that_stands_twice_is_a_fault() -> None:
    """A repeated name is reported by name, whichever value would have counted; it does not hide other faults."""
    fields = fields_of_body(b'{"page": 1, "per_page": 2, "page": 3, "x": 0, "x": 0}', DEPTH_MAX)
    assert [(fault.id, fault.field) for fault in fields.faults] == [("invalid_input", "page"), ("invalid_input", "x")]
    assert set(fields.values) == {"page", "per_page", "x"}


def test_nesting_is_limited_and_brackets_in_strings_do_not_count() -> None:
    """As deep as the limit passes, one level more is refused, and text may hold as many brackets as it likes."""
    assert fields_of_body(b'{"a":' * (DEPTH_MAX - 1) + b"{}" + b"}" * (DEPTH_MAX - 1), DEPTH_MAX).values
    with pytest.raises(MalformedJson, match="32 levels"):
        fields_of_body(b'{"a":' * DEPTH_MAX + b"{}" + b"}" * DEPTH_MAX, DEPTH_MAX)
    assert fields_of_body(b'{"a": "' + b"[" * 1_000 + b'\\"' + b"{" * 1_000 + b'"}', DEPTH_MAX).values
    assert fields_of_body(b'{"a": [' + b"[]," * 1_000 + b"[]]}", DEPTH_MAX).values


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 1_000_000,
        b'{"a":' * 200_000,
        b'{"a": [' + b"[]," * 40 + b'"' + b'\\"' * 500_000,
        b'{"a": [' + b"[]," * 40 + b'"' + b"a" * 1_000_000 + b"\\",
        b"{" + b",".join(b'"name %d": 0' % (i % 40_000) for i in range(60_000)) + b"}",
    ],
    ids=["brackets", "objects", "escapes without an end", "a string without an end", "repeated names"],
)
def test_hostile_bodies_are_judged_within_a_second(body: bytes) -> None:
    """A mebibyte of anything is read or refused in a time that does not grow with its square."""
    began = time.process_time()
    with suppress(MalformedJson):
        fields_of_body(body, DEPTH_MAX)
    assert time.process_time() - began < HOSTILE_S
