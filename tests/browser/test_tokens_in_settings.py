"""Settings → API tokens in a real browser: made, used, rotated, revoked, and all of it without scripts too."""

import json
import re
import subprocess
import time
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from browsing import RECENTLY, Browsing
from serving import PATIENCE_S, Server, ask_for
from visiting import PASSWORD, Visitor


def create(page: Page, name: str) -> str:
    """Fill in the form and send it; return the secret that is shown."""
    page.get_by_role("link", name="Settings").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create token").click()
    expect(page.get_by_role("heading", name=f"Your new token “{name}”")).to_be_visible()
    return page.locator("#secret").inner_text()


def status(site: Server, secret: str) -> int:
    """Return how the API answers a token."""
    return ask_for(f"{site.url}/v1/contacts", headers={"Authorization": f"Bearer {secret}"}).status_code


def test_a_token_is_made_copied_used_and_revoked(browsing: Browsing, site: Server) -> None:
    """Its secret is shown once, the copy button copies it, it lets a program in, and a second after its end it does not."""
    page = browsing.sign_in()
    secret = create(page, "from the browser")
    # The button says so for two seconds, by a clock that goes on when it is told to.
    page.clock.install()
    page.clock.pause_at(datetime.now(UTC) + timedelta(hours=1))
    page.get_by_role("button", name="Copy token").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    page.clock.run_for(2_000)
    expect(page.get_by_role("button", name="Copy token")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == secret
    assert status(site, secret) == 200
    page.goto(f"{site.url}/settings/tokens")
    assert secret not in page.content()
    row = page.get_by_role("row").filter(has_text="from the browser")
    expect(row).to_contain_text(f"{secret[:9]}…{secret[-4:]}")
    row.get_by_role("link", name="Revoke").click()
    expect(page.get_by_role("heading", name="Revoke “from the browser”?")).to_be_visible()
    page.get_by_role("link", name="Cancel").click()
    assert status(site, secret) == 200
    page.get_by_role("link", name="Revoke from the browser").click()
    page.get_by_role("button", name="Revoke token").click()
    expect(page.get_by_role("status")).to_contain_text("refuses it within a second")
    time.sleep(1)
    assert status(site, secret) == 401
    page.get_by_text("Revoked and expired").click()
    expect(page.get_by_role("row").filter(has_text="from the browser")).to_contain_text(
        re.compile(f"revoked (?:{RECENTLY.pattern})")
    )


def test_the_curl_line_works_as_pasted(browsing: Browsing, site: Server) -> None:
    """What the page shows beside a new token is a command that answers."""
    page = browsing.sign_in()
    create(page, "pasted")
    line = page.locator("#curl").inner_text()
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout)
    assert answer["errors"] == []
    assert answer["meta"]["filters"] == {"locations": ["Germany"], "job_titles": ["finance"]}


def test_a_rotated_token_has_a_new_secret_and_both_work(browsing: Browsing, site: Server) -> None:
    """Rotating shows a new secret; the old one goes on for the time that was chosen, and the list says so."""
    page = browsing.sign_in()
    old = create(page, "turning")
    page.get_by_role("link", name="Rotate turning").click()
    page.get_by_label("7 days").check()
    page.get_by_role("button", name="Rotate token").click()
    new = page.locator("#secret").inner_text()
    assert new != old
    assert (status(site, old), status(site, new)) == (200, 200)
    replaced = page.get_by_role("row").filter(has_text=old[-4:])
    expect(replaced).to_contain_text("Replaced")
    expect(replaced).to_contain_text("in 7 days")


def test_mistakes_are_told_at_the_field_and_nothing_typed_is_lost(browsing: Browsing) -> None:
    """A name that is taken and a form without a scope are explained where they are, with what was typed still there."""
    page = browsing.sign_in()
    create(page, "taken")
    page.get_by_label("Name").fill("taken")
    page.get_by_role("button", name="Create token").click()
    name = page.get_by_label("Name")
    expect(name).to_have_value("taken")
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(name).to_be_focused()
    expect(page.locator("#name-error")).to_contain_text("already")
    name.fill("free")
    for box in page.get_by_role("checkbox").all():
        box.uncheck()
    page.get_by_role("button", name="Create token").click()
    expect(page.locator("#scopes-error")).to_contain_text("at least one scope")
    expect(page.get_by_label("Name")).to_have_value("free")


def test_a_members_page_offers_what_members_have(browsing: Browsing, site: Server, member: Visitor) -> None:
    """A member sees the own tokens only, no scope beyond the role, and no page of administrators."""
    email = re.search(r"[\w.+-]+@example\.org", member.get("/settings/account").text)
    assert email is not None
    page = browsing.sign_in(email[0], PASSWORD)
    page.get_by_role("link", name="Settings").click()
    expect(page.get_by_text("You have no tokens yet")).to_be_visible()
    expect(page.get_by_role("checkbox")).to_have_count(3)
    expect(page.get_by_role("link", name="Audit log")).to_have_count(0)
    page.goto(f"{site.url}/settings/people")
    expect(page.get_by_role("heading", name="This is not yours to do")).to_be_visible()


def test_usage_is_shown_within_seconds(browsing: Browsing, site: Server) -> None:
    """What a token was used for is on the page soon after: requests, records, and a bar in the chart."""
    page = browsing.sign_in()
    secret = create(page, "counted")
    began = datetime.now(UTC).date()
    for _ in range(5):
        assert status(site, secret) == 200
    deadline = time.monotonic() + PATIENCE_S
    row = page.get_by_role("row").filter(has_text="counted")
    while "5 requests, 20 records" not in row.inner_text():
        assert time.monotonic() < deadline, row.inner_text()
        time.sleep(0.3)
        page.goto(f"{site.url}/settings/tokens")
    expect(row.get_by_role("img", name="5 in all")).to_be_visible()
    days = 1 + (datetime.now(UTC).date() - began).days  # two, where midnight came in between
    assert 1 <= row.locator("svg rect").count() <= days
    expect(row).to_contain_text(RECENTLY)


def test_everything_works_without_scripts(without_scripts: Browsing, site: Server) -> None:
    """A browser without JavaScript signs in, makes, rotates and revokes a token, and signs out; no dead button is shown."""
    page = without_scripts.sign_in()
    secret = create(page, "plain")
    assert status(site, secret) == 200
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)
    page.get_by_role("link", name="Rotate plain").click()
    page.get_by_role("button", name="Rotate token").click()
    page.get_by_role("link", name="Revoke plain").first.click()
    page.get_by_role("button", name="Revoke token").click()
    expect(page.get_by_role("status")).to_contain_text("The token is revoked")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("status")).to_contain_text("You are signed out")
