"""What compiled loops tell of many packed texts is what Python tells of each."""

import csv
import hashlib
import io
import random

import msgspec
import numpy as np
import pytest

from letrics import packed
from letrics.backend import Coded, coded
from letrics.importer.coding import chosen, combined, extended, listed
from letrics.importer.draft_keys import folded_names
from letrics.importer.readings import PLAIN
from letrics.importer.texts import Texts, emails_of, names_of, profiles_of, tidied
from letrics.model.company import Email
from letrics.model.folding import fold
from letrics.model.values import email_scope, email_type, is_plain_email, is_plain_linkedin, text
from letrics.packed import Packed, cells_of

PIECES = ("a", "b", ",", '"', " ", "\n", "\r\n", '""', "é", '"x"', '" ', ";", "\r", "\t")
WORDS = (
    "",
    "Ada",
    "é",
    " ",
    "  ",
    "N/A",
    "n/a",
    "-",
    "R&D",
    "\u00a0",
    "\x07",
    "Ltd",
    '"',
    "\\",
    "İ",
    "None",
    "none of them",
    "\n",
)
ADDRESS = (
    "ada",
    "info",
    "a.b",
    "j.doe",
    "x1",
    ".",
    "-",
    "_",
    "+",
    "@",
    "acme",
    "gmail.com",
    "de",
    ".de",
    "A",
    "é",
    "sales",
)
PROFILE = ("https://www.linkedin.com/in/", "https://www.linkedin.com/company/", "ada-1", "Ada", "/", "_x", "%")


@pytest.fixture(autouse=True)
def _loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "is_loaded", lambda: True)
    monkeypatch.setattr(packed, "_MANY", 0)


@pytest.fixture
def chance(seed: int) -> random.Random:
    return random.Random(seed)


def drawn(chance: random.Random, pieces: tuple[str, ...], count: int) -> list[str]:
    """Return texts put together from some of *pieces*."""
    return ["".join(chance.choices(pieces, k=chance.randrange(5))) for _ in range(count)]


def texts_of(values: list[str]) -> Texts:
    return Texts(Packed.of([value.encode() for value in values]), {})


@pytest.mark.parametrize("key", [b"", b"k", b"k" * 64])
@pytest.mark.parametrize("digest_bytes", [12, 16, 64])
def test_digests_are_those_of_hashlib(key: bytes, digest_bytes: int, chance: random.Random) -> None:
    """Texts that fill no block, one, or several, with and without a key."""
    texts = [chance.randbytes(size) for size in (1, 31, 127, 128, 129, 255, 256, 257, 1000)]
    expected = b"".join(hashlib.blake2b(each, digest_size=digest_bytes, key=key).digest() for each in texts)
    assert Packed.of(texts).digests(digest_bytes, key) == expected


def test_cells_are_those_of_the_csv_module(chance: random.Random) -> None:
    """Quotes in every place, lines that end in a cell, rows that are too short, too long, blank or broken."""
    for _ in range(3_000):
        content, width = "".join(chance.choices(PIECES, k=chance.randrange(1, 25))), chance.randrange(1, 4)
        data = content.encode()
        found = cells_of(data, ",", width, 1_000)
        try:
            rows = list(csv.reader(io.StringIO(content, newline=""), skipinitialspace=True, strict=True))
        except csv.Error:
            assert found.end < len(data)
            continue
        if found.end < len(data):
            # No system of today ends lines so, and who does is read the slow way.
            assert "\r" in content.replace("\r\n", "")
            continue
        plain = [each[:width] for each in rows if len(each) >= width and not any(each[width:]) and _has_letters(each)]
        cells = [each.decode() for each in found.cells.unpacked()]
        assert [cells[i : i + width] for i in range(0, len(cells), width)] == plain
        assert (found.end, len(found.all)) == (len(data), len(rows))
        assert [data.count(b"\n", 0, start) for start, *_ in found.all.tolist()] == found.all[:, 2].tolist()
        assert found.cells.msgpack(width).unpacked() == [msgspec.msgpack.encode(each) for each in plain]


def _has_letters(cells: list[str]) -> bool:
    return any(32 < byte < 127 for byte in "".join(cells).encode())


