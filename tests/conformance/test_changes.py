"""Records that change, move and go: what a search sees after a commit, and what it never sees."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from conformance.backends import OpenBackend
from conformance.ledger import Ledger
from conformance.questions import TIMEOUT_S, decoded, total, walk
from letrics.backend import Answer, Backend
from letrics.errors import ConflictError
from letrics.model.company import Company
from letrics.model.contact import Contact
from letrics.model.filters import Search
from letrics.query.parse import Fields, Limits, parse_fields
from records import company_of, contact_of

TIME = "2026-01-01T00:00:00Z"
LATER = "2026-02-01T00:00:00Z"


def firm(key: str, **fields: Any) -> Company:
    return company_of(f"co_{key}", **{"added_at": TIME, "first_seen_at": TIME, **fields})


def person(key: str, company: str | None, **fields: Any) -> Contact:
    return contact_of(f"ct_{key}", f"co_{company}" if company else None, **{"added_at": TIME, **fields})


def commit(backend: Backend, *records: Company | Contact, delete: tuple[str, ...] = ()) -> int:
    with backend.writer() as writer:
        for record_id in delete:
            writer.delete("companies" if record_id.startswith("co_") else "contacts", record_id)
        for record in records:
            if isinstance(record, Company):
                writer.put_company(record)
            else:
                writer.put_contact(record)
        return writer.commit()


def ask(backend: Backend, search: Search, **request: Any) -> Answer:
    return backend.searcher().search(parse_fields(search, Fields(request), Limits()).query, timeout_s=TIMEOUT_S)


def found(backend: Backend, search: Search, **request: Any) -> list[str]:
    return [decoded(search, row).id[3:] for row in ask(backend, search, **request).rows]


def unknown(backend: Backend, search: Search, **request: Any) -> list[str]:
    return [each.given for each in ask(backend, search, **request).unknown]


def test_a_changed_company_is_seen_with_all_its_contacts(backend: Backend) -> None:
    """Contacts show and are found by their company's new values, and no longer by the old, without being put again."""
    commit(backend, firm("a", industries=("Banking",)), person("1", "a"), person("2", "a"))
    commit(backend, firm("a", industries=("Mining",), domain="a.de", added_at=LATER))
    assert found(backend, "contacts", industries=["Banking"]) == []
    assert found(backend, "contacts", industries=["Mining"], tlds=["de"], added_after=LATER) == ["1", "2"]
    rows = ask(backend, "contacts").rows
    assert [msgspec.json.decode(row)["company"]["industries"] for row in rows] == [["Mining"], ["Mining"]]


def test_a_companys_new_time_moves_its_contacts_in_the_order(backend: Backend) -> None:
    """The order follows the company as it is now."""
    commit(backend, firm("a"), firm("b"), person("1", "a"), person("2", "b"))
    assert found(backend, "contacts") == ["1", "2"]
    commit(backend, firm("b", added_at=LATER))
    assert found(backend, "contacts") == ["2", "1"]
    assert found(backend, "companies") == ["b", "a"]


def test_a_contact_that_moves_leaves_its_old_company(backend: Backend) -> None:
    """A contact that is put with another company is found by that one only."""
    commit(backend, firm("a", domain="a.de"), firm("b", domain="b.fr"), person("1", "a"))
    commit(backend, person("1", "b"))
    assert found(backend, "contacts", tlds=["de"]) == []
    assert found(backend, "contacts", tlds=["fr"]) == ["1"]
    commit(backend, person("1", None))
    assert (found(backend, "contacts", tlds=["fr"]), found(backend, "contacts")) == ([], ["1"])


def test_a_removed_companys_contacts_stay_without_it(backend: Backend) -> None:
    """The contacts of a removed company are in the answers, with no company and in no filter of one."""
    commit(backend, firm("a", industries=("Banking",)), firm("b", added_at=LATER), person("1", "a"), person("2", "b"))
    commit(backend, delete=("co_a",))
    assert found(backend, "companies") == ["b"]
    assert found(backend, "contacts") == ["2", "1"]
    assert found(backend, "contacts", exclude_industries=["Banking"]) == ["2", "1"]
    assert found(backend, "contacts", added_before=TIME) == []
    assert msgspec.json.decode(ask(backend, "contacts").rows[1], type=Contact).company is None


def test_a_company_removed_with_a_contact_put_before_leaves_it_without(backend: Backend) -> None:
    """Within one transaction too, the contacts of a removed company stay without a company."""
    commit(backend, firm("a"))
    with backend.writer() as writer:
        writer.put_contact(person("1", "a"))
        writer.delete("companies", "co_a")
        writer.commit()
    assert found(backend, "contacts") == ["1"]
    assert msgspec.json.decode(ask(backend, "contacts").rows[0], type=Contact).company is None


def test_a_removed_record_is_in_no_answer(backend: Backend) -> None:
    """No inclusion, exclusion or empty query brings a removed record back, and its value occurs no more."""
    commit(backend, firm("a", industries=("Banking",)), person("1", "a", job_title="Baker"))
    commit(backend, firm("b"), delete=("co_a", "ct_1"))
    assert found(backend, "companies") == ["b"]
    assert found(backend, "companies", exclude_industries=["Mining"]) == ["b"]
    assert found(backend, "contacts") == found(backend, "contacts", exclude_job_titles=["x"]) == []
    assert unknown(backend, "companies", industries=["Banking"]) == ["Banking"]
    assert unknown(backend, "contacts", job_titles=["baker"]) == ["baker"]
    commit(backend, firm("a", industries=("Banking",)))
    assert found(backend, "companies", industries=["Banking"]) == ["a"]
    assert unknown(backend, "companies", industries=["Banking"]) == []


