"""Contract, sections 1, 3, 4 and 6, over HTTP: envelopes, both notations, and what `meta` says."""

import re
from typing import Any

import pytest

from hostile import wait_until
from serving import Server

META = ["page", "per_page", "total", "pages", "filters", "resolved", "warnings", "generation", "request_id", "took_ms"]


def found(server: Server, path: str, body: dict[str, Any]) -> list[str]:
    answer = server.post(path, body)
    assert answer.status_code == 200, answer.text
    return [record["id"] for record in answer.json()["data"]]


def test_a_success_has_data_meta_and_no_errors(server: Server) -> None:
    """Every JSON answer is one object of exactly data, meta and errors; meta has exactly the contract's keys."""
    answer = server.post("/v1/contacts", {})
    assert list(answer.json()) == ["data", "meta", "errors"]
    assert answer.json()["errors"] == []
    assert list(answer.json()["meta"]) == META
    assert answer.json()["meta"]["total"] == 4
    assert answer.headers["x-request-id"] == answer.json()["meta"]["request_id"]
    assert answer.headers["content-type"] == "application/json"


def test_the_newest_company_comes_first(server: Server) -> None:
    """Company added_at descending, company id, contact id; a contact without a company by its own added_at."""
    assert found(server, "/v1/contacts", {}) == ["ct_1", "ct_3", "ct_4", "ct_2"]
    assert found(server, "/v1/companies", {}) == ["co_alpha", "co_beta", "co_gamma"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"job_titles": ["FINANCE"]}, ["ct_1", "ct_2"]),
        ({"departments": ["Human Resources"]}, ["ct_3"]),
        ({"seniorities": ["director"]}, ["ct_2"]),
        ({"has_personal_email": True}, ["ct_1"]),
        ({"exclude_has_personal_email": True}, ["ct_3", "ct_4", "ct_2"]),
        ({"has_linkedin_profile": True}, ["ct_2"]),
        ({"is_decision_maker": True}, ["ct_4", "ct_2"]),
        ({"company_has_generic_email": True}, ["ct_1", "ct_3"]),
        ({"company_has_linkedin_profile": True}, ["ct_1", "ct_3"]),
        ({"added_after": "2026-02-15"}, ["ct_1", "ct_3"]),
        ({"added_before": "2026-02-01T13:00:00.000001+01:00"}, ["ct_2"]),
        ({"first_seen_after": "2026-01-01"}, ["ct_1", "ct_3"]),
        ({"first_seen_before": "2020-05-01"}, ["ct_2"]),
        ({"locations": ["Bavaria"]}, ["ct_1", "ct_3"]),
        ({"locations": ["Georgia"]}, ["ct_2"]),
        ({"locations": ["country:Georgia"]}, []),
        ({"exclude_locations": ["Germany"]}, ["ct_4", "ct_2"]),
        ({"functions": ["SaaS"]}, ["ct_1", "ct_3"]),
        ({"industries": ["r and d services"]}, ["ct_2"]),
        ({"industries": ["software"], "exclude_industries": ["R & D Services"]}, ["ct_1", "ct_3"]),
        ({"tlds": [".UK"]}, ["ct_2"]),
        ({"tlds": ["co.uk", "de"]}, ["ct_1", "ct_3", "ct_2"]),
        ({"technologies": ["shopify", "wordpress"]}, ["ct_1", "ct_3", "ct_2"]),
        ({"exclude_technologies": ["WordPress"]}, ["ct_1", "ct_3", "ct_4"]),
        ({"industries": None, "tlds": []}, ["ct_1", "ct_3", "ct_4", "ct_2"]),
    ],
)
def test_each_filter_of_contacts(server: Server, body: dict[str, Any], expected: list[str]) -> None:
    """Each filter and twin keeps what the contract says; what lacks an attribute is never excluded by it."""
    assert found(server, "/v1/contacts", body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"has_generic_email": True}, ["co_alpha"]),
        ({"exclude_has_linkedin_profile": True}, ["co_beta", "co_gamma"]),
        ({"locations": ["Europe", "US-GA"]}, ["co_alpha", "co_beta"]),
        ({"exclude_tlds": ["de"]}, ["co_beta", "co_gamma"]),
        (
            {"added_after": "2026-02-01T12:00:00.000001Z", "added_before": "2026-02-01 12:00:00.000001"},
            ["co_beta", "co_gamma"],
        ),
        ({"added_after": "2026-02-01T12:00:00.000002Z"}, ["co_alpha"]),
    ],
)
def test_filters_of_companies(server: Server, body: dict[str, Any], expected: list[str]) -> None:
    """The companies search reads the company itself; both range ends are inclusive, to the microsecond."""
    assert found(server, "/v1/companies", body) == expected


def test_a_query_string_says_the_same_as_a_body(server: Server) -> None:
    """Repeated keys, `[]` after the name, 1 for true, and a space where an offset's plus was."""
    body = {
        "technologies": ["Shopify", "WordPress"],
        "exclude_job_titles": ["lead"],
        "has_personal_email": True,
        "added_after": "2026-01-01T00:00:00+01:00",
        "per_page": 5,
    }
    by_body = server.post("/v1/contacts", body).json()
    by_query = server.get(
        "/v1/contacts?technologies=Shopify&technologies[]=WordPress&exclude_job_titles=lead&has_personal_email=1"
        "&added_after=2026-01-01T00:00:00+01:00&per_page=5"
    ).json()
    assert by_query["data"] == by_body["data"] != []
    assert by_query["meta"]["filters"] == by_body["meta"]["filters"]


def test_commas_never_split(server: Server) -> None:
    """A comma in a query-string value belongs to the value."""
    answer = server.get("/v1/companies?industries=Software,Banking").json()
    assert answer["meta"]["total"] == 0
    assert answer["meta"]["warnings"][0]["details"].startswith("'Software,Banking'")