@pytest.mark.parametrize("size", [31, 32, 255, 256, 65_535, 65_536])
def test_long_cells_as_messagepack(size: int) -> None:
    """A text's head grows with it, and so does that of a row of many."""
    assert Packed.of([b"x" * size]).msgpack(1)[0] == msgspec.msgpack.encode(["x" * size])
    assert Packed.of([b"y"] * 70_000).msgpack(70_000)[0] == msgspec.msgpack.encode(["y"] * 70_000)


def test_what_is_tidied(chance: random.Random) -> None:
    """Marks that say nothing, spaces, signs that cannot be printed, and letters beyond ASCII."""
    values = drawn(chance, WORDS, 3_000)
    found, expected = tidied(texts_of(values)), [text(value) for value in values]
    assert list(found) == expected
    fragments, numbers = found.fragments(b'"name":')
    assert [fragments[i] for i in numbers.tolist()] == [b'"name":' + msgspec.json.encode(each) for each in expected]


def test_which_addresses_are_told(chance: random.Random) -> None:
    """A plain address has its type and scope; others are left to be read."""
    values = [
        *drawn(chance, ADDRESS, 5_000),
        *(f"{each}@{chance.choice(('gmail.com', 'acme.de'))}" for each in ADDRESS),
    ]
    found, others = emails_of(texts_of(values))
    expected = [(Email(v, email_type(v), email_scope(v)),) if is_plain_email(v) else None for v in values]
    assert list(found) == expected
    assert others.tolist() == [i for i, each in enumerate(expected) if each is None]
    fragments, numbers = found.fragments(b"")
    assert [fragments[i] for i in numbers.tolist()] == [msgspec.json.encode(each) for each in expected]


def test_an_address_that_is_a_list_of_one(chance: random.Random) -> None:
    """Packed or not, it is that address; what only looks like such a list is left to be read."""
    values = [*drawn(chance, ('["', '"]', "[", '"', "ada@acme.de", '", "', "é"), 3_000), '["ada@acme.de"]', '["]', ""]
    for value in values:
        (told,) = emails_of(texts_of([value]))[0]
        assert told == PLAIN["contact", "emails"]([value])[0][0]
    assert emails_of(texts_of(values))[1].tolist() == PLAIN["contact", "emails"](values)[1].tolist()


def test_some_texts_are_replaced(chance: random.Random) -> None:
    """The others stay in their places."""
    values = [each.encode() for each in drawn(chance, WORDS, 50)]
    which = np.array(sorted(chance.sample(range(50), 20)))
    others = [b"other %d" % each for each in which.tolist()]
    replaced = Packed.of(values).replaced(which, others)
    told = dict(zip(which.tolist(), others, strict=True))
    assert replaced.unpacked() == [told.get(i, value) for i, value in enumerate(values)]


def test_which_profiles_are_told(chance: random.Random) -> None:
    """None is told that is not plain; of the plain ones those of people and companies are."""
    values = drawn(chance, PROFILE, 3_000)
    found, _ = profiles_of(texts_of(values))
    assert list(found) == [value if is_plain_linkedin(value) else None for value in values]


def test_names_are_joined_and_folded(chance: random.Random) -> None:
    """Either part may be missing, and letters may be any."""
    parts = [
        Coded(tidied(texts_of(drawn(chance, WORDS, 40))), np.array(chance.choices(range(40), k=500))) for _ in "ab"
    ]
    names = names_of(*parts)
    assert names is not None
    whole = [" ".join(filter(None, each)) or None for each in zip(*map(listed, parts), strict=True)]
    assert listed(names) == whole
    assert folded_names(names) == [fold(each) if each is not None else "" for each in whole]


def test_columns_of_distinct_values(chance: random.Random) -> None:
    """Packed or not, columns are chosen from, extended and combined alike."""
    values = chance.choices(WORDS, k=300)
    distinct, codes = Packed.of([value.encode() for value in values]).distinct()
    column, plain = Coded(tidied(Texts(distinct, {})), codes), coded([text(value) for value in values])
    which = np.array(sorted(chance.sample(range(300), 100)))
    for one in (chosen, lambda column, which: chosen(extended(column, ["more", None]), np.append(which, [300, 301]))):
        assert listed(one(column, which)) == listed(one(plain, which))
    assert listed(combined([column, plain])) == list(zip(listed(plain), listed(plain), strict=True))
    assert listed(Coded(Texts(distinct, {}), codes)) == values
