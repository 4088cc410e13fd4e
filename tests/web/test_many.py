"""Selections by touch, mouse and keyboard; then tagged, deleted and restored."""

from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Locator, expect

from tests.support.web.pages import FOCUS_TAB, Visitor, save, wait_until
from tests.support.web.stories import ClientOf, Open

pytestmark = pytest.mark.browser

TITLES = ["Five", "Four", "Three", "Two", "One"]
LONG_MS = 700


@pytest.fixture
def enter(visit: Open, client_of: ClientOf, request: pytest.FixtureRequest) -> Any:
    """Open the page for a new user who has five videos, the even ones tagged."""

    def enter(**more: Any) -> tuple[Visitor, httpx.Client]:
        name = request.node.name.removeprefix("test_").replace("_", " ")[:40]
        client = client_of(name)
        request.addfinalizer(client.close)
        for number, title in enumerate(reversed(TITLES), 1):
            save(client, f"many-video{number}", title, "" if number % 2 else "even")
        person = visit(user=name, **{"width": 1400, "height": 900} | more)
        person.sees(*TITLES)
        return person, client

    return enter


def boxes(person: Visitor) -> Locator:
    return person.page.locator("#videos .card-check")


def selected(person: Visitor, *titles: str) -> None:
    """Wait until exactly these videos are selected, visually and for screen readers."""
    expect(person.page.get_by_role("checkbox", checked=True)).to_have_count(len(titles))
    for title in titles:
        box = person.page.get_by_role("checkbox", name=f"Select {title}", exact=True)
        expect(box).to_be_checked()
    if titles:
        expect(person.page.locator(".select-count")).to_have_text(f"{len(titles)} selected")


def test_a_selection_is_tagged_untagged_deleted_and_restored(enter: Any) -> None:
    person, client = enter()
    person.button("Select").click()
    expect(person.button("Delete")).to_be_disabled()
    person.card("Five").click()
    selected(person, "Five")
    person.card("Three").click(modifiers=["Shift"])
    selected(person, "Five", "Four", "Three")
    person.card("Five").click()
    selected(person, "Four", "Three")

    person.button("Tags").click()
    field = person.page.get_by_label("Add a tag")
    field.fill("new, EVEN")
    field.press("Enter")
    expect(person.button("Remove the tag new")).to_be_visible()
    person.sees_toast("Tags added: new, EVEN")
    person.button("Undo").click()
    expect(person.button("Remove the tag new")).to_be_hidden()
    field.fill("new, EVEN")
    field.press("Enter")
    expect(person.button("Remove the tag new")).to_be_visible()
    person.button("Close").first.click()
    person.sees_tags(Five="", Four="even new", Three="new even", Two="even")
    person.card("Two").click()
    person.button("Tags").click()
    person.button("Remove the tag even").click()
    person.button("Remove the tag new from 2 videos").click()
    person.button("Add the tag new").click()
    expect(person.button("Remove the tag new")).to_be_visible()
    person.button("Close").first.click()
    person.sees_tags(Four="new", Three="new", Two="new")

    person.button("Delete").click()
    person.sees_toast("3 videos deleted")
    person.sees("Five", "One")
    expect(boxes(person).first).to_be_hidden()
    person.button("Undo").click()
    person.sees_toast("3 videos restored")
    person.sees(*TITLES)
    person.load_again()
    person.sees(*TITLES)
    videos = client.get("/videos").json()["videos"]
    assert [one["tags"] for one in videos] == ["", "new", "new", "new", ""]


def test_ctrl_z_undoes_a_deletion_of_many_then_the_change_before(enter: Any) -> None:
    person, _ = enter()
    keys = person.page.keyboard
    person.button("Select").click()
    person.card("Five").click()
    person.button("Tags").click()
    person.page.get_by_label("Add a tag").fill("new")
    keys.press("Enter")
    person.button("Close").first.click()
    person.card("Four").click()
    person.button("Delete").click()
    person.sees("Three", "Two", "One")
    keys.press("Control+z")
    person.sees_toast("2 videos restored")
    person.sees(*TITLES)
    expect(person.button("Undo")).to_have_count(0)
    keys.press("Control+z")
    expect(person.card("Five")).not_to_contain_text("new")
    person.sees(*TITLES)


