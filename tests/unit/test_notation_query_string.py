"""The query-string notation of a search: the same parameters as a body has, as text."""

import random
from typing import Any
from urllib.parse import urlencode

import pytest

from letrics.errors import InvalidRequest
from letrics.model.filters import Search
from letrics.query.notation import fields_of_query_string
from letrics.query.parse import Fields, Limits, Parsed, parse_fields

SEED = 20_261_123


def values(query_string: str, search: Search = "contacts") -> dict[str, Any]:
    fields = fields_of_query_string(search, query_string.encode())
    assert fields.faults == ()
    return dict(fields.values)


def parsed(query_string: str, search: Search = "contacts") -> Parsed:
    return parse_fields(search, fields_of_query_string(search, query_string.encode()), Limits())


def faults(query_string: str, search: Search = "contacts") -> list[tuple[str, str | None]]:
    with pytest.raises(InvalidRequest) as refusal:
        parsed(query_string, search)
    return [(fault.id, fault.field) for fault in refusal.value.faults]


def test_an_empty_query_string_means_no_filter() -> None:
    """Nothing, and separators with nothing between them, hold no parameter."""
    assert values("") == values("&&") == {}


def test_an_array_is_a_repeated_key_with_or_without_brackets() -> None:
    """Each repetition is one value; `[]` after the name changes nothing, raw or percent-encoded."""
    assert values("industries=Software&industries=Banking") == {"industries": ["Software", "Banking"]}
    assert values("industries[]=Software&industries%5B%5D=Banking") == {"industries": ["Software", "Banking"]}
    assert values("industries=a&industries[]=b") == {"industries": ["a", "b"]}
    assert values("exclude_tlds[]=de") == {"exclude_tlds": ["de"]}


def test_commas_and_semicolons_never_split() -> None:
    """A value is what stands between its key and the next `&`."""
    assert values("locations=Munich,%20Germany") == {"locations": ["Munich, Germany"]}
    assert values("industries=a;b,c|d") == {"industries": ["a;b,c|d"]}


def test_text_is_percent_encoded_utf8() -> None:
    """`+` and `%20` are a space, `%26` is the `&` of a value, and letters are UTF-8."""
    assert values("industries=R%26D+labs%20%C3%BC%F0%9F%A6%89") == {"industries": ["R&D labs ü🦉"]}
    assert values("job_titles=a%00b") == {"job_titles": ["a\x00b"]}


@pytest.mark.parametrize("query_string", [b"industries=%FF", b"%FF=a", b"industries=\xc3\xbc", b"industries=%ED%A0%80"])
def test_what_is_not_percent_encoded_utf8_is_refused(query_string: bytes) -> None:
    """Bytes that are no UTF-8, or not encoded, are `invalid_input`; nothing is guessed or dropped."""
    with pytest.raises(InvalidRequest) as refusal:
        fields_of_query_string("contacts", query_string)
    assert [fault.id for fault in refusal.value.faults] == ["invalid_input"]


@pytest.mark.parametrize(("text", "value"), [("true", True), ("1", True), ("false", False), ("0", False)])
def test_booleans_are_four_words(text: str, value: bool) -> None:
    """`true`, `false`, `1` and `0`, for a boolean and its twin."""
    assert values(f"has_personal_email={text}") == {"has_personal_email": value}
    assert values(f"exclude_is_decision_maker={text}") == {"exclude_is_decision_maker": value}


@pytest.mark.parametrize("text", ["True", "yes", "on", "2", "01", "null", "%20true"])
def test_other_words_are_no_booleans(text: str) -> None:
    """Nothing else is taken for true or false."""
    assert faults(f"has_personal_email={text}") == [("invalid_input", "has_personal_email")]


def test_numbers_are_read_for_paging_only() -> None:
    """`page=2` is a number; `industries=2` is text."""
    assert values("page=2&per_page=100&industries=2") == {"page": 2, "per_page": 100, "industries": ["2"]}


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "x", "+1", "1e2", "%D9%A3", "1_0", "0x1", "%201", "9" * 5_000])
def test_what_is_no_page_is_refused(text: str) -> None:
    """A page is written in ASCII digits and counts from 1."""
    assert faults(f"page={text}") == [("invalid_input", "page")]


