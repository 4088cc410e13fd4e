"""The card menu, tags in the video sheet, sharing, and the layout of cards."""

from typing import Any

import pytest
from playwright.sync_api import FloatRect, Locator, expect

from tests.support.web.pages import ONE_VIDEO, Visitor, import_library, wait_until
from tests.support.web.stories import LEGS, YOGA, ClientOf, Open, sign_in_new, tag_field

pytestmark = pytest.mark.browser

WATCH = f"https://www.youtube.com/watch?v={LEGS}"
SHARES = "navigator.share = (link) => { document.body.dataset.shared = JSON.stringify(link); }"
FAILS = "name => { navigator.share = () => Promise.reject(new DOMException('', name)); }"


def more(person: Visitor, key: str) -> None:
    person.button(f"More for YouTube {key}").click()
    expect(person.page.get_by_role("dialog", name=f"YouTube {key}")).to_be_visible()


def is_closed(person: Visitor) -> None:
    expect(person.page.locator("dialog")).to_be_hidden()


@pytest.mark.parametrize("touch", [{}, {"has_touch": True, "is_mobile": True}])
def test_the_card_menu_plays_edits_selects_and_deletes(visit: Open, touch: dict[str, Any]) -> None:
    person = sign_in_new(visit, f"Ada Cards {len(touch)}", LEGS, YOGA, **touch)
    more(person, LEGS)
    expect(person.page.get_by_role("link", name="Open on YouTube")).to_have_attribute("href", WATCH)
    person.page.keyboard.press("Escape")
    is_closed(person)
    more(person, LEGS)
    person.page.wait_for_timeout(500)  # an earlier tap would count as a double tap
    person.button("Edit").click()
    expect(person.page.locator("iframe")).to_have_count(0)
    person.page.get_by_role("textbox", name="Title").fill("Leg day")
    with person.page.expect_response(ONE_VIDEO):
        person.button("Finish").click()
    is_closed(person)
    person.sees(YOGA, "Leg day")

    person.button("More for Leg day").click()
    person.page.wait_for_timeout(500)
    person.button("Play").last.click()
    expect(person.page.locator("iframe")).to_be_visible()
    person.page.go_back()
    is_closed(person)
    more(person, YOGA)
    person.page.wait_for_timeout(500)
    person.page.get_by_role("dialog").get_by_role("button", name="Select").click()
    expect(person.page.locator(".select-count")).to_have_text("1 selected")
    expect(person.button(f"More for YouTube {YOGA}")).to_be_hidden()
    person.button("Stop selecting").click()
    more(person, YOGA)
    person.page.wait_for_timeout(500)
    person.button(f"Delete YouTube {YOGA}").click()
    person.sees_toast("Deleted")
    person.sees("Leg day")
    person.button("Undo").click()
    person.sees(YOGA, "Leg day")


def test_play_in_the_editor_adds_the_typed_tag_and_opens_the_player(visit: Open) -> None:
    person = sign_in_new(visit, "Bea Cards", LEGS)
    person.page.locator("#videos a").first.focus()
    person.page.keyboard.press("e")
    expect(tag_field(person)).to_be_focused()
    tag_field(person).fill("half")
    person.page.get_by_role("dialog").get_by_role("button", name="Play").click()
    expect(person.page.locator("iframe")).to_be_visible()
    expect(person.page.locator(".video-tags .chip")).to_have_text(["one", "half"])


def test_a_tag_in_the_video_sheet_filters_the_library(visit: Open) -> None:
    person = visit(user="Cleo Cards", videos={LEGS: "legs, home", YOGA: "yoga"})
    person.page.get_by_role("searchbox").fill("dQw")
    person.sees(LEGS)
    person.card(LEGS).click()
    person.page.locator(".video-tags").get_by_role("button", name="home").click()
    is_closed(person)
    expect(person.chip("home")).to_have_attribute("aria-pressed", "true")
    expect(person.page.get_by_role("searchbox")).to_have_value("")
    person.sees(LEGS)
    person.sees_tags(**{LEGS: "legs home"})


def test_a_tag_in_the_sheet_of_a_video_far_below_shows_its_first_videos(visit: Open) -> None:
    """Chromium restores the scroll position when the sheet closes."""
    videos = {f"below{number:06}": "legs" for number in range(20)}
    person = visit(user="Tea Cards", videos=videos)
    person.page.locator("#videos a").nth(11).click()
    person.page.locator(".video-tags").get_by_role("button", name="legs").click()
    is_closed(person)
    expect(person.chip("legs")).to_have_attribute("aria-pressed", "true")
    wait_until(person.page, lambda: person.page.evaluate("scrollY") == 0)


def test_a_tag_given_to_an_untagged_video_shows_its_videos(visit: Open) -> None:
    person = visit(user="Eda Cards", videos={LEGS: "legs", YOGA: ""}, path="/?kind=untagged")
    person.sees(YOGA)
    person.edit(YOGA)
    tag_field(person).fill("legs")
    person.button("Finish").click()
    person.page.locator(".video-tags").get_by_role("button", name="legs").click()
    is_closed(person)
    person.sees(YOGA, LEGS)


