"""Errors: their ids and codes, which never change their meaning."""

import pytest

from letrics import errors
from letrics.errors import Fault, InvalidInput, InvalidRequest, LetricsError

# api.md, section 1, and what has been added to it since.
CONTRACT = {
    "invalid_input": 400,
    "unknown_parameter": 400,
    "malformed_json": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "not_acceptable": 406,
    "request_timeout": 408,
    "conflict": 409,
    "gone": 410,
    "payload_too_large": 413,
    "uri_too_long": 414,
    "unsupported_media_type": 415,
    "rate_limited": 429,
    "headers_too_large": 431,
    "internal_error": 500,
    "unavailable": 503,
    "timeout": 504,
}
KINDS = [
    each
    for each in vars(errors).values()
    if isinstance(each, type) and issubclass(each, LetricsError) and each is not InvalidRequest
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_has_an_id_and_the_code_of_the_contract(kind: type[LetricsError]) -> None:
    """No error goes out under an id that the contract does not name, or with another code."""
    assert CONTRACT[kind.id] == kind.code
    assert kind.__doc__


def test_an_error_is_one_fault_with_its_field() -> None:
    """What is wrong, with which field, under which id and code."""
    error = InvalidInput("No such day.", field="added_after")
    assert error.faults == (Fault("invalid_input", 400, "No such day.", "added_after"),)
    assert str(error) == "No such day."


def test_a_request_keeps_all_its_faults_in_order() -> None:
    """An invalid request is all that is wrong with it."""
    faults = (Fault("invalid_input", 400, "One."), Fault("unknown_parameter", 400, "Two.", "x"))
    error = InvalidRequest(faults)
    assert (error.faults, error.code) == (faults, 400)
    assert "One." in str(error)
    assert "Two." in str(error)
