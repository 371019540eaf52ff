"""What a request cannot be, each fault with its field and the way out, and all of them at once."""

import time
from typing import Any

import pytest

from letrics.errors import Fault, InvalidRequest
from letrics.model.filters import Search
from letrics.query.parse import Fields, Limits, parse_fields

LIMITS = Limits()


def faults(search: Search = "contacts", limits: Limits = LIMITS, /, **fields: Any) -> tuple[Fault, ...]:
    with pytest.raises(InvalidRequest) as refusal:
        parse_fields(search, Fields(fields), limits)
    return refusal.value.faults


def fault(search: Search = "contacts", /, **fields: Any) -> tuple[str, int, str | None]:
    (only,) = faults(search, **fields)
    return only.id, only.code, only.field


@pytest.mark.parametrize(
    ("search", "name", "near"),
    [
        ("contacts", "job_title", "`job_titles`"),
        ("contacts", "industry", "`industries`"),
        ("contacts", "Industries", "`industries`"),
        ("contacts", "exclude_industry", "`exclude_industries`"),
        ("contacts", "has_generic_email", "`company_has_generic_email`"),
        ("contacts", "exclude_added_after", "`added_after`"),
        ("companies", "location", "`locations`"),
        ("contacts", "perpage", "`per_page`"),
    ],
)
@pytest.mark.parametrize("given", [["x"], None, []], ids=["value", "null", "empty"])
def test_an_unknown_field_is_refused_with_the_nearest_names(search: Search, name: str, near: str, given: Any) -> None:
    """It is never ignored, not even where its value says nothing; a name that is near is offered."""
    (only,) = faults(search, **{name: given})
    assert (only.id, only.code, only.field) == ("unknown_parameter", 400, name)
    assert near in only.details


@pytest.mark.parametrize(
    "name", ["job_titles", "departments", "seniorities", "has_personal_email", "is_decision_maker"]
)
def test_filters_of_contacts_are_unknown_on_companies(name: str) -> None:
    """What speaks of a contact is no parameter of the companies search, nor is its twin."""
    assert fault("companies", **{name: ["x"]}) == ("unknown_parameter", 400, name)
    assert fault("companies", **{f"exclude_{name}": ["x"]}) == ("unknown_parameter", 400, f"exclude_{name}")


@pytest.mark.parametrize("name", ["", "\ud800", "x" * 100_000, "exclude_", "__class__", "a\nb", "🦉", "zzzzqqqq"])
def test_any_name_is_shown_safely(name: str) -> None:
    """A name that is empty, endless, or no text at all is refused like any other, in an answer that can be sent."""
    (only,) = faults(**{name: 1})
    assert only.id == "unknown_parameter"
    assert only.field is not None
    assert len(only.field) <= 100
    assert len(only.details.encode()) < 1_000


@pytest.mark.parametrize("given", ["Software", 1, 1.5, True, False, {}, {"0": "Software"}])
@pytest.mark.parametrize("name", ["industries", "exclude_industries", "job_titles", "locations", "tlds"])
def test_an_array_filter_takes_an_array(name: str, given: Any) -> None:
    """JSON types are strict: nothing is wrapped, split or converted."""
    assert fault(**{name: given}) == ("invalid_input", 400, name)


def test_a_string_where_an_array_belongs_is_given_back_corrected() -> None:
    """The details hold what to send instead, as JSON."""
    (only,) = faults(industries='Say "cheese"')
    assert '["Say \\"cheese\\""]' in only.details


@pytest.mark.parametrize("given", [1, None, True, ["x"], {}, 1.0])
def test_the_values_of_an_array_are_strings(given: Any) -> None:
    """A value of another type is a fault at its place, and only there."""
    assert fault(industries=["fine", given]) == ("invalid_input", 400, "industries[1]")


