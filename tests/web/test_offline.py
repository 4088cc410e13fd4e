"""The web app offline, with stale responses, and in the bookmarklet's window."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.web.pages import (
    FOCUS_TAB,
    ONE_VIDEO,
    Held,
    Visitor,
    save,
    stored_data,
    wait_for_worker,
    wait_until,
)
from tests.support.web.stories import NOTE_CLOSE, ClientOf, Open, open_window

pytestmark = pytest.mark.browser

LEGS, YOGA, ABS = "dQw4w9WgXcQ", "BGQWPY4IigY", "ABCDEFGHIJK"


def test_the_page_opens_offline_and_sends_its_saves_later(visit: Open) -> None:
    person = visit(service_workers="allow", user="Ida Example")
    person.save(f"https://youtu.be/{LEGS}", "legs")
    person.sees_toast("Saved")
    wait_for_worker(person.page)

    person.go_offline()
    person.page.goto(f"/save?{urlencode({'text': f'https://youtu.be/{YOGA}'})}")
    person.page.get_by_label("Add a tag").fill("yoga")
    person.button("Save").click()
    person.sees_toast("Saved here")
    expect(person.card("Not synced yet")).to_contain_text(YOGA)
    expect(person.card(LEGS)).to_be_visible()
    person.load_again()
    expect(person.card("Not synced yet")).to_contain_text(YOGA)
    person.page.get_by_role("searchbox").fill("legs")
    person.sees(LEGS)
    person.page.get_by_role("searchbox").fill("")

    person.context.set_offline(False)
    expect(person.card("Not synced yet")).to_have_count(0)
    person.sees(YOGA, LEGS)


def test_a_later_visit_reads_its_files_from_the_cache_without_the_worker(visit: Open) -> None:
    person = visit(service_workers="allow", user="Rita Example")
    wait_for_worker(person.page)
    sources: dict[str, str | None] = {}

    def note(event: dict[str, Any]) -> None:
        response = event["response"]
        router = response.get("serviceWorkerRouterInfo", {})
        sources[urlsplit(response["url"]).path] = router.get("actualSourceType")

    devtools = person.context.new_cdp_session(person.page)
    devtools.send("Network.enable")
    devtools.on("Network.responseReceived", note)
    person.page.goto("/")
    person.wait_for_user("Rita Example")
    own = {path for path in sources if path == "/" or path.startswith("/assets/")}
    names = {path.rpartition("/")[2] for path in own}
    assert {"", "app.css", "main.js", "en.js"} <= names
    assert {sources[path] for path in own} == {"cache"}


def test_the_page_opens_offline_in_a_browser_whose_language_changed(visit: Open) -> None:
    person = visit(service_workers="allow", user="Lena Language", videos={LEGS: "legs"})
    wait_for_worker(person.page)
    devtools = person.context.new_cdp_session(person.page)
    agent = person.page.evaluate("navigator.userAgent")
    german = {"userAgent": agent, "acceptLanguage": "de-DE"}
    devtools.send("Network.setUserAgentOverride", german)
    person.go_offline()
    person.load_again()
    expect(person.card(LEGS)).to_be_visible()
    expect(person.page.locator(".count")).to_have_text("1 Video")


def test_a_stale_read_does_not_undo_a_change(visit: Open, client_of: ClientOf) -> None:
    elsewhere = client_of("Ria Example")
    legs = save(elsewhere, LEGS, "Legs", "one")
    person = visit(user="Ria Example")
    person.sees("Legs")
    elsewhere.patch(f"/videos/{legs}", json={"title": "Leg day"})
    old = Held(person.page, "**/changes?**", "GET")
    person.page.evaluate(FOCUS_TAB)
    old.wait()
    save(elsewhere, ABS, "Abs")
    person.edit("Legs")
    person.page.get_by_label("Add a tag").fill("two")
    with person.page.expect_response(ONE_VIDEO):
        person.page.keyboard.press("Enter")
    person.page.keyboard.press("Escape")
    person.sees_tags(**{"Leg day": "one two"})
    old.release()
    person.sees_tags(**{"Leg day": "one two"})
    person.sees("Leg day")
    person.page.evaluate(FOCUS_TAB)
    person.sees("Abs", "Leg day")
    elsewhere.close()


def test_a_stale_read_does_not_bring_back_a_deleted_video(visit: Open, client_of: ClientOf) -> None:
    elsewhere = client_of("Rob Example")
    legs = save(elsewhere, LEGS, "Legs")
    save(elsewhere, YOGA, "Yoga")
    person = visit(user="Rob Example")
    person.sees("Yoga", "Legs")
    elsewhere.patch(f"/videos/{legs}", json={"title": "Leg day"})
    old = Held(person.page, "**/changes?**", "GET")
    person.page.evaluate(FOCUS_TAB)
    old.wait()
    with person.page.expect_response("**/videos/batch"):
        person.card("Legs").locator(".card-link").press("Delete")
    person.sees("Yoga")
    old.release()
    person.sees("Yoga")
    elsewhere.close()


SERVER_ERRORS = {
    "internal-error": (500, "Server error."),
    "database-unavailable": (503, "Can't reach your library right now."),
    "storage-full": (507, "Core has no space right now."),
}


def break_saves(person: Visitor, kind: str) -> None:
    problem = {"type": f"/problems#{kind}", "detail": "A detail for those who run it."}
    status, _ = SERVER_ERRORS[kind]
    person.page.route("**/videos", lambda route: route.fulfill(status=status, json=problem))


def test_a_library_whose_last_video_was_deleted_offline_is_empty(visit: Open) -> None:
    person = visit(user="Emil Empty", videos={ABS: "abs"})
    person.sees(ABS)
    person.go_offline()
    person.page.locator("#videos a").focus()
    person.page.keyboard.press("Delete")
    expect(person.page.locator(".notices")).to_contain_text("1 change not synced.")
    expect(person.button("Save your first video")).to_be_visible()


def test_the_notice_says_why_a_change_is_unsent_until_it_is_sent(visit: Open) -> None:
    person = visit(user="Ina Example")
    break_saves(person, "internal-error")
    person.save(f"https://youtu.be/{LEGS}")
    notices = person.page.locator(".notices")
    for kind, (_, sentence) in SERVER_ERRORS.items():
        break_saves(person, kind)
        person.page.evaluate(FOCUS_TAB)
        expect(notices).to_contain_text(f"1 change not synced. {sentence}")
    person.page.unroute("**/videos")
    person.page.evaluate(FOCUS_TAB)
    person.sees(LEGS)
    expect(notices).to_be_empty()


def test_a_refused_save_is_sent_again_only_after_retry_after(visit: Open) -> None:
    person = visit(user="Lia Example")
    person.page.clock.install()
    asked: list[float] = []

    def refuse(route: Route) -> None:
        asked.append(time.monotonic())
        problem = {"type": "x#too-many-requests", "detail": "Slow down."}
        route.fulfill(status=429, headers={"Retry-After": "60"}, json=problem)

    person.page.route("**/videos", refuse)
    person.save(f"https://youtu.be/{LEGS}")
    person.sees_toast("Saved here")
    expect(person.page.locator(".notices")).to_contain_text(
        "1 change not synced. Too many requests."
    )
    expect(person.button("Send now")).to_have_count(0)
    person.page.evaluate(FOCUS_TAB)
    person.page.wait_for_timeout(300)
    assert len(asked) == 1
    person.page.unroute("**/videos")
    person.page.clock.fast_forward(60_000)
    person.page.evaluate(FOCUS_TAB)
    person.sees(f"YouTube {LEGS}")


WITHOUT_STORAGE = """
    for (const name of ["localStorage", "sessionStorage"]) {
        const get = () => { throw new DOMException("", "SecurityError"); };
        Object.defineProperty(window, name, { get });
    }
    IDBFactory.prototype.open = () => ({}); // never fires an event
