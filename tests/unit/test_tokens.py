"""API tokens: their secrets, names, scopes and ends."""

import io
import logging
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from letrics.accounts.database import Database, open_database, sqlite_url
from letrics.accounts.scopes import DEFAULT_SCOPES, SCOPES, parse_scopes
from letrics.accounts.secrets import is_well_formed, mint_secret
from letrics.accounts.tokens import Tokens, parse_expiry
from letrics.errors import ConflictError, InvalidInput, NotFound

_SECRET = "letr_" + "a" * 36
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def advance(self, **by: float) -> None:
        self.time += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = open_database(sqlite_url(tmp_path))
    yield database
    database.close()


@pytest.fixture
def tokens(database: Database, clock: Clock) -> Tokens:
    return Tokens(database, clock)


def plain_crc32(data: bytes) -> int:
    """CRC-32 (IEEE 802.3, reflected), bit by bit."""
    register = 0xFFFFFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (0xEDB88320 if register & 1 else 0)
    return register ^ 0xFFFFFFFF


def test_a_secret_is_thirty_random_characters_and_their_checksum() -> None:
    """After `letr_` and 30 base62 characters come 6 that write the CRC-32 of all before them."""
    for _ in range(200):
        secret = mint_secret()
        assert len(secret) == 41
        assert secret.startswith("letr_")
        number = 0
        for character in secret[-6:]:
            number = number * 62 + BASE62.index(character)
        assert number == plain_crc32(secret[:-6].encode())
        assert is_well_formed(secret)


def test_every_single_typo_is_told_without_a_look_up() -> None:
    """A secret with any one character replaced, left out or doubled is not well formed."""
    secret = mint_secret()
    for place in range(len(secret)):
        before, after = secret[:place], secret[place + 1 :]
        for character in BASE62 + "_-é ":
            if character != secret[place]:
                assert not is_well_formed(before + character + after), (secret, place, character)
        assert not is_well_formed(before + after), (secret, place)
        assert not is_well_formed(before + secret[place] * 2 + after), (secret, place)
    for text in ("", "letr_", secret + "\n", " " + secret, secret * 2, secret.upper()):
        assert not is_well_formed(text), (secret, text)


def test_the_characters_of_a_secret_are_equally_likely() -> None:
    """
    Chi-square over 60,000 characters, 61 degrees of freedom.

    Chance exceeds 150 less than once in a billion runs; `byte % 62`, the usual mistake, gives about 400.
    """
    counts = Counter("".join(mint_secret()[5:35] for _ in range(2_000)))
    expected = 60_000 / 62
    assert set(counts) == set(BASE62)
    assert sum((count - expected) ** 2 / expected for count in counts.values()) < 150


def test_a_token_is_listed_as_it_was_made(tokens: Tokens, clock: Clock) -> None:
    """The list has the newest first, with every value of it and microseconds; no secret."""
    first, secret = tokens.create("  Données  ✓ ", ("export", "contacts:read"), clock() + timedelta(days=90))
    clock.advance(seconds=1)
    second, _ = tokens.create("second", tuple(DEFAULT_SCOPES), None)
    assert tokens.list() == [second, first]
    assert first.name == "Données ✓"
    assert (first.prefix, first.last_four) == (secret[:9], secret[-4:])
    assert set(first.scopes) == {"contacts:read", "export"}
    assert first.created_at == clock() - timedelta(seconds=1)
    assert first.id.startswith("tok_")
    assert secret not in repr(tokens.list())


def test_a_token_is_found_by_its_secret_only(tokens: Tokens) -> None:
    """Its secret finds it, with its scopes; another well-formed secret, its id and its name do not."""
    made, secret = tokens.create("one", ("contacts:read",), None)
    caller = tokens.find(secret)
    assert caller is not None
    assert (caller.token_id, caller.name, caller.scopes) == (made.id, "one", frozenset({"contacts:read"}))
    for other in (mint_secret(), made.id, "one", secret[:-1], ""):
        assert tokens.find(other) is None


