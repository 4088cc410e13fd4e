"""The web app as a user sees it, in a real Chromium.

Users and their libraries last for the whole test session, so each test has its own user names.
"""

import json
import re
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from playwright.sync_api import (
    APIResponse,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Route,
    expect,
)

from devclerk.command import make_token

HOUR_S = 3_600
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Loading the certificate authorities takes longer than a request."""
TIMEOUT_MS = 30_000
POLL_MS = 20
FOCUS_TAB = "document.dispatchEvent(new Event('visibilitychange'))"
"""The event of a user who returns to the tab; the page then reads the changes."""
MAY_LEAVE = "dispatchEvent(new Event('beforeunload', { cancelable: true }))"
LOAD_SHEETS = """() => {
    const { src } = document.querySelector("script[type=module]");
    return import(src.replace("main.js", "views/sheets.js")).then(() => null);
}"""
expect.set_options(timeout=TIMEOUT_MS)

ONE_VIDEO = re.compile(r"^https?://[^/]+/videos/[^/]+$")
"""The address of a video. A glob would also match the scripts in `videos/`."""

ONE_TAG = re.compile(r"^https?://[^/]+/tags/[^/]+$")

EXPECTED = re.compile(
    r"Failed to load resource|Service Worker registration blocked|loaded with development keys"
)
"""Console messages of an offline test, a missing thumbnail, an error response, a blocked service
worker, or Clerk's own scripts in development."""


def save(person: httpx.Client, key: str, title: str | None = None, tags: str = "") -> int:
    """Save a video without the page; return its id."""
    body = {"url": f"https://youtu.be/{key}", "title": title, "tags": [tags]}
    answer = person.post("/videos", json=body)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


class Visitor:
    """A user of the page."""

    def __init__(self, context: BrowserContext, problems: list[str]) -> None:
        self.context = context
        self.problems = problems
        self.page: Page = context.new_page()
        self.page.set_default_timeout(TIMEOUT_MS)
        self.page.on("console", self._note_console)
        self.page.on("pageerror", lambda error: problems.append(str(error)))
        self.page.on("dialog", self._refuse)

    def open_tab(self) -> "Visitor":
        """Open the page in another tab."""
        other = Visitor(self.context, self.problems)
        other.page.goto("/")
        return other

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not EXPECTED.search(message.text):
            self.problems.append(message.text)

    def _refuse(self, dialog: Any) -> None:
        self.problems.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def sign_in(self, name: str) -> None:
        self.button(name).click()
        expect(self.page.locator(".person")).to_contain_text(name)
        self.wait_for_sheets()

    def sign_up(self, name: str) -> None:
        """Sign in as a new user."""
        self.page.get_by_label("New user").fill(name)
        self.button("Add and sign in").click()
        self.wait_for_user(name)

    def wait_for_user(self, name: str) -> None:
        """Wait until the page shows the user's name and has loaded its sheets."""
        expect(self.page.locator(".person")).to_contain_text(name.split(maxsplit=1)[0])
        self.wait_for_sheets()

    def sign_out(self, *, discards: bool = False) -> None:
        """Sign out; `discards` confirms the question about unsynced changes."""
        self.ask_to_sign_out()
        if discards:
            self.button("Discard and sign out").click()
        expect(self.button("Lars")).to_be_visible()

    def ask_to_sign_out(self) -> None:
        self.button("Open user menu").click()
        self.button("Sign out").click()

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def chip(self, name: str) -> Locator:
        """Find the chip that filters by a tag."""
        return self.page.locator(".chips .chip").filter(has_text=re.compile(rf"^{name}\d"))

    def card(self, text: str) -> Locator:
        words = re.compile(re.escape(text))  # case matters: each card may say "not done yet"
        return self.page.locator("#videos .card").filter(has_text=words)

    def edit(self, text: str) -> None:
        """Open a video, and its editor."""
        self.card(text).click()
        self.button("Edit").click()

    def sees(self, *texts: str) -> None:
        """Wait until the library shows exactly these titles, in this order."""
        patterns = [re.compile(re.escape(text)) for text in texts]
        expect(self.page.locator("#videos .card-title")).to_have_text(patterns)

    def sees_tags(self, **tags: str) -> None:
        """Wait until the cards of these titles show exactly these tags."""
        for title, names in tags.items():
            expect(self.card(title).locator(".pill")).to_have_text(names.split())

    def open_save_sheet(self) -> None:
        """Open the save sheet. Once read, an empty library has its own button for it."""
        expect(self.page.locator(".library .skeleton")).to_have_count(0)
        begin = self.page.get_by_role("button", name=re.compile(r"^Save (a|your first) video$"))
        begin.first.click()

    def save(self, text: str, tags: str = "") -> None:
        self.open_save_sheet()
        self.page.get_by_label("YouTube link").fill(text)
        if tags:
            self.page.get_by_label("Add a tag").fill(tags)
        self.button("Save").click()

    def reload(self) -> None:
        """Reload once the sheet is closed: its `history.back()` would cancel the load."""
        expect(self.page.locator("dialog")).to_be_hidden()
        self.load_again()

    def load_again(self) -> None:
        """Reload as soon as the browser would not ask whether to leave unsaved changes."""
        wait_until(self.page, lambda: self.page.evaluate(MAY_LEAVE))
        self.page.reload()

    def sees_sign_in_notice(self, text: str) -> None:
        """Wait for this text above the sign-in."""
        expect(self.page.locator(".welcome").get_by_role("status").first).to_contain_text(text)

    def lose_session(self) -> None:
        """Answer reads of the library with 401 until the test removes the route."""
        self.page.route("**/changes?**", lambda route: route.fulfill(status=401, json={}))
        self.page.evaluate(FOCUS_TAB)
        self.sees_sign_in_notice("Your session has ended")

    def open_place(self, name: str) -> None:
        """Open a place from the side bar of a wide window, else from *More*."""
        if not self.page.locator(".side").is_visible():
            self.button("More").click()
        self.button(name).click()

    def delete_all_data(self) -> None:
        """Delete all of the user's data, and wait for the sign-in."""
        self.button("More").click()
        self.button("Delete all my data").click()
        self.button("Delete everything").click()
        expect(self.page.get_by_label("New user")).to_be_visible()

    def wait_for_sheets(self) -> None:
        """Wait until the page has loaded its sheets; it does so when it is idle."""
        self.page.evaluate(LOAD_SHEETS)

    def go_offline(self) -> None:
        """Cut the network once the sheets are loaded."""
        self.wait_for_sheets()
        self.context.set_offline(True)

    def go_online(self) -> None:
        """Restore the network. After an offline reload, Chromium may send no `online` event."""
        self.context.set_offline(False)
        self.page.evaluate("dispatchEvent(new Event('online'))")

    def sees_toast(self, text: str) -> None:
        expect(self.page.locator(".toasts")).to_contain_text(text)


