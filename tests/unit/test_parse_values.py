"""From the values of a request to a query: folding, vocabularies, domains, times, places, paging, warnings."""

from typing import Any

import pytest

from letrics.model.filters import EXCLUDE, SEARCHES, Kind, Search, filters_of
from letrics.query.parse import Fields, Limits, Parsed, parameter_names, parse_fields
from letrics.query.query import PlacesClause, TermsClause, TimeClause


def parsed(search: Search = "contacts", /, **fields: Any) -> Parsed:
    return parse_fields(search, Fields(fields), Limits())


def terms(search: Search = "contacts", /, **fields: Any) -> list[str]:
    (clause,) = parsed(search, **fields).query.clauses
    assert isinstance(clause, TermsClause)
    return [value.term for value in clause.values]


@pytest.mark.parametrize(
    ("given", "folded"),
    [
        ("R&D", "r and d"),
        ("r & d", "r and d"),
        ("R and D", "r and d"),
        ("R  &\tD", "r and d"),
        ("R＆D", "r and d"),
        ("A&&B", "a and and b"),
        ("  Software\n\u00a0 Development\u2028", "software development"),
        ("Straße", "strasse"),
        ("ẞ", "ss"),
        ("ﬁnance", "finance"),
        ("ＦＵＬＬ", "full"),
        ("Ⅷ", "viii"),
        ("𝐁old™", "boldtm"),
        ("e\u0301", "é"),
        ("\u212bngström", "ångström"),
        ("İ", "i\u0307"),
        ("ı", "ı"),
        ("ΣΊΣΥΦΟΣ", "σίσυφοσ"),
        ("é", "é"),
        ("שלום", "שלום"),
        ("👩‍💻", "👩‍💻"),
        ("a\x00b", "a\x00b"),
        ("managers", "managers"),
    ],
)
@pytest.mark.parametrize("name", ["job_titles", "industries", "functions", "technologies", "exclude_industries"])
def test_values_are_folded(name: str, given: str, folded: str) -> None:
    """NFKC, casefold, NFKC, `&` as ` and `, white space collapsed and trimmed; no accent dropped, nothing stemmed."""
    assert terms(**{name: [given]}) == [folded]


@pytest.mark.parametrize("search", SEARCHES)
def test_every_filter_and_twin_is_understood_by_its_example(search: Search) -> None:
    """What the registry documents is what the parser takes, on the right search, with a twin where one belongs."""
    for filter in filters_of(search):
        for prefix in ("", EXCLUDE) if filter.has_twin else ("",):
            result = parsed(search, **{prefix + filter.name: filter.example})
            (clause,) = result.query.clauses
            assert list(result.filters) == [prefix + filter.name]
            if not isinstance(clause, TimeClause):
                assert (clause.filter, clause.exclude) == (filter, prefix == EXCLUDE)
            assert result.warnings == ()


def test_only_times_have_no_twin() -> None:
    """Every array filter and every boolean has an `exclude_` twin; paging and times have none."""
    for search in SEARCHES:
        names = parameter_names(search)
        for filter in filters_of(search):
            assert (EXCLUDE + filter.name in names) == (filter.kind not in (Kind.AFTER, Kind.BEFORE))
        assert names[-2:] == ("page", "per_page")
        assert len(set(names)) == len(names)


def test_several_filters_are_several_clauses_in_order() -> None:
    """Filters combine by AND: one clause each; values of one filter stay together."""
    query = parsed(industries=["a", "b"], exclude_industries=["b"], has_linkedin_profile=True).query
    assert [type(clause) for clause in query.clauses] == [TermsClause] * 3
    assert [clause.exclude for clause in query.clauses if isinstance(clause, TermsClause)] == [False, True, False]


def test_equal_values_are_one_and_what_was_given_is_kept() -> None:
    """Spellings of one value count once, and are shown as the client wrote the first."""
    (clause,) = parsed(industries=["R&D", "r and d", "Software", "SOFTWARE"]).query.clauses
    assert isinstance(clause, TermsClause)
    assert [(value.term, value.given) for value in clause.values] == [("r and d", "R&D"), ("software", "Software")]


