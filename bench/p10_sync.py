"""P10: the bytes that a browser with 10,000 videos receives: for the first read, after one save.

Another device sets the title of the saved video, as the service does with YouTube's. Bytes are
those on the wire, with headers. Requests are those of the sync, without the save.

Run: python -m bench.p10_sync
"""

import shutil
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from playwright.sync_api import BrowserContext, Page, sync_playwright

from bench.limits import Limit, judge
from bench.w1_web import MANY, PHONE, library
from tests.support.chromium import FLAGS
from tests.support.servers import run_dev
from tests.support.web.pages import import_library, sign_in_as, sign_in_by_cookie

PERSON = "Many Example"
WATCHED_MS = 6_000
"""Time after the save: the page polls for a missing title after one, three and seven seconds."""
LINK, TITLE = "https://youtu.be/dQw4w9WgXcQ", "A title from YouTube"
LONG_TASKS = """new PerformanceObserver((found) => {
  for (const { duration } of found.getEntries()) window.longest = Math.max(longest, duration);
}).observe({ type: "longtask" }); window.longest = 0;"""


@dataclass
class Wire:
    """The responses of the service's API that a page receives, by path."""

    bytes: int = 0
    paths: list[str] = field(default_factory=list)
    _open: dict[str, str] = field(default_factory=dict)

    def watch(self, context: BrowserContext, page: Page) -> None:
        devtools = context.new_cdp_session(page)
        devtools.on("Network.responseReceived", self._begin)
        devtools.on("Network.loadingFinished", self._end)
        devtools.send("Network.enable")

    def _begin(self, event: dict[str, Any]) -> None:
        path = urlsplit(event["response"]["url"]).path
        if path in {"/changes", "/videos"}:
            self._open[event["requestId"]] = path

    def _end(self, event: dict[str, Any]) -> None:
        if path := self._open.pop(event["requestId"], None):
            self.paths.append(path)
            self.bytes += int(event["encodedDataLength"])

    def clear(self) -> None:
        self.bytes, self.paths = 0, []

    @property
    def reads(self) -> int:
        return self.paths.count("/changes")


def shows(page: Page, videos: int) -> None:
    page.locator(".count").filter(has_text=f"{videos:,} videos").wait_for()


def save(page: Page, elsewhere: httpx.Client) -> None:
    """Save a video without a title; another device then sets the title."""
    page.get_by_role("button", name="Save a video").first.click()
    page.get_by_label("YouTube link").fill(LINK)
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        page.get_by_role("button", name="Save", exact=True).click()
    address = f"/videos/{answered.value.json()['id']}"
    elsewhere.patch(address, json={"title": TITLE}).raise_for_status()


def measure(context: BrowserContext, elsewhere: httpx.Client) -> list[Limit]:
    page, wire = context.new_page(), Wire()
    page.add_init_script(LONG_TASKS)
    wire.watch(context, page)
    page.goto("/")
    shows(page, MANY)
    page.wait_for_timeout(WATCHED_MS)
    first_kb, first_reads = wire.bytes / 1_000, wire.reads
    wire.clear()
    page.evaluate("window.longest = 0")
    save(page, elsewhere)
    page.locator("#videos .card-title").filter(has_text=TITLE).wait_for()
    page.wait_for_timeout(WATCHED_MS)
    shows(page, MANY + 1)
    print(f"  without a limit: first read in {first_reads} requests")
    print(f"  without a limit: longest task after the save, {page.evaluate('longest'):.0f} ms")
    return [
        Limit("first read", first_kb, 500, "KB"),
        Limit("received after a save", wire.bytes / 1_000, 8, "KB"),
        Limit("requests after a save", wire.reads, 1, ""),
    ]


def main() -> int:
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if chromium is None:
        sys.exit("Chromium is missing (Debian: apt install chromium)")
    with ExitStack() as sandbox:
        folder = Path(sandbox.enter_context(tempfile.TemporaryDirectory(dir="/var/tmp")))
        servers = sandbox.enter_context(run_dev(folder))
        elsewhere = sandbox.enter_context(sign_in_as(servers[0], PERSON, folder / "data"))
        import_library(elsewhere, library(MANY))
        playwright = sandbox.enter_context(sync_playwright())
        rules = "MAP *.com ~NOTFOUND"
        arguments = [*FLAGS, f"--host-resolver-rules={rules}"]
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        context = browser.new_context(base_url=servers[0], viewport=PHONE)
        context.grant_permissions(["local-network-access"])
        sign_in_by_cookie(context, servers, PERSON)
        limits = measure(context, elsewhere)
        browser.close()
        return judge(f"P10  the web app's sync, {MANY:,} videos", limits)


if __name__ == "__main__":
    sys.exit(main())