def test_the_last_of_two_puts_counts(backend: Backend) -> None:
    """Within one transaction the later record replaces the earlier, and a delete takes back what was put."""
    commit(backend, firm("a", industries=("Banking",)), firm("a", industries=("Mining",)), person("1", "a"))
    assert found(backend, "companies", industries=["Mining"]) == ["a"]
    assert unknown(backend, "companies", industries=["Banking"]) == ["Banking"]
    with backend.writer() as writer:
        writer.put_contact(person("2", "a"))
        writer.delete("contacts", "ct_2")
        writer.delete("contacts", "ct_never_held")
        writer.commit()
    assert found(backend, "contacts") == ["1"]


def test_nothing_is_seen_before_the_commit_and_nothing_without_it(backend: Backend) -> None:
    """A search sees the old data until the commit; changes that are not committed leave no trace."""
    first = commit(backend, firm("a"))
    with backend.writer() as writer:
        writer.put_company(firm("b"))
        assert found(backend, "companies") == ["a"]
    assert found(backend, "companies") == ["a"]
    assert commit(backend, firm("c")) > first
    assert found(backend, "companies") == ["a", "c"]


def test_one_writer_at_a_time(open_backend: OpenBackend, backend: Backend, tmp_path: Path) -> None:
    """A second writer is refused while the first is open, and let in afterwards."""
    other = open_backend(tmp_path / "index")
    with backend.writer(), pytest.raises(ConflictError), other.writer():
        pass
    commit(other, firm("a"))
    assert found(backend, "companies") == ["a"]


def test_an_answer_names_its_generation(backend: Backend) -> None:
    """The generation that a commit returns is the one that answers afterwards, and it rises with every change."""
    assert ask(backend, "companies").total == 0
    generations = [commit(backend, firm(name)) for name in "abc"]
    assert generations == sorted(set(generations))
    assert ask(backend, "companies").generation == generations[-1]


def test_an_empty_backend_answers(backend: Backend) -> None:
    """Before the first import every search is answered: nothing found, every value unknown."""
    assert found(backend, "contacts", job_titles=["a"]) == []
    assert unknown(backend, "contacts", job_titles=["a"], exclude_tlds=["de"]) == ["a", "de"]


def test_a_value_that_only_a_company_without_contacts_has_does_occur(backend: Backend) -> None:
    """On contacts, a company's value is no unknown one because nobody works there."""
    commit(backend, firm("a", industries=("Banking",)))
    answer = ask(backend, "contacts", industries=["Banking", "Bankin", "Astrology"], exclude_locations=["Germany"])
    assert [each.given for each in answer.unknown] == ["Bankin", "Astrology", "Germany"]
    assert [each.exclude for each in answer.unknown] == [False, False, True]
    assert answer.unknown[0].near[:1] == ("Banking",)


def test_near_values_are_at_most_three_for_ten_values_and_none_for_titles(backend: Backend) -> None:
    """Up to three near values, spelt as the data spells them, for the first ten unknown values; none for job titles."""
    names = ("Software Development", "Software Developers", "SOFTWARE Developing", "Software Develop", "Baking")
    commit(backend, firm("a", industries=names), person("1", "a", job_title="Manager"))
    answer = ask(backend, "contacts", job_titles=["managr"], industries=[f"Software Develop {i}" for i in range(12)])
    near = [each.near for each in answer.unknown]
    assert near[0] == ()
    assert all(1 <= len(each) <= 3 and set(each) <= set(names) for each in near[1:10])
    assert near[10:] == [(), (), ()]


def test_reopening_changes_nothing(open_backend: OpenBackend, backend: Backend, tmp_path: Path) -> None:
    """A process that opens the folder later gives the answers of the one that wrote it."""
    commit(backend, firm("a"), firm("b"), person("1", "a"), person("2", "b"))
    commit(backend, firm("a", industries=("Mining",)), delete=("ct_2",))
    before = ask(backend, "contacts", industries=["mining"])
    backend.close()
    after = ask(open_backend(tmp_path / "index"), "contacts", industries=["mining"])
    assert (after.total, after.rows, after.generation) == (before.total, before.rows, before.generation)


def test_every_field_of_a_record_comes_back(backend: Backend) -> None:
    """A row is the record: every field there, none lost, in the types of the model."""
    company = firm(
        "a", name="A & Co.", custom={"Ünïcode\n": [1, {"deep": None}], "": ""}, phones=("+49 30 1",), revenue=10**15
    )
    contact = person(
        "1", "a", socials={"x": "y"}, custom={"company": "null}"}, job_title='"null}', derived=("seniority",)
    )
    commit(backend, company, contact)
    (row,) = ask(backend, "companies").rows
    assert msgspec.json.decode(row, type=Company) == company
    assert set(msgspec.json.decode(row)) == set(Company.__struct_fields__)
    (row,) = ask(backend, "contacts").rows
    ledger = Ledger()
    ledger.companies, ledger.contacts = {company.id: company}, {contact.id: contact}
    assert msgspec.json.decode(row, type=Contact) == ledger.record("contacts", contact.id)
    assert set(msgspec.json.decode(row)) == set(Contact.__struct_fields__)


def test_counts_are_those_of_empty_queries(backend: Backend) -> None:
    """`counts` says how many records there are, deleted and replaced ones not among them."""
    commit(backend, firm("a"), firm("b"), person("1", "a"), person("2", None))
    commit(backend, firm("b"), person("1", None), delete=("co_a",))
    counts = backend.searcher().counts()
    assert (counts.companies, counts.contacts) == (1, 2)
    assert total(backend.searcher(), "contacts", {}) == len(walk(backend.searcher(), "contacts", {}, 1)) == 2
