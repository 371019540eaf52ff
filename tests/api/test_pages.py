"""The pages as HTTP sees them: who is let in, what is refused, what a cookie says, and that errors are pages too."""

import re
import time
from pathlib import Path

import pytest

from serving import Server, ask_for, run_letrics, start_server, stop_server
from visiting import PASSWORD, Visitor, person, said

PAGES = ["/", "/settings/tokens", "/settings/account"]
ADMIN_PAGES = ["/settings/people", "/settings/audit"]


@pytest.fixture(scope="module")
def admin(server: Server) -> Visitor:
    """An administrator."""
    return person(server.url, server.data, "ada@example.org", "admin")


@pytest.fixture(scope="module")
def member(server: Server) -> Visitor:
    """A member."""
    return person(server.url, server.data, "mel@example.org")


def test_a_stranger_is_sent_to_sign_in_and_comes_back(server: Server, member: Visitor) -> None:
    """Each page sends a visitor without a session to the form, which leads back to the page."""
    for path in (*PAGES, *ADMIN_PAGES):
        answer = Visitor(server.url).get(path)
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/sign-in?next={path}"
    visitor = Visitor(server.url)
    form = {"email": "mel@example.org", "password": PASSWORD}
    assert visitor.post("/sign-in?next=/settings/account", form).headers["location"] == "/settings/account"


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example", "evil"])
def test_signing_in_leads_nowhere_else(server: Server, member: Visitor, elsewhere: str) -> None:
    """An address of another server after `next` is not followed."""
    visitor = Visitor(server.url)
    form = {"email": "mel@example.org", "password": PASSWORD}
    answer = visitor.send("POST", "/sign-in", params={"next": elsewhere}, data=form)
    assert answer.headers["location"] == "/"


def test_members_see_no_page_of_administrators(admin: Visitor, member: Visitor) -> None:
    """A member gets 403 there, an administrator the page."""
    for path in ADMIN_PAGES:
        assert member.get(path).status_code == 403
        assert admin.get(path).status_code == 200
    for path in PAGES:
        assert member.get(path).status_code == 200
    assert member.post("/settings/people", {"email": "x@example.org", "role": "admin"}).status_code == 403
    assert "/settings/people" not in member.get("/settings/tokens").text


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": ""},
    ],
    ids=str,
)
def test_a_form_of_another_site_changes_nothing(server: Server, member: Visitor, headers: dict[str, str]) -> None:
    """Whatever another site can make a browser send is refused, with the session's cookie and all."""
    form = {"name": "stolen", "scopes": "contacts:read", "expires": "never"}
    answer = member.post("/settings/tokens", form, **headers)
    assert answer.status_code == 403
    assert "stolen" not in member.get("/settings/tokens").text
    assert member.post("/sign-out", **headers).status_code == 403
    assert Visitor(server.url, **headers).sign_in("mel@example.org").status_code == 403


def test_the_cookie_is_for_this_server_only(server: Server, member: Visitor) -> None:
    """HttpOnly and SameSite=Lax; behind a proxy with TLS also Secure and bound to the host."""
    form = {"email": "mel@example.org", "password": PASSWORD}
    plain = Visitor(server.url).post("/sign-in", form).headers["set-cookie"]
    assert re.match(r"letrics=[\w-]{43}; HttpOnly; Max-Age=\d+; Path=/; SameSite=lax$", plain)
    behind = Visitor(server.url, **{"X-Forwarded-Proto": "https"}).post("/sign-in", form).headers["set-cookie"]
    assert behind.startswith("__Host-letrics=")
    assert "Secure" in behind
    assert "Domain" not in behind


def test_a_session_is_new_with_each_sign_in(server: Server, member: Visitor) -> None:
    """Signing in again gives another secret and ends the session before it; signing out ends it for good."""
    visitor = Visitor(server.url)
    visitor.sign_in("mel@example.org")
    first = visitor.cookies["letrics"]
    visitor.sign_in("mel@example.org")
    second = visitor.cookies["letrics"]
    assert first != second
    stranger = ask_for(f"{server.url}/", headers={"Cookie": f"letrics={first}"})
    assert stranger.status_code == 303
    assert visitor.get("/").status_code == 200
    visitor.post("/sign-out")
    assert ask_for(f"{server.url}/", headers={"Cookie": f"letrics={second}"}).status_code == 303


