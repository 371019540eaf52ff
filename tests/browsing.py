"""How tests use a browser window."""

import re

from playwright.sync_api import BrowserContext, Page

from visiting import PASSWORD

# How long ago something is that a test has done, however busy the machine is.
RECENTLY = re.compile(r"just now|\b\d+ minutes? ago")


class Browsing:
    """A browser window, whose errors are kept: none may be left when a test ends."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.url = url
        self.errors: list[str] = []
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        self.page = self.window()

    def window(self) -> Page:
        """Return a new window of the same browser."""
        page = self.context.new_page()
        page.set_default_timeout(20_000)
        return page

    def sign_in(self, email: str = "ada@example.org", password: str = PASSWORD) -> Page:
        """Sign in through the form; return the window."""
        self.page.goto(f"{self.url}/sign-in")
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        return self.page