"""


def test_the_library_works_without_browser_storage(visit: Open) -> None:
    person = visit(user="Una Example")
    person.save(f"https://youtu.be/{LEGS}", "legs")
    person.sees(LEGS)
    person.context.add_init_script(WITHOUT_STORAGE)
    person.reload()
    person.sees(LEGS)
    person.button("Show as a grid").click()
    person.go_offline()
    person.save(f"https://youtu.be/{YOGA}")
    person.sees_toast("Saved until you close this page")
    person.context.set_offline(False)
    person.sees(YOGA, LEGS)


ABORTING = """() => {
    const { add } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.add = function (...given) {
        const request = add.apply(this, given);
        request.addEventListener("success", () => this.transaction.abort());
        return request;
    };
}"""


def test_a_change_is_sent_although_its_storage_transaction_aborted(visit: Open) -> None:
    person = visit(user="Ute Example")
    person.page.evaluate(ABORTING)
    person.save(f"https://youtu.be/{LEGS}", "legs")
    person.sees_toast("Saved")
    person.reload()
    person.sees(LEGS)


def test_a_late_refusal_is_shown_until_it_is_corrected(visit: Open) -> None:
    person = visit(user="Ivo Example")
    person.page.route("**/videos", lambda route: route.abort())
    person.save(f"no link in it {'x' * 300}", "legs")
    person.sees_toast("Saved here")
    person.page.unroute("**/videos")
    person.button("Send now").click()
    notices = person.page.locator(".notices")
    expect(notices).to_contain_text("no link in it")
    expect(notices).not_to_contain_text("x" * 101)
    person.load_again()
    person.button("Change it").click()
    link = person.page.get_by_label("YouTube link")
    expect(link).to_have_value(f"no link in it {'x' * 300}")
    link.fill("still none in it")
    person.button("Close").click()
    wait_until(person.page, lambda: "still none in it" in stored_data(person))
    person.reload()
    expect(notices).to_contain_text("still none in it")
    person.button("Change it").click()
    link.fill(f"https://youtu.be/{LEGS}")
    person.button("Save").click()
    person.sees(LEGS)
    expect(notices).to_be_empty()
    person.sees_tags(**{f"YouTube {LEGS}": "legs"})
    person.reload()
    person.sees(LEGS)
    expect(notices).to_be_empty()


def test_two_tabs_send_a_change_once(visit: Open) -> None:
    person = visit(user="Tim Example")
    other = person.context.new_page()
    other.goto("/")
    expect(other.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    posts: list[str] = []
    person.context.on(
        "request",
        lambda one: (
            posts.append(one.url) if one.method == "POST" and "/videos" in one.url else None
        ),
    )
    held = Held(person.page, "**/videos", "POST")
    person.save(f"https://youtu.be/{LEGS}")
    held.wait()
    other.evaluate(FOCUS_TAB)
    other.wait_for_timeout(300)
    held.release()
    person.sees(LEGS)
    expect(other.locator("#videos .card")).to_have_count(1)
    assert len(posts) == 1


def test_the_bookmarklet_saves_the_watched_video_and_closes(visit: Open) -> None:
    person = visit(1400, 900, user="Kim Example")
    person.button("More").click()
    link = person.page.get_by_role("link", name="Save in Core")
    script = (link.get_attribute("href") or "").removeprefix("javascript:")
    watching = person.context.new_page()
    watching.route("https://www.youtube.com/**", lambda route: route.fulfill(body="YouTube"))
    watching.goto(f"https://www.youtube.com/watch?v={YOGA}")
    with person.context.expect_page() as opened:
        watching.evaluate(script)
    window = opened.value
    assert urlsplit(window.url).path == "/save"
    with window.expect_event("close"):
        window.get_by_role("button", name="Save", exact=True).click()
    person.load_again()
    person.page.keyboard.press("Escape")
    person.sees(YOGA)


def test_a_bookmarklet_window_closes_only_after_a_sent_save(visit: Open) -> None:
    person = visit(1400, 900, user="Leo Example")
    person.context.add_init_script(NOTE_CLOSE)
    window = open_window(person, LEGS)
    stop_clock(window)
    window.get_by_label("Add a tag").press("Enter")
    expect(window.locator(".toasts")).to_contain_text("Saved")
    expect(window.locator("#videos .card")).to_have_count(1)
    assert window.locator("body[data-closed]").count() == 0
    window.clock.fast_forward(2_000)
    expect(window.locator("body[data-closed]")).to_have_count(1)

    window = open_window(person, YOGA)
    stop_clock(window)
    window.route("**/videos", lambda route: route.abort())
    window.get_by_role("button", name="Save", exact=True).click()
    expect(window.locator(".toasts")).to_contain_text("Saved here")
    expect(window.locator(".notices")).to_contain_text("1 change not synced.")
    window.clock.fast_forward(10_000)
    expect(window.locator(".toasts")).to_be_empty()
    assert window.locator("body[data-closed]").count() == 0


def stop_clock(page: Page) -> None:
    """Stop the clock of a window of the bookmarklet, which loads by the running clock."""
    expect(page.get_by_label("Add a tag")).to_be_visible()
    page.clock.install()
    page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=5))