def test_an_unknown_account_is_told_as_a_wrong_password_is(server: Server, member: Visitor) -> None:
    """The two answers differ in nothing but the e-mail that was typed."""
    wrong = Visitor(server.url).sign_in("mel@example.org", "not this one")
    unknown = Visitor(server.url).sign_in("nobody@example.org", "not this one")
    assert wrong.status_code == unknown.status_code == 400
    assert wrong.text.replace("mel@", "nobody@") == unknown.text
    assert "do not belong together" in said(wrong)


def test_after_some_failures_the_next_try_must_wait(server: Server, member: Visitor) -> None:
    """After five wrong passwords for an account the next try is told to wait; afterwards the right one is let in."""
    person(server.url, server.data, "slow@example.org")
    tries = [Visitor(server.url).sign_in("slow@example.org", f"wrong number {number}") for number in range(5)]
    assert [answer.status_code for answer in tries] == [400] * 5
    # A try that comes when the wait is over, as on a machine that takes seconds for each, makes the next wait longer.
    wait_s = 1
    while (late := Visitor(server.url).sign_in("slow@example.org", "wrong again")).status_code == 400 and wait_s < 100:
        wait_s *= 2
    assert late.status_code == 429
    assert 1 <= int(late.headers["retry-after"]) <= wait_s
    assert "Try again in" in said(late)
    assert Visitor(server.url).sign_in("mel@example.org").status_code == 303
    time.sleep(int(late.headers["retry-after"]) + 1)
    assert Visitor(server.url).sign_in("slow@example.org").status_code == 303


def test_a_link_works_once(server: Server) -> None:
    """A one-time link is gone after it was used, and a newer one makes an older one useless."""
    old = run_letrics(server.data, "user", "add", "once@example.org", "--quiet").strip().rpartition("/")[2]
    new = run_letrics(server.data, "user", "link", "once@example.org", "--quiet").strip().rpartition("/")[2]
    visitor = Visitor(server.url)
    assert visitor.get(f"/welcome/{old}").status_code == 410
    form = {"name": "Once", "password": PASSWORD, "again": PASSWORD}
    assert visitor.post(f"/welcome/{new}", {**form, "again": "another"}).status_code == 400
    assert visitor.post(f"/welcome/{new}", {**form, "password": "short", "again": "short"}).status_code == 400
    assert visitor.post(f"/welcome/{new}", form).status_code == 303
    assert visitor.get("/").status_code == 200
    assert Visitor(server.url).post(f"/welcome/{new}", form).status_code == 410


def test_a_new_password_ends_the_other_sessions(server: Server) -> None:
    """Whoever changes the password stays signed in; every other browser is signed out."""
    here = person(server.url, server.data, "two@example.org")
    there = Visitor(server.url)
    there.sign_in("two@example.org")
    form = {"current": PASSWORD, "password": "four loud trumpets", "again": "four loud trumpets"}
    wrong = here.post("/settings/account/password", {**form, "current": "not this one"})
    assert "not your current password" in said(wrong)
    assert there.get("/").status_code == 200
    assert here.post("/settings/account/password", form).status_code == 303
    assert here.get("/").status_code == 200
    assert there.get("/").status_code == 303
    assert there.sign_in("two@example.org").status_code == 400
    assert there.sign_in("two@example.org", "four loud trumpets").status_code == 303


def test_a_disabled_user_is_out_within_a_second(server: Server, admin: Visitor) -> None:
    """Session and tokens die with the account, and come back with it."""
    fired = person(server.url, server.data, "fired@example.org")
    header = {"Authorization": f"Bearer {fired.create_token('mine')}"}
    assert ask_for(f"{server.url}/v1/contacts", headers=header).status_code == 200
    run_letrics(server.data, "user", "disable", "fired@example.org")
    assert fired.get("/").status_code == 303
    time.sleep(1)
    assert ask_for(f"{server.url}/v1/contacts", headers=header).status_code == 401
    assert Visitor(server.url).sign_in("fired@example.org").status_code == 400
    run_letrics(server.data, "user", "enable", "fired@example.org")
    time.sleep(1)
    assert ask_for(f"{server.url}/v1/contacts", headers=header).status_code == 200