def test_a_token_ends_at_its_very_time(tokens: Tokens, clock: Clock) -> None:
    """A microsecond before it expires a token is active; at the time it is not."""
    made, secret = tokens.create("one", ("contacts:read",), clock() + timedelta(minutes=30))
    clock.advance(minutes=30, microseconds=-1)
    assert tokens.find(secret) is not None
    assert made.status(clock()) == "active"
    clock.advance(microseconds=1)
    assert tokens.find(secret) is None
    assert made.status(clock()) == "expired"


def test_a_token_is_revoked_by_whatever_names_it(tokens: Tokens) -> None:
    """Id, name, first characters and whole secret each revoke the one token."""
    for which in range(4):
        made, secret = tokens.create("one", ("contacts:read",), None)
        other, _ = tokens.create("other", ("contacts:read",), None)
        revoked = tokens.revoke((made.id, "one", secret[:9], secret)[which])
        assert revoked.id == made.id
        assert tokens.find(secret) is None
        assert {token.id for token in tokens.list() if token.revoked_at is None} == {other.id}
        tokens.revoke(other.id)


def test_revoking_again_changes_nothing(tokens: Tokens, clock: Clock) -> None:
    """By id, a revoked token is revoked with its first time; by name it is gone."""
    made, _ = tokens.create("one", ("contacts:read",), None)
    revoked = tokens.revoke(made.id)
    clock.advance(days=1)
    assert tokens.revoke(made.id) == revoked
    assert revoked.status(clock()) == "revoked"
    with pytest.raises(NotFound):
        tokens.revoke("one")


