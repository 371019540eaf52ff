"""Users, sessions, back-off, rotation, usage and the audit log, on SQLite and on a real PostgreSQL."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from letrics.accounts import token_table
from letrics.accounts.actors import CONSOLE
from letrics.accounts.audit import Audit
from letrics.accounts.database import Database, open_database, sqlite_url
from letrics.accounts.passwords import check_new_password, is_password, password_hash
from letrics.accounts.scopes import SCOPES, scopes_of
from letrics.accounts.sessions import Sessions
from letrics.accounts.sign_in import SignIn, Visitor
from letrics.accounts.tokens import Tokens
from letrics.accounts.usage import Usage
from letrics.accounts.users import User, Users
from letrics.errors import ConflictError, Gone, InvalidInput, NotFound, RateLimited, Unavailable
from postgresql import PostgreSQL, running_postgresql

PASSWORD = "three quiet lanterns"
HERE = Visitor("192.0.2.1", "a browser", "req_1")


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)


class Accounts:
    """What a process works with, on one database and one clock."""

    def __init__(self, database: Database) -> None:
        self.clock = Clock()
        self.database = database
        self.users = Users(database, self.clock)
        self.sessions = Sessions(database, self.clock, idle=timedelta(hours=12), lifetime=timedelta(days=14))
        self.sign_in = SignIn(database, self.sessions, self.clock)
        self.tokens = Tokens(database, self.clock)
        self.usage = Usage(database, self.clock)
        self.audit = Audit(database, self.clock)

    def person(self, email: str, role: str = "member") -> User:
        """Return a user who has chosen PASSWORD."""
        user, secret = self.users.invite(email, role, CONSOLE)
        self.sign_in.accept(secret, "", "Some Body", PASSWORD, HERE)
        return self.users.get(user.id)


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    """One PostgreSQL server for this file."""
    with running_postgresql() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def accounts(
    request: pytest.FixtureRequest, server: PostgreSQL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Accounts]:
    """Accounts on a new database of either kind."""
    # Of many who write at once to a slow disk, SQLite may keep one waiting for long.
    monkeypatch.setattr("letrics.accounts.database._BUSY_TIMEOUT_S", 120.0)
    url = sqlite_url(tmp_path) if request.param == "sqlite" else server.new_database()
    with closing(open_database(url)) as database:
        yield Accounts(database)


def test_an_invitation_becomes_a_user_once(accounts: Accounts) -> None:
    """The link gives name and password, in any spelling of the e-mail, and then never again."""
    user, secret = accounts.users.invite("Ann@Example.org", "member", CONSOLE)
    assert (user.status, user.email) == ("invited", "ann@example.org")
    with pytest.raises(ConflictError):
        accounts.users.invite("ann@EXAMPLE.org", "admin", CONSOLE)
    with pytest.raises(InvalidInput):
        accounts.users.invite("no address", "member", CONSOLE)
    with pytest.raises(InvalidInput):
        accounts.users.invite("b@example.org", "owner", CONSOLE)
    session = accounts.sign_in.accept(secret, "", "  Ann   Other ", PASSWORD, HERE)
    found = accounts.sessions.find(session)
    assert found is not None
    assert (found.user.name, found.user.status) == ("Ann Other", "active")
    with pytest.raises(Gone):
        accounts.sign_in.accept(secret, "", "Ann", PASSWORD, HERE)
    assert accounts.sessions.find("another") is None


def test_links_grow_old(accounts: Accounts) -> None:
    """After its days a link is gone."""
    _, secret = accounts.users.invite("a@example.org", "member", CONSOLE)
    accounts.clock.wait(days=3)
    with pytest.raises(Gone):
        accounts.sign_in.link_is_for(secret)


def test_of_two_who_use_a_link_at_once_one_is_first(accounts: Accounts) -> None:
    """Six at the same moment: one administrator, one session, and five are told so."""
    secret = accounts.users.setup_link()
    assert secret is not None
    barrier, results = threading.Barrier(6), []

    def use(number: int) -> None:
        barrier.wait()
        try:
            accounts.sign_in.accept(secret, f"user{number}@example.org", "Me", PASSWORD, HERE)
            results.append("in")
        except (Gone, ConflictError):
            results.append("late")

    threads = [threading.Thread(target=use, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["in"] + ["late"] * 5
    assert [user.role for user in accounts.users.list()] == ["admin"]
    assert accounts.users.setup_link() is None
    assert accounts.audit.verify().entries == 2


def test_sessions_end_by_time_and_by_hand(accounts: Accounts) -> None:
    """Idle for too long or too old, a session is over; being seen keeps it, up to its lifetime."""
    user = accounts.person("a@example.org")
    session = accounts.sign_in.sign_in("a@example.org", PASSWORD, HERE)
    for _ in range(27):
        accounts.clock.wait(hours=11)
        assert accounts.sessions.find(session) is not None
    assert len(accounts.sessions.list(user.id)) == 1
    accounts.clock.wait(days=2)
    assert accounts.sessions.find(session) is None
    session = accounts.sign_in.sign_in("a@example.org", PASSWORD, HERE)
    accounts.clock.wait(hours=12)
    assert accounts.sessions.find(session) is None
    assert accounts.sessions.list(user.id) == []


def test_the_back_off_grows_and_is_forgiven(accounts: Accounts) -> None:
    """Five failures are free; then each next try waits twice as long, and counts for nothing while it must wait."""
    accounts.person("a@example.org")
    waits = []
    for _ in range(9):
        try:
            accounts.sign_in.sign_in("A@example.org", "wrong", HERE)
        except RateLimited as error:
            waits.append(error.retry_after_s)
            with pytest.raises(RateLimited):
                accounts.sign_in.sign_in("a@example.org", PASSWORD, HERE)
            accounts.clock.wait(seconds=error.retry_after_s)
            with pytest.raises(InvalidInput):
                accounts.sign_in.sign_in("a@example.org", "wrong", HERE)
        except InvalidInput:
            continue
    assert waits == [1, 2, 4, 8]
    accounts.clock.wait(seconds=16)
    accounts.sign_in.sign_in("a@example.org", PASSWORD, HERE)
    with pytest.raises(InvalidInput):
        accounts.sign_in.sign_in("a@example.org", "wrong", HERE)


def test_an_address_that_tries_many_accounts_waits_too(accounts: Accounts) -> None:
    """Thirty failures from one address, each for another account, and the next from there must wait; others need not."""
    accounts.person("a@example.org")
    for number in range(30):
        with pytest.raises(InvalidInput):
            accounts.sign_in.sign_in(f"nobody{number}@example.org", "wrong", HERE)
    with pytest.raises(RateLimited):
        accounts.sign_in.sign_in("a@example.org", PASSWORD, HERE)
    accounts.sign_in.sign_in("a@example.org", PASSWORD, Visitor("192.0.2.2", "", ""))


def test_a_hundred_tries_at_once_are_a_hundred(accounts: Accounts) -> None:
    """Tries are counted before passwords are looked at: of twenty at once, no more than the free ones are checked."""
    accounts.person("a@example.org")
    results = []

    def attempt() -> None:
        try:
            accounts.sign_in.sign_in("a@example.org", "wrong", HERE)
        except (InvalidInput, RateLimited) as error:
            results.append(type(error))

    threads = [threading.Thread(target=attempt) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results.count(InvalidInput) <= 6
    assert len(results) == 12


def test_the_last_administrator_stays_even_if_two_part_at_once(accounts: Accounts) -> None:
    """Of two administrators who disable each other at the same moment one is left."""
    both = [accounts.person(f"{name}@example.org", "admin") for name in "ab"]
    barrier, results = threading.Barrier(2), []

    def disable(user: User) -> None:
        barrier.wait()
        try:
            results.append(accounts.users.disable(user.id, CONSOLE).status)
        except ConflictError:
            results.append("refused")

    threads = [threading.Thread(target=disable, args=(user,)) for user in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["disabled", "refused"]
    (left,) = [user for user in accounts.users.list() if user.status == "active"]
    with pytest.raises(ConflictError):
        accounts.users.set_role(left.id, "member", CONSOLE)


def test_a_token_has_what_its_owner_has_now(accounts: Accounts) -> None:
    """Scopes that the owner's role lacks are refused at first and lost later; a disabled owner's token is none."""
    admin, member = accounts.person("a@example.org", "admin"), accounts.person("m@example.org")
    with pytest.raises(InvalidInput):
        accounts.tokens.create("x", ("contacts:read", "admin"), None, owner=member)
    accounts.person("other@example.org", "admin")
    _, secret = accounts.tokens.create("x", tuple(SCOPES), None, owner=admin)
    caller = accounts.tokens.find(secret)
    assert caller is not None
    assert caller.scopes == frozenset(SCOPES)
    accounts.users.set_role(admin.id, "member", CONSOLE)
    caller = accounts.tokens.find(secret)
    assert caller is not None
    assert caller.scopes == frozenset(scopes_of("member"))
    accounts.users.disable(admin.id, CONSOLE)
    assert accounts.tokens.find(secret) is None
    accounts.users.enable(admin.id, CONSOLE)
    assert accounts.tokens.find(secret) is not None


def test_rotation_keeps_what_the_token_was(accounts: Accounts) -> None:
    """Name, scopes and length of life go over; the old one ends after the overlap, and is not rotated twice."""
    user = accounts.person("a@example.org")
    old, first = accounts.tokens.create("x", ("export",), accounts.clock() + timedelta(days=30), owner=user)
    accounts.clock.wait(days=10)
    with pytest.raises(NotFound):
        accounts.tokens.rotate(old.id, timedelta(), user=accounts.person("b@example.org"), by=CONSOLE)
    new, second = accounts.tokens.rotate(old.id, timedelta(days=1), user=user, by=CONSOLE)
    assert (new.name, new.scopes, new.expires_at) == ("x", ("export",), accounts.clock() + timedelta(days=30))
    with pytest.raises(ConflictError):
        accounts.tokens.rotate(old.id, timedelta(days=1), user=user, by=CONSOLE)
    assert None not in (accounts.tokens.find(first), accounts.tokens.find(second))
    accounts.clock.wait(days=1)
    assert accounts.tokens.find(first) is None
    assert accounts.tokens.find(second) is not None
    assert accounts.tokens.get(old.id, user).replaced_by == new.id


def test_names_are_taken_by_owner(accounts: Accounts) -> None:
    """Two people may name their tokens alike, one person may not; nor may the installation."""
    first, second = accounts.person("a@example.org"), accounts.person("b@example.org")
    for owner in (None, first, second):
        accounts.tokens.create("crm", ("contacts:read",), None, owner=owner)
        with pytest.raises(ConflictError):
            accounts.tokens.create("crm", ("contacts:read",), None, owner=owner)
    assert [token.owner for token in accounts.tokens.list(first)] == ["a@example.org"]
    with pytest.raises(ConflictError):
        accounts.tokens.revoke("crm")


def test_usage_adds_up_by_day(accounts: Accounts) -> None:
    """Two workers' counts are added, days are apart, and days without a request are there as zero."""
    other = Usage(accounts.database, accounts.clock)

    async def work() -> None:
        for usage in (accounts.usage, other):
            for _ in range(3):
                usage.count("tok_a", 25)
            await usage.flush()
        accounts.clock.wait(days=2)
        accounts.usage.count("tok_a", 0)
        await accounts.usage.flush()
        await accounts.usage.flush()

    asyncio.run(work())
    days = accounts.usage.days(["tok_a", "tok_b"], 4)
    assert [(day.requests, day.records) for day in days["tok_a"]] == [(0, 0), (6, 150), (0, 0), (1, 0)]
    assert [day.requests for day in days["tok_b"]] == [0, 0, 0, 0]
    assert days["tok_a"][-1].day == accounts.clock().date()


