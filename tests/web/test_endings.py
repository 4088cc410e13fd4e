"""The web app: sessions that end, messages about it, and errors that end no session."""

import re
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.support.web.pages import FOCUS_TAB, ONE_VIDEO, Visitor, stored_data
from tests.support.web.stories import (
    ABS,
    LEGS,
    LINK,
    NOTE_CLOSE,
    YOGA,
    Open,
    links,
    open_hung_tab,
    open_window,
    sign_in_new,
    start_draft,
)

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("status", [429, 503])
def test_an_error_of_clerk_ends_no_session(visit: Open, status: int) -> None:
    person = sign_in_new(visit, f"Abe Endings {status}", LEGS)
    person.page.route("**/changes?**", lambda route: route.fulfill(status=401, json={}))
    person.page.route("**/tokens**", lambda route: route.fulfill(status=status, json={}))
    with person.page.expect_response("**/tokens**"):
        person.page.evaluate(FOCUS_TAB)
    expect(person.page.locator(".notices")).to_contain_text("Can't reach your library")
    person.sees(LEGS)
    person.page.unroute("**/changes?**")
    person.page.unroute("**/tokens**")
    person.button("Try again").click()
    expect(person.page.locator(".notices")).to_be_empty()


def test_deleting_all_data_clears_every_tab(visit: Open) -> None:
    person = sign_in_new(visit, "Dot Endings", LEGS)
    other = person.open_tab()
    start_draft(other)
    other.button("Close").first.click()
    person.delete_all_data()
    expect(other.page.get_by_label("New user")).to_be_visible()
    assert not [left for left in (YOGA, "half") if left in stored_data(other)]


def test_deleting_all_data_empties_the_outbox(visit: Open) -> None:
    person = sign_in_new(visit, "Oda Endings")
    person.page.route("**/videos", lambda route: route.abort())
    person.save(LINK)
    person.sees_toast("Saved here")
    person.delete_all_data()
    expect(person.page.locator(".welcome .notice")).to_be_hidden()


def test_a_session_that_ended_while_the_page_was_closed_leads_to_the_sign_in(visit: Open) -> None:
    person = sign_in_new(visit, "Qua Endings", LEGS)
    clerk = re.compile(r"/(config\.json|npm/@clerk/.*)$")
    person.page.route(clerk, lambda route: route.abort())
    person.context.clear_cookies()
    person.load_again()
    person.sees(LEGS)
    person.save(LINK)
    person.sees_toast("Saved here")
    person.page.unroute(clerk)
    person.save(f"https://youtu.be/{ABS}")  # this loads Clerk
    person.sees_sign_in_notice("2 changes are not synced.")
    person.load_again()
    person.button("Qua Endings").click()
    person.sees(ABS, YOGA, LEGS)


def test_the_notice_discards_the_save_that_the_filters_hide(visit: Open) -> None:
    person = visit(user="Wim Endings", videos={LEGS: "legs", YOGA: "arms"})
    person.page.route("**/videos", lambda route: answer(route, 500, "internal-error"))
    for key, tag in (("ABCDEFGHIJ1", "legs"), ("ABCDEFGHIJ2", "arms")):
        person.save(f"https://youtu.be/{key}", tag)
        person.sees_toast("Saved here")
    notice = person.page.locator(".notices").get_by_role("button", name="Discard")
    for tag in ("legs", "arms"):
        person.open_place("Edit tags")
        person.page.get_by_role("dialog").get_by_role("button", name=tag, exact=True).click()
        expect(notice).to_be_visible()
    notice.click()
    person.sees_toast("Discarded")
    expect(person.card("Not synced yet")).to_contain_text("ABCDEFGHIJ2")
    person.sign_out(discards=True)


def test_a_bookmarklet_window_stays_one_after_a_new_sign_in(visit: Open) -> None:
    person = sign_in_new(visit, "Eli Endings", width=1400, height=900)
    person.context.add_init_script(NOTE_CLOSE)
    window = open_window(person, LEGS)
    window.route("**/videos", lambda route: route.fulfill(status=401, json={}))
    window.get_by_role("button", name="Save", exact=True).click()
    expect(window.locator(".welcome")).to_contain_text("Your session has ended")
    window.unroute("**/videos")
    window.get_by_role("button", name="Eli Endings").click()
    expect(window.locator("#videos .card")).to_have_count(1)
    assert urlsplit(window.url).query == "close=1"


def test_a_save_that_succeeds_removes_the_notice_of_a_failed_read(visit: Open) -> None:
    person = sign_in_new(visit, "Fay Endings", LEGS)
    person.page.route("**/changes?**", lambda route: route.abort())
    person.page.evaluate(FOCUS_TAB)
    expect(person.page.locator(".notices")).to_contain_text("Can't reach your library")
    person.page.unroute("**/changes?**")
    person.save(LINK)
    person.sees(YOGA, LEGS)
    expect(person.page.locator(".notices")).to_be_empty()


def start_endless_import(person: Visitor) -> None:
    """Import a file; the import stays `running` until the test removes the route."""
    running = {"state": "running", "total": 3, "imported": 1, "merged": 0, "failed_count": 0}
    person.page.route("**/imports/*", lambda route: route.fulfill(json=running))
    person.open_place("Import and export")
    person.page.get_by_label("Import a file").set_input_files(links(LINK))
    expect(person.page.locator(".data")).to_contain_text("1 imported")