def test_a_reference_that_fits_several_tokens_revokes_none(tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    """First characters that several tokens share are refused, and the bare `letr_` fits nothing."""
    secrets = ["letr_Ab" + mint_secret()[7:] for _ in range(2)]
    for number, secret in enumerate(secrets):
        monkeypatch.setattr("letrics.accounts.tokens.mint_secret", lambda secret=secret: secret)
        tokens.create(f"token {number}", ("contacts:read",), None)
    with pytest.raises(ConflictError, match="token 0"):
        tokens.revoke("letr_Ab")
    for reference in ("letr_", "", "%", "letr_%", "tok_", "nobody"):
        with pytest.raises(NotFound):
            tokens.revoke(reference)
    assert [token.revoked_at for token in tokens.list()] == [None, None]


def test_a_name_belongs_to_one_token_in_use(tokens: Tokens, clock: Clock) -> None:
    """The name of a token that is not revoked is refused, even when it has expired; afterwards it is free."""
    tokens.create("one", ("contacts:read",), clock() + timedelta(hours=1))
    clock.advance(hours=2)
    with pytest.raises(ConflictError, match="revoke"):
        tokens.create(" one ", ("contacts:read",), None)
    tokens.revoke("one")
    tokens.create("one", ("contacts:read",), None)


@pytest.mark.parametrize("name", ["", "   ", "a" * 101, "a\x00b", "a\u200bb", "letr_abc", "tok_abc", _SECRET])
def test_a_name_that_misleads_is_refused(tokens: Tokens, name: str) -> None:
    """No name is empty, too long, invisible in part, or looks like a secret: a secret would be stored as it is."""
    with pytest.raises(InvalidInput) as refused:
        tokens.create(name, ("contacts:read",), None)
    assert len(name) < 41 or name not in str(refused.value)
    assert tokens.list() == []


def test_a_token_cannot_be_made_expired(tokens: Tokens, clock: Clock) -> None:
    """An end that is not in the future is refused."""
    with pytest.raises(InvalidInput):
        tokens.create("one", ("contacts:read",), clock())


def test_last_use_never_goes_back_and_is_written_once_a_minute(tokens: Tokens, clock: Clock) -> None:
    """Whatever order workers report in, the noted time stands unless a use is a minute later or more."""
    made, _ = tokens.create("one", ("contacts:read",), None)
    start = clock()
    noted = []
    for seconds in (100, 40, 159, 160, 100):
        tokens.mark_used({made.id: start + timedelta(seconds=seconds), "tok_gone": start})
        (token,) = tokens.list()
        assert token.last_used_at is not None
        noted.append((token.last_used_at - start).total_seconds())
    assert noted == [100, 100, 100, 160, 160]


def test_no_secret_is_kept_or_logged(tmp_path: Path, clock: Clock) -> None:
    """After making, finding, failing and revoking, no part of a secret that matters is in a file or a log line."""
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        database = open_database(sqlite_url(tmp_path))
        tokens = Tokens(database, clock)
        secrets = []
        for number in range(20):
            made, secret = tokens.create(f"token {number}", ("contacts:read",), None)
            secrets.append(secret)
            tokens.find(secret)
            tokens.mark_used({made.id: clock()})
        with pytest.raises(ConflictError):
            tokens.create("token 0", ("contacts:read",), None)
        tokens.revoke(secrets[0])
        contents = [path.read_bytes() for path in tmp_path.iterdir()]
        database.close()
        contents += [path.read_bytes() for path in tmp_path.iterdir()] + [log.getvalue().encode()]
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    assert any(b"token 19" in content for content in contents)
    for secret in secrets:
        assert any(secret[:9].encode() in content for content in contents)
        # The listed ends are known to all; nothing of what is between them may be.
        assert not any(secret[9:19].encode() in content for content in contents), secret


def test_a_token_that_was_printed_survives_the_death_of_its_process(tmp_path: Path, clock: Clock) -> None:
    """A process killed right after `create` returned leaves a database in which the token is found."""
    program = (
        "import os, signal, sys; from datetime import UTC, datetime;"
        "from letrics.accounts.database import open_database; from letrics.accounts.tokens import Tokens;"
        "tokens = Tokens(open_database(sys.argv[1]), lambda: datetime.now(UTC));"
        "_, secret = tokens.create('one', ('contacts:read',), None);"
        "os.write(1, secret.encode()); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", program, sqlite_url(tmp_path)], capture_output=True, text=True)
    assert done.returncode == -9, done.stderr
    database = open_database(sqlite_url(tmp_path))
    assert Tokens(database, clock).find(done.stdout) is not None
    database.close()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30m", timedelta(minutes=30)),
        ("12h", timedelta(hours=12)),
        ("90d", timedelta(days=90)),
        (" 2w ", timedelta(weeks=2)),
        ("1y", timedelta(days=365)),
        ("100y", timedelta(days=36_500)),
    ],
)
def test_an_expiry_is_a_number_and_a_unit(text: str, expected: timedelta) -> None:
    """Minutes, hours, days, weeks and years are understood."""
    assert parse_expiry(text) == expected


@pytest.mark.parametrize(
    "text", ["", "90", "d", "0d", "-1d", "1.5h", "90 days", "3M", "101y", "999999999y", "٣d", "1d\n2"]
)
def test_another_expiry_is_refused_with_the_forms_that_are_understood(text: str) -> None:
    """Anything else, `3M` that may be months too, is refused, and the message shows the forms."""
    with pytest.raises(InvalidInput, match=r"90d.*12h"):
        parse_expiry(text)


def test_scopes_are_checked_against_the_table() -> None:
    """Known scopes are returned; none mean the default ones; an unknown one is refused, with its nearest name."""
    assert set(parse_scopes(["export", "contacts:read", "export"])) == {"contacts:read", "export"}
    assert set(parse_scopes(SCOPES)) == set(SCOPES)
    assert set(parse_scopes([])) == set(DEFAULT_SCOPES) == {"contacts:read", "companies:read"}
    with pytest.raises(InvalidInput, match="contacts:read"):
        parse_scopes(["contact:read"])
    with pytest.raises(InvalidInput, match=r"(?s)nonsense.*gibberish|gibberish.*nonsense"):
        parse_scopes(["nonsense", "gibberish"])