def wait_until(page: Page, done: Callable[[], object]) -> None:
    """Let the page run until `done` is true, or fail."""
    for _ in range(TIMEOUT_MS // POLL_MS):
        if done():
            return
        page.wait_for_timeout(POLL_MS)
    raise AssertionError("timed out")


def wait_for_worker(page: Page) -> None:
    """Wait for the service worker; Playwright's `wait_for_function` needs `unsafe-eval`."""
    wait_until(page, lambda: page.evaluate("Boolean(navigator.serviceWorker.controller)"))


def stored_data(person: Visitor) -> str:
    """Read everything that this browser stores for the page."""
    return str(
        person.page.evaluate("""async () => {
            const found = [JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
            for (const { name } of await indexedDB.databases()) {
                const database = await new Promise((resolve) => {
                    const opening = indexedDB.open(name);
                    opening.onsuccess = () => resolve(opening.result);
                });
                for (const name of database.objectStoreNames) {
                    const store = database.transaction(name).objectStore(name);
                    for (const reading of [store.getAll(), store.getAllKeys()]) {
                        found.push(JSON.stringify(await new Promise((resolve) => {
                            reading.onsuccess = () => resolve(reading.result);
                        })));
                    }
                }
                database.close();
            }
            return found.join();
        }""")
    )


def stored_reads(page: Page) -> list[Any]:
    """Read the parts of the library that this browser stores, in order."""
    script = """async () => {
      const opening = indexedDB.open("core");
      await new Promise((resolve) => (opening.onsuccess = resolve));
      const store = opening.result.transaction("libraries").objectStore("libraries");
      const reads = store.getAll(IDBKeyRange.lowerBound([]));
      await new Promise((resolve) => (reads.onsuccess = resolve));
      opening.result.close();
      return reads.result;
    }"""
    return list(page.evaluate(script))


def axe_faults(person: Visitor, axe: str) -> list[Any]:
    """Return the accessibility faults that axe finds, outside YouTube's player."""
    person.page.evaluate(axe)
    script = "axe.run(document, { iframes: false, resultTypes: ['violations'] })"
    found = person.page.evaluate(script)["violations"]
    return [
        (one["id"], [node["html"] for node in one["nodes"]])
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]


def overflowing(person: Visitor) -> list[str]:
    """Return the page or sheet if it overflows its right edge."""
    script = "all => all.filter(one => one.scrollWidth > one.clientWidth).map(one => one.tagName)"
    return list(person.page.locator("html, dialog[open]").evaluate_all(script))


class Held:
    """Requests of all tabs whose responses are held back; Core has processed them."""

    def __init__(self, page: Page, pattern: str | re.Pattern[str], method: str) -> None:
        self.routes: list[tuple[Route, APIResponse]] = []
        self.page, self.method, self.released = page, method, False
        page.context.route(pattern, self._hold)

    def _hold(self, route: Route) -> None:
        if route.request.method == self.method and not self.released:
            self.routes.append((route, route.fetch()))
        else:
            route.fallback()

    def wait(self) -> None:
        wait_until(self.page, lambda: self.routes)

    def release(self, **changed: Any) -> None:
        """Deliver the responses, let later ones pass, and give the page time to process them."""
        self.wait()
        self.released = True
        for route, answer in self.routes:
            route.fulfill(response=answer, **changed)
        self.page.wait_for_timeout(300)


def sign_in_as(core: str, name: str, data: Path) -> httpx.Client:
    """Sign a user in without a browser."""
    token = make_token(data, name, HOUR_S, add=True)
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=core, headers=headers, trust_env=False, verify=NO_TLS)


def sign_in_by_cookie(context: BrowserContext, servers: tuple[str, str], name: str) -> None:
    """Sign a new or known user in before this browser opens the page.

    The cookie is the value that identifies the browser to Clerk.
    """
    core, clerk = servers
    browser = uuid4().hex
    answer = httpx.post(
        f"{clerk}/v1/client/sign_ins",
        params={"__clerk_db_jwt": browser},
        data={"identifier": name},
        trust_env=False,
        verify=NO_TLS,
    )
    assert answer.status_code == 200, answer.text
    context.add_cookies([{"name": "__clerk_db_jwt", "value": browser, "url": core}])


def import_library(person: httpx.Client, library: list[dict[str, Any]] | dict[str, Any]) -> None:
    """Import a library, and wait until the import is done."""
    answer = person.post("/imports", files={"file": ("library.json", json.dumps(library))})
    while (found := person.get(answer.headers["Location"]).json())["state"] != "done":
        assert found["state"] in {"waiting", "running"}, found
        time.sleep(0.05)