def test_the_keyboard_selects_and_keeps_the_focus(enter: Any) -> None:
    person, _ = enter()
    keys, focused = person.page.keyboard, person.page.locator(":focus")
    keys.press("ArrowDown")
    keys.press("x")
    selected(person, "Five")
    expect(focused).to_have_accessible_name("Select Five")
    keys.press("ArrowRight")
    keys.press("Space")
    selected(person, "Five", "Four")
    keys.press("Space")
    selected(person, "Five")
    keys.press("ArrowRight")
    keys.press("ArrowRight")
    keys.press("Shift+X")
    selected(person, "Five", "Four", "Three", "Two")
    keys.press("e")
    expect(person.page.get_by_role("heading", name="Tags of 4 videos")).to_be_visible()
    expect(focused).to_have_accessible_name("Add a tag")
    keys.press("Escape")
    expect(person.page.locator("dialog")).to_be_hidden()
    keys.press("Control+a")
    selected(person, *TITLES)
    keys.press("Control+a")
    selected(person)
    keys.press("Escape")
    expect(person.button("Stop selecting")).to_be_hidden()
    expect(focused).to_have_attribute("href", "#video-" + str(id_of(person, "Two")))
    keys.press("x")
    keys.press("Delete")
    person.sees_toast("Deleted")
    person.sees("Five", "Four", "Three", "One")
    expect(focused).to_contain_text("One")


def id_of(person: Visitor, title: str) -> str | None:
    return person.card(title).get_attribute("data-id")


def test_a_long_press_opens_the_card_menu_which_can_select(enter: Any) -> None:
    person, _ = enter(width=360, height=740, has_touch=True)
    touch = person.context.new_cdp_session(person.page)
    box = person.card("Four").bounding_box()
    assert box
    points = [{"x": box["x"] + 60, "y": box["y"] + 40}]
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points})
    expect(person.page.get_by_role("dialog", name="Four")).to_be_visible()
    person.page.wait_for_timeout(LONG_MS)  # until Chromium counts it as a long press too
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    person.page.wait_for_timeout(LONG_MS)  # an earlier tap would count as a double tap
    person.page.get_by_role("dialog").get_by_role("button", name="Select").tap()
    expect(person.page.locator("dialog.sheet")).to_be_hidden()
    selected(person, "Four")
    person.card("Three").tap()
    selected(person, "Four", "Three")
    expect(person.button("Save a video")).to_be_hidden()
    person.button("Stop selecting").tap()
    person.card("Three").tap()
    expect(person.page.locator("iframe")).to_be_visible()


def test_a_click_on_a_checkbox_starts_a_selection(enter: Any) -> None:
    person, _ = enter()
    person.card("Two").hover()
    boxes(person).nth(3).click()
    selected(person, "Two")
    person.button("Select all").click()
    selected(person, *TITLES)
    person.button("Select none").click()
    selected(person)
    person.button("Select").click()
    expect(boxes(person).first).to_be_hidden()


def test_hidden_videos_are_deselected(enter: Any) -> None:
    person, client = enter()
    person.button("Select").click()
    person.button("Select all").click()
    person.chip("even").click()
    person.sees("Four", "Two")
    selected(person, "Four", "Two")
    person.chip("even").click()
    selected(person, "Four", "Two")
    client.delete(f"/videos/{id_of(person, 'Four')}")
    person.page.evaluate("dispatchEvent(new Event('online'))")
    person.sees("Five", "Three", "Two", "One")
    selected(person, "Two")


def test_offline_changes_of_a_selection_are_queued_and_sent_later(enter: Any) -> None:
    person, client = enter()
    person.go_offline()
    person.button("Select").click()
    person.card("Five").click()
    person.card("Three").click()
    person.button("Tags").click()
    person.button("Add the tag even").click()
    person.button("Close").first.click()
    person.sees_tags(Five="even", Three="even")
    person.button("Delete").click()
    person.sees("Four", "Two", "One")
    person.button("Undo").click()
    person.sees(*TITLES)
    person.button("Select").click()
    person.card("One").click()
    person.card("Two").click()
    person.button("Delete").click()
    person.sees("Five", "Four", "Three")
    assert len(client.get("/videos").json()["videos"]) == len(TITLES)

    def tags() -> list[str]:
        return [one["tags"] for one in client.get("/videos").json()["videos"]]

    person.context.set_offline(False)
    wait_until(person.page, lambda: tags() == ["even", "even", "even"])
    person.load_again()
    person.sees("Five", "Four", "Three")


def test_a_refused_batch_is_rolled_back(enter: Any) -> None:
    person, client = enter()
    problem = {"type": "/problems#invalid-input", "detail": "No.", "status": 422}
    batches = "**/videos/batch"
    person.page.route(batches, lambda route: route.fulfill(status=422, json=problem))
    person.button("Select").click()
    person.button("Select all").click()
    person.button("Delete").click()
    person.sees_toast("No.")
    person.sees(*TITLES)

    person.page.unroute(batches)
    person.go_offline()
    person.button("Select").click()
    person.button("Select all").click()
    with person.page.expect_event("requestfailed"):
        person.button("Delete").click()
    expect(person.page.locator("#videos .card")).to_have_count(0)
    person.page.route(batches, lambda route: route.fulfill(status=422, json=problem))
    person.context.set_offline(False)
    expect(person.page.locator(".notice")).to_contain_text("5 videos")
    person.sees(*TITLES)
    assert len(client.get("/videos").json()["videos"]) == len(TITLES)


