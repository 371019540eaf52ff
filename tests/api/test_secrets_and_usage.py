"""Secrets are kept nowhere, revocation holds in every worker, and usage is counted right across them."""

import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from hostile import wait_until
from serving import PATIENCE_S, Server, ask_for, fill, run_letrics, start_server, stop_server
from visiting import PASSWORD, Visitor, person, said

WORKERS = 3


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the small data set."""
    data = tmp_path_factory.mktemp("several") / "data"
    fill(data)
    return data


@pytest.fixture(scope="module")
def several(data: Path) -> Iterator[Server]:
    """Several workers on one port."""
    token = run_letrics(data, "token", "create", "tests", "--quiet").strip()
    process, url = start_server(data, "--workers", str(WORKERS))
    yield Server(url, token, data)
    stop_server(process)


def test_after_a_second_no_worker_lets_a_revoked_token_in(several: Server) -> None:
    """Clients ask without pause while a page revokes their token: a second later, not one request succeeds."""
    owner = person(several.url, several.data, "load@example.org")
    header = {"Authorization": f"Bearer {owner.create_token('busy')}"}
    token_id = owner.token_id("busy")
    done = threading.Event()
    answers: list[tuple[float, float, int]] = []  # when each was asked for, when it was there, its status

    def ask() -> None:
        with httpx2.Client(base_url=several.url, headers=header, timeout=PATIENCE_S) as client:
            while not done.is_set():
                began = time.monotonic()
                status = client.get("/v1/contacts?per_page=1").status_code
                answers.append((began, time.monotonic(), status))

    clients = [threading.Thread(target=ask) for _ in range(2 * WORKERS)]
    for client in clients:
        client.start()
    wait_until(lambda: len(answers) > 50)
    revoking = time.monotonic()
    assert owner.post(f"/settings/tokens/{token_id}/revoke").status_code == 303
    revoked = time.monotonic()

    def late() -> list[int]:
        return [status for began, _, status in [*answers] if began > revoked + 1.0]

    wait_until(lambda: len(late()) > 100)
    done.set()
    for client in clients:
        client.join()
    early = [status for _, ended, status in answers if ended < revoking]
    assert len(early) > 50
    assert set(early) == {200}
    assert set(late()) == {401}


def test_a_rotated_token_goes_on_for_its_overlap_and_no_longer(several: Server) -> None:
    """With an overlap both secrets are let in; without one the old is refused within a second."""
    owner = person(several.url, several.data, "turn@example.org")
    secrets = [owner.create_token("turning")]
    for overlap in ("1h", "0m"):
        page = owner.post(f"/settings/tokens/{owner.token_id('turning')}/rotate", {"overlap": overlap})
        found = re.search(r'id="secret"[^>]*>(letr_\w+)<', page.text)
        assert found is not None, said(page)
        secrets.append(found[1])
        if overlap == "1h":
            assert [_status(several, secret) for secret in secrets] == [200, 200]
            assert "Replaced" in said(page)
            # The newest is the one that is rotated next.
            assert page.text.count('aria-label="Rotate turning"') == 1
    time.sleep(1)
    assert [_status(several, secret) for secret in secrets] == [200, 401, 200]


def _status(server: Server, secret: str) -> int:
    return ask_for(f"{server.url}/v1/contacts", headers={"Authorization": f"Bearer {secret}"}).status_code


def test_usage_is_right_across_workers_and_restarts(tmp_path: Path) -> None:
    """Requests and records of each token are counted once, whichever worker answered, and a restart loses none."""
    data = tmp_path / "data"
    fill(data)
    asked = 0
    for workers in (WORKERS, 1):
        process, url = start_server(data, "--workers", str(workers))
        try:
            visitor = Visitor(url)
            if not asked:
                visitor = person(url, data, "count@example.org")
                secret = visitor.create_token("counted")
            for _ in range(40):
                header = {"Authorization": f"Bearer {secret}"}
                answer = ask_for(f"{url}/v1/contacts?per_page=2", headers=header)  # a new connection each
                assert len(answer.json()["data"]) == 2
                asked += 1
            assert ask_for(f"{url}/v1/contacts?nothing=1", headers=header).status_code == 400
            asked += 1
        finally:
            stop_server(process)
    process, url = start_server(data)
    try:
        visitor = Visitor(url)
        visitor.sign_in("count@example.org")
        listed = said(visitor.get("/settings/tokens"))
        assert f"{asked} requests, 160 records" in listed
    finally:
        stop_server(process)


def test_no_secret_is_found_in_the_data_folder_or_the_log(tmp_path: Path) -> None:
    """Tokens, passwords, sessions and links are in no file of the data folder, in no log line, and in no audit entry."""
    data, log = tmp_path / "data", tmp_path / "log"
    fill(data)
    with log.open("w") as errors:
        process, url = start_server(data, stderr=errors, LETRICS_LOG_LEVEL="debug", LETRICS_LOG_FORMAT="json")
        try:
            link = run_letrics(data, "user", "add", "sec@example.org", "--role", "admin", "--quiet").strip()
            visitor = Visitor(url)
            form = {"name": "Sec", "password": PASSWORD, "again": PASSWORD}
            path = "/welcome/" + link.rpartition("/")[2]
            assert visitor.post(path, form).status_code == 303
            minted = [visitor.create_token("one"), run_letrics(data, "token", "create", "two", "--quiet").strip()]
            for secret in minted:
                assert ask_for(f"{url}/v1/contacts", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
                ask_for(f"{url}/v1/contacts?token={secret}")
            visitor.sign_in("sec@example.org", "a wrong secret word")
            visitor.sign_in("typed my password " + PASSWORD, PASSWORD)
            session = visitor.cookies["letrics"]
        finally:
            stop_server(process)
    run_letrics(data, "audit", "verify")
    listed = run_letrics(data, "audit", "list", "--json")
    hidden = [*minted, PASSWORD, "a wrong secret word", session, link.rpartition("/")[2]]
    files = [file for file in data.rglob("*") if file.is_file()]
    assert any(file.suffix == ".sqlite" for file in files)
    for text in (listed.encode(), log.read_bytes(), *(file.read_bytes() for file in files)):
        for secret in hidden:
            assert secret.encode() not in text


def test_the_audit_log_tells_of_everything_and_of_changes_to_itself(tmp_path: Path) -> None:
    """Imports, invitations, sign-ins, failures and tokens are in it; a changed, missing or cut-off entry is found."""
    data = tmp_path / "data"
    fill(data)
    process, url = start_server(data)
    try:
        admin = person(url, data, "log@example.org", "admin")
        admin.create_token("noted")
        admin.post(f"/settings/tokens/{admin.token_id('noted')}/revoke")
        Visitor(url).sign_in("log@example.org", "wrong")
        page = said(admin.get("/settings/audit"))
    finally:
        stop_server(process)
    for action in (
        "import",
        "user.invite",
        "password.set",
        "sign_in",
        "token.create",
        "token.revoke",
        "failed",
        "127.0.0.1",
    ):
        assert action in page
    verified = run_letrics(data, "audit", "verify")
    head = verified.split()[-1]
    assert "holds: 7 entries" in verified
    change(data, "DELETE FROM audit WHERE number = 7")
    assert "holds: 6 entries" in run_letrics(data, "audit", "verify")
    assert "expected hash is not there" in run_letrics(data, "audit", "verify", "--expect", head, fails=True)
    change(data, "UPDATE audit SET actor = 'somebody else' WHERE number = 3")
    assert "entry 3 was changed" in run_letrics(data, "audit", "verify", fails=True)
    change(data, "DELETE FROM audit WHERE number = 2")
    assert "entry 2 is missing" in run_letrics(data, "audit", "verify", fails=True)


def change(data: Path, statement: str) -> None:
    """Change the accounts behind Letrics' back."""
    with closing(sqlite3.connect(data / "accounts.sqlite")) as connection, connection:
        connection.execute(statement)


