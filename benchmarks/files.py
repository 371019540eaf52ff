"""
A data set on disk: each file is written when it is first asked for, and kept for the next run.

Files for Letrics are in its own format, companies in no order; one Parquet file, in the order of answers,
is for the peers.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from benchmarks.people import Numbers
from benchmarks.texts import Column, Texts, joined, json_bool, json_list, quoted
from benchmarks.world import World

Format = Literal["csv", "ndjson", "parquet"]
Changed = Literal["", "only", "whole"]

_CHUNK_ROWS = 250_000
_CHANGED_EVERY = 100


class Dataset:
    """
    The data set of *contacts* contacts in *folder*.

    Files of contacts come with or without ids of ours: with them the order of answers is known beforehand, without
    them they are what people bring.
    """

    def __init__(self, folder: Path, contacts: int, seed: int = 2026) -> None:
        self.folder = folder / f"{contacts}-{seed}"
        self.world = World(contacts, seed)

    @property
    def contacts(self) -> int:
        """How many contacts it has."""
        return self.world.contacts

    @cached_property
    def texts(self) -> Texts:
        """The records; made anew by each process that needs them."""
        return Texts(self.world)

    def denormalised(self) -> Path:
        """Return the peers' file."""

        def write(path: Path) -> None:
            numbers = np.arange(self.contacts)
            with _parquet(path, self.texts.denormalised(numbers[:1]).schema) as writer:
                for start in range(0, self.contacts, _CHUNK_ROWS):
                    writer.write_table(self.texts.denormalised(numbers[start : start + _CHUNK_ROWS]))

        return self._written("denormalised.parquet", write)

    def for_search(self, part: int = 0, parts: int = 1) -> list[Path]:
        """Return the files that Letrics imports to be searched, with ids: a *part* of so many *parts*."""
        name = f"{part + 1}-of-{parts}"
        order = np.array_split(self._shuffled_companies, parts)[part]
        return [
            self._written(
                f"companies-ids-{name}.parquet", lambda path: self._write_companies(path, "parquet", order, True)
            ),
            self._written(
                f"contacts-ids-{name}.parquet",
                lambda path: self._write_contacts(path, "parquet", order, ids=True, phones=False, changed=""),
            ),
        ]

    def for_import(self, format: Format, *, phones: bool = False, changed: Changed = "") -> list[Path]:
        """
        Return files without ids, as people bring them.

        *changed*: one contact in a hundred has another title, in a file that holds `only` these or the `whole`.
        """
        name = "".join((f"-{changed}-changed" if changed else "", "-phones" if phones else "", f".{format}"))
        order = self._shuffled_companies
        files = [
            self._written(
                f"contacts{name}",
                lambda path: self._write_contacts(path, format, order, ids=False, phones=phones, changed=changed),
            )
        ]
        if changed != "only":
            write = lambda path: self._write_companies(path, format, order, False)  # noqa: E731
            files.insert(0, self._written(f"companies.{format}", write))
        return files

    @cached_property
    def _shuffled_companies(self) -> Numbers:
        return self.world.chance(4).permutation(self.world.companies)

    def _written(self, name: str, write: Callable[[Path], None]) -> Path:
        """Return the file *name*; it appears under its name only when it is whole."""
        path = self.folder / name
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f"{name}.part")
            write(part)
            part.replace(path)
        return path

    def _write_companies(self, path: Path, format: Format, order: Numbers, ids: bool) -> None:
        table = pa.table(self.texts.company_columns)
        _write(path, format, [table if ids else table.drop_columns(["id"])], order)

    def _write_contacts(
        self, path: Path, format: Format, order: Numbers, *, ids: bool, phones: bool, changed: Changed
    ) -> None:
        sizes = self.texts.of_companies.size
        first = np.cumsum(sizes) - sizes
        count = sizes[order]
        within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        which = np.repeat(first[order], count) + within
        if changed == "only":
            which = which[which % _CHANGED_EVERY == 0]
        unwanted = [name for name, wanted in (("id", ids), ("phones", phones)) if not wanted]

        def tables() -> Iterator[pa.Table]:
            for start in range(0, len(which), _CHUNK_ROWS):
                chunk = which[start : start + _CHUNK_ROWS]
                columns = self.texts.contact_columns(chunk)
                if changed:
                    other = joined(columns["job_title"].fill_null("Employee"), ", Interim")
                    columns["job_title"] = pc.if_else(
                        pa.array(chunk % _CHANGED_EVERY == 0), other, columns["job_title"]
                    )
                yield pa.table(columns).drop_columns(unwanted)

        _write(path, format, tables())


def _write(path: Path, format: Format, tables: Any, order: Numbers | None = None) -> None:
    """Write *tables* one after the other, each in *order* if given."""
    writer: Any = None
    with path.open("wb") as file:
        for table in tables:
            rows = table if order is None else table.take(pa.array(order))
            if format == "ndjson":
                _write_lines(file, rows)
                continue
            if writer is None:
                rows_as_written = rows if format == "parquet" else _flat(rows)
                writer = (
                    pq.ParquetWriter(file, rows.schema, compression="zstd")
                    if format == "parquet"
                    else pyarrow.csv.CSVWriter(file, rows_as_written.schema)
                )
            writer.write_table(rows if format == "parquet" else _flat(rows))
        if writer is not None:
            writer.close()


@contextmanager
def _parquet(path: Path, schema: Any) -> Iterator[Any]:
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        yield writer


def _flat(table: pa.Table) -> pa.Table:
    """Return a table whose lists are cells of several values."""
    for place, field in enumerate(table.schema):
        if pa.types.is_list(field.type):
            table = table.set_column(place, field.name, pc.binary_join(table.column(place), "; "))
    return table


def _write_lines(file: BinaryIO, table: pa.Table) -> None:
    """Write one JSON object a row; what is null or an empty list is left out, dotted names are nested."""
    for batch in table.combine_chunks().to_batches():
        nested: dict[str, list[Column]] = {}
        pieces: list[Any] = []
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            outer, _, inner = name.rpartition(".")
            said = joined(f'"{inner}":', _json(column), ",")
            if pa.types.is_list(column.type):
                said = pc.if_else(pc.equal(pc.list_value_length(column), 0), "", said)
            if outer not in nested:
                nested[outer] = []
                pieces.append(outer)
            nested[outer].append(said.fill_null(""))
        objects = [_nested(name, nested[name]) for name in pieces]
        lines = joined("{", joined(*objects), "}\n")
        data = pc.replace_substring(lines, ",}", "}")
        file.write(pa.concat_arrays([data]).buffers()[2].to_pybytes()[: pc.sum(pc.binary_length(data)).as_py()])


def _nested(name: str, fields: list[Column]) -> Column:
    inside = joined(*fields)
    if not name:
        return inside
    return pc.if_else(pc.equal(inside, ""), "", joined(f"{json.dumps(name)}:{{", inside, "},"))


def _json(column: Column) -> Column:
    if pa.types.is_list(column.type):
        return json_list(column)
    return json_bool(column) if pa.types.is_boolean(column.type) else quoted(column)
