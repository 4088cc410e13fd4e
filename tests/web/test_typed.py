"""The web app: a slip of hand loses no typed text, and no other user sees it."""

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from tests.support.web.pages import Visitor, wait_until
from tests.support.web.stories import (
    LEGS,
    LINK,
    YOGA,
    link_field,
    sees_draft,
    sheet,
    sign_in_new,
    start_draft,
    tag_field,
)
from tests.support.web.touch import middle_of

pytestmark = pytest.mark.browser

FIFTY = ",".join(f"t{number}" for number in range(50))
"""The most tags that a video may have."""

Open = Callable[..., Visitor]


def click_outside(person: Visitor) -> None:
    person.page.mouse.click(180, 40)


def test_held_backspace_removes_no_tag(visit: Open) -> None:
    person = sign_in_new(visit, "Abe Typed", LEGS)
    keys = person.page.keyboard
    person.edit(LEGS)
    tag_field(person).press_sequentially("abc")
    for _ in range(6):
        keys.down("Backspace")
    keys.up("Backspace")
    expect(tag_field(person)).to_have_value("")
    expect(person.button("Remove the tag one")).to_be_visible()
    keys.press("Backspace")
    expect(person.button("Remove the tag one")).to_have_count(0)


def test_selecting_text_beyond_the_edge_does_not_close_the_sheet(visit: Open) -> None:
    person = sign_in_new(visit, "Bob Typed", width=1400, height=900)
    start_draft(person)
    mouse, box = person.page.mouse, link_field(person).bounding_box()
    assert box
    mouse.move(box["x"] + 200, box["y"] + 20)
    mouse.down()
    mouse.move(100, box["y"] + 20)
    mouse.up()
    person.page.wait_for_timeout(300)
    expect(link_field(person)).to_have_value(LINK)
    mouse.click(100, box["y"] + 20)
    expect(sheet(person)).to_be_hidden()


def test_the_second_tap_of_a_double_tap_does_nothing_in_the_opened_sheet(visit: Open) -> None:
    person = sign_in_new(visit, "Lea Typed", LEGS, has_touch=True, is_mobile=True)
    sent: list[str] = []
    person.page.on("request", lambda request: sent.append(request.method))
    start_draft(person)
    person.button("Close").first.click()
    expect(sheet(person)).to_be_hidden()
    x, y = middle_of(person.page.locator(".floating"))
    sent.clear()
    person.page.touchscreen.tap(x, y)
    person.page.touchscreen.tap(x, y)
    person.page.wait_for_timeout(500)
    expect(link_field(person)).to_have_value(LINK)
    assert "POST" not in sent
    person.page.touchscreen.tap(x, y)  # Save is at the same place
    person.sees(YOGA, LEGS)


def test_every_way_to_close_the_sheet_keeps_the_draft(visit: Open) -> None:
    person = sign_in_new(visit, "Cal Typed")
    start_draft(person)
    person.button("Close").first.click()
    sees_draft(person, LINK, tags=1, typed="half")
    click_outside(person)
    sees_draft(person, LINK, tags=1, typed="half")
    person.page.keyboard.press("Escape")
    sees_draft(person, LINK, tags=1, typed="half")
    person.button("Save").click()
    person.sees(YOGA)
    person.sees_tags(**{YOGA: "legs half"})
    sees_draft(person)


def test_a_queued_save_leaves_no_draft(visit: Open) -> None:
    person = sign_in_new(visit, "Dan Typed")
    person.page.route("**/videos", lambda route: route.abort())
    person.save(LINK, "legs")
    person.sees_toast("Saved here")
    sees_draft(person)


def test_the_next_user_gets_no_draft(visit: Open) -> None:
    person = sign_in_new(visit, "Eli Typed")
    start_draft(person)
    person.button("Close").first.click()
    person.sign_out()
    person.sign_up("Fil Typed")
    sees_draft(person)


def test_a_shared_link_comes_before_the_draft(visit: Open) -> None:
    person = sign_in_new(visit, "Gus Typed")
    start_draft(person)
    person.lose_session()
    person.page.unroute("**/changes?**")
    person.page.goto(f"/save?{urlencode({'text': f'https://youtu.be/{LEGS}'})}")
    person.button("Gus Typed").click()
    expect(link_field(person)).to_have_value(f"https://youtu.be/{LEGS}")
    person.button("Save").click()
    person.sees(LEGS)
    sees_draft(person, LINK, tags=1, typed="half")


