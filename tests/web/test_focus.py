"""Focus, keyboard, phone keyboard, and names that assistive technology reads."""

from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Locator, expect

from tests.support.web.pages import FOCUS_TAB, Visitor, save, wait_until
from tests.support.web.stories import LEGS, YOGA, ClientOf, Open, sign_in_new
from tests.support.web.training import (
    LEGS_20,
    WORKOUTS,
    changed,
    day,
    log,
    open_log,
    rows,
    save_titled,
)

pytestmark = pytest.mark.browser

LONG = "t" * 64
ARABIC = "عربي"


def sheet(person: Visitor) -> Locator:
    return person.page.locator("dialog.sheet")


def test_closing_a_sheet_or_changing_a_tag_keeps_the_focus_nearby(visit: Open) -> None:
    person = sign_in_new(visit, "Fay Example", width=1400, height=900)
    keys, focused = person.page.keyboard, person.page.locator(":focus")
    person.button("Save your first video").press("Enter")
    keys.press("Escape")
    expect(person.button("Save your first video")).to_be_focused()
    person.save(f"https://youtu.be/{LEGS}", "one,two,three")
    person.save(f"https://youtu.be/{YOGA}")
    expect(sheet(person)).to_be_hidden()
    keys.press("Tab")
    keys.press("Shift+Tab")

    person.page.locator("#videos a").first.press("Enter")
    person.button("Edit").press("Enter")
    expect(person.page.get_by_label("Add a tag")).to_be_focused()
    person.button("Add the tag one").press("Enter")
    expect(person.button("Add the tag two")).to_be_focused()
    keys.press("Enter")
    expect(person.button("Add the tag three")).to_be_focused()
    keys.press("Enter")
    expect(person.page.get_by_label("Add a tag")).to_be_focused()
    person.button("Remove the tag two").press("Enter")
    expect(person.button("Remove the tag three")).to_be_focused()
    person.page.get_by_label("Add a tag").fill("half")
    keys.press("Escape")
    expect(person.card(YOGA).locator(".pill")).to_have_text(["one", "three", "half"])
    person.sees_toast("Tags added: half")
    expect(person.button("Undo")).to_be_visible()

    expect(person.card(YOGA).get_by_role("link")).to_be_focused()
    keys.press("e")
    expect(person.page.get_by_label("Add a tag")).to_be_focused()
    expect(person.page.locator("iframe")).to_have_count(0)
    person.page.get_by_role("button", name="Delete").press("Enter")
    expect(focused).to_contain_text(LEGS)


def test_a_redraw_keeps_the_focus_and_the_notice(visit: Open) -> None:
    person = sign_in_new(visit, "Gil Example", LEGS)
    page = person.page
    page.route("**/videos", lambda route: route.abort())
    person.save(f"https://youtu.be/{YOGA}")
    person.button("Discard").focus()
    page.locator(".notice").evaluate("notice => notice.setAttribute('data-same', '')")
    with page.expect_response("**/changes?*"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator(".notice")).to_have_attribute("data-same", "")
    page.get_by_label("Sort by").evaluate(  # this redraws
        "select => { select.value = 'oldest'; select.dispatchEvent(new Event('change')); }"
    )
    expect(person.button("Discard")).to_be_focused()
    expect(page.locator(".notice")).to_have_attribute("data-same", "")

    page.context.set_offline(True)
    person.button("Send now").press("Enter")
    expect(page.locator(".notice")).to_contain_text("You're offline")
    person.button("Send now").press("Enter")
    expect(page.locator("main :focus, main:focus")).to_have_count(1)


def test_the_focus_returns_after_the_button_of_a_message(visit: Open) -> None:
    person = sign_in_new(visit, "Max Focus", LEGS, YOGA, width=1400, height=900)
    keys, search = person.page.keyboard, person.page.get_by_role("searchbox")

    def delete() -> None:
        person.card(YOGA).get_by_role("link").focus()
        keys.press("Delete")
        person.sees_toast("Deleted")
        search.focus()

    delete()
    person.button("Undo").press("Enter")
    person.sees_toast("Restored")
    expect(search).to_be_focused()
    delete()
    person.page.locator(".toast").get_by_role("button", name="Close").press("Enter")
    expect(search).to_be_focused()