def test_undo_restores_a_removed_tag(visit: Open) -> None:
    person = sign_in_new(visit, "Dora Cards", LEGS, YOGA)
    person.edit(LEGS)
    with person.page.expect_response(ONE_VIDEO):
        person.button("Remove the tag one").click()
    person.sees_toast("Removed the tag one")
    person.button("Undo").click()
    expect(person.button("Remove the tag one")).to_be_visible()
    person.button("Close").first.click()
    person.sees_tags(**{LEGS: "one", YOGA: "one"})


def test_undo_restores_a_tag_to_the_selected_videos_that_had_it(visit: Open) -> None:
    person = visit(user="Etta Cards", videos={LEGS: "legs", YOGA: "yoga"})
    person.button("Select").click()
    person.button("Select all").click()
    person.button("Tags").click()
    with person.page.expect_response("**/videos/batch"):
        person.button("Remove the tag legs from 1 video").click()
    person.button("Undo").click()
    expect(person.button("Remove the tag legs from 1 video")).to_be_visible()
    person.button("Close").first.click()
    person.sees_tags(**{LEGS: "legs", YOGA: "yoga"})


def test_share_uses_the_browser_or_else_copies_the_link(visit: Open) -> None:
    person = sign_in_new(visit, "Flo Cards", LEGS)
    person.context.grant_permissions(["local-network-access", "clipboard-read", "clipboard-write"])
    person.page.evaluate("navigator.share = undefined")
    person.card(LEGS).click()
    person.button("Share").click()
    person.sees_toast("Link copied")
    assert person.page.evaluate("navigator.clipboard.readText()") == WATCH
    person.page.evaluate(SHARES)
    person.button("Share").click()
    expect(person.page.locator("body")).to_have_attribute(
        "data-shared", f'{{"title":"YouTube {LEGS}","url":"{WATCH}"}}'
    )
    person.page.evaluate(FAILS, "AbortError")
    person.button("Share").click()
    person.page.evaluate(FAILS, "NotAllowedError")
    person.button("Share").click()
    person.sees_toast("Your browser blocked the link.")
    expect(person.page.locator(".toast")).to_have_count(1)


def test_a_long_title_has_two_lines_until_it_is_tapped(visit: Open) -> None:
    person = sign_in_new(visit, "Gwen Cards", LEGS)
    person.edit(LEGS)
    long = "many words " * 27
    person.page.get_by_role("textbox", name="Title").fill(long)
    person.button("Finish").click()
    title = person.page.locator(".title-button")
    expect(title).to_have_attribute("aria-expanded", "false")
    short = title.bounding_box()
    title.click()
    expect(title).to_have_attribute("aria-expanded", "true")
    whole = title.bounding_box()
    assert short
    assert whole
    assert short["height"] < 56 < whole["height"]


def test_undo_is_offered_for_the_last_removed_tag_until_the_next_change(
    visit: Open,
) -> None:
    person = visit(user="Hal Cards", videos={LEGS: "one, two, three"})
    person.edit(LEGS)
    person.button("Remove the tag one").click()
    person.sees_toast("Removed the tag one")
    person.button("Remove the tag two").click()
    person.sees_toast("Removed the tag two")
    expect(person.page.locator(".toast")).to_have_count(1)
    tag_field(person).fill("four,")
    expect(person.page.locator(".toast")).to_have_count(0)


def box(place: Locator) -> FloatRect:
    found = place.bounding_box()
    assert found
    return found


@pytest.mark.parametrize("width", [320, 1400])
def test_marks_on_a_thumbnail_do_not_overlap(visit: Open, client_of: ClientOf, width: int) -> None:
    name = f"Mark Cards {width}"
    marked = {"url": f"https://youtu.be/{LEGS}", "start_s": 3_725, "duration_s": 6_000}
    with client_of(name) as client:
        import_library(client, [marked | {"title": "Marked"}])
    person = visit(width, 740, user=name, locale="de-DE")
    picture = box(person.card("Marked").locator(".picture"))
    marks = person.card("Marked").locator(".start")
    expect(marks).to_have_count(2)
    start, minutes = map(box, marks.all())
    in_a_row = start["x"] + start["width"] <= minutes["x"]
    assert in_a_row or minutes["y"] + minutes["height"] <= start["y"]
    assert minutes["x"] + minutes["width"] <= picture["x"] + picture["width"]


@pytest.mark.parametrize("width", [320, 360])
def test_the_editor_begins_below_the_bar(visit: Open, width: int) -> None:
    offered = ",".join(f"a longer tag {n}" for n in range(12))
    videos = {YOGA: offered, LEGS: "one"}
    phone: dict[str, Any] = {"has_touch": True, "is_mobile": True}
    person = visit(width, 640, user=f"Eddi Cards {width}", videos=videos, **phone)
    person.edit(LEGS)
    bar = box(person.page.locator(".video-bar"))
    label = box(person.page.locator(".video-editor label").first)
    assert label["y"] >= bar["y"] + bar["height"]