@pytest.mark.parametrize("given", ["", " ", "\t\n", "\u00a0\u2003", "\u2028"])
@pytest.mark.parametrize("name", ["industries", "exclude_functions", "job_titles", "locations", "tlds", "departments"])
def test_a_value_that_folds_to_nothing_is_refused(name: str, given: str) -> None:
    """White space of any kind is no value."""
    assert fault(**{name: [given]}) == ("invalid_input", 400, f"{name}[0]")


def test_a_dot_alone_is_no_top_level_domain() -> None:
    """Without its leading dot nothing is left of it."""
    assert fault(tlds=["de", " . "]) == ("invalid_input", 400, "tlds[1]")


@pytest.mark.parametrize("given", ["\ud800", "a\udfffb", "\udc00\ud800"])
@pytest.mark.parametrize("name", ["industries", "job_titles", "locations", "tlds", "seniorities"])
def test_half_a_surrogate_pair_is_refused(name: str, given: str) -> None:
    """What JSON can escape but no text can hold is a fault at its place."""
    assert fault(**{name: [given]}) == ("invalid_input", 400, f"{name}[0]")
    assert fault(added_after=given) == ("invalid_input", 400, "added_after")


@pytest.mark.parametrize("given", ["true", 1, 0, "1", [], [True], {}])
@pytest.mark.parametrize("name", ["has_personal_email", "exclude_is_decision_maker"])
def test_a_boolean_is_true_or_false(name: str, given: Any) -> None:
    """No word or number stands for a boolean in JSON."""
    assert fault(**{name: given}) == ("invalid_input", 400, name)


