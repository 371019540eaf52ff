"""The structures of a segment, each against the plainest way to the same answer."""

import random
from pathlib import Path

import numpy as np
import pytest
from pyroaring import BitMap

from letrics.errors import DamagedData
from letrics.index.alternatives import any_of
from letrics.index.format import BLOCK_BYTES, Container, ContainerWriter
from letrics.index.kernels.encoding import PLAIN, address_of
from letrics.index.key_spool import KeySpool
from letrics.index.keys import KeyIndex, write_keys
from letrics.index.plan import found
from letrics.index.postings import Postings, bitmap, write_postings
from letrics.index.rows import Rows, read, write_rows
from letrics.index.segment import Documents
from letrics.index.spool import Spool
from letrics.index.substrings import Substrings, write_substrings
from letrics.index.terms import TermDictionary, write_terms
from letrics.index.times import Times, write_times
from letrics.model.keys import key_hash
from letrics.packed import Packed
from system import advised_files, bytes_read

SEED = 20_261_123
ALPHABET = ["a", "b", " ", "é", "ß", "管", "🦉", "\x00", "z"]


def random_terms(chance: random.Random, count: int) -> list[bytes]:
    texts = {"".join(chance.choices(ALPHABET, k=chance.randint(1, 9))) for _ in range(count)}
    return sorted(text.encode() for text in texts)


def write_dictionary(path: Path, terms: list[bytes]) -> Container:
    writer = ContainerWriter(path)
    write_terms(writer, "field", terms, [b""] * len(terms))
    write_substrings(writer, "field", terms)
    writer.finish({})
    return Container(path)


@pytest.mark.parametrize("count", [0, 1, 2, 300])
def test_substrings_are_those_that_a_scan_finds(tmp_path: Path, count: int) -> None:
    """A needle of any length finds exactly the terms that contain it."""
    chance = random.Random(SEED + count)
    terms = random_terms(chance, count)
    container = write_dictionary(tmp_path / "file", terms)
    dictionary = TermDictionary(container, "field")
    substrings = Substrings(container, "field", dictionary.terms)
    needles = ["".join(chance.choices(ALPHABET, k=chance.randint(1, 8))) for _ in range(500)]
    for term in terms[:100]:
        text = term.decode()
        start = chance.randrange(len(text))
        needles += [text, text[start:], text[: start + 1], text + "a"]
    for needle in needles:
        expected = [ordinal for ordinal, term in enumerate(terms) if needle.encode() in term]
        assert substrings.containing(needle.encode()).tolist() == expected, (SEED, needle)


def test_a_dictionary_knows_its_terms_and_no_others(tmp_path: Path) -> None:
    """Every term has the ordinal of its place; what is not a term has none."""
    terms = random_terms(random.Random(SEED), 200)
    dictionary = TermDictionary(write_dictionary(tmp_path / "file", terms), "field")
    assert [dictionary.ordinal(term.decode()) for term in terms] == list(range(len(terms)))
    assert [dictionary.ordinal(term.decode() + "\x01") for term in terms] == [None] * len(terms)
    assert dictionary.ordinal("") is None


def test_near_terms_share_trigrams(tmp_path: Path) -> None:
    """A misspelt value leads to the term that it was meant to be, among thousands."""
    chance = random.Random(SEED)
    names = {"".join(chance.choices("abcdefghij", k=8)) for _ in range(5_000)} | {"wordpress", "shopify"}
    terms = sorted(name.encode() for name in names)
    container = write_dictionary(tmp_path / "file", terms)
    dictionary = TermDictionary(container, "field")
    near = Substrings(container, "field", dictionary.terms).near("wordpres", 5)
    assert b"wordpress" in [dictionary.terms[ordinal] for ordinal in near.tolist()]