def test_a_token_never_has_more_than_its_owner(server: Server, admin: Visitor) -> None:
    """A member cannot hand on `import` or `admin`; an administrator who becomes a member loses them in the token too."""
    was_admin = person(server.url, server.data, "was@example.org", "admin")
    member = person(server.url, server.data, "plain@example.org")
    form = {"name": "greedy", "scopes": ["contacts:read", "import", "admin"], "expires": "never"}
    refused = member.post("/settings/tokens", form)
    assert refused.status_code == 400
    assert "import, admin" in said(refused)
    assert "greedy" not in said(member.get("/settings/tokens"))
    was_admin.create_token("all", "contacts:read", "admin")
    run_letrics(server.data, "user", "role", "was@example.org", "member")
    listed = said(was_admin.get("/settings/tokens"))
    assert "all" in listed
    assert was_admin.get("/settings/audit").status_code == 403


def test_nobody_sees_or_ends_the_tokens_of_others(server: Server, admin: Visitor, member: Visitor) -> None:
    """A member gets 404 for another's token; an administrator may revoke it but not come by its secret."""
    other = person(server.url, server.data, "other@example.org")
    secret = other.create_token("private")
    token_id = other.token_id("private")
    for path in ("rotate", "revoke"):
        assert member.get(f"/settings/tokens/{token_id}/{path}").status_code == 404
        assert member.post(f"/settings/tokens/{token_id}/{path}", {"overlap": "1h"}).status_code == 404
    assert "private" not in said(member.get("/settings/tokens"))
    assert "other@example.org" in said(admin.get("/settings/tokens"))
    assert admin.post(f"/settings/tokens/{token_id}/rotate", {"overlap": "1h"}).status_code == 409
    header = {"Authorization": f"Bearer {secret}"}
    assert ask_for(f"{server.url}/v1/contacts", headers=header).status_code == 200
    assert admin.post(f"/settings/tokens/{token_id}/revoke").status_code == 303
    time.sleep(1)
    assert ask_for(f"{server.url}/v1/contacts", headers=header).status_code == 401


def test_the_only_administrator_stays(tmp_path: Path) -> None:
    """The last administrator can neither be disabled nor become a member."""
    data = tmp_path / "data"
    process, url = start_server(data)
    try:
        person(url, data, "only@example.org", "admin")
        for command in (("disable", "only@example.org"), ("role", "only@example.org", "member")):
            assert "only administrator" in run_letrics(data, "user", *command, fails=True)
    finally:
        stop_server(process)


def test_errors_are_pages_for_people_and_json_for_programs(server: Server, member: Visitor) -> None:
    """What a browser asks for and cannot have is told on a page; a program gets the envelope."""
    page = member.get("/settings/nothing")
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert re.search(r"req_[0-9a-f]{16}", page.text)
    assert ask_for(f"{server.url}/settings/nothing").json()["errors"][0]["id"] == "not_found"
    assert member.get("/sign-out").status_code == 405
    assert member.get("/v1/contacts").json()["errors"][0]["id"] == "unauthorized"
    assert member.post("/settings/tokens", {"name": "x" * 70_000}).status_code == 413
    odd = member.send("POST", "/settings/tokens", content=b"{}", headers={"Content-Type": "application/json"})
    assert odd.status_code == 400


def test_pages_carry_their_safety_headers(server: Server, member: Visitor) -> None:
    """No script but the server's own, no framing, no caching of what is private."""
    stranger = Visitor(server.url)
    for visitor, path in [*((member, path) for path in PAGES), *((stranger, p) for p in ("/sign-in", "/docs", "/x"))]:
        headers = visitor.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
    assert member.get("/settings/tokens").headers["cache-control"] == "no-store"
    style = re.search(r"/static/style\.css\?v=\w+", member.get("/").text)
    assert style is not None
    assert "immutable" in member.get(style[0]).headers["cache-control"]
    assert member.get("/static/../app.py").status_code == 404
    assert member.get("/static/nothing.css").status_code == 404


def test_pages_hold_no_inline_script_or_style(member: Visitor) -> None:
    """What the policy forbids is not there either."""
    for path in (*PAGES, "/sign-in", "/docs"):
        page = member.get(path).text
        assert not re.search(r"<script(?![^>]*src=)|\son\w+=|\sstyle=|<style", page)
        assert not re.search(r'(src|href|action)="(https?:)?//', page)
