"""The app in a real Chromium: its process, its page, and the user's actions."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page
from playwright.sync_api import TimeoutError as TookTooLong

from tests.support.app.devices import Servers
from tests.support.servers import free_port

ROOT = Path(__file__).parents[3]
PATIENCE_S = 60
TAP_MS = 80
"""How long Flutter needs to put its HTML input over a tapped field."""
STILL_MS = 100
UNDO_MS = 3_000
UNDO_TAPS = 3


@contextmanager
def serve_app(servers: Servers, log: Path) -> Iterator[str]:
    """Run the app's process, as `make app` does; yield the URL of its page."""
    settings = {
        "APP_API_URL": servers.core,
        "APP_CLERK_URL": servers.clerk,
        "APP_REDIRECT_URI": f"http://127.0.0.1:{free_port()}/callback",
        "FLET_APP_STORAGE_DATA": str(log.with_name("app-data")),
    }
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "--port", str(free_port())],
            cwd=ROOT,
            env=os.environ | settings,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    watch = threading.Timer(PATIENCE_S * 5, process.kill)
    watch.start()
    with process:
        try:
            found = re.search(r"http://\S+", process.stdout.readline() if process.stdout else "")
            assert found, log.read_text(encoding="utf-8")
            yield found[0]
        finally:
            watch.cancel()
            process.kill()


class Screen:
    """The app on a page, as a screen reader sees it."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE_S * 1000)
        self._open(url)

    def _open(self, url: str) -> None:
        """Open the page once the app's process listens, and turn on Flutter's semantics."""
        for _ in range(100):
            try:
                self.page.goto(url)
                break
            except Exception:  # noqa: BLE001  Playwright has one class for all browser errors
                self.page.wait_for_timeout(100)
        self.page.wait_for_selector("flt-semantics-placeholder", state="attached")
        self.page.evaluate("document.querySelector('flt-semantics-placeholder').click()")

    def button(self, name: str) -> Locator:
        """Find a tappable element by the start of its text."""
        pattern = re.compile(rf"^{re.escape(name)}")
        found = self.page.get_by_role("button", name=pattern)
        for role in ("checkbox", "menuitem"):
            found = found.or_(self.page.get_by_role(role, name=pattern))
        return found.first

    def tap(self, name: str) -> None:
        """Tap an element once it stands still: a tap misses a moving element."""
        button = self.button(name)
        before, now = None, button.bounding_box()
        while before != now:
            self.page.wait_for_timeout(STILL_MS)
            before, now = now, button.bounding_box()
        button.click()

    def undo(self) -> None:
        """Tap *Undo* until its bar closes: a tap while the bar is drawn again has no effect."""
        undo = self.button("Undo")
        for _ in range(UNDO_TAPS):
            self.tap("Undo")
            with suppress(TookTooLong):
                undo.wait_for(state="detached", timeout=UNDO_MS)
                return

    def write(self, label: str, text: str) -> None:
        """Replace the text of a field; find it by the start of its label."""
        field = self.page.get_by_label(re.compile(rf"^{re.escape(label)}")).first
        field.click()
        self.page.wait_for_timeout(TAP_MS)
        field.fill(text)

    def sees(self, text: str) -> None:
        """Wait until the text is on the screen."""
        self.text(text).wait_for()

    def misses(self, text: str) -> None:
        """Wait until the text is no longer on the screen."""
        self.text(text).wait_for(state="detached")

    def text(self, text: str) -> Locator:
        labelled = self.page.locator(f'[aria-label*="{text}"]')
        return labelled.or_(self.page.get_by_text(text)).first

    def sign_in(self, name: str, button: str = "Sign in") -> str:
        """Sign in on Clerk's page, in a new window; return the URL of that page."""
        with self.context.expect_page() as opened:
            self.tap(button)
        clerk = opened.value
        address = clerk.url
        clerk.get_by_role("button", name=name).click()
        clerk.get_by_text("You are signed in").wait_for()
        clerk.close()
        return address

    def picture(self, file: Path) -> None:
        """Save a screenshot after animations have ended."""
        self.page.wait_for_timeout(1_500)
        self.page.screenshot(path=file)
        with Image.open(file) as seen:
            assert seen.getcolors(1) is None, f"{file.name} shows nothing"
            seen.quantize(128, dither=Image.Dither.NONE).save(file, optimize=True)
