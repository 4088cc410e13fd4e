"""The web app as a person uses it, in a real Chromium.

People and their libraries last as long as the tests: each test has names of its own.
"""

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

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

PATIENCE_MS = 30_000
GLANCE_MS = 20
LOOK_AGAIN = "document.dispatchEvent(new Event('visibilitychange'))"
"""Somebody comes back to the tab, as the page sees it."""
expect.set_options(timeout=PATIENCE_MS)

EXPECTED = re.compile(
    r"Failed to load resource|Service Worker registration blocked|loaded with development keys"
)
"""Of a network that was cut, a picture that is not there, an answer that is no success, a test
without a service worker, or Clerk's own scripts in development."""


def answer_for_youtube(route: Route) -> None:
    """There is no internet here: pages are empty, and pictures are missing."""
    if route.request.is_navigation_request():
        route.fulfill(body="<title>YouTube</title>", content_type="text/html")
    else:
        route.abort()


def save(person: httpx.Client, key: str, title: str, tags: str = "") -> int:
    """Save a video without the page; return its id."""
    body = {"url": f"https://youtu.be/{key}", "title": title, "tags": [tags]}
    answer = person.post("/videos", json=body)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


class Visitor:
    """Somebody in front of the page."""

    def __init__(self, context: BrowserContext, complaints: list[str]) -> None:
        self.context = context
        self.complaints = complaints
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: complaints.append(str(error)))
        self.page.on("dialog", self._refuse)

    def opens_another_tab(self) -> "Visitor":
        """Open the page once more, beside this one."""
        other = Visitor(self.context, self.complaints)
        other.page.goto("/")
        return other

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not EXPECTED.search(message.text):
            self.complaints.append(message.text)

    def _refuse(self, dialog: Any) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def sign_in(self, name: str) -> None:
        self.button(name).click()
        expect(self.page.locator(".person")).to_contain_text(name)

    def join(self, name: str) -> None:
        """Sign in as somebody new."""
        self.page.get_by_label("Somebody new").fill(name)
        self.button("Add and sign in").click()
        expect(self.page.locator(".person")).to_contain_text(name.split(maxsplit=1)[0])

    def sign_out(self) -> None:
        self.button("Open user menu").click()
        self.button("Sign out").click()
        expect(self.button("Lars")).to_be_visible()

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def chip(self, name: str) -> Locator:
        """Find what filters by a tag."""
        return self.page.locator(".chips .chip").filter(has_text=re.compile(rf"^{name}\d"))

    def card(self, text: str) -> Locator:
        return self.page.locator("#videos .card").filter(has_text=text)

    def sees(self, *texts: str) -> None:
        """Wait until the library shows just these, in this order."""
        patterns = [re.compile(re.escape(text)) for text in texts]
        expect(self.page.locator("#videos .card-title")).to_have_text(patterns)

    def tags_are(self, **tags: str) -> None:
        """Wait until the cards of these titles show just these tags."""
        for title, names in tags.items():
            expect(self.card(title).locator(".pill")).to_have_text(names.split())

    def begin_to_save(self) -> None:
        """Open the sheet; an empty library has a button of its own for it, once it is read."""
        expect(self.page.locator(".library .skeleton")).to_have_count(0)
        begin = self.page.get_by_role("button", name=re.compile(r"^Save (a|your first) video$"))
        begin.first.click()

    def save(self, text: str, tags: str = "") -> None:
        self.begin_to_save()
        self.page.get_by_label("YouTube link").fill(text)
        if tags:
            self.page.get_by_label("Add a tag").fill(tags)
        self.button("Save").click()

    def reload(self) -> None:
        """Load the page anew once its sheet is closed: the way back from it would end the load."""
        expect(self.page.locator("dialog")).to_be_hidden()
        self.page.reload()

    def is_told_at_the_door(self, text: str) -> None:
        """Where one signs in stands why."""
        expect(self.page.locator(".welcome").get_by_role("status").first).to_contain_text(text)

    def is_taken_no_longer(self) -> None:
        """Core refuses their tokens when the library is read, until that route is taken away."""
        self.page.route("**/videos?**", lambda route: route.fulfill(status=401, json={}))
        self.page.evaluate(LOOK_AGAIN)
        self.is_told_at_the_door("Your session has ended")

    def deletes_everything(self) -> None:
        """Erase all that they have, at Core and here, and see the door."""
        self.button("More").click()
        self.button("Delete all my data").click()
        self.button("Delete everything for good").click()
        expect(self.page.get_by_label("Somebody new")).to_be_visible()

    def told(self, text: str) -> None:
        expect(self.page.locator(".toasts")).to_contain_text(text)