@pytest.mark.parametrize(
    "given",
    [
        *("", "yesterday", "2026", "2026-01", "2026-13-01", "2026-02-30", "2025-02-29", "2026-1-1", "20260101"),
        *(
            "2026-01-01T24:00:01",
            "2026-01-01T10:60",
            "2026-01-01T10:00:00+25:00",
            "2026-01-01T10:00:00+1:00",
            "10:00",
            "2026-01-01T10:00.5Z",
        ),
        *("01.02.2026", "01/02/2026", "2026-01-01T", "2026-W01-1", "٢٠٢٦-٠١-٠١", "2026-01-01T00:00:00ZZ", "x" * 10_000),
        *("0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "0000-01-01", "-2026-01-01"),
        *(1_767_225_600, 0, 1.5, True, ["2026-01-01"], {}),
    ],
)
def test_a_time_is_an_iso_8601_string(given: Any) -> None:
    """What is no ISO 8601 date or time, or no moment there is, is a fault; numbers are no times."""
    assert fault(added_after=given) == ("invalid_input", 400, "added_after")


@pytest.mark.parametrize(
    ("after", "before"),
    [
        ("2026-01-02", "2026-01-01"),
        ("2026-01-01T00:00:00.000001Z", "2026-01-01T00:00:00Z"),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00+00:01"),
    ],
)
@pytest.mark.parametrize("field", ["added", "first_seen"])
def test_after_later_than_before_is_refused(field: str, after: str, before: str) -> None:
    """No moment lies between them, by as little as a microsecond and across offsets; both are named."""
    (only,) = faults(**{f"{field}_before": before, f"{field}_after": after})
    assert (only.id, only.field) == ("invalid_input", f"{field}_after")
    assert f"`{field}_before`" in only.details


@pytest.mark.parametrize("given", [0, -1, 1.5, "1", True, False, [], [1], {}, float("inf"), float("nan"), -(10**30)])
@pytest.mark.parametrize("name", ["page", "per_page"])
def test_a_page_is_a_whole_number_from_one_on(name: str, given: Any) -> None:
    """It is refused, never clamped."""
    assert fault(**{name: given}) == ("invalid_input", 400, name)


@pytest.mark.parametrize("given", [101, 1_000, 10**30, 1e300])
def test_per_page_is_at_most_100(given: int) -> None:
    """Over the limit is refused, never clamped, and the details say what the limit is."""
    (only,) = faults(per_page=given)
    assert (only.id, only.field) == ("invalid_input", "per_page")
    assert "at most 100" in only.details


def test_limits_are_those_of_the_contract_and_settable() -> None:
    """1,000 values and 256 characters pass, one more does not; an installation can choose others."""
    parse_fields(
        "contacts", Fields({"industries": [f"v{i}" for i in range(1_000)], "job_titles": ["x" * 256]}), Limits()
    )
    assert fault(industries=[f"v{i}" for i in range(1_001)]) == ("invalid_input", 400, "industries")
    assert fault(job_titles=["fine", "x" * 257]) == ("invalid_input", 400, "job_titles[1]")
    few = Limits(values=2, characters=3)
    assert [each.field for each in faults("contacts", few, tlds=["a", "b", "c"])] == ["tlds"]
    assert [each.field for each in faults("contacts", few, tlds=["abcd", "abc"])] == ["tlds[0]"]


def test_all_faults_are_reported_at_once_in_the_order_of_the_request() -> None:
    """One answer names every field that is wrong, each value at its place, the ranges at the end."""
    found = faults(
        per_page=101,
        industry=["x"],
        industries=["fine", 1, "", "fine", "x" * 300],
        has_personal_email="yes",
        added_before="2026-01-01",
        added_after="2026-01-02",
        exclude_tlds=["de", " "],
        page=0,
        departments="finance",
        first_seen_after="soon",
    )
    assert [each.field for each in found] == [
        "per_page",
        "industry",
        "industries[1]",
        "industries[2]",
        "industries[4]",
        "has_personal_email",
        "exclude_tlds[1]",
        "page",
        "departments",
        "first_seen_after",
        "added_after",
    ]
    assert {each.code for each in found} == {400}
    assert [each.id for each in found].count("unknown_parameter") == 1
    assert all(each.details.endswith((".", "?")) for each in found)


def test_faults_of_the_notation_come_first_and_are_kept() -> None:
    """What was wrong in writing is reported with what is wrong in meaning."""
    before = Fault("invalid_input", 400, "Twice.", "page")
    with pytest.raises(InvalidRequest) as refusal:
        parse_fields("contacts", Fields({"page": 0}, (before,)), Limits())
    assert [each.details == "Twice." for each in refusal.value.faults] == [True, False]


@pytest.mark.parametrize(
    "fields",
    [
        {f"unknown {i}": 0 for i in range(60_000)},
        {"industries": list(range(1_000_000))},
        {"industries": ["x" * 1_000_000]},
        {"industries": [["\ud800" * 1_000]] * 1_000},
        {"added_after": "2026-01-01T" + "0" * 1_000_000},
        {"tlds": [*(f"{i}." * 50 for i in range(999)), 0]},
    ],
    ids=["names", "values", "a long value", "nested values", "a long time", "labels"],
)
def test_hostile_requests_are_refused_within_a_second(fields: dict[str, Any]) -> None:
    """However a body of a mebibyte is filled, saying what is wrong with it takes less than a second."""
    began = time.process_time()
    with pytest.raises(InvalidRequest):
        parse_fields("contacts", Fields(fields), Limits())
    assert time.process_time() - began < 1.0


def test_beyond_a_thousand_faults_the_rest_is_not_looked_at() -> None:
    """A request of nothing but faults is answered in bounded time and space, and says where it was left."""
    with pytest.raises(InvalidRequest) as caught:
        parse_fields("contacts", Fields({f"nonsense{i}": 1 for i in range(100_000)}), Limits())
    assert len(caught.value.faults) == 1_001
    assert caught.value.faults[-1].field == "nonsense1000"


@pytest.mark.parametrize("name", ["page", "per_page"])
def test_a_number_that_nothing_holds_is_called_so(name: str) -> None:
    """`1e400` is infinite once it is read, and not null, as JSON would write it."""
    (only,) = faults("contacts", **{name: float("inf")})
    assert only.details == f"`{name}` takes a whole number such as 1, not a number too large to hold."
