"""Tantivy: one denormalised document a contact; titles as whole terms, substrings by a regular expression over them."""

import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from tantivy import Document, FieldType, Index, Occur, Order, SchemaBuilder
from tantivy import Query as Wanted

from benchmarks.conditions import Condition, Contains, InPlaces, IsTrue, OneOf, Overlaps, Within, conditions
from benchmarks.engines import Found, FoundRows, Question
from benchmarks.files import Dataset
from benchmarks.machine import CORES, peak_bytes

_TERMS = ("job_title", "department", "seniority", "locations", "functions", "industries", "technologies", "tlds")
_FLAGS = (
    "has_personal_email",
    "has_linkedin_profile",
    "is_decision_maker",
    "company_has_generic_email",
    "company_has_linkedin_profile",
)
_TIMES = ("added_us", "first_seen_us")
_HEAP_BYTES = 1_000_000_000
_BATCH_ROWS = 20_000


def _schema() -> Any:
    builder = SchemaBuilder()
    for name in _TERMS:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in _FLAGS:
        builder.add_boolean_field(name, indexed=True)
    for name in _TIMES:
        builder.add_integer_field(name, indexed=True, fast=True)
    builder.add_unsigned_field("rank", fast=True)
    builder.add_bytes_field("row", stored=True)
    return builder.build()


class Tantivy:
    """An index in a folder, filled document by document."""

    name = "tantivy"
    kept_in = "."
    configuration = (
        f"tantivy-py {version('tantivy')} in process; one document a contact, raw terms without frequencies, times and"
        f" rank as fast fields, the row stored; 1 GB for its writer of {CORES} threads; title substrings by a regular"
        " expression over the dictionary of whole titles; count and page in one search, ordered by the fast field rank"
    )

    def build(self, data: Dataset, folder: Path) -> None:
        """Add every document, commit, and wait for the merges."""
        (folder / "index").mkdir()
        schema = _schema()
        writer = Index(schema, path=str(folder / "index")).writer(heap_size=_HEAP_BYTES, num_threads=CORES)
        with pq.ParquetFile(data.denormalised()) as file:
            for batch in file.iter_batches(_BATCH_ROWS):
                for row in batch.to_pylist():
                    document = {name: value for name, value in row.items() if value is not None}
                    document["row"] = row["row"].encode()
                    writer.add_document(Document.from_dict(document, schema))
        writer.commit()
        writer.wait_merging_threads()

    def open(self, data: Dataset, folder: Path) -> None:
        """Open a searcher."""
        index = Index.open(str(folder / "index"))
        self._schema, self._searcher = index.schema, index.searcher()

    def prepare(self, question: Question) -> tuple[Any, int, int]:
        """Return Tantivy's query, and which hits are wanted."""
        query = question.query
        clauses = [(Occur.MustNot if each.exclude else Occur.Must, self._wanted(each)) for each in conditions(query)]
        if all(occur == Occur.MustNot for occur, _ in clauses):
            clauses.append((Occur.Must, Wanted.all_query()))
        return Wanted.boolean_query(clauses), (query.page - 1) * query.per_page, query.per_page

    def ask(self, prepared: tuple[Any, int, int]) -> Found:
        """Search once for both, then read the page's rows from the store."""
        wanted, first, count = prepared
        found = self._searcher.search(wanted, count, True, "rank", first, Order.Asc)
        total = found.count
        assert total is not None
        return FoundRows(total, [bytes(self._searcher.doc(address)["row"][0]) for _, address in found.hits])

    def _wanted(self, condition: Condition) -> Any:
        match condition:
            case Contains(column, values, _):
                return _any([Wanted.regex_query(self._schema, column, f".*{_escaped(each)}.*") for each in values])
            case OneOf(column, values, _) | Overlaps(column, values, _):
                return self._one_of(column, values)
            case IsTrue(column, _):
                return Wanted.term_query(self._schema, column, True, "basic")
            case InPlaces(column, places, _):
                return _any([_all([self._one_of(column, terms) for terms in place]) for place in places])
            case Within(column, after_us, before_us):
                return Wanted.range_query(self._schema, column, FieldType.Integer, after_us, before_us)

    def _one_of(self, column: str, values: tuple[str, ...]) -> Any:
        if len(values) == 1:
            return Wanted.term_query(self._schema, column, values[0], "basic")
        return Wanted.term_set_query(self._schema, column, list(values))

    def peak_bytes(self) -> int:
        """Return this process's; what is mapped counts as far as it was read."""
        return peak_bytes()

    def close(self) -> None:
        """Do nothing: nothing is held open."""


def _any(wanted: list[Any]) -> Any:
    if not wanted:
        return Wanted.empty_query()
    return wanted[0] if len(wanted) == 1 else Wanted.boolean_query([(Occur.Should, each) for each in wanted])


def _all(wanted: list[Any]) -> Any:
    return wanted[0] if len(wanted) == 1 else Wanted.boolean_query([(Occur.Must, each) for each in wanted])


def _escaped(text: str) -> str:
    return re.sub(r"([\\.+*?()|\[\]{}^$#&\-~])", r"\\\1", text)


engine = Tantivy
