"""The web app's sheets: held keys, double clicks, late responses, toasts and Undo."""

import pytest
from playwright.sync_api import Route, expect

from tests.support.web.pages import FOCUS_TAB, ONE_VIDEO, Held, Visitor
from tests.support.web.stories import ABS, LEGS, YOGA, ClientOf, Open, sign_in_new
from tests.support.web.touch import middle_of

pytestmark = pytest.mark.browser


SOON_MS = 10_000
"""Half of a request's timeout."""
SLOW = """() => {
  const add = IDBObjectStore.prototype.add;
  window.slow = true;
  IDBObjectStore.prototype.add = function (...given) {
    const goOn = () => { if (window.slow) this.count().onsuccess = goOn; };
    const request = add.apply(this, given);
    goOn();
    return request;
  };
}"""
"""Delay every added change until `window.slow` is false."""


def test_a_held_key_acts_once(visit: Open) -> None:
    person = sign_in_new(visit, "Hal Sheets", LEGS, YOGA, ABS)
    keys, links = person.page.keyboard, person.page.locator("#videos a")
    links.first.focus()
    keys.press("Backspace")
    for _ in range(3):
        keys.down("Delete")
    keys.up("Delete")
    person.sees_toast("Deleted")
    person.sees(YOGA, LEGS)
    expect(links.first).to_be_focused()

    person.button("More").click()
    person.button("Delete all my data").focus()
    for _ in range(4):
        keys.down("Enter")
    keys.up("Enter")
    expect(person.button("Cancel")).to_be_focused()
    keys.press("Enter")
    expect(person.button("Delete everything")).to_have_count(0)
    expect(person.button("Delete all my data")).to_be_focused()
    person.button("Close").first.click()
    person.sees(YOGA, LEGS)


def test_only_toasts_with_a_button_show_over_a_sheet(visit: Open) -> None:
    person = sign_in_new(visit, "Ulf Sheets", LEGS)
    person.save(f"https://youtu.be/{YOGA}")
    person.sees_toast("Saved")
    person.open_place("Import and export")
    expect(person.button("Export")).to_be_visible()
    assert person.page.locator("dialog .toast").count() == 0
    person.page.keyboard.press("Escape")
    person.page.locator("#videos a").first.focus()
    person.page.keyboard.press("Delete")
    person.sees_toast("Deleted")
    person.button("More").click()
    person.page.locator("dialog .toast").get_by_role("button", name="Undo").click()
    person.sees_toast("Restored")


def test_a_new_toast_replaces_the_last_whose_undo_stays_on_ctrl_z(visit: Open) -> None:
    person = sign_in_new(visit, "Udo Sheets", LEGS, YOGA)
    person.page.locator("#videos a").first.focus()
    person.page.keyboard.press("Delete")
    person.sees_toast("Deleted")
    person.save(f"https://youtu.be/{ABS}")
    person.sees_toast("Saved")
    expect(person.page.locator(".toast")).to_have_count(1)
    person.page.keyboard.press("Control+z")
    person.sees(ABS, YOGA, LEGS)


def test_an_undo_toast_closes_when_another_device_undid_the_change(
    visit: Open, client_of: ClientOf
) -> None:
    person = sign_in_new(visit, "Ute Sheets", LEGS)
    with client_of("Ute Sheets") as client:
        ids = [video["id"] for video in client.get("/videos").json()["videos"]]
    person.page.locator("#videos a").first.focus()
    with person.page.expect_response("**/videos/batch"):
        person.page.keyboard.press("Delete")
    person.page.locator(".toast").hover()  # a hovered toast has no timeout
    with client_of("Ute Sheets") as client:
        client.post("/videos/batch", json={"ids": ids, "action": "restore"}).raise_for_status()
    person.page.evaluate(FOCUS_TAB)
    person.sees(LEGS)
    expect(person.page.locator(".toast")).to_have_count(0)


def test_a_double_click_on_close_stays_in_the_library(visit: Open) -> None:
    person = sign_in_new(visit, "Tia Sheets")
    person.open_save_sheet()
    person.button("Close").first.dblclick()
    expect(person.page.locator("dialog.sheet")).to_be_hidden()
    person.open_place("Import and export")
    expect(person.button("Export")).to_be_visible()
    assert person.page.url.endswith("/#import")


def test_a_double_click_that_opens_or_closes_a_sheet_clicks_nothing_else(visit: Open) -> None:
    """*Delete* of the sheet is over the video that is double-clicked."""
    videos = dict.fromkeys([f"double{number:05}" for number in range(8)], "one")
    person = visit(1400, 900, user="Dot Sheets", videos=videos)
    mouse, sheet = person.page.mouse, person.page.locator("dialog.sheet")
    person.page.locator("#videos a").first.click()
    place = middle_of(sheet.locator(".danger"))
    person.page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    mouse.dblclick(*place)
    assert person.page.locator(".toasts").text_content() == ""
    expect(sheet).to_be_visible()
    mouse.click(*place)
    expect(sheet).to_be_hidden()
    person.sees_toast("Deleted")
    mouse.down(click_count=2)
    mouse.up(click_count=2)
    assert sheet.is_hidden()