def test_usage_that_cannot_be_written_is_kept(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the database is away nothing is lost, and nothing is counted twice."""

    def away(_: object) -> None:
        raise Unavailable("away")

    async def work() -> None:
        accounts.usage.count("tok_a", 2)
        with monkeypatch.context() as patch:
            patch.setattr(accounts.usage, "_write", away)
            await accounts.usage.flush()
        accounts.usage.count("tok_a", 3)
        await accounts.usage.flush()

    asyncio.run(work())
    assert [(day.requests, day.records) for day in accounts.usage.days(["tok_a"], 1)["tok_a"]] == [(2, 5)]


def test_the_audit_log_is_one_chain_however_many_write(accounts: Accounts) -> None:
    """Writers at once continue one chain, without a gap."""

    def write() -> None:
        for _ in range(10):
            accounts.audit.note(CONSOLE, "import", target="a file")

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert accounts.audit.verify().entries == 40
    newest = accounts.audit.entries(before=None, count=3)
    assert [entry.number for entry in newest] == [40, 39, 38]
    assert accounts.audit.entries(before=38, count=1)[0].number == 37


def test_what_is_undone_is_not_in_the_audit_log(accounts: Accounts) -> None:
    """An entry is written with the change it tells of, or not at all."""
    user = accounts.person("a@example.org")
    before = accounts.audit.verify().entries
    accounts.tokens.create("x", ("export",), None, owner=user)
    with pytest.raises(ConflictError):
        accounts.tokens.create("x", ("export",), None, owner=user)
    assert accounts.audit.verify().entries == before + 1


def test_passwords_are_hashed_with_argon2id() -> None:
    """At least 19 MiB, two passes, one lane; an unknown user's password is never right."""
    stored = password_hash(PASSWORD)
    kind, _, parameters = stored.split("$")[1:4]
    cost = dict(part.split("=") for part in parameters.split(","))
    assert kind == "argon2id"
    assert (int(cost["m"]) >= 19_456, int(cost["t"]) >= 2, int(cost["p"]) >= 1) == (True, True, True)
    assert is_password(stored, PASSWORD)
    assert not is_password(stored, PASSWORD + " ")
    assert not is_password(None, "nobody has this password")


@pytest.mark.parametrize(
    "password", ["", "short", "aaaaaaaaaaaa", "1234567890", "ann.other@example.org", "ann.other 123", "x" * 201]
)
def test_passwords_that_are_easily_guessed_are_refused(password: str) -> None:
    """Too short, too plain, too long, or the e-mail address."""
    with pytest.raises(InvalidInput):
        check_new_password(password, "ann.other@example.org")


def test_tokens_from_before_there_were_people_go_on(tmp_path: Path) -> None:
    """A database of the first schema is brought up to date with its tokens, which belong to the installation."""
    url = sqlite_url(tmp_path)
    with closing(open_database(url)) as database:
        tokens = Tokens(database, Clock())
        _, secret = tokens.create("old", ("contacts:read",), None)
        with database.writing() as connection:
            for table in ("suppressions", "usage", "audit", "sessions", "links", "failures", "users"):
                connection.execute(sa.text(f"DROP TABLE {table}"))
            connection.execute(sa.text("DROP INDEX tokens_name"))
            connection.execute(sa.text("CREATE TABLE older AS SELECT * FROM tokens"))
            connection.execute(sa.text("DROP TABLE tokens"))
            connection.execute(sa.text(_FIRST_TOKENS))
            names = [column.name for column in token_table.tokens.columns if column.name != "replaced_by"]
            columns = ", ".join(names)
            connection.execute(sa.text(f"INSERT INTO tokens ({columns}) SELECT {columns} FROM older"))
            connection.execute(sa.text("UPDATE tokens SET owner = NULL"))
            connection.execute(sa.text("DROP TABLE older"))
            connection.execute(sa.text("CREATE UNIQUE INDEX tokens_name ON tokens (name) WHERE revoked_at_us IS NULL"))
            connection.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
    with closing(open_database(url)) as database:
        tokens = Tokens(database, Clock())
        assert tokens.find(secret) is not None
        (token,) = tokens.list()
        assert (token.name, token.owner_id) == ("old", "")


_FIRST_TOKENS = """CREATE TABLE tokens (id VARCHAR(40) NOT NULL CONSTRAINT tokens_pk PRIMARY KEY, name VARCHAR(100) NOT NULL,
secret_sha256 BLOB NOT NULL CONSTRAINT tokens_secret_sha256_uq UNIQUE, prefix VARCHAR(16) NOT NULL, last_four VARCHAR(4) NOT NULL,
scopes TEXT NOT NULL, owner VARCHAR(40), created_at_us BIGINT NOT NULL, expires_at_us BIGINT, last_used_at_us BIGINT,
revoked_at_us BIGINT)"""