def wait_until(page: Page, done: Callable[[], object]) -> None:
    """Let the page go on until that is so, or fail."""
    for _ in range(PATIENCE_MS // GLANCE_MS):
        if done():
            return
        page.wait_for_timeout(GLANCE_MS)
    raise AssertionError("it never came to that")


def wait_for_worker(page: Page) -> None:
    """Wait until the page opens without a network; Playwright's own waiting needs `unsafe-eval`."""
    wait_until(page, lambda: page.evaluate("Boolean(navigator.serviceWorker.controller)"))


def kept_by(person: Visitor) -> str:
    """Read everything that this browser keeps for the page."""
    return str(
        person.page.evaluate("""async () => {
            const found = [JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
            for (const { name } of await indexedDB.databases()) {
                const database = await new Promise((resolve) => {
                    const opening = indexedDB.open(name);
                    opening.onsuccess = () => resolve(opening.result);
                });
                for (const store of database.objectStoreNames) {
                    found.push(JSON.stringify(await new Promise((resolve) => {
                        const all = database.transaction(store).objectStore(store).getAll();
                        all.onsuccess = () => resolve(all.result);
                    })));
                }
            }
            return found.join();
        }""")
    )


def serious(person: Visitor, axe: str) -> list[Any]:
    """Ask axe what hinders somebody; the player's inside is YouTube's."""
    person.page.evaluate(axe)
    script = "axe.run(document, { iframes: false, resultTypes: ['violations'] })"
    found = person.page.evaluate(script)["violations"]
    return [
        (one["id"], [node["html"] for node in one["nodes"]])
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]


def too_wide(person: Visitor) -> list[str]:
    """Find what goes on beyond the right edge: of the page, or of the sheet over it."""
    script = "all => all.filter(one => one.scrollWidth > one.clientWidth).map(one => one.tagName)"
    return list(person.page.locator("html, dialog[open]").evaluate_all(script))


class Held:
    """Requests that reached Core, whose answers are kept back."""

    def __init__(self, page: Page, pattern: str, method: str) -> None:
        self.routes: list[tuple[Route, APIResponse]] = []
        self.page, self.method, self.released = page, method, False
        page.route(pattern, self._hold)

    def _hold(self, route: Route) -> None:
        if route.request.method == self.method and not self.released:
            self.routes.append((route, route.fetch()))
        else:
            route.fallback()

    def wait(self) -> None:
        wait_until(self.page, lambda: self.routes)

    def release(self, **changed: Any) -> None:
        """Let the answers come, those of later requests too, and the page deal with them."""
        self.wait()
        self.released = True
        for route, answer in self.routes:
            route.fulfill(response=answer, **changed)
        self.page.wait_for_timeout(300)


def sign_in_as(core: str, name: str, data: Path) -> httpx.Client:
    """Sign somebody in without a browser."""
    command = [sys.executable, "-m", "core.cli", "dev", "token", name, "--add"]
    options = ["--lifetime", "600", "--data", str(data)]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=True)
    headers = {"Authorization": f"Bearer {done.stdout.strip()}"}
    return httpx.Client(base_url=core, headers=headers, trust_env=False)


def bring(person: httpx.Client, videos: list[dict[str, Any]]) -> None:
    """Import a library, and wait until it is there."""
    answer = person.post("/imports", files={"file": ("library.json", json.dumps(videos))})
    while (found := person.get(answer.headers["Location"]).json())["state"] != "done":
        assert found["state"] in {"waiting", "running"}, found
        time.sleep(0.05)