def test_the_first_start_makes_the_first_administrator(tmp_path: Path) -> None:
    """The console shows a link that works once; the person is an administrator, and the next start shows none."""
    data = tmp_path / "data"
    process, url = start_server(data)
    assert process.stdout is not None
    process.stdout.readline()
    path = process.stdout.readline().strip().removeprefix(url)
    assert path.startswith("/welcome/")
    try:
        assert "one-time link for the first administrator" in said(Visitor(url).get("/sign-in"))
        visitor = Visitor(url)
        form = {"email": "First@Example.org", "name": "First", "password": PASSWORD, "again": PASSWORD}
        assert visitor.post(path, {**form, "email": "no address"}).status_code == 400
        assert visitor.post(path, form).status_code == 303
        assert visitor.get("/settings/people").status_code == 200
        assert Visitor(url).post(path, {**form, "email": "second@example.org"}).status_code == 410
    finally:
        stop_server(process)
    assert "first@example.org" in run_letrics(data, "user", "list")
    process, url = start_server(data)
    try:
        assert Visitor(url).sign_in("first@example.org").status_code == 303
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
        assert process.stdout is not None
        with process.stdout:
            assert "administrator" not in process.stdout.read()


def test_sessions_end_by_themselves(tmp_path: Path) -> None:
    """A browser that was idle for too long, or signed in too long ago, must sign in again."""
    data = tmp_path / "data"
    for setting in ("LETRICS_SESSION_IDLE_S", "LETRICS_SESSION_LIFETIME_S"):
        process, url = start_server(data, **{setting: "2"})
        try:
            signing_in = time.monotonic()
            email = f"{setting[-6:].strip('_').lower()}@example.org"
            visitor = person(url, data, email, "admin")
            while visitor.get("/").status_code != 200:
                # Where that took longer than a session lasts, once more, until it did not.
                assert time.monotonic() - signing_in > 2
                signing_in = time.monotonic()
                visitor.sign_in(email)
            time.sleep(2.5)
            cookie = {"Cookie": "; ".join(f"{c.name}={c.value}" for c in visitor.cookies.jar)}
            assert ask_for(f"{url}/", headers=cookie).status_code == 303
        finally:
            stop_server(process)
