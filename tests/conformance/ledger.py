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
from records import TIMES, random_company, random_contact


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
        # Deletes come first: what is deleted and put in one transaction is put.
        for _ in range(chance.randrange(4)):
            self.delete(writer, "companies", self._company_id())
        for _ in range(chance.randrange(6)):
            self.delete(writer, "contacts", self._contact_id())
        for _ in range(chance.randrange(self.records_max // 2)):
            self.put_company(writer, random_company(chance, self._new_company_id(), self.times))
        held = [None, *self.companies]
        for _ in range(chance.randrange(self.records_max)):
            self.put_contact(writer, random_contact(chance, self._contact_id(), chance.choice(held), self.times))

    def _company_id(self) -> str:
        return f"co_{self.chance.randrange(self.records_max):x}"

    def _new_company_id(self) -> str:
        """Return an id that may be held already, so that companies are replaced as well."""
        return self._company_id()

    def _contact_id(self) -> str:
        return f"ct_{self.chance.randrange(2 * self.records_max):x}"