def test_import_polling_continues_after_a_reload(visit: Open) -> None:
    person = sign_in_new(visit, "Gus Endings")
    page = person.page
    start_endless_import(person)
    page.reload()
    expect(page.locator(".data")).to_contain_text("1 imported")
    expect(page.get_by_role("progressbar")).to_be_visible()
    page.unroute("**/imports/*")
    expect(page.locator(".told").first).to_contain_text("1 imported")
    person.button("Close").first.click()
    person.sees(YOGA)


def test_a_page_that_failed_to_load_offers_a_retry(visit: Open) -> None:
    person = visit(path="/config.json")
    page = person.page
    page.route("**/js/main.js", lambda route: route.abort())
    page.goto("/")
    again = page.locator(".boot a").first
    expect(again).to_have_css("visibility", "hidden")
    page.evaluate("document.getAnimations().forEach((one) => one.finish())")
    expect(again).to_be_visible()
    page.unroute("**/js/main.js")
    again.click()
    expect(page.get_by_label("New user")).to_be_visible()


def test_a_hung_tab_does_not_block_a_save_in_another(visit: Open) -> None:
    person = sign_in_new(visit, "Hal Endings")
    hung = open_hung_tab(person)
    person.save(LINK)
    expect(person.page.locator("#videos a")).to_have_count(1)
    expect(person.page.locator("dialog.sheet")).to_be_hidden()
    hung.close()
    person.load_again()
    person.sees(YOGA)


def answer(route: Route, status: int, kind: str) -> None:
    problem = {"type": f"https://core.test/problems#{kind}", "detail": "Not this one."}
    route.fulfill(status=status, json=problem, content_type="application/problem+json")


def read_again(person: Visitor, status: int) -> None:
    """Return to the tab, and wait until the read has this status."""
    with person.page.expect_response(lambda got: got.status == status and "/changes?" in got.url):
        person.page.evaluate(FOCUS_TAB)


def test_a_change_refused_in_one_tab_is_rolled_back_in_the_other(visit: Open) -> None:
    person = sign_in_new(visit, "Ida Endings", LEGS)
    read_again(person, 304)  # the stored library is up to date
    person.context.route(ONE_VIDEO, lambda route: route.abort())
    person.edit(LEGS)
    person.page.get_by_label("Add a tag").fill("more")
    person.page.get_by_label("Add a tag").press("Enter")
    person.button("Close").first.click()
    other = person.open_tab()
    other.sees_tags(**{LEGS: "one more"})
    person.context.route(ONE_VIDEO, lambda route: answer(route, 422, "invalid-input"))
    person.button("Send now").click()
    person.sees_tags(**{LEGS: "one"})
    other.page.evaluate(FOCUS_TAB)
    other.sees_tags(**{LEGS: "one"})
    person.context.unroute(ONE_VIDEO)
    for one in (person, other):
        one.load_again()
        one.sees_tags(**{LEGS: "one"})


def test_import_polling_continues_after_a_new_sign_in(visit: Open) -> None:
    person = sign_in_new(visit, "Jon Endings")
    page = person.page
    page.route("**/imports/*", lambda route: route.fulfill(status=401, json={}))
    person.open_place("Import and export")
    page.get_by_label("Import a file").set_input_files(links(LINK))
    person.sees_sign_in_notice("Your session has ended")
    page.unroute("**/imports/*")
    person.button("Jon Endings").click()
    person.sees_toast("1 imported")
    person.sees(YOGA)


def test_deleting_all_data_stops_import_polling(visit: Open) -> None:
    person = sign_in_new(visit, "Kim Endings")
    page = person.page
    start_endless_import(person)
    person.button("Close").first.click()
    person.delete_all_data()
    assert page.evaluate("sessionStorage.length") == 0


def test_deleting_all_data_works_while_another_tab_hangs(visit: Open) -> None:
    person = sign_in_new(visit, "Lou Endings", LEGS)
    open_hung_tab(person)
    person.delete_all_data()


def test_a_save_that_causes_a_server_error_can_be_discarded_under_any_filter(visit: Open) -> None:
    person = sign_in_new(visit, "Mia Endings", LEGS)
    person.chip("one").click()
    person.page.route("**/videos", lambda route: answer(route, 500, "internal-error"))
    person.save(LINK)
    person.sees_toast("Saved here")
    person.button("Discard").click()
    expect(person.page.locator(".notices")).to_be_empty()
    expect(person.page.locator(".toasts")).to_be_empty()
    person.chip("one").click()
    person.sees(LEGS)


def test_a_bookmarklet_window_stays_one_after_its_sheet_is_reopened(visit: Open) -> None:
    person = sign_in_new(visit, "Nat Endings", width=1400, height=900)
    page = person.page
    page.goto(f"/save?{urlencode({'close': 1, 'url': f'https://youtu.be/{LEGS}'})}")
    person.button("Close").first.click()
    person.button("Save your first video").click()
    expect(page.get_by_label("YouTube link")).to_be_visible()
    assert urlsplit(page.url).path == "/save"
    assert urlsplit(page.url).query == "close=1"


def test_without_javascript_the_page_says_what_it_needs(
    browser: Browser, core_dev: tuple[str, str]
) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.set_viewport_size({"width": 360, "height": 740})
        page.goto(core_dev[0])
        expect(page.locator("noscript")).to_be_in_viewport()
        expect(page.get_by_text("Load it again")).to_be_hidden()


def test_a_failed_load_of_the_sign_in_is_retried_automatically(visit: Open) -> None:
    """The browser was never offline, so no `online` event fires."""
    person = visit()
    person.page.route("**/npm/@clerk/**", lambda route: route.abort())
    person.load_again()
    expect(person.button("Try again")).to_be_visible()
    person.page.unroute("**/npm/@clerk/**")
    expect(person.page.get_by_label("New user")).to_be_visible()