def test_an_undo_that_removes_the_focused_element_keeps_the_focus_in_the_sheet(visit: Open) -> None:
    person = visit(1400, 900, user="Una Focus", videos={LEGS: "legs"})
    keys = person.page.keyboard
    person.open_place("Edit tags")
    person.button("Rename the tag legs").press("Enter")
    keys.type("arms")
    keys.press("Enter")
    expect(person.button("Rename the tag arms")).to_be_focused()
    person.button("Undo").press("Enter")
    expect(person.button("Rename the tag legs")).to_be_visible()
    expect(sheet(person).locator(":focus")).to_have_count(1)
    keys.press("Escape")
    person.card(LEGS).click()
    keys.press("d")
    person.button("Hard").press("Enter")
    keys.press("Control+z")
    expect(person.button("Hard")).to_have_count(0)
    expect(sheet(person).locator(":focus")).to_have_count(1)


@pytest.mark.parametrize(("name", "label"), [("Edit tags", "Tags"), ("Trash", "Trash")])
def test_a_sheet_opened_from_another_one_has_the_focus(visit: Open, name: str, label: str) -> None:
    person = visit(user=f"Tom {name}", videos={LEGS: "legs"})
    person.open_place(name)
    expect(sheet(person)).to_have_attribute("aria-label", label)
    expect(sheet(person).locator(":focus")).to_have_count(1)


def test_a_changed_row_of_the_tag_list_keeps_the_focus(visit: Open, client_of: ClientOf) -> None:
    person = visit(1400, 900, user="Row Focus", videos={LEGS: "legs"})
    person.open_place("Edit tags")
    person.button("Remove the tag legs from all videos").focus()
    with client_of("Row Focus") as client:
        save(client, YOGA, tags="legs")
    person.page.evaluate(FOCUS_TAB)
    expect(sheet(person)).to_contain_text("2 videos")
    expect(person.button("Remove the tag legs from all videos")).to_be_focused()


def test_the_skip_link_and_the_search_lead_to_the_first_video(visit: Open) -> None:
    person = sign_in_new(visit, "Hope Example", LEGS, width=1400, height=900)
    keys = person.page.keyboard
    person.load_again()
    person.sees(LEGS)
    keys.press("Tab")
    expect(person.page.get_by_role("link", name="Skip to the videos")).to_be_focused()
    keys.press("Enter")
    expect(person.page.locator("#videos a").first).to_be_focused()
    assert urlsplit(person.page.url).fragment == ""
    keys.press("/")
    expect(person.page.get_by_role("searchbox")).to_be_focused()
    keys.press("ArrowDown")
    expect(person.page.locator("#videos a").first).to_be_focused()


def test_a_phone_opens_its_keyboard_only_for_a_tapped_field(visit: Open) -> None:
    person = sign_in_new(visit, "Ines Example", LEGS, has_touch=True, is_mobile=True)
    search, field = person.page.get_by_role("searchbox"), person.page.get_by_label("Add a tag")
    search.fill("dQw")
    search.press("Enter")
    expect(search).not_to_be_focused()
    person.card(LEGS).tap()
    person.page.wait_for_timeout(500)
    person.button("Edit").tap()
    expect(field).to_be_visible()
    expect(field).not_to_be_focused()
    person.button("Remove the tag one").tap()
    expect(person.button("Remove the tag one")).to_have_count(0)
    expect(field).not_to_be_focused()


def test_a_click_next_to_the_tags_focuses_the_field_and_removes_no_tag(visit: Open) -> None:
    person = sign_in_new(visit, "Joy Example")
    person.save(f"https://youtu.be/{LEGS}", f"one, {LONG}")
    person.edit(LEGS)
    room = person.page.locator(".tag-box")
    size = room.bounding_box()
    assert size
    room.click(position={"x": size["width"] - 3, "y": size["height"] / 2})
    expect(person.page.get_by_label("Add a tag")).to_be_focused()
    expect(person.page.locator(".pill.removable")).to_have_text(["one", LONG])


SHARED = f"/save?{urlencode({'text': f'https://youtu.be/{LEGS}'})}"


def test_enter_saves_a_shared_link(visit: Open) -> None:
    person = visit(1400, 900, path=SHARED)
    person.sign_up("Ola Example")
    expect(person.page.get_by_label("Add a tag")).to_be_focused()
    person.page.keyboard.press("Enter")
    person.sees(LEGS)


def test_a_shared_link_opens_no_keyboard_on_a_phone(visit: Open) -> None:
    person = visit(path=SHARED, has_touch=True, is_mobile=True)
    person.sign_up("Pip Example")
    expect(person.button("Save")).to_be_focused()