@pytest.mark.parametrize("count", [0, 1, 63, 64, 1_000])
def test_a_time_range_holds_the_documents_in_it(tmp_path: Path, count: int) -> None:
    """Both ends of a range are included, an open end bounds nothing, and documents without a time are in none."""
    chance = random.Random(SEED + count)
    documents = chance.sample(range(count * 2), count)
    times = [chance.randint(-50, 50) for _ in documents]
    writer = ContainerWriter(tmp_path / "file")
    write_times(writer, "time", np.array(times, dtype=np.int64), np.array(documents, dtype=np.int64), 2 * count)
    writer.finish({})
    container = Container(tmp_path / "file")
    index, asked = Times(container, "time", 2 * count), Documents(container, "contacts", 2 * count)
    for _ in range(300):
        after = chance.choice([None, chance.randint(-60, 60)])
        before = chance.choice([None, chance.randint(-60, 60)])
        if after is not None and before is not None and after > before:
            continue
        expected = {
            document
            for document, time in zip(documents, times, strict=True)
            if (after is None or time >= after) and (before is None or time <= before)
        }
        within = index.within(after, before)
        held = set(found(asked, None, [within], [], lambda: None).documents().tolist())
        assert held == expected, (SEED, after, before)
        # The same of few documents, which are asked.
        few = np.array(sorted(chance.sample(range(2 * count), count // 64)), dtype=np.uint32)
        both = found(asked, None, [any_of(2 * count, [few]), within], [], lambda: None).documents()
        assert set(both.tolist()) == expected & set(few.tolist()), (SEED, after, before)


def test_posting_lists_come_back(tmp_path: Path) -> None:
    """As bitmaps and as plain bits, whatever they hold; two fields never mix."""
    chance = random.Random(SEED)
    lists = {name: [chance.sample(range(9_000), chance.randint(0, 4_999)) for _ in range(40)] for name in "ab"}
    writer = ContainerWriter(tmp_path / "file")
    for name, each in lists.items():
        write_postings(writer, name, [bitmap(np.array(documents, dtype=np.int64)) for documents in each])
    writer.finish({})
    container = Container(tmp_path / "file")
    plain = 0
    for name, each in lists.items():
        field = Postings(container, name)
        for ordinal, documents in enumerate(each):
            assert set(field[ordinal].documents) == set(documents)
            assert field[ordinal].size == len(documents)
            kind, _, first, last, *_ = np.frombuffer(field[ordinal].row, np.int64).tolist()
            if kind == PLAIN:
                begin = address_of(container.data)
                flags = np.unpackbits(container.data[first - begin : last - begin], bitorder="little")
                assert set(np.flatnonzero(flags).tolist()) == set(documents)
                plain += 1
    assert plain


def test_a_key_finds_every_document_that_holds_it(tmp_path: Path) -> None:
    """Keys that several documents share find all of them; unknown keys find none."""
    held = [("email:a@x.de", 3), ("email:b@x.de", 1), ("email:a@x.de", 0)]
    writer = ContainerWriter(tmp_path / "file")
    hashes = np.array([key_hash(key) for key, _ in held], dtype="V16")
    documents = np.array([document for _, document in held])
    write_keys(writer, "s", [(hashes[:1], documents[:1]), (hashes[1:], documents[1:])])
    writer.finish({})
    index = KeyIndex(Container(tmp_path / "file"), "s")
    found = index.documents([key_hash(key) for key in ("email:a@x.de", "email:c@x.de", "email:b@x.de")])
    assert [sorted(each) for each in found] == [[0, 3], [], [1]]


def test_keys_put_aside_are_written_as_those_in_memory(seed: int, tmp_path: Path) -> None:
    """Hashes that waited in a file, in pieces, are the same bytes as if they had been kept, in the same order."""
    chance = np.random.default_rng(seed)
    pieces = [np.frombuffer(chance.bytes(16 * count), dtype="V16") for count in (700, 1, 0, 40)]
    held = [(np.concatenate((each, pieces[0][:5])), np.arange(len(each) + 5) + 7) for each in pieces]
    spool = KeySpool(tmp_path / "keys.spool")
    for hashes, owners in held:
        spool.extend(hashes, owners)
    writer = ContainerWriter(tmp_path / "file")
    write_keys(writer, "kept", held)
    write_keys(writer, "waited", [], spool.partition)
    writer.finish({})
    spool.close()
    container = Container(tmp_path / "file")
    for section in ("hashes", "documents"):
        assert container.view(f"kept/keys/{section}") == container.view(f"waited/keys/{section}")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_rows_put_aside_come_back_in_any_order(seed: int, tmp_path: Path) -> None:
    """Rows that are near each other in the file and rows that are not, put aside one by one or many at once."""
    chance = random.Random(seed)
    rows = [chance.randbytes(chance.choice([0, 1, 30, 5_000])) for _ in range(500)]
    spool = Spool(tmp_path / "rows.spool")
    for row in rows[:100]:
        spool.append(row)
    spool.extend(Packed.of(rows[100:]))
    numbers = [chance.randrange(len(rows)) for _ in range(200)] + list(range(250, 300))
    gathered = [bytes(row) for piece in spool.gathered(np.array(numbers)) for row in piece]
    assert gathered == [rows[number] for number in numbers] == [spool.read(number) for number in numbers]
    spool.close()


@pytest.mark.parametrize("count", [300, 20_000])
def test_many_keys_are_found_as_by_a_binary_search(count: int, seed: int, tmp_path: Path) -> None:
    """Hashes that stand where many are not expected, or whose halves are alike, are found like any others."""
    chance = np.random.default_rng(seed)
    halves = np.frombuffer(chance.bytes(16 * count), dtype=">u8").reshape(-1, 2).copy()
    halves[:100, 0] = 5
    halves[100:140, 0] = halves[100, 0]
    halves[140:150] = halves[140]
    halves[150:153], halves[153] = 2**64 - 1, 0
    hashes = halves.view("V16").ravel()
    writer = ContainerWriter(tmp_path / "file")
    write_keys(writer, "s", [(hashes, np.arange(count))])
    writer.finish({})
    strangers = np.frombuffer(chance.bytes(16 * count), dtype="V16")
    wanted = chance.permutation(np.concatenate([hashes, strangers]))
    first, last = KeyIndex(Container(tmp_path / "file"), "s").ranges(wanted)
    stored, sought = np.sort(hashes.view("S16")), wanted.view("S16")
    assert (first == np.searchsorted(stored, sought)).all()
    assert (last == np.searchsorted(stored, sought, side="right")).all()


def test_a_file_that_is_cut_off_or_foreign_does_not_open(tmp_path: Path) -> None:
    """A damaged beginning, contents or end is said with the file's name, at any length."""
    path = tmp_path / "segment"
    write_dictionary(path, [b"a", b"b"])
    whole = path.read_bytes()
    assert Container(path).damaged_sections() == []
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(DamagedData, match=str(path)):
            Container(path)
    for place in (0, len(whole) - 30, len(whole) - 1):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(DamagedData, match=str(path)):
            Container(path)


def test_a_flipped_bit_in_a_section_is_found(tmp_path: Path) -> None:
    """Verifying the whole file names the section that does not hold what was written."""
    path = tmp_path / "segment"
    write_dictionary(path, [b"alpha", b"beta"])
    whole = bytearray(path.read_bytes())
    whole[whole.index(b"alphabeta")] ^= 4
    path.write_bytes(whole)
    assert Container(path).damaged_sections() == ["field/terms/bytes"]


def test_a_newer_format_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """A file of a later Letrics is not read by guesswork."""
    path = tmp_path / "segment"
    write_dictionary(path, [b"a"])
    whole = bytearray(path.read_bytes())
    whole[8] = 99
    path.write_bytes(whole)
    with pytest.raises(DamagedData, match="Use a newer Letrics"):
        Container(path)


def write_rows_and_lists(path: Path, chance: random.Random) -> tuple[list[bytes], list[set[int]]]:
    """Write a file of rows, strings and posting lists that spans many blocks; return what it holds."""
    rows = [b'{"id":"%d","name":"%s"}' % (i, chance.randbytes(40).hex().encode()) for i in range(5_000)]
    lists = [set(chance.sample(range(90_000), chance.randint(1, 9_000))) for _ in range(30)]
    writer = ContainerWriter(path)
    write_rows(writer, "rows", [rows[:4_000], rows[4_000:]], rows[:500], len(rows))
    write_postings(writer, "field", [BitMap(each) for each in lists])
    writer.finish({})
    return rows, lists


def test_damage_is_found_when_it_is_first_read_and_never_served(tmp_path: Path) -> None:
    """Wherever a bit flips, every row and list is either right or refused by the file's name, again and again."""
    chance = random.Random(SEED)
    path = tmp_path / "segment"
    rows, lists = write_rows_and_lists(path, chance)
    whole = path.read_bytes()
    refused = 0
    for _ in range(60):
        place = chance.randrange(16, len(whole))
        path.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << chance.randrange(8))]) + whole[place + 1 :])
        try:
            container = Container(path)
            if chance.random() < 0.5:
                container.verify_ahead("/postings/")
            stored, postings = Rows(container, "rows"), Postings(container, "field")
        except DamagedData as error:
            assert str(path) in str(error)
            continue
        damaged = False
        for _ in range(2):
            for i, row in enumerate(rows):
                try:
                    assert stored[i] == row, (SEED, place)
                    assert read(stored, np.array([i, i]))[0].tobytes() == 2 * row, (SEED, place)
                except DamagedData as error:
                    assert str(path) in str(error)
                    damaged = True
            for i, each in enumerate(lists):
                try:
                    assert set(postings[i].documents) == each, (SEED, place)
                except DamagedData as error:
                    assert str(path) in str(error)
                    damaged = True
        # Only the bytes that fill up a section to a multiple of 8 are read by nobody.
        assert damaged or container.damaged_sections() == [], (SEED, place)
        refused += damaged
    assert refused > 20


