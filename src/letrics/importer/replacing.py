"""
`--replace-source`: what a source no longer contains goes, once an import of the whole of it is written.

Records that are from this source alone and of which the import did not speak are deleted; those that others speak of
too only lose the source's name.
"""

from collections.abc import Container, Mapping, Sequence

import msgspec

from letrics.backend import Writer
from letrics.errors import InvalidInput
from letrics.importer.report import Report
from letrics.model.company import Source


class Replacing(msgspec.Struct):
    """
    The *source* that is replaced, and the records that the import spoke of, by id.

    A contact has with it the company that the import gave it, if it did.
    """

    source: str
    companies: set[str] = msgspec.field(default_factory=set)
    contacts: dict[str, str | None] = msgspec.field(default_factory=dict)

    def finish(self, writer: Writer, report: Report, now: str) -> None:
        """
        Delete the records that only the source had and of which the import did not speak; take its name off the others.

        A company that a staying contact is of stays as it is: another source's word on that contact would be lost.
        Raises InvalidInput where the import took no row: its files are hardly all that the source has.
        """
        if report.read == len({(each.file, each.line) for each in report.rejects}):
            what = "every row was rejected" if report.read else "there is no row"
            raise InvalidInput(
                f"Nothing was changed: {what}, and --replace-source {self.source} would delete all that is of it."
                " If that is meant: letrics delete."
            )
        gone = _unspoken_companies(writer, self.source, self.companies)
        needed = self._drop_contacts(writer, gone, report, now)
        for company_id, kept in gone.items():
            if kept:
                (stored,) = writer.lookup.companies([company_id])
                assert stored is not None
                writer.put_company(msgspec.structs.replace(stored, sources=kept, updated_at=now))
                report.companies.updated += 1
            elif company_id not in needed:
                writer.delete("companies", company_id)
                report.companies.deleted += 1
        _tell(self.source, report, sum(not gone[each] for each in needed))

    def _drop_contacts(self, writer: Writer, gone: Container[str], report: Report, now: str) -> set[str]:
        """Delete the contacts that go; return those of the companies *gone* that a staying contact is of."""
        needed: set[str] = set()
        for contact in writer.lookup.every_contact():
            names = {each.name for each in contact.sources}
            if contact.id not in self.contacts and self.source in names:
                if names == {self.source}:
                    writer.delete("contacts", contact.id)
                    report.contacts.deleted += 1
                    continue
                kept = _without(contact.sources, self.source)
                writer.put_contact(msgspec.structs.replace(contact, sources=kept, updated_at=now))
                report.contacts.updated += 1
            company = self.contacts.get(contact.id) or (contact.company.id if contact.company is not None else None)
            if company is not None and company in gone:
                needed.add(company)
        return needed


def _unspoken_companies(writer: Writer, source: str, spoken: set[str]) -> Mapping[str, tuple[Source, ...]]:
    """Return the companies of *source* of which the import did not speak, each with the sources that it has besides."""
    return {
        company.id: _without(company.sources, source)
        for company in writer.lookup.every_company()
        if company.id not in spoken and source in {each.name for each in company.sources}
    }


def _tell(source: str, report: Report, staying: int) -> None:
    notes = report.notes.setdefault(f"source {source}", [])
    if report.rejects:
        notes.append(f"{len(report.rejects):,} rows were rejected: what they are about counts as no longer contained")
    if staying:
        notes.append(
            f"{staying:,} companies are no longer contained, and stay, since contacts of other sources are theirs"
        )
    if not notes:
        del report.notes[f"source {source}"]


def _without(sources: Sequence[Source], name: str) -> tuple[Source, ...]:
    return tuple(each for each in sources if each.name != name)
