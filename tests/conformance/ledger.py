"""
The ledger: what a backend should hold after the changes it was given, in two dictionaries.

Changes go through it to the backend, so that both have seen the same.
"""

import random
from collections.abc import Sequence
from typing import Self

import msgspec

from letrics.backend import Backend, Writer
from letrics.model.company import Company, summary
from letrics.model.contact import Contact
from letrics.model.filters import Search
from oracle import Oracle
from records import AWKWARD_IDS, TIMES, random_company, random_contact


class Ledger:
    """The records that count, by id; `contact.company` holds the id only."""

    def __init__(self) -> None:
        self.companies: dict[str, Company] = {}
        self.contacts: dict[str, Contact] = {}

    def put_company(self, writer: Writer, company: Company) -> None:
        """Create or replace a company."""
        writer.put_company(company)
        self.companies[company.id] = company

    def put_contact(self, writer: Writer, contact: Contact) -> None:
        """Create or replace a contact."""
        writer.put_contact(contact)
        self.contacts[contact.id] = contact

    def delete(self, writer: Writer, search: Search, record_id: str) -> None:
        """Remove a record; a removed company's contacts stay without one."""
        writer.delete(search, record_id)
        if search == "contacts":
            self.contacts.pop(record_id, None)
            return
        self.companies.pop(record_id, None)
        for contact in self.contacts.values():
            if contact.company is not None and contact.company.id == record_id:
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

    def grow(self, backend: Backend, commits: int) -> Self:
        """Commit that many random transactions to *backend*."""
        for _ in range(commits):
            with backend.writer() as writer:
                self._change(writer)
                writer.commit()
        return self

    def _change(self, writer: Writer) -> None:
        chance = self.chance
        gone = {self._id("co_") for _ in range(chance.randrange(4))}
        for company_id in sorted(gone):
            self.delete(writer, "companies", company_id)
        # What becomes of the contacts of a company that goes and comes back in one transaction, nothing says.
        ids = [each for _ in range(chance.randrange(self.records_max)) if (each := self._id("co_")) not in gone]
        new = [random_company(chance, each, self.times) for each in ids]
        employers = [None, *self.companies, *(company.id for company in new)]
        people = [
            random_contact(chance, self._id("ct_"), chance.choice(employers), self.times)
            for _ in range(chance.randrange(2 * self.records_max))
        ]
        records: list[Company | Contact] = [*new, *people]
        for record in chance.sample(records, len(records)):
            if isinstance(record, Company):
                self.put_company(writer, record)
            else:
                self.put_contact(writer, record)
        for _ in range(chance.randrange(6)):
            self.delete(writer, "contacts", self._id("ct_"))

    def _id(self, prefix: str) -> str:
        """Return an id that is often held already, so that records are replaced, moved and deleted."""
        return prefix + self.chance.choice((*AWKWARD_IDS, *(f"{i:x}" for i in range(self.records_max))))
