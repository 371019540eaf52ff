"""The filter registry against the contract's tables, which are given to the letter."""

import pytest

from letrics.model.company import Company, CompanySummary
from letrics.model.contact import Contact
from letrics.model.filters import EXCLUDE, FILTERS, SEARCHES, TIMES, Kind, filters_of

_OF_COMPANIES = (
    *("added_after", "added_before", "first_seen_after", "first_seen_before"),
    *("locations", "functions", "industries", "tlds", "technologies"),
)
CONTRACT = {
    "contacts": {
        *(
            "job_titles",
            "departments",
            "seniorities",
            "has_personal_email",
            "has_linkedin_profile",
            "is_decision_maker",
        ),
        *("company_has_generic_email", "company_has_linkedin_profile"),
        *_OF_COMPANIES,
    },
    "companies": {"has_generic_email", "has_linkedin_profile", *_OF_COMPANIES},
}
ARRAY_FILTERS = {
    *("job_titles", "departments", "seniorities", "locations", "functions", "industries", "tlds", "technologies"),
}


@pytest.mark.parametrize("search", SEARCHES)
def test_the_filters_are_those_of_the_contract(search: str) -> None:
    """Every given filter is there under its name, none is missing, none is invented, none is declared twice."""
    names = [filter.name for filter in filters_of(search)]  # type: ignore[arg-type]
    assert set(names) == CONTRACT[search]
    assert len(names) == len(set(names))


def test_types_are_those_of_the_contract() -> None:
    """Arrays are arrays, `has_` and `is_` are booleans, `_after` and `_before` are times."""
    for filter in FILTERS:
        assert filter.is_array == (filter.name in ARRAY_FILTERS)
        assert (filter.kind is Kind.FLAG) == ("has_" in filter.name or filter.name.startswith("is_"))
        assert (filter.kind in TIMES) == filter.name.endswith(("_after", "_before"))
        assert filter.has_twin == (filter.kind not in TIMES)
        assert not filter.name.startswith(EXCLUDE)


def test_every_filter_reads_a_field_of_the_record_that_is_answered() -> None:
    """What a contact is found by stands in it or in its company's summary, so that a user sees why it matched."""
    for filter in FILTERS:
        if filter.of == "contact":
            assert filter.searches == ("contacts",)
            assert filter.field in Contact.__struct_fields__
            continue
        assert filter.field in Company.__struct_fields__
        if "contacts" in filter.searches:
            assert filter.field in CompanySummary.__struct_fields__


def test_every_filter_is_documented_with_an_example() -> None:
    """A sentence and an example of the right type."""
    for filter in FILTERS:
        assert filter.doc.endswith(".")
        kind = list if filter.is_array else bool if filter.kind is Kind.FLAG else str
        assert isinstance(filter.example, kind), filter.name
