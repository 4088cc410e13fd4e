"""The web app: how a session ends, what whoever comes back is told, and what does not end it."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import Open
from tests.web.pages import LOOK_AGAIN, Visitor, kept_by
from tests.web.test_data import links
from tests.web.test_offline import CLOSING, open_window
from tests.web.test_sheets import LEGS, YOGA, meet
from tests.web.test_typed import LINK, begin

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("status", [429, 503])
def test_clerk_s_own_trouble_ends_no_session(visit: Open, status: int) -> None:
    person = meet(visit, f"Abe Endings {status}", LEGS)
    person.page.route("**/videos?**", lambda route: route.fulfill(status=401, json={}))
    person.page.route("**/tokens**", lambda route: route.fulfill(status=status, json={}))
    with person.page.expect_response("**/tokens**"):
        person.page.evaluate(LOOK_AGAIN)
    expect(person.page.locator(".notices")).to_contain_text("can't be reached")
    person.sees(LEGS)
    person.page.unroute("**/videos?**")
    person.page.unroute("**/tokens**")
    person.button("Try again").click()
    expect(person.page.locator(".notices")).to_be_empty()


def test_who_leaves_is_told_what_waits_and_the_next_person_is_not(visit: Open) -> None:
    person = meet(visit, "Bea Endings")
    person.page.route("**/videos", lambda route: route.abort())
    person.save(LINK)
    person.told("Kept on this device")
    person.sign_out()
    person.is_told_at_the_door("1 change of yours waits on this device.")
    person.page.unroute("**/videos")
    person.join("Cal Endings")
    person.sign_out()
    expect(person.page.locator(".welcome .notice")).to_be_hidden()


def test_everything_is_deleted_in_every_tab(visit: Open) -> None:
    person = meet(visit, "Dot Endings", LEGS)
    other = person.context.new_page()
    other.goto("/")
    writing = Visitor.__new__(Visitor)
    writing.context, writing.page = person.context, other
    begin(writing)
    writing.button("Close").first.click()
    person.button("More").click()
    person.button("Delete all my data").click()
    person.button("Delete everything for good").click()
    expect(person.page.get_by_label("Somebody new")).to_be_visible()
    expect(other.get_by_label("Somebody new")).to_be_visible()
    assert not [left for left in (YOGA, "half") if left in kept_by(writing)]


def test_a_bookmark_s_window_is_still_one_after_a_new_sign_in(visit: Open) -> None:
    person = meet(visit, "Eli Endings", width=1400, height=900)
    person.context.add_init_script(CLOSING)
    window = open_window(person, LEGS)
    window.route("**/videos", lambda route: route.fulfill(status=401, json={}))
    window.get_by_role("button", name="Save", exact=True).click()
    expect(window.locator(".welcome")).to_contain_text("Your session has ended")
    window.unroute("**/videos")
    window.get_by_role("button", name="Eli Endings").click()
    expect(window.locator("#videos .card")).to_have_count(1)
    assert urlsplit(window.url).query == "close=1"


def test_what_was_wrong_is_gone_once_it_is_right(visit: Open) -> None:
    person = meet(visit, "Fay Endings", LEGS)
    person.page.route("**/videos?**", lambda route: route.abort())
    person.page.evaluate(LOOK_AGAIN)
    expect(person.page.locator(".notices")).to_contain_text("can't be reached")
    person.page.unroute("**/videos?**")
    person.save(LINK)
    person.sees(YOGA, LEGS)
    expect(person.page.locator(".notices")).to_be_empty()


def test_an_import_is_watched_on_after_a_reload(visit: Open) -> None:
    person = meet(visit, "Gus Endings")
    page = person.page
    running = {"state": "running", "total": 3, "imported": 1, "merged": 0, "failed_count": 0}
    page.route("**/imports/*", lambda route: route.fulfill(json=running))
    person.button("More").click()
    page.get_by_label("Import a file").set_input_files(links(LINK))
    expect(page.locator(".data")).to_contain_text("1 video imported")
    page.reload()
    expect(page.locator(".data")).to_contain_text("1 video imported")
    expect(page.get_by_role("progressbar")).to_be_visible()
    page.unroute("**/imports/*")
    expect(page.locator(".told").first).to_contain_text("1 video imported")
    person.button("Close").first.click()
    person.sees(YOGA)


def test_a_page_that_did_not_load_offers_another_try(visit: Open) -> None:
    person = visit(path="/config.json")
    page = person.page
    page.route("**/js/app.*js", lambda route: route.abort())
    page.goto("/")
    again = page.locator(".boot a").first
    expect(again).to_have_css("visibility", "hidden")
    page.evaluate("document.getAnimations().forEach((one) => one.finish())")
    expect(again).to_be_visible()
    page.unroute("**/js/app.*js")
    again.click()
    expect(page.get_by_label("Somebody new")).to_be_visible()


SPIN = """() => new Promise((resolve) => {
  const opening = indexedDB.open("core");
  opening.onsuccess = () => {
    const store = opening.result.transaction("changes", "readwrite").objectStore("changes");
    const spin = () => { store.get(-1).onsuccess = spin; resolve(); };
    spin();
  };
})"""
"""Keep the changes busy for ever, as a tab does that hangs."""


def test_a_tab_that_hangs_holds_up_no_save_in_another(visit: Open) -> None:
    person = meet(visit, "Hal Endings")
    hung: Page = person.context.new_page()
    hung.goto("/config.json")
    hung.evaluate(SPIN)
    person.save(LINK)
    expect(person.page.locator("#videos a")).to_have_count(1)
    expect(person.page.locator("dialog.sheet")).to_be_hidden()
    hung.close()
    person.page.reload()
    person.sees(YOGA)