def test_long_and_arabic_names_fit_and_forced_colours_show_a_pressed_chip(visit: Open) -> None:
    person = sign_in_new(visit, "Jon Example", forced_colors="active")
    person.save(f"https://youtu.be/{LEGS}", f"{LONG},{ARABIC}")
    person.sees(LEGS)
    chips = person.page.locator(".chips .chip")
    for chip in chips.all():
        box = chip.bounding_box()
        assert box
        assert box["width"] <= 16 * 16
    person.chip(ARABIC).click()
    colour = "chip => getComputedStyle(chip).backgroundColor"
    wait_until(person.page, lambda: chips.first.evaluate(colour) != chips.last.evaluate(colour))
    person.card(LEGS).click()
    expect(sheet(person)).to_have_attribute("aria-label", f"YouTube {LEGS}")
    expect(person.page).to_have_title(f"YouTube {LEGS} – Core")
    assert sheet(person).evaluate("one => one.scrollWidth - one.clientWidth") <= 0
    person.button("Edit").click()
    person.page.get_by_role("textbox", name="Title").fill(ARABIC)
    person.page.get_by_role("textbox", name="Title").press("Enter")
    heading = sheet(person).get_by_role("heading", name=ARABIC)
    assert heading.evaluate("one => getComputedStyle(one).direction") == "rtl"
    expect(person.page).to_have_title(f"{ARABIC} – Core")
    person.button("Close").first.click()
    expect(person.page).to_have_title("Core")


def test_save_is_visible_on_a_phone_in_landscape(visit: Open) -> None:
    person = sign_in_new(visit, "Kai Example", LEGS, width=640, height=360)
    person.open_save_sheet()
    expect(person.button("Save")).to_be_in_viewport(ratio=1)


def test_opening_videos_does_not_grow_the_history(visit: Open) -> None:
    person = sign_in_new(visit, "Lou Example", LEGS)
    lengths = []
    for _ in range(3):
        person.card(LEGS).click()
        expect(person.page.locator("iframe")).to_be_visible()
        person.button("Close").first.click()
        expect(sheet(person)).to_be_hidden()
        lengths.append(person.page.evaluate("history.length"))
    assert len(set(lengths)) == 1


def test_a_video_that_cannot_be_loaded_offers_a_retry(visit: Open) -> None:
    person = sign_in_new(visit, "Mel Example", LEGS)
    person.card(LEGS).click()
    link = person.page.url
    other = person.context.new_page()
    other.route("**/changes?*", lambda route: route.abort())
    other.add_init_script("indexedDB.open = null")
    other.goto(link)
    retry = other.locator("dialog").get_by_role("button", name="Try again")
    expect(retry).to_be_visible()
    expect(other.get_by_role("button", name="Close")).to_be_visible()
    other.unroute("**/changes?*")
    retry.click()
    expect(other.locator("iframe")).to_be_visible()


def test_the_log_sends_each_change_once_and_keeps_the_focus(
    visit: Open, client_of: ClientOf
) -> None:
    with client_of("Lia Logs") as client:
        legs = save_titled(client, LEGS_20, "20 min legs")
        for days in (1, 2, 3):
            log(client, legs, days, minutes=days)
    person = visit(1400, 900, user="Lia Logs")
    keys, sent = person.page.keyboard, changed(person.page, WORKOUTS)
    open_log(person)
    rows(person).nth(1).press("Enter")
    person.page.get_by_label("Minutes").fill("23")
    with person.page.expect_response(WORKOUTS):
        keys.press("Enter")
    expect(rows(person).nth(1)).to_have_text("20 min legs23 min")
    expect(rows(person).nth(1)).to_be_focused()
    keys.press("Enter")
    expect(person.button("Easy")).to_be_focused()
    person.button("Hard").dblclick()
    person.button("Delete").press("Enter")
    expect(rows(person)).to_have_text(["20 min legs1 min", "20 min legs3 min"])
    expect(rows(person).last).to_be_focused()
    person.sees_toast("deleted")
    wait_until(person.page, lambda: len(sent) == 3)
    assert sent == [{"minutes": 23}, {"effort": "hard"}, None]


def test_a_workout_that_moves_to_another_day_stays_visible_and_focused(
    visit: Open, client_of: ClientOf
) -> None:
    with client_of("Lou Logs") as client:
        legs = save_titled(client, LEGS_20, "20 min legs")
        for days in range(20):
            log(client, legs, days, minutes=10 + days)
    person = visit(1400, 900, user="Lou Logs")
    open_log(person)
    rows(person).first.click()
    date = person.page.get_by_label("Date")
    date.fill(day(19))
    expect(rows(person).last).to_have_text("20 min legs29 min")
    expect(person.page.locator(".log-day").last).to_contain_text("Date")
    expect(date).to_be_focused()
    expect(date).to_be_in_viewport()
