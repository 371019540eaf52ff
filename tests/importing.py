"""How tests run an import into a real index and read back what it holds."""

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

import tables  # noqa: F401  # before any place is asked for
from letrics.importer.report import Report
from letrics.importer.run import ImportOptions, run_import
from letrics.index.embedded import EmbeddedIndex
from letrics.model.company import Company
from letrics.model.contact import Contact
from letrics.model.filters import Search
from letrics.query.query import Query

NOW = "2026-11-01T00:00:00Z"
LATER = "2026-11-02T00:00:00Z"


class Silent:
    """Progress that nobody watches."""

    def phase(self, name: str, total: int | None) -> None:
        """Take note of nothing."""

    def advance(self, steps: int, share: float | None = None) -> None:
        """Take note of nothing."""


class Database:
    """An index in a folder, with the files of an import beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.index = EmbeddedIndex(folder / "index", reload_interval_s=0)
        self._files = 0

    def file(self, content: str | bytes | Sequence[dict[str, Any]], suffix: str = "csv") -> str:
        """Write *content* to a new file; records become NDJSON."""
        self._files += 1
        if not isinstance(content, str | bytes):
            content, suffix = "\n".join(json.dumps(record) for record in content), "ndjson"
        path = self.folder / f"file{self._files}.{suffix}"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    def take(self, *contents: Any, source: str | None = None, now: str = NOW) -> Report:
        """Import *contents* by one command."""
        return self.run([self.file(content) for content in contents], source=source, now=now)

    def run(
        self,
        paths: list[str],
        *,
        now: str = NOW,
        stdin: bytes = b"",
        is_suppressed: Callable[[str], bool] | None = None,
        **options: Any,
    ) -> Report:
        """Import *paths* by one command."""
        return run_import(
            paths,
            ImportOptions(rejects=self.folder / "rejects.csv", **options),
            self.index,
            now=now,
            stdin=io.BytesIO(stdin),
            progress=Silent(),
            suppressions=lambda: is_suppressed,
        )

    def rows(self, search: Search) -> list[bytes]:
        """Return every record of a kind, in the order of answers."""
        rows: list[bytes] = []
        for page in range(1, 1_000):
            got = self.index.searcher().search(Query(search=search, page=page, per_page=100), timeout_s=60).rows
            rows += got
            if len(got) < 100:
                break
        return rows

    def companies(self) -> dict[str, Company]:
        """Return every company by its domain, else its name."""
        found = [msgspec.json.decode(row, type=Company) for row in self.rows("companies")]
        return {company.domain or company.name or company.id: company for company in found}

    def contacts(self) -> dict[str, Contact]:
        """Return every contact by its full name, else its id."""
        found = [msgspec.json.decode(row, type=Contact) for row in self.rows("contacts")]
        return {contact.full_name or contact.id: contact for contact in found}


def figures(report: Report) -> tuple[tuple[int, int, int], tuple[int, int, int], int]:
    """Return created, updated and unchanged companies, the same of contacts, and the rejected rows."""
    return (
        (report.companies.created, report.companies.updated, report.companies.unchanged),
        (report.contacts.created, report.contacts.updated, report.contacts.unchanged),
        report.rejected,
    )