def test_lists_are_verified_ahead(tmp_path: Path) -> None:
    """Blocks that hold what was written are not verified again; one that does not is left for whoever reads it."""
    path = tmp_path / "segment"
    _, lists = write_rows_and_lists(path, random.Random(SEED))
    whole = path.read_bytes()
    offset, length, first = Container(path)._sections["field/postings/bytes"]
    for damaged in (None, 0, 3):
        if damaged is not None:
            place = offset + damaged * BLOCK_BYTES
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        container = Container(path)
        container.verify_ahead("/postings/")
        blocks = range(-(-length // BLOCK_BYTES))
        assert [block for block in blocks if container.pending[first + block]] == [damaged] * (damaged is not None)
    container = Container(path)
    path.unlink()
    container.verify_ahead("/postings/")
    assert set(Postings(container, "field")[0].documents) == lists[0]


def test_a_section_is_read_ahead(tmp_path: Path) -> None:
    """All of it is read once, and no other; where its file has no name any more nothing is, and nothing is lost."""
    path = tmp_path / "segment"
    rows, _ = write_rows_and_lists(path, random.Random(SEED))
    container = Container(path)
    length = container.length("rows/bytes")
    before = bytes_read()
    container.read_ahead("rows/bytes")
    assert length <= bytes_read() - before < length + 10_000
    path.unlink()
    container.read_ahead("rows/bytes")
    assert Rows(container, "rows")[0] == rows[0]


def test_rows_that_are_read_here_and_there_are_as_they_were(tmp_path: Path) -> None:
    """The system is told of these bytes, and the rows are the same."""
    path = tmp_path / "segment"
    rows, _ = write_rows_and_lists(path, random.Random(SEED))
    container = Container(path)
    assert str(path) not in advised_files()
    container.expect_jumps("rows/bytes")
    assert str(path) in advised_files()
    stored = Rows(container, "rows")
    assert [stored[i] for i in range(len(stored))] == rows


def test_opening_reads_no_section(tmp_path: Path) -> None:
    """What is not read is not verified: a file opens as fast whatever it holds, and damage elsewhere stops nothing."""
    path = tmp_path / "segment"
    rows, lists = write_rows_and_lists(path, random.Random(SEED))
    container = Container(path)
    assert sum(container.pending) == len(container.checksums)
    stored, postings = Rows(container, "rows"), Postings(container, "field")
    before = sum(container.pending)
    # A row has a checksum of its own.
    assert stored[17] == rows[17]
    assert sum(container.pending) == before
    assert set(postings[0].documents) == lists[0]
    assert 1 <= before - sum(container.pending) <= 2


def test_an_older_format_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """A file of an older Letrics is not read by guesswork either."""
    path = tmp_path / "segment"
    write_dictionary(path, [b"a"])
    whole = bytearray(path.read_bytes())
    whole[8] = 1
    path.write_bytes(whole)
    with pytest.raises(DamagedData, match="older Letrics.* Import your files anew"):
        Container(path)
