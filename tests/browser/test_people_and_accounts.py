"""Coming in, and managing people and one's own account, in a real browser."""

import re

from playwright.sync_api import Browser, expect

from browsing import RECENTLY, Browsing, follow
from serving import PATIENCE_S, Server, run_letrics
from visiting import PASSWORD, Visitor, person


def test_an_invitation_leads_to_an_account(browser: Browser, browsing: Browsing, site: Server) -> None:
    """An administrator invites, the person follows the link, chooses a password, and sees the overview."""
    page = browsing.sign_in()
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("link", name="People").click()
    page.get_by_label("E-mail").fill("New.Person@Example.org")
    page.get_by_role("button", name="Make the invitation").click()
    link = page.locator("#link").inner_text()
    expect(page.get_by_role("row").filter(has_text="new.person@example.org")).to_contain_text("invited")

    invited = browser.new_context()
    invited.set_default_timeout(PATIENCE_S * 1_000)
    theirs = invited.new_page()
    theirs.goto(link)
    theirs.get_by_label("Your name").fill("New Person")
    theirs.get_by_label("Password").fill("four loud trumpets")
    theirs.get_by_label("The same again").fill("four loud trumpet")
    theirs.get_by_role("button", name="Save and sign in").click()
    expect(theirs.locator("#again-error")).to_contain_text("not the same")
    expect(theirs.get_by_label("Your name")).to_have_value("New Person")
    theirs.get_by_label("Password").fill("four loud trumpets")
    theirs.get_by_label("The same again").fill("four loud trumpets")
    theirs.get_by_role("button", name="Save and sign in").click()
    expect(theirs.get_by_role("heading", name="Overview")).to_be_visible()
    expect(theirs.get_by_text("New Person")).to_be_visible()
    theirs.goto(link)
    expect(theirs.get_by_role("heading", name="This link does not work any more")).to_be_visible()

    page.reload()
    page.goto(f"{site.url}/settings/people")
    page.get_by_role("button", name="Disable new.person@example.org").click()
    expect(page.get_by_role("row").filter(has_text="new.person@example.org")).to_contain_text("disabled")
    theirs.goto(f"{site.url}/")
    expect(theirs.get_by_role("heading", name="Sign in")).to_be_visible()
    invited.close()


def test_a_wrong_password_is_told_and_the_email_stays(browsing: Browsing) -> None:
    """The form says that the two do not belong together, and keeps the e-mail."""
    page = browsing.sign_in(password="not this one")
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    expect(page.get_by_label("E-mail")).to_have_value("ada@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()


def test_sessions_are_listed_and_ended(browsing: Browsing, site: Server) -> None:
    """Another browser of the same person is listed, and ended by a click."""
    person(site.url, site.data, "sessions@example.org")
    other = Visitor(site.url, **{"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/150.0"})
    other.sign_in("sessions@example.org")
    page = browsing.sign_in("sessions@example.org")
    page.goto(f"{site.url}/settings/account")
    row = page.get_by_role("listitem").filter(has_text="Firefox on Windows")
    expect(row).to_contain_text("127.0.0.1")
    row.get_by_role("button", name="End").click()
    expect(page.get_by_role("status")).to_contain_text("ended")
    assert other.get("/").status_code == 303
    page.get_by_role("button", name="End all others").click()
    expect(page.get_by_role("listitem")).to_have_count(1)


def test_a_password_is_changed(browsing: Browsing, site: Server) -> None:
    """With the current password a new one is set, which lets in from then on."""
    person(site.url, site.data, "changes@example.org")
    page = browsing.sign_in("changes@example.org")
    page.goto(f"{site.url}/settings/account")
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password").fill("five green bottles")
    page.get_by_label("The same again").fill("five green bottles")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("status")).to_contain_text("is changed")
    follow(page.get_by_role("button", name="Sign out"))
    browsing.sign_in("changes@example.org", "five green bottles")
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()


def test_the_overview_says_what_is_there(browsing: Browsing, site: Server) -> None:
    """Counts, sources and the first request, with the address that the visitor has come by."""
    page = browsing.sign_in()
    for name, count in (("Contacts", "4"), ("Companies", "3")):
        expect(page.locator("dl div").filter(has_text=name)).to_contain_text(count)
    imported = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="file")).locator("time")
    expect(imported).to_have_text(re.compile(rf"^(?:{RECENTLY.pattern})$"))
    assert f"{site.url}/v1/contacts" in page.locator("#curl").inner_text()


def test_the_audit_log_is_read_back_to_its_start(browsing: Browsing, site: Server) -> None:
    """The newest entries come first; older ones are pages away, down to the first import."""
    for _ in range(52):
        Visitor(site.url).post("/sign-in", {"email": "ada@example.org", "password": PASSWORD})
    page = browsing.sign_in()
    page.goto(f"{site.url}/settings/audit")
    while page.get_by_role("link", name="Older").count():
        follow(page.get_by_role("link", name="Older"))
    expect(page.get_by_role("row").last).to_contain_text("import")
    expect(page.get_by_role("row").last).to_contain_text("contacts.ndjson, companies.ndjson")
    run_letrics(site.data, "audit", "verify")


def test_a_form_on_another_site_does_nothing(browser: Browser, browsing: Browsing, site: Server) -> None:
    """A page of another origin that posts the token form with the visitor's cookies is refused."""
    page = browsing.sign_in()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    evil = browsing.window()
    elsewhere = site.url.replace("127.0.0.1", "localhost")
    evil.goto(f"{elsewhere}/healthz")
    with evil.expect_navigation() as navigation:
        evil.evaluate(
            """url => {
                const form = document.createElement("form");
                form.method = "post"; form.action = url + "/settings/tokens";
                for (const [name, value] of [["name", "stolen"], ["scopes", "contacts:read"], ["expires", "never"]]) {
                    const input = document.createElement("input");
                    input.name = name; input.value = value; form.append(input);
                }
                document.documentElement.append(form);
                form.submit();
            }""",
            site.url,
        )
    assert navigation.value is not None
    assert navigation.value.status == 403
    page.goto(f"{site.url}/settings/tokens")
    assert "stolen" not in page.content()