def test_all_faults_of_a_request_come_at_once(server: Server) -> None:
    """Unknown parameters with the nearest names, wrong types with the corrected form, and limits, in one answer."""
    body = {
        "industry": ["x"],
        "locations": "Germany",
        "technologies": ["ok", "  ", 5],
        "page": 0,
        "per_page": 101,
        "has_personal_email": "yes",
        "added_after": "yesterday",
        "first_seen_after": "2026-02-01",
        "first_seen_before": "2026-01-01",
    }
    answer = server.post("/v1/contacts", body)
    errors = {error.get("field"): error for error in answer.json()["errors"]}
    assert answer.status_code == 400
    assert errors.keys() == (body.keys() - {"technologies", "first_seen_before"}) | {
        "technologies[1]",
        "technologies[2]",
    }
    assert errors["industry"]["id"] == "unknown_parameter"
    assert "`industries`" in errors["industry"]["details"]
    assert '["Germany"]' in errors["locations"]["details"]


def test_a_false_boolean_restricts_nothing_and_names_the_way_out(server: Server) -> None:
    """`false` keeps everything, and a warning names the twin."""
    answer = server.post("/v1/contacts", {"has_personal_email": False}).json()
    assert answer["meta"]["total"] == 4
    assert answer["meta"]["filters"] == {}
    assert "`exclude_has_personal_email: true`" in answer["meta"]["warnings"][0]["details"]


def test_meta_says_what_was_applied_and_understood(server: Server) -> None:
    """`filters` holds the normalised values, `resolved` the places, `warnings` what occurs nowhere."""
    body = {
        "departments": ["HR"],
        "seniorities": ["Vice President"],
        "locations": ["CA"],
        "technologies": ["Shopfy"],
        "added_after": "2026-01-01",
    }
    meta = server.post("/v1/contacts", body).json()["meta"]

    def near() -> list[str]:
        told = server.post("/v1/contacts", body).json()["meta"]["warnings"]
        return next(warning["near"] for warning in told if warning["field"] == "technologies")

    # Near values are looked up where there is time, which a busy machine may not have each time.
    wait_until(lambda: near() == ["Shopify"])
    assert meta["filters"] == {
        "departments": ["human_resources"],
        "seniorities": ["vp"],
        "locations": ["CA"],
        "technologies": ["shopfy"],
        "added_after": "2026-01-01T00:00:00Z",
    }
    assert meta["resolved"]["locations"][0]["matches"][0] == {"level": "country", "code": "CA", "name": "Canada"}
    warnings = {warning["field"]: warning for warning in meta["warnings"]}
    assert "US-CA" in warnings["locations[0]"]["details"]
    assert "technologies" in warnings


def test_a_page_beyond_the_last_is_empty_with_the_true_total(server: Server) -> None:
    """Pages never overlap, never skip, and end."""
    pages = [server.post("/v1/contacts", {"page": page, "per_page": 3}).json() for page in (1, 2, 3, 10**9)]
    assert [[r["id"] for r in page["data"]] for page in pages] == [["ct_1", "ct_3", "ct_4"], ["ct_2"], [], []]
    assert {(page["meta"]["total"], page["meta"]["pages"]) for page in pages} == {(4, 2)}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{", "malformed_json"),
        (b'{"page": NaN}', "malformed_json"),
        (b"\xff\xfe{}", "malformed_json"),
        (b'{"tlds": ' + b"[" * 40 + b"]" * 40 + b"}", "malformed_json"),
        (b"[]", "invalid_input"),
        (b'{"page": 1, "page": 2}', "invalid_input"),
        (b'{"tlds": ["\\ud800"]}', "invalid_input"),
        (b'{"page": 1e999}', "invalid_input"),
        (b'{"\\ud800": 1}', "unknown_parameter"),
    ],
)
def test_what_is_no_json_object_is_said(server: Server, body: bytes, expected: str) -> None:
    """Broken JSON, other encodings, deep nesting, a name given twice and lone surrogates each get a 400."""
    with server.client(**{"Content-Type": "application/json"}) as client:
        answer = client.post("/v1/contacts", content=body)
    assert (answer.status_code, answer.json()["errors"][0]["id"]) == (400, expected)


def test_an_empty_body_is_no_filter(server: Server) -> None:
    """No body and `{}` mean the same."""
    with server.client() as client:
        assert client.post("/v1/companies").json()["meta"]["total"] == 3


def test_a_query_string_on_a_post_is_unknown(server: Server) -> None:
    """Parameters of a POST stand in its body; those in the query string are refused with the body's own faults."""
    answer = server.post("/v1/companies?page=2&x=1", {"page": 0})
    named = [(error["id"], error["field"]) for error in answer.json()["errors"]]
    assert named == [("unknown_parameter", "page"), ("unknown_parameter", "x"), ("invalid_input", "page")]


@pytest.mark.parametrize("query", ["page=1&page=2", "page=", "has_linkedin_profile=maybe", "industries=", "tlds=%ff"])
def test_a_repeated_scalar_or_an_empty_value_is_invalid(server: Server, query: str) -> None:
    """In a query string a scalar stands once, and nothing is empty."""
    answer = server.get(f"/v1/companies?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["id"]) == (400, "invalid_input")


def test_the_seven_rooms_tell_their_times(server: Server) -> None:
    """`Server-Timing` has app, auth, search, parse, searcher, match, collect and the total."""
    timing = server.post("/v1/contacts", {}).headers["server-timing"]
    rooms = re.findall(r"(\w+);dur=[0-9.]+", timing)
    assert rooms == ["app", "auth", "search", "parse", "searcher", "match", "collect", "total"]