def test_a_double_click_that_ends_a_selection_clicks_nothing_else(visit: Open) -> None:
    """The button *Save a video* is below *Delete* of the selected videos."""
    person = sign_in_new(visit, "Sid Sheets", LEGS, YOGA)
    mouse, sheet = person.page.mouse, person.page.locator("dialog.sheet")
    person.button("Select").click()
    person.card(LEGS).click()
    place = middle_of(person.page.locator(".select-bar .danger"))
    mouse.click(*place)
    person.sees_toast("Deleted")
    expect(person.page.locator(".select-bar")).to_be_hidden()
    mouse.down(click_count=2)
    mouse.up(click_count=2)
    assert sheet.is_hidden()


def hold_saves(person: Visitor) -> list[Route]:
    """Hold each save until the test continues it."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method == "POST":
            held.append(route)
        else:
            route.continue_()

    person.page.route("**/videos", hold)
    return held


REFUSED = "Couldn't do this: https://example.com/nothing"


def test_a_slow_save_closes_only_its_own_sheet(visit: Open) -> None:
    person = sign_in_new(visit, "Sol Sheets", LEGS)
    held = hold_saves(person)
    field = person.page.get_by_label("YouTube link")
    person.save(f"https://youtu.be/{YOGA}")
    person.button("Close").first.click()
    person.open_save_sheet()
    field.fill("what is written now")
    held.pop().continue_()
    person.sees_toast("Saved")
    expect(field).to_have_value("what is written now")
    person.button("Close").first.click()

    person.save("https://example.com/nothing")
    person.button("Close").first.click()
    person.card(LEGS).click()
    held.pop().continue_()
    expect(person.page.locator(".notices")).to_contain_text(REFUSED)
    expect(person.page.locator("iframe")).to_be_visible()


def test_on_a_slow_network_a_stored_save_closes_its_sheet(visit: Open) -> None:
    person = sign_in_new(visit, "Rob Sheets")
    held = hold_saves(person)
    person.save(f"https://youtu.be/{YOGA}")
    saving = person.button("Saving…")
    expect(saving).to_have_attribute("aria-busy", "true")
    expect(saving).to_be_disabled()
    told = person.page.locator(".toasts")
    expect(told).to_contain_text("Saved here", timeout=SOON_MS)
    expect(person.page.locator("dialog.sheet")).to_be_hidden()
    expect(person.card("Not synced yet")).to_contain_text(YOGA)
    held.pop().continue_()
    person.sees_toast("Saved")
    person.sees(YOGA)

    person.save("https://example.com/nothing")
    expect(person.page.locator("dialog.sheet")).to_be_hidden(timeout=SOON_MS)
    held.pop().continue_()
    expect(person.page.locator(".notices")).to_contain_text(REFUSED)


def test_the_next_user_sees_no_message_about_a_save(visit: Open) -> None:
    person = sign_in_new(visit, "Uma Sheets")
    person.page.clock.install()
    held = hold_saves(person)
    person.save(f"https://youtu.be/{YOGA}")
    person.button("Close").first.click()
    person.sign_out(discards=True)
    person.sign_up("Vic Sheets")
    person.page.clock.fast_forward(SOON_MS)
    expect(person.page.locator(".toasts")).to_be_empty()
    person.open_save_sheet()
    person.page.get_by_label("YouTube link").fill("what is his")
    with person.page.expect_response("**/videos"):
        held.pop().continue_()
    person.page.evaluate("new Promise((resolve) => setTimeout(resolve))")
    expect(person.page.get_by_label("YouTube link")).to_have_value("what is his")
    expect(person.page.locator(".toasts")).to_be_empty()


def test_toasts_distinguish_new_existing_and_restored_videos(visit: Open) -> None:
    person = sign_in_new(visit, "Wim Sheets")
    person.save(f"https://youtu.be/{LEGS}", "one")
    person.sees_toast("Saved")
    person.save(f"https://youtu.be/{LEGS}", "two")
    person.sees_toast("Already saved")
    person.card(LEGS).click()
    person.page.get_by_role("button", name="Delete").click()
    person.sees_toast("Deleted")
    expect(person.card(LEGS)).to_have_count(0)
    person.save(f"https://youtu.be/{LEGS}", "three")
    person.sees_toast("Restored from the trash, with its tags.")


def test_undo_stays_available_over_an_opened_sheet(visit: Open) -> None:
    person = sign_in_new(visit, "Xia Sheets", LEGS, YOGA)
    person.card(LEGS).click()
    person.page.get_by_role("button", name="Delete").click()
    person.sees_toast("Deleted")
    person.card(YOGA).click()
    person.button("Undo").click()
    person.sees_toast("Restored")
    person.button("Close").first.click()
    person.sees(YOGA, LEGS)


def test_an_older_response_does_not_undo_a_change_that_is_still_being_stored(
    visit: Open,
) -> None:
    person = sign_in_new(visit, "Flo Sheets", LEGS)
    page, pills = person.page, person.card(LEGS).locator(".pill")
    person.edit(LEGS)
    held = Held(page, ONE_VIDEO, "PATCH")
    page.get_by_label("Add a tag").fill("two,")
    held.wait()
    page.evaluate(SLOW)
    page.get_by_label("Add a tag").fill("three,")
    held.release()
    expect(pills).to_have_text(["one", "two", "three"])
    expect(page.locator("dialog .chosen .pill")).to_have_text(["one", "two", "three"])
    page.evaluate("window.slow = false")
    other = person.open_tab()
    expect(other.card(LEGS).locator(".pill")).to_have_text(["one", "two", "three"])
