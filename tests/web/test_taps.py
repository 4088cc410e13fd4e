"""A tap that opens a sheet, or *Done*: the press is painted first, then its effect."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.web.pages import FOCUS_TAB, Visitor, wait_until
from tests.support.web.stories import LEGS, ClientOf, Open, link_field, sheet, sign_in_new
from tests.support.web.touch import middle_of
from tests.support.web.training import done, logged, posts

pytestmark = pytest.mark.browser

HOLD = """() => {
    window.held = [];
    window.requestAnimationFrame = (work) => window.held.push(work);
}"""
PAINT = """() => {
    window.held.splice(0).forEach((work) => work());
    return new Promise((resolve) => setTimeout(resolve));
}"""
RESUME = """() => {
    window.requestAnimationFrame = (work) => setTimeout(work);
    window.held.splice(0).forEach((work) => work());
}"""
HIDDEN = "Object.defineProperty(document, 'hidden', { value: true, configurable: true })"
TAPPED = {
    "a card": ("#videos .card-link", ".card.pressed"),
    "its three dots": ("#videos .card-more", ".card-more.pressed"),
    "What today?": (".train .tinted", ".tinted.pressed"),
}


def hold_paints(page: Page) -> None:
    """Hold what waits for a paint, until the test calls `paint`."""
    page.evaluate(HOLD)


def paint(page: Page) -> None:
    page.evaluate(PAINT)


def resume_paints(page: Page) -> None:
    """Paint what is held, and no longer hold what follows."""
    page.evaluate(RESUME)


def tap_a_card(visit: Open, name: str) -> Visitor:
    """Sign a new user in and tap their video; nothing is painted after that."""
    person = sign_in_new(visit, name, LEGS)
    person.wait_for_sheets()
    hold_paints(person.page)
    person.card(LEGS).click()
    return person


@pytest.mark.parametrize("what", TAPPED)
def test_a_tap_shows_its_press_and_then_opens_the_sheet(visit: Open, what: str) -> None:
    person = sign_in_new(visit, f"Pia {what.title()}", LEGS)
    person.wait_for_sheets()
    page, (place, pressed) = person.page, TAPPED[what]
    hold_paints(page)
    page.locator(place).click()
    expect(page.locator(pressed)).to_have_css("transform", "matrix(0.97, 0, 0, 0.97, 0, 0)")
    assert sheet(person).is_hidden()
    assert "#" in page.url
    paint(page)
    expect(sheet(person)).to_be_visible()
    expect(page.locator(".pressed")).to_have_count(0)


def test_a_key_after_a_tap_goes_to_the_sheet(visit: Open) -> None:
    person = tap_a_card(visit, "Kai Taps")
    person.page.keyboard.press("e")
    expect(person.button("Finish")).to_be_visible()


def test_the_second_click_of_a_double_click_opens_the_sheet(visit: Open) -> None:
    """*Delete* of the sheet is over the video that is double-clicked."""
    videos = dict.fromkeys([f"taps{number:07}" for number in range(8)], "one")
    person = visit(1400, 900, user="Dot Taps", videos=videos)
    page = person.page
    page.locator("#videos a").first.click()
    place = middle_of(sheet(person).locator(".danger"))
    page.keyboard.press("Escape")
    expect(sheet(person)).to_be_hidden()
    hold_paints(page)
    page.mouse.dblclick(*place)
    expect(sheet(person)).to_be_visible()
    expect(sheet(person).locator(".danger")).to_be_visible()
    assert page.locator(".toasts").text_content() == ""


def test_a_key_or_a_text_field_opens_a_sheet_immediately(visit: Open) -> None:
    person = sign_in_new(visit, "Tom Taps", LEGS)
    person.wait_for_sheets()
    page, keys = person.page, person.page.keyboard
    hold_paints(page)
    person.chip("one").click()
    keys.press("?")
    assert sheet(person).is_visible()
    keys.press("Escape")
    expect(sheet(person)).to_be_hidden()
    page.locator("#videos a").first.focus()
    keys.press("Enter")
    assert sheet(person).is_visible()
    keys.press("Escape")
    expect(sheet(person)).to_be_hidden()
    person.button("Save a video").click()
    expect(link_field(person)).to_be_focused()


def test_back_before_the_paint_opens_nothing(visit: Open) -> None:
    person = tap_a_card(visit, "Bea Taps")
    page = person.page
    page.go_back()
    paint(page)
    assert sheet(person).is_hidden()
    assert page.url.endswith("/")
    page.go_forward()
    expect(sheet(person)).to_be_visible()


def test_a_hidden_tab_opens_the_sheet_immediately(visit: Open) -> None:
    person = tap_a_card(visit, "Hid Taps")
    page = person.page
    page.evaluate(f"{HIDDEN}; {FOCUS_TAB}")
    assert sheet(person).is_visible()


def test_a_session_that_ends_before_the_paint_opens_nothing(visit: Open) -> None:
    person = tap_a_card(visit, "Sue Taps")
    page = person.page
    page.route("**/changes?**", lambda route: route.fulfill(status=401, json={}))
    page.evaluate("dispatchEvent(new Event('online'))")
    person.sees_sign_in_notice("Your session has ended")
    paint(page)
    assert sheet(person).is_hidden()


def press_done(person: Visitor) -> None:
    """Open the only video and tap *Done*; nothing is painted after that."""
    person.wait_for_sheets()
    person.card(LEGS).click()
    expect(done(person)).to_be_visible()
    hold_paints(person.page)
    done(person).click()


def test_done_shows_its_press_and_then_logs_once(visit: Open, client_of: ClientOf) -> None:
    person = sign_in_new(visit, "Deb Taps", LEGS)
    press_done(person)
    expect(done(person)).to_have_attribute("aria-pressed", "true")
    form = person.page.locator(".training-form")
    expect(form).to_have_count(0)
    done(person).click()
    person.page.keyboard.press("d")
    paint(person.page)
    expect(form).to_be_visible()
    person.sees_toast("Done · ")
    with client_of("Deb Taps") as client:
        wait_until(person.page, lambda: len(logged(client, "day")) == 1)


@pytest.mark.parametrize("end", ["the sheet closes", "the tab is hidden"])
def test_done_is_logged_if_no_paint_follows(visit: Open, client_of: ClientOf, end: str) -> None:
    name = f"Ned {end.title()}"
    person = sign_in_new(visit, name, LEGS)
    press_done(person)
    if end == "the sheet closes":
        person.page.keyboard.press("Escape")
    else:
        person.page.evaluate(f"{HIDDEN}; {FOCUS_TAB}")
    with client_of(name) as client:
        wait_until(person.page, lambda: len(logged(client, "day")) == 1)


def test_done_of_a_removed_user_is_not_logged_for_the_next_one(visit: Open) -> None:
    person = sign_in_new(visit, "Una Taps", LEGS)
    page = person.page
    press_done(person)
    other = person.context.new_page()
    other.goto("/config.json")
    user_id = page.evaluate("Clerk.user.id")
    other.evaluate("id => new BroadcastChannel('core').postMessage({ removed: id })", user_id)
    sent = posts(page)
    page.evaluate("Clerk.signInAs('Vic Taps', {})")
    expect(page.locator(".person")).to_contain_text("Vic")
    resume_paints(page)
    person.save(f"https://youtu.be/{LEGS}")
    person.sees(LEGS)
    assert sent == []