def test_a_video_takes_at_most_50_tags(enter: Any) -> None:
    person, client = enter()
    tags = [f"tag {number}" for number in range(50)]
    client.patch(f"/videos/{id_of(person, 'One')}", json={"tags": tags})
    person.load_again()
    expect(person.card("One").locator(".pill").last).to_have_text("+46")
    person.button("Select").click()
    person.button("Select all").click()
    person.button("Tags").click()
    person.page.get_by_label("Add a tag").fill("one more,")
    expect(person.page.get_by_role("alert")).to_contain_text("One would have more than 50 tags")
    expect(person.button("Remove the tag one more")).to_have_count(0)


def test_back_on_a_phone_ends_only_the_selection(enter: Any) -> None:
    person, _ = enter(width=360, height=740)
    person.button("Select").click()
    person.card("Five").click()
    selected(person, "Five")
    person.page.go_back()
    selected(person)
    person.sees(*TITLES)
    expect(person.page.locator(".select-bar")).to_be_hidden()
    person.card("Four").click()
    expect(person.page.get_by_role("heading", name="Four")).to_be_visible()
    person.page.go_back()
    person.sees(*TITLES)
    expect(person.page.locator("dialog.sheet")).to_be_hidden()


def test_ending_a_selection_adds_no_history_entries(enter: Any) -> None:
    person, _ = enter()
    steps = person.page.evaluate("history.length")
    for _ in range(3):
        person.button("Select").click()
        expect(person.page.locator(".select-bar")).to_be_visible()
        person.page.keyboard.press("Escape")
        expect(person.page.locator(".select-bar")).to_be_hidden()
        wait_until(person.page, lambda: not urlsplit(person.page.url).fragment)
    assert person.page.evaluate("history.length") <= steps + 1


def test_ending_a_selection_keeps_the_scroll_position(enter: Any) -> None:
    person, _ = enter(width=360, height=400)
    person.button("Select").click()
    person.page.evaluate("scrollTo({ top: 200, behavior: 'instant' })")
    person.page.wait_for_function("scrollY === 200")
    person.page.keyboard.press("Escape")
    expect(person.page.locator(".select-bar")).to_be_hidden()
    wait_until(person.page, lambda: not urlsplit(person.page.url).fragment)
    person.page.wait_for_timeout(200)
    assert person.page.evaluate("scrollY") == 200


def test_closing_the_tag_sheet_adds_the_typed_tag(enter: Any) -> None:
    person, _ = enter()
    person.button("Select").click()
    person.card("Five").click()
    person.card("Four").click()
    selected(person, "Five", "Four")
    person.button("Tags").click()
    person.page.get_by_label("Add a tag").fill("half")
    person.button("Close").first.click()
    person.sees_tags(Five="half")


def test_the_tag_sheet_keeps_videos_that_lose_the_tag_of_the_filter(enter: Any) -> None:
    person, _ = enter()
    person.chip("even").click()
    person.button("Select").click()
    person.card("Four").click()
    person.button("Tags").click()
    heading = person.page.get_by_role("heading", name="Tags of 1 video")
    person.button("Remove the tag even").click()
    person.sees_toast("Removed the tag even")
    expect(heading).to_be_visible()
    person.page.get_by_label("Add a tag").fill("prime")
    person.page.keyboard.press("Escape")
    expect(person.page.locator("dialog")).to_be_hidden()
    expect(person.page.locator(".select-count")).to_have_text("Choose videos")
    person.button("Stop selecting").click()
    person.chip("even").click()
    person.sees_tags(Four="prime", Two="even")


def test_an_undo_in_the_tag_sheet_selects_its_videos_again(enter: Any) -> None:
    person, _ = enter()
    person.chip("even").click()
    person.button("Select").click()
    person.card("Four").click()
    person.button("Tags").click()
    person.button("Remove the tag even").click()
    person.button("Undo").click()
    expect(person.button("Remove the tag even")).to_be_visible()
    person.button("Close").first.click()
    expect(person.page.locator(".select-count")).to_have_text("1 selected")


def test_a_redraw_keeps_the_focus_on_a_partial_tag(enter: Any) -> None:
    person, _ = enter()
    person.button("Select").click()
    person.card("Five").click()
    person.card("Four").click()
    person.button("Tags").click()
    partly = person.page.locator(".some-tags button")
    partly.focus()
    with person.page.expect_response("**/changes?*"):
        person.page.evaluate(FOCUS_TAB)
    person.page.wait_for_timeout(200)
    expect(partly).to_be_focused()


def test_the_tag_sheet_without_a_selection_leads_to_the_library(enter: Any) -> None:
    person, _ = enter()
    person.button("Select").click()
    person.card("Five").click()
    person.button("Tags").click()
    person.load_again()
    person.button("Back to the library").click()
    expect(person.page.locator("dialog.sheet")).to_be_hidden()
    wait_until(person.page, lambda: not urlsplit(person.page.url).fragment)
