"""
The ledger: what a backend should hold after the changes it was given, in two dictionaries.

Changes go through it to the backend, so that both have seen the same.
"""

import random
from collections.abc import Sequence
from typing import NamedTuple, Self

import msgspec

from letrics.backend import Backend, Writer
from letrics.model.company import Company, summary
from letrics.model.contact import Contact
from letrics.model.filters import Search
from oracle import Oracle
from records import AWKWARD_IDS, TIMES, random_company, random_contact


class Delete(NamedTuple):
    """The removal of a record."""

    search: Search
    record_id: str


# A change is a record that is put, or one that is removed; a commit is a list of them.
Change = Company | Contact | Delete
Commit = list[Change]


class Ledger:
    """The records that count, by id; `contact.company` holds the id only."""

    def __init__(self) -> None:
        self.companies: dict[str, Company] = {}
        self.contacts: dict[str, Contact] = {}

    def put_company(self, writer: Writer, company: Company) -> None:
        """Create or replace a company."""
        writer.put_company(company)
        self.note([company])

    def put_contact(self, writer: Writer, contact: Contact) -> None:
        """Create or replace a contact."""
        writer.put_contact(contact)
        self.note([contact])

    def commit(self, backend: Backend, changes: Commit) -> int:
        """Commit *changes* to *backend* and note them; return the generation."""
        with backend.writer() as writer:
            for change in changes:
                if isinstance(change, Company):
                    writer.put_company(change)
                elif isinstance(change, Contact):
                    writer.put_contact(change)
                else:
                    writer.delete(change.search, change.record_id)
            generation = writer.commit()
        self.note(changes)
        return generation

    def note(self, changes: Commit) -> None:
        """Hold what *changes* make of the records."""
        for change in changes:
            if isinstance(change, Company):
                self.companies[change.id] = change
            elif isinstance(change, Contact):
                self.contacts[change.id] = change
            elif change.search == "contacts":
                self.contacts.pop(change.record_id, None)
            else:
                self._remove_company(change.record_id)

    def _remove_company(self, company_id: str) -> None:
        """Remove a company; its contacts stay without one."""
        self.companies.pop(company_id, None)
        for contact in self.contacts.values():
            if contact.company is not None and contact.company.id == company_id:
                self.contacts[contact.id] = msgspec.structs.replace(contact, company=None)

    def oracle(self) -> Oracle:
        """Return the oracle of what is held now."""
        return Oracle(self.companies.values(), self.contacts.values())

    def record(self, search: Search, record_id: str) -> Company | Contact:
        """Return a record as it should be answered: a contact with its company as that is now."""
        if search == "companies":
            return self.companies[record_id]
        contact = self.contacts[record_id]
        if contact.company is None:
            return contact
        return msgspec.structs.replace(contact, company=summary(self.companies[contact.company.id]))


class Growth(Ledger):
    """A ledger that changes at random, commit by commit: records come, change, move and go."""

    def __init__(self, chance: random.Random, times: Sequence[str] = TIMES, records_max: int = 40) -> None:
        super().__init__()
        self.chance = chance
        self.times = times
        self.records_max = records_max
        self.history: list[Commit] = []

    def grow(self, backend: Backend, commits: int) -> Self:
        """Commit that many random lists of changes to *backend*."""
        for _ in range(commits):
            self.history.append(self.next_commit())
            self.commit(backend, self.history[-1])
        return self

    def next_commit(self) -> Commit:
        """Return random changes to what is held now."""
        chance = self.chance
        gone = {self._id("co_") for _ in range(chance.randrange(4))}
        # What becomes of the contacts of a company that goes and comes back in one transaction, nothing says.
        ids = [each for _ in range(chance.randrange(self.records_max)) if (each := self._id("co_")) not in gone]
        new = [random_company(chance, each, self.times) for each in ids]
        stay = [each for each in self.companies if each not in gone]
        employers = [None, *stay, *(company.id for company in new)]
        people = [
            random_contact(chance, self._id("ct_"), chance.choice(employers), self.times)
            for _ in range(chance.randrange(2 * self.records_max))
        ]
        records: Commit = [*new, *people]
        return [
            *(Delete("companies", company_id) for company_id in sorted(gone)),
            *chance.sample(records, len(records)),
            *(Delete("contacts", self._id("ct_")) for _ in range(chance.randrange(6))),
        ]

    def _id(self, prefix: str) -> str:
        """Return an id that is often held already, so that records are replaced, moved and deleted."""
        return prefix + self.chance.choice((*AWKWARD_IDS, *(f"{i:x}" for i in range(self.records_max))))
