"""
Restoring: what `letrics export` wrote comes back as it was, every field of every record.

Nothing is guessed, merged or derived.  The files are gone through twice, for companies and then for contacts, so that
their order does not matter and no more than ids is kept in memory.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from time import perf_counter
from typing import Any, BinaryIO, TypeVar

import msgspec

from letrics.backend import Backend, Lookup
from letrics.errors import ConflictError, InvalidInput
from letrics.importer.inputs import Input, expand
from letrics.importer.rejects import check_rejects_place, rejects_kept
from letrics.importer.report import Outcome, Progress, Reject, Report
from letrics.importer.rows import BrokenRow, Row
from letrics.importer.said import RowFault
from letrics.importer.suppressions import IsSuppressed, names_of, without_suppressed
from letrics.model.company import Company
from letrics.model.contact import Contact
from letrics.model.keys import is_letrics_id
from letrics.model.values import timestamp

_PROGRESS_EVERY = 1_000
_TIMES = ("added_at", "updated_at", "first_seen_at")
_Record = TypeVar("_Record", Company, Contact)


def run_restore(
    paths: Sequence[str],
    backend: Backend,
    *,
    now: str,
    stdin: BinaryIO,
    progress: Progress,
    suppressions: Callable[[], IsSuppressed | None] = lambda: None,
    rejects: Path | None = None,
) -> Report:
    """
    Restore the records of *paths* (`-` is *stdin*) into a backend that holds none, and return what became of them.

    A line that is no such record is rejected; who is suppressed stays out.  Raises ConflictError where there are
    records already, InvalidInput for a file that is no export.
    """
    started, report = perf_counter(), Report()
    files, report.passed_over = expand(paths)
    check_rejects_place(rejects, files)
    with ExitStack() as stack:
        inputs = [stack.enter_context(closing(Input(path, stdin))) for path in files]
        for each in inputs:
            if each.header is not None:
                raise InvalidInput(f"{each.name} is no export in NDJSON. Without --restore it can be imported.")
        writer = stack.enter_context(backend.writer("restore"))
        if _holds_records(writer.lookup):
            raise ConflictError("There are records already; --restore takes an empty data folder: letrics --data DIR …")
        restoring = _Restoring(report, suppressions())
        progress.phase("Restoring companies", None)
        for company in restoring.companies(_counted(inputs, progress)):
            writer.put_company(company)
        progress.phase("Restoring contacts", None)
        for contact in restoring.contacts(_counted(inputs, progress)):
            writer.put_contact(contact)
        progress.phase("Indexing", None)
        report.rejected = len(report.rejects)
        with rejects_kept(report, rejects, paths[0]):
            report.generation = writer.commit(report.as_change(now, [each.name for each in inputs], ()))
        report.number = backend.changes()[-1].number
    report.seconds = perf_counter() - started
    return report


def _holds_records(lookup: Lookup) -> bool:
    return any(True for _ in lookup.every_company()) or any(True for _ in lookup.every_contact())


def _counted(inputs: Sequence[Input], progress: Progress) -> Iterator[tuple[str, Row | BrokenRow]]:
    """Yield the name of the file and the row, of every row."""
    for each in inputs:
        for count, row in enumerate(each.rows(), 1):
            yield each.name, row
            if count % _PROGRESS_EVERY == 0:
                progress.advance(_PROGRESS_EVERY, each.share_read)


class _Restoring:
    """What is known of the records that were restored: their ids, and which companies are suppressed."""

    def __init__(self, report: Report, is_suppressed: IsSuppressed | None) -> None:
        self._report = report
        self._is_suppressed = is_suppressed
        self._ids: set[str] = set()
        self._suppressed_ids: set[str] = set()

    def companies(self, rows: Iterator[tuple[str, Row | BrokenRow]]) -> Iterator[Company]:
        """Yield the companies; every row is counted, and one that is no JSON is rejected."""
        for file, row in rows:
            self._report.read += 1
            if isinstance(row, BrokenRow):
                self._report.rejects.append(Reject(file, row.line, "", row.reason, row.text))
            elif not _is_contact(row):
                yield from self._taken(file, row, Company, self._report.companies)

    def contacts(self, rows: Iterator[tuple[str, Row | BrokenRow]]) -> Iterator[Contact]:
        """Yield the contacts, after all companies."""
        for file, row in rows:
            if isinstance(row, Row) and _is_contact(row):
                yield from self._taken(file, row, Contact, self._report.contacts)

    def _taken(self, file: str, row: Row, kind: type[_Record], outcome: Outcome) -> Iterator[_Record]:
        """Yield the record of a row, unless it is rejected or suppressed."""
        try:
            record = _record(row, kind)
            self._check_references(record)
        except RowFault as fault:
            self._report.rejects.append(Reject(file, row.line, fault.field, fault.reason, row.text))
            return
        if self._is_kept_out(record):
            outcome.suppressed += 1
            self._suppressed_ids.add(record.id)
            return
        self._ids.add(record.id)
        outcome.created += 1
        yield without_suppressed(record, self._is_suppressed) if self._is_suppressed is not None else record

    def _check_references(self, record: Company | Contact) -> None:
        if record.id in self._ids:
            raise RowFault("id", f"{record.id} stands in these files twice")
        if isinstance(record, Contact) and record.company is not None:
            company_id = record.company.id
            if company_id not in self._ids and company_id not in self._suppressed_ids:
                raise RowFault("company.id", f"names the company {company_id}, which is not in these files")

    def _is_kept_out(self, record: Company | Contact) -> bool:
        if self._is_suppressed is None:
            return False
        if isinstance(record, Contact) and record.company is not None and record.company.id in self._suppressed_ids:
            return True
        return any(map(self._is_suppressed, names_of(record)))


def _is_contact(row: Row) -> bool:
    """Return whether an exported record is a contact: those have a company, be it null."""
    return row.record is not None and "company" in row.record


def _record(row: Row, kind: type[_Record]) -> _Record:
    """Return the record that a row holds whole; raises RowFault where it is none, or says more than a record can."""
    try:
        record = msgspec.json.decode(row.text, type=kind)
    except msgspec.ValidationError as error:
        raise RowFault("", f"is no exported record: {error}") from None
    if not is_letrics_id(record.id):
        raise RowFault("id", f"{record.id[:60]!r} is no id of Letrics")
    for name in _TIMES:
        try:
            timestamp(getattr(record, name, "1970-01-01"))
        except ValueError as error:
            raise RowFault(name, str(error)) from None
    encoded = msgspec.json.encode(record)
    if encoded != row.text.encode():
        _check_nothing_lost(row.record or {}, msgspec.json.decode(encoded))
    return record


def _check_nothing_lost(given: dict[str, Any], kept: dict[str, Any]) -> None:
    """Raise RowFault for a field that the record does not keep as it was given."""
    for name, value in given.items():
        if name not in kept:
            raise RowFault(name, "is no field of an exported record")
        if kept[name] != value:
            raise RowFault(name, "holds more than a record can keep")