@pytest.mark.parametrize("given", [None, [], ()])
def test_null_and_an_empty_array_mean_not_given(given: Any) -> None:
    """They restrict nothing, are not among the applied filters, and are no reason for a warning."""
    result = parsed(industries=given, exclude_industries=given, locations=given, has_linkedin_profile=None, page=None)
    assert (result.query.clauses, result.filters, result.resolved, result.warnings) == ((), {}, {}, ())
    assert parsed(added_after=None, per_page=None).query == parsed().query


@pytest.mark.parametrize(
    ("name", "given", "applied"),
    [
        ("departments", ["Human Resources", "human_resources", "HR"], ["human_resources"]),
        ("seniorities", ["C-Level", "Vice President", "CXO"], ["c_suite", "vp"]),
        ("exclude_seniorities", ["trainee"], ["intern"]),
        ("departments", ["Moon & Stars"], ["moon and stars"]),
        ("seniorities", ["Grand Vizier"], ["grand vizier"]),
    ],
)
def test_departments_and_seniorities_pass_the_alias_table(name: str, given: list[str], applied: list[str]) -> None:
    """Aliases become the canonical value, unknown values are kept; `meta.filters` shows what was applied."""
    assert parsed(**{name: given}).filters == {name: applied}
    assert terms(**{name: given}) == applied


@pytest.mark.parametrize(
    ("given", "term"),
    [
        ("de", "de"),
        (".de", "de"),
        (" .DE ", "de"),
        ("co.uk", "co.uk"),
        (".Co.Uk", "co.uk"),
        ("рф", "xn--p1ai"),
        (".РФ", "xn--p1ai"),
        ("．de", "de"),
        ("de.", "de"),
        ("xn--p1ai", "xn--p1ai"),
        ("XN--P1AI", "xn--p1ai"),
        ("公司.cn", "xn--55qx5d.cn"),
        ("notatld", "notatld"),
    ],
)
def test_tlds_come_with_or_without_dot_in_unicode_or_punycode(given: str, term: str) -> None:
    """Every spelling of a top-level domain or public suffix is one term."""
    assert terms(tlds=[given]) == [term]


