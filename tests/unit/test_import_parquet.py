"""Parquet is read packed or as lists of Python: each column, and each file, says the same both ways."""

import datetime
import decimal
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_import_columns import CELLS, hold

from importing import Database
from letrics import packed
from letrics.errors import InvalidInput
from letrics.importer import read_parquet
from letrics.importer.arrow_columns import cells, packed_cells
from letrics.importer.inputs import Input
from letrics.importer.read_parquet import ParquetReader
from letrics.importer.read_tables import cell_text
from letrics.importer.rows import line_of

WORDS = ("", " ", "Ada", "é b", "李\u200b", 'sa"id', "back\\slash", "two\nlines", "\x7f", "x" * 40, "[", '", "', "null")
TEXTS = [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string()),
         pa.dictionary(pa.int32(), pa.large_string())]  # fmt: skip
TYPES: dict[Any, tuple[Any, ...]] = {
    **dict.fromkeys(TEXTS, WORDS),
    **{make(kind): ([], [""], ["Ada"], ["é", "b"], [None], ["x", None], *([word] for word in WORDS), list(WORDS))
       for kind in TEXTS for make in (pa.list_, pa.large_list)},
    pa.list_(pa.string(), 2): (["a", "b"], ['"', None]),
    pa.list_view(pa.string()): (["a", "b"], []),
    pa.list_(pa.int64()): ([1, 2], [], [None]),
    pa.list_(pa.list_(pa.string())): ([["a"], []], [], [None]),
    pa.list_(pa.struct({"a": pa.string()})): ([{"a": "b"}], []),
    pa.map_(pa.string(), pa.int64()): ([("k", 1)], []),
    pa.null(): (None,),
    pa.int8(): (-1, 0, 7),
    pa.uint64(): (2**64 - 1, 0),
    pa.bool_(): (True, False),
    pa.float64(): (1.0, 2.5, float("nan"), 1e300),
    pa.dictionary(pa.int8(), pa.int64()): (1, 2),
    pa.decimal128(9, 2): (decimal.Decimal("12.50"), decimal.Decimal(0)),
    pa.date32(): (datetime.date(2026, 1, 2),),
    pa.time64("us"): (datetime.time(1, 2, 3),),
    pa.duration("s"): (datetime.timedelta(days=1, seconds=2),),
    pa.timestamp("ns"): (datetime.datetime(2026, 1, 2), datetime.datetime(2026, 1, 2, 3, 4, 5, 678_901)),
    pa.timestamp("s", "UTC"): (datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC),),
    pa.binary(): (b"\xff", b"ada", b""),
}  # fmt: skip


@pytest.fixture(params=[True, False], ids=["loops", "no loops"])
def _loops(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "is_loaded", lambda: request.param)


