"""Helpers that several tests of the web app share."""

from collections.abc import Callable
from urllib.parse import urlencode

import httpx
from playwright.sync_api import FilePayload, Locator, Page, Request, expect

from tests.support.web.pages import Visitor

Open = Callable[..., Visitor]
ClientOf = Callable[[str], httpx.Client]


def links(*lines: str, name: str = "links.txt") -> FilePayload:
    return {"name": name, "mimeType": "text/plain", "buffer": "\n".join(lines).encode()}


HANG = """() => new Promise((resolve) => {
  const opening = indexedDB.open("core");
  opening.onsuccess = () => {
    const store = opening.result.transaction("changes", "readwrite").objectStore("changes");
    const spin = () => { store.get(-1).onsuccess = spin; resolve(); };
    spin();
  };
})"""
"""Keep a transaction on the changes open."""
NOTE_CLOSE = "close = () => document.body.setAttribute('data-closed', '')"


def open_hung_tab(person: Visitor) -> Page:
    """Open a tab that hangs with an open transaction on the changes."""
    hung = person.context.new_page()
    hung.goto("/config.json")
    hung.evaluate(HANG)
    devtools = person.context.new_cdp_session(hung)
    devtools.send("Debugger.enable")
    devtools.send("Debugger.pause")
    return hung


def open_window(person: Visitor, key: str) -> Page:
    """Open the window that the bookmarklet opens at a video."""
    query = urlencode({"close": 1, "url": f"https://youtu.be/{key}"})
    with person.page.expect_popup() as opened:
        person.page.evaluate(f"void open('/save?{query}', '{key}', 'width=480,height=640')")
    return opened.value


def note_changes_sent(person: Visitor) -> list[str]:
    """Collect the URLs of all changes of videos that are sent from now on."""
    sent: list[str] = []

    def note(request: Request) -> None:
        if request.method != "GET" and "/videos" in request.url:
            sent.append(request.url)

    person.page.on("request", note)
    return sent


LEGS, YOGA, ABS = "dQw4w9WgXcQ", "BGQWPY4IigY", "ABCDEFGHIJK"


def sign_in_new(visit: Open, name: str, *keys: str, **more: object) -> Visitor:
    """Sign in a new user who has these videos."""
    person = visit(user=name, videos=dict.fromkeys(keys, "one"), **more)
    expect(person.page.locator("#videos .card")).to_have_count(len(keys))
    return person


LINK = f"https://youtu.be/{YOGA}"


def link_field(person: Visitor) -> Locator:
    return person.page.get_by_label("YouTube link")


def tag_field(person: Visitor) -> Locator:
    return person.page.get_by_label("Add a tag")


def sheet(person: Visitor) -> Locator:
    return person.page.locator("dialog.sheet")


def start_draft(person: Visitor) -> None:
    """Type a link, a tag and a half-typed tag into the save sheet."""
    person.open_save_sheet()
    link_field(person).fill(LINK)
    tag_field(person).fill("legs,")
    tag_field(person).fill("half")


def sees_draft(person: Visitor, link: str = "", *, tags: int = 0, typed: str = "") -> None:
    person.open_save_sheet()
    expect(link_field(person)).to_have_value(link)
    expect(sheet(person).locator(".removable")).to_have_count(tags)
    expect(tag_field(person)).to_have_value(typed)
