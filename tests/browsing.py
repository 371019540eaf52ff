"""How tests use a browser window."""

import re

from playwright.sync_api import BrowserContext, Locator, Page

from serving import PATIENCE_S
from visiting import PASSWORD

# How long ago something is that a test has done, however busy the machine is; cells stand side by side without a space.
RECENTLY = re.compile(r"just now|\d+ minutes? ago")


class Browsing:
    """A browser window, whose errors are kept: none may be left when a test ends."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.url = url
        self.errors: list[str] = []
        context.set_default_timeout(PATIENCE_S * 1_000)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        self.page = self.window()

    def window(self) -> Page:
        """Return a new window of the same browser."""
        return self.context.new_page()

    def sign_in(self, email: str = "ada@example.org", password: str = PASSWORD) -> Page:
        """Sign in through the form; return the window."""
        self.page.goto(f"{self.url}/sign-in")
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Password").fill(password)
        follow(self.page.get_by_role("button", name="Sign in"))
        return self.page


def follow(button: Locator) -> None:
    """Click on what leads to another page, and wait until that is there, whole."""
    with button.page.expect_navigation():
        button.click()