@pytest.mark.parametrize("given", ["a b", "-de", "d_e", "..de", "*.ck", "https://x.de", "ä" * 80, "\x00"])
def test_what_can_be_no_top_level_domain_is_a_value_that_occurs_nowhere(given: str) -> None:
    """Like any other value that is not in the data, it is no fault."""
    (term,) = terms(tlds=[given])
    assert term


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        ("2026-01-31", "2026-01-31T00:00:00Z"),
        ("2026-01-31T09:30", "2026-01-31T09:30:00Z"),
        ("2026-01-31T09:30:00", "2026-01-31T09:30:00Z"),
        ("2026-01-31 09:30:00Z", "2026-01-31T09:30:00Z"),
        ("2026-01-31T09:30:00Z", "2026-01-31T09:30:00Z"),
        ("2026-01-31T09:30:00.5Z", "2026-01-31T09:30:00.500000Z"),
        ("2026-01-31T09:30:00.000001Z", "2026-01-31T09:30:00.000001Z"),
        ("2026-01-31T09:30:00.000001999Z", "2026-01-31T09:30:00.000001Z"),
        ("2026-01-31T09:30:00+02:00", "2026-01-31T07:30:00Z"),
        ("2026-01-31T00:00:00+0530", "2026-01-30T18:30:00Z"),
        ("2026-12-31T23:59:59.999999-08:00", "2027-01-01T07:59:59.999999Z"),
        ("2024-02-29", "2024-02-29T00:00:00Z"),
        ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
        ("0001-01-01", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_times_become_utc_to_the_microsecond(given: str, canonical: str) -> None:
    """An offset is converted, without one it is UTC, a bare date is its midnight; finer than a microsecond is cut."""
    assert parsed(added_after=given).filters == {"added_after": canonical}


def test_both_ends_of_a_range_are_one_clause() -> None:
    """`after` and `before` of one field are one range with both ends; equal ends are a range of one moment."""
    both = parsed(
        first_seen_before="1970-01-02", first_seen_after="1970-01-01", added_after="1970-01-01T00:00:00.000001"
    )
    day_us = 86_400_000_000
    assert set(both.query.clauses) == {
        TimeClause(field="first_seen_at", after_us=0, before_us=day_us),
        TimeClause(field="added_at", after_us=1, before_us=None),
    }
    moment = "2026-01-01T00:00:00Z"
    assert len(parsed(added_after=moment, added_before="2026-01-01T01:00:00+01:00").query.clauses) == 1


def test_a_false_boolean_warns_and_names_the_way_out() -> None:
    """`false` restricts nothing; the warning names the twin that keeps the others, in both directions."""
    result = parsed(has_personal_email=False, exclude_has_linkedin_profile=False)
    assert (result.query.clauses, result.filters) == ((), {})
    assert [warning.field for warning in result.warnings] == ["has_personal_email", "exclude_has_linkedin_profile"]
    assert "`exclude_has_personal_email: true`" in result.warnings[0].details
    assert "`has_linkedin_profile: true`" in result.warnings[1].details


@pytest.mark.parametrize("page", [1, 2, 10**9, 10**30, 1.0])
def test_there_is_no_depth_limit(page: int) -> None:
    """Any page from 1 on is asked for as it is; a whole number is one however JSON writes it."""
    assert parsed(page=page).query.page == page


def test_paging_has_its_defaults() -> None:
    """Page 1 of 25 without a word; as many as 100 on request."""
    query = parsed().query
    assert (query.page, query.per_page) == (1, 25)
    assert [parsed(per_page=n).query.per_page for n in (1, 100)] == [1, 100]


def test_places_are_resolved_and_what_they_were_understood_as_is_told() -> None:
    """`meta.resolved` lists each location string once with its readings: level, code and name."""
    result = parsed(locations=["Germany", " Germany ", "Georgia"], exclude_locations=["US-CA"])
    assert result.filters == {"locations": ["Germany", "Georgia"], "exclude_locations": ["US-CA"]}
    assert set(result.resolved) == {"locations", "exclude_locations"}
    germany, georgia = result.resolved["locations"]
    assert germany.input == "Germany"
    assert [(match["level"], match["code"]) for match in germany.matches] == [("country", "DE")]
    assert {(match["level"], match["code"]) for match in georgia.matches} >= {("country", "GE"), ("region", "US-GA")}
    assert [type(clause) for clause in result.query.clauses] == [PlacesClause] * 2


def test_a_doubtful_code_warns_at_its_place() -> None:
    """Two letters alone are always a country: `CA` warns of `US-CA`, and `TX`, which is none, suggests `US-TX`."""
    result = parsed(locations=["Berlin", "CA"], exclude_locations=["TX"])
    assert [warning.field for warning in result.warnings] == ["locations[1]", "exclude_locations[0]"]
    assert "US-CA" in result.warnings[0].details
    assert "US-TX" in result.warnings[1].details


def test_applied_filters_can_be_sent_again() -> None:
    """`meta.filters` is itself a request, and asks the same."""
    given: dict[str, Any] = {
        "job_titles": ["Head of R&D", "ﬁnance"],
        "exclude_departments": ["Human Resources"],
        "seniorities": ["C-Level"],
        "tlds": [".РФ", "Co.UK"],
        "locations": [" Munich, Germany "],
        "is_decision_maker": True,
        "added_after": "2026-01-01T00:00:00.5+02:00",
    }
    once = parsed(**given)
    again = parsed(**once.filters)
    assert again.filters == once.filters
    assert [getattr(clause, "values", clause) for clause in again.query.clauses if isinstance(clause, TimeClause)] == [
        clause for clause in once.query.clauses if isinstance(clause, TimeClause)
    ]