def test_paste_inserts_a_link_or_says_why_it_cannot(visit: Open) -> None:
    person = sign_in_new(visit, "Hob Typed")
    permissions = ["local-network-access", "clipboard-read", "clipboard-write"]
    person.context.grant_permissions(permissions)
    person.open_save_sheet()
    person.page.evaluate("link => navigator.clipboard.writeText(link)", LINK)
    person.button("Paste").click()
    expect(link_field(person)).to_have_value(LINK)
    expect(tag_field(person)).to_be_focused()

    person.page.evaluate("navigator.clipboard.writeText(' ')")
    link_field(person).fill("")
    person.button("Paste").click()
    expect(person.page.locator("#save-fault")).to_contain_text("The clipboard is empty")
    expect(link_field(person)).to_have_attribute("aria-invalid", "false")

    person.context.clear_permissions()
    person.context.grant_permissions(["local-network-access"])
    person.button("Paste").click()
    expect(person.page.locator("#save-fault")).to_contain_text("blocked the clipboard")
    expect(link_field(person)).to_be_focused()


def test_closing_the_sheet_does_not_resend_a_refused_tag(visit: Open) -> None:
    person = sign_in_new(visit, "Hal Typed", LEGS)
    sent: list[str] = []
    person.page.on("request", lambda request: sent.append(request.method))
    person.edit(LEGS)
    tag_field(person).fill("x" * 65)
    tag_field(person).press("Enter")
    expect(sheet(person)).to_contain_text("A tag has at most 64 characters.")
    person.button("Close").first.click()
    expect(sheet(person)).to_be_hidden()
    person.edit(LEGS)
    tag_field(person).fill("y" * 64)
    person.button("Close").first.click()
    person.sees_tags(**{LEGS: f"one {'y' * 64}"})
    wait_until(person.page, lambda: sent.count("PATCH") >= 2)
    expect(person.page.locator(".notices")).to_be_empty()
    assert sent.count("PATCH") == 2


def test_a_refused_tag_is_added_after_another_tag_is_removed(visit: Open) -> None:
    person = sign_in_new(visit, "Jil Typed")
    person.save(LINK, FIFTY)
    expect(sheet(person)).to_be_hidden()
    person.edit(YOGA)
    tag_field(person).fill("one more")
    tag_field(person).press("Enter")
    expect(sheet(person)).to_contain_text("Together these are more than 50 tags.")
    person.button("Remove the tag t0").click()
    expect(tag_field(person)).to_have_value("one more")
    person.button("Close").first.click()
    expect(person.chip("one more")).to_be_visible()


def test_a_refused_tag_is_added_to_a_selection_after_another_is_removed(visit: Open) -> None:
    person = sign_in_new(visit, "Kai Typed", LEGS)
    person.save(LINK, FIFTY)
    expect(sheet(person)).to_be_hidden()
    person.page.locator("#videos a").first.focus()
    person.page.keyboard.press("x")
    person.page.keyboard.press("Control+a")
    person.page.keyboard.press("e")
    tag_field(person).fill("one more")
    tag_field(person).press("Enter")
    expect(sheet(person)).to_contain_text("would have more than 50 tags")
    person.button("Remove the tag t0 from 1 video").click()
    person.button("Close").first.click()
    expect(person.chip("one more")).to_contain_text("2")


def test_one_tag_too_many_is_reported_after_the_sheet_was_closed(visit: Open) -> None:
    person = sign_in_new(visit, "Ivo Typed")
    person.save(LINK, FIFTY)
    expect(sheet(person)).to_be_hidden()
    person.page.locator("#videos a").first.focus()
    person.page.keyboard.press("x")
    person.page.keyboard.press("e")
    tag_field(person).fill("one more")
    person.button("Close").first.click()
    person.sees_toast("Couldn't do this: one more – ")
    person.sees_toast("would have more than 50 tags")


def test_a_refused_tag_marks_the_tag_field_and_not_the_link(visit: Open) -> None:
    person = sign_in_new(visit, "Ian Typed")
    person.save(LINK, "t" * 65)
    expect(person.page.locator("#save-fault")).to_contain_text("64 characters")
    expect(tag_field(person)).to_be_focused()
    expect(tag_field(person)).to_have_attribute("aria-invalid", "true")
    expect(link_field(person)).to_have_attribute("aria-invalid", "false")
    tag_field(person).press("Backspace")
    expect(person.page.locator("#save-fault")).to_be_empty()
    link_field(person).fill("https://example.com/")
    person.button("Save").click()
    expect(link_field(person)).to_be_focused()
    expect(link_field(person)).to_have_attribute("aria-invalid", "true")
    expect(tag_field(person)).to_have_attribute("aria-invalid", "false")