@pytest.mark.usefixtures("_loops")
@pytest.mark.parametrize("kind", TYPES, ids=str)
def test_columns_of_every_type(kind: Any, seed: int) -> None:
    """Values and nulls, the column whole and any part of it, are the cells that they are one by one."""
    chance = random.Random(f"{seed} {kind}")
    for _ in range(20):
        values = chance.choices((*TYPES[kind], None), k=chance.randrange(40))
        column = pa.array(values, kind)
        start = chance.randrange(len(values) + 1)
        part = column.slice(start, chance.randrange(len(values) + 1))
        for each in (column, part, part.slice(len(part) // 2)):
            told = [text.decode() for text in packed_cells(each).unpacked()]
            assert told == cells(each)
            if not pa.types.is_timestamp(kind):
                assert told == [cell_text(value) for value in each.to_pylist()]


@pytest.mark.usefixtures("_loops")
def test_what_stands_under_a_null_is_not_told() -> None:
    """A null may have text, and a list, where its value would be; a dictionary may have null among its values."""
    under = pa.StringArray.from_buffers(3, *(pa.py_buffer(each) for each in (_offsets(0, 1, 3, 4), b"abbc", b"\x05")))
    for values in (under, under[1:], pa.DictionaryArray.from_arrays(pa.array([2, 1, None, 0, 2]), under)):
        assert [text.decode() for text in packed_cells(values).unpacked()] == cells(values)
    assert packed_cells(under).unpacked() == [b"a", b"", b"c"]
    lists = pa.ListArray.from_arrays(
        _numbers(0, 2, 3, 3, 5), pa.array([*"abcde"]), mask=pa.array([False, True, True, False])
    )
    assert packed_cells(lists).unpacked() == [b'["a", "b"]', b"", b"", b'["d", "e"]']
    assert packed_cells(lists[1:]).unpacked() == [b"", b"", b'["d", "e"]']


def _numbers(*numbers: int) -> Any:
    return pa.array(numbers, pa.int32())


def _offsets(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(4, "little") for number in numbers)


def _as_of_large_files(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(read_parquet, "_LARGE_CELLS", 0)
    patch.setattr(read_parquet, "_BLOCK_ROWS_MAX", 17)
    patch.setattr(packed, "_MANY", 0)


def _table(chance: random.Random, count: int) -> Any:
    """Return people, each column of a type of its own."""
    columns = {}
    for name, choices in CELLS.items():
        drawn = [chance.choice((*choices, None)) for _ in range(count)]
        texts = [each and each.format(n=chance.randrange(count), m=chance.randrange(9)) for each in drawn]
        column = pa.array(texts)
        as_lists = [each if each is None else [part for part in each.split("; ") if part] for each in texts]
        columns[name] = chance.choice(
            (
                column,
                column.cast(pa.large_string()),
                column.dictionary_encode(),
                pa.array(as_lists, pa.list_(pa.string())),
            )
        )
    columns["Is Decision Maker"] = pa.array(chance.choices((True, False, None), k=count))
    columns["Added"] = pa.array(chance.choices((datetime.datetime(2026, 1, 2, 3), None), k=count))
    columns["Own"] = pa.array(chance.choices(({"a": "x", "b": ["y"]}, {"a": None, "b": []}, None), k=count))
    return pa.table(columns)


@pytest.mark.parametrize("round", range(4))
def test_random_tables(round: int, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records, counts, and rejects with their lines, of people of every kind, some of them twice."""
    chance = random.Random(f"{seed} {round} tables")
    first = _table(chance, 60)
    more = first.take(chance.sample(range(60), 40))
    files = [tmp_path / "first.parquet", tmp_path / "again.parquet"]
    for file, table in zip(files, (first, more), strict=True):
        pq.write_table(table, file, row_group_size=25)
    hold([str(files[0])], [str(files[1])], tmp_path, monkeypatch, {"as of large files": _as_of_large_files})


def test_rows_have_their_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over row groups and blocks, a row that came packed has the line, the cells and the text of one that did not."""
    file = tmp_path / "x.parquet"
    pq.write_table(_table(random.Random(1), 100), file, row_group_size=30)
    plain = list(ParquetReader("x", file).rows())
    _as_of_large_files(monkeypatch)
    reader = Input(str(file), None)  # type: ignore[arg-type]
    batches = list(reader.batches())
    told = [batch.rows.row(place) for batch in batches for place in range(len(batch))]
    assert len(batches) > len(plain) // 30
    assert told == plain
    assert [row.as_written for row in told] == [line_of(row.cells or []) for row in told]
    assert [line for batch in batches for line in batch.rows.lines()] == list(range(1, 101))


def test_large_files_of_which_little_can_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Text that is no UTF-8 is one sentence and nothing is imported; no rows, or no columns, are no rows."""
    _as_of_large_files(monkeypatch)
    database = Database(tmp_path)
    broken = pa.StringArray.from_buffers(
        2, *(pa.py_buffer(each) for each in (_offsets(0, 1, 2), b"a\xff")), null_count=0
    )
    for name, column in (("text", broken), ("list", pa.ListArray.from_arrays(_numbers(0, 1, 2), broken))):
        pq.write_table(pa.table({"name": ["A", "B"], name: column}), tmp_path / name)
        with pytest.raises(InvalidInput, match="cannot be read to its end"):
            database.run([str(tmp_path / name)])
    assert database.companies() == {}
    pq.write_table(pa.table({"name": pa.array([], pa.string())}), tmp_path / "empty")
    assert database.run([str(tmp_path / "empty")]).read == 0
