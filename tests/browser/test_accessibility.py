"""Every page held to WCAG 2 AA by axe, on a desktop and a phone, light and dark; and used by keyboard alone."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from browsing import Browsing, follow
from serving import Server

_PAGES = ("/", "/settings/tokens", "/settings/account", "/settings/people", "/settings/audit", "/docs", "/nothing-here")
_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
_SIZES = {"desktop": (1280, 900), "phone": (390, 844)}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", list(_SIZES))
def test_axe_finds_nothing(browser: Browser, site: Server, scheme: str, size: str) -> None:
    """No violation on any page, in any state, and nothing wider than the window."""
    width, height = _SIZES[size]
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": height})  # type: ignore[arg-type]
    browsing = Browsing(context, site.url)
    page, found = browsing.page, []

    def look(state: str) -> None:
        results = Axe().run(page, options=_RULES)
        found.extend((state, each["id"], each["nodes"][0]["html"]) for each in results.response["violations"])
        assert page.evaluate("document.documentElement.scrollWidth") <= width, state

    page.goto(f"{site.url}/sign-in")
    look("signing in")
    browsing.sign_in(password="wrong")
    look("wrong password")
    browsing.sign_in()
    page.goto(f"{site.url}/settings/tokens")
    page.get_by_label("Name").fill(f"{size} {scheme}")
    follow(page.get_by_role("button", name="Create token"))
    look("token made")
    page.get_by_label("Name").fill(f"{size} {scheme}")
    follow(page.get_by_role("button", name="Create token"))
    look("name taken")
    follow(page.get_by_role("link", name=f"Rotate {size} {scheme}"))
    look("rotating")
    page.goto(f"{site.url}/settings/tokens")
    follow(page.get_by_role("link", name=f"Revoke {size} {scheme}"))
    look("revoking")
    for path in _PAGES:
        page.goto(site.url + path)
        look(path)
    context.close()
    assert found == []


def test_a_token_is_made_by_keyboard_alone(browsing: Browsing, site: Server) -> None:
    """From the first Tab on the page, without a mouse."""
    page = browsing.sign_in()
    page.goto(f"{site.url}/settings/tokens")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#main$"))
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "name":
            break
    page.keyboard.type("by keyboard")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your new token “by keyboard”")).to_be_visible()