@pytest.mark.parametrize("name", ["page", "per_page", "has_personal_email", "added_after", "exclude_is_decision_maker"])
def test_a_scalar_stands_once_and_is_not_empty(name: str) -> None:
    """A repeated scalar or an empty value is `invalid_input`, also where the values agree."""
    value = "2026-01-01" if name == "added_after" else "1"
    assert faults(f"{name}={value}&{name}={value}") == [("invalid_input", name)]
    assert faults(f"{name}=") == faults(name) == [("invalid_input", name)]


@pytest.mark.parametrize("name", ["industries", "job_titles", "locations", "tlds", "departments", "exclude_functions"])
def test_an_array_takes_no_empty_value(name: str) -> None:
    """An empty value of an array is `invalid_input` at its place."""
    assert faults(f"{name}=a&{name}=") == [("invalid_input", f"{name}[1]")]
    assert faults(f"{name}[]=") == [("invalid_input", f"{name}[0]")]


def test_brackets_after_the_name_of_a_scalar_are_no_parameter() -> None:
    """`page[]` and `added_after[]` are unknown, with the right names near."""
    assert faults("page[]=1&added_after[]=2026-01-01") == [
        ("unknown_parameter", "page[]"),
        ("unknown_parameter", "added_after[]"),
    ]


def test_unknown_names_are_refused_with_the_nearest() -> None:
    """A token in the query string is an unknown parameter like any other, and is not read."""
    with pytest.raises(InvalidRequest, match="`industries`"):
        parsed("industry=Software")
    assert faults("token=secret&access_token=secret&=x") == [
        ("unknown_parameter", "token"),
        ("unknown_parameter", "access_token"),
        ("unknown_parameter", ""),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-01T02:00:00+02:00",
        "2026-01-01T02:00:00%2B02:00",
        "2026-01-01T02:00:00%2002:00",
        "2026-01-01T02:00:00+0200",
        "2026-01-01T02:00:00+02",
        "2026-01-01T02:00:00.000000+02:00",
        "2026-01-01%2002:00:00+02:00",
        "2026-01-01t02:00+02:00",
        "2025-12-31T22:00:00-02:00",
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00z",
        "2026-01-01T00:00:00",
        "2026-01-01",
    ],
)
def test_a_space_where_an_offsets_plus_was_is_taken_as_plus(text: str) -> None:
    """Every notation of one moment is that moment, also where `+` arrived as a space."""
    assert parsed(f"added_after={text}").filters == {"added_after": "2026-01-01T00:00:00Z"}


def test_all_faults_of_notation_and_meaning_come_together() -> None:
    """A repeated scalar does not hide the unknown name beside it."""
    assert set(faults("page=1&page=2&industry=a&per_page=101&industries=")) == {
        ("invalid_input", "page"),
        ("unknown_parameter", "industry"),
        ("invalid_input", "per_page"),
        ("invalid_input", "industries[0]"),
    }


def test_both_notations_say_the_same() -> None:
    """A body and the query string made from it are understood as one query."""
    chance = random.Random(SEED)
    texts = ["R&D", "a,b", "Straße", "🦉", "a b", "x+y", "100%", "de", "50;50", "=", "#"]
    for _ in range(300):
        body: dict[str, Any] = {
            "job_titles": chance.choices(texts, k=chance.randint(1, 3)),
            "exclude_industries": chance.choices(texts, k=chance.randint(1, 3)),
            "has_linkedin_profile": chance.choice([True, False]),
            "added_after": "2026-01-01T00:00:00+01:00",
            "page": chance.randint(1, 99),
        }
        body = dict(chance.sample(list(body.items()), chance.randint(0, len(body))))
        as_text = {n: str(v).lower() if isinstance(v, bool) else v for n, v in body.items()}
        assert parsed(urlencode(as_text, doseq=True)) == parse_fields("contacts", Fields(body), Limits()), (SEED, body)
