"""The web app: tags are renamed, merged and removed from all videos."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.support.web.pages import ONE_TAG, Visitor, import_library, stored_data, wait_until
from tests.support.web.stories import ClientOf

pytestmark = pytest.mark.browser

LEGS, YOGA, RUN = "dQw4w9WgXcQ", "BGQWPY4IigY", "jNQXAC9IVRw"

Open = Callable[..., Visitor]


def sign_in_new(visit: Open, name: str, **videos: str) -> Visitor:
    """Sign in a new user who has these videos with their tags."""
    person = visit(user=name, videos=videos)
    expect(person.page.locator("#videos .card")).to_have_count(len(videos))
    return person


def open_tags(person: Visitor) -> None:
    person.open_place("Edit tags")
    expect(person.page.get_by_role("heading", name="Tags", exact=True)).to_be_visible()


def close(person: Visitor) -> None:
    person.page.keyboard.press("Escape")
    expect(person.page.locator("dialog")).to_be_hidden()


def lists(person: Visitor, *tags: str) -> None:
    expect(person.page.locator(".tag-row")).to_have_text(list(tags))


def pills(person: Visitor, key: str) -> Locator:
    return person.card(key).locator(".pill")


def rename(person: Visitor, name: str, to: str) -> None:
    person.button(f"Rename the tag {name}").click()
    person.page.get_by_label("Name of the tag").fill(to)


def hold(person: Visitor, pattern: str | re.Pattern[str]) -> list[Route]:
    """Hold these requests until the test continues them."""
    held: list[Route] = []
    person.page.route(pattern, lambda route: held.append(route))  # noqa: PLW0108  Playwright marks it
    return held


def rename_without_waiting(person: Visitor) -> list[Route]:
    """Rename `legs` and close the list; the request is held."""
    late = hold(person, ONE_TAG)
    open_tags(person)
    rename(person, "legs", "arms")
    with person.page.expect_request(ONE_TAG):
        person.button("Save").click()
    person.button("Close").first.click()
    return late


def test_renaming_a_tag_changes_all_videos_of_its_user_only(visit: Open) -> None:
    other = sign_in_new(visit, "Pim Tags", **{LEGS: "legs"})
    person = sign_in_new(visit, "Pam Tags", **{LEGS: "legs, workout", YOGA: "workout", RUN: "legs"})
    person.chip("legs").click()
    open_tags(person)
    lists(person, "legs2 videos", "workout2 videos")
    rename(person, "legs", "leg day/abs")
    person.page.keyboard.press("Enter")
    lists(person, "leg day/abs2 videos", "workout2 videos")
    expect(person.button("Rename the tag leg day/abs")).to_be_focused()
    person.button("Undo").click()
    lists(person, "legs2 videos", "workout2 videos")
    rename(person, "legs", "leg day/abs")
    person.page.keyboard.press("Enter")
    lists(person, "leg day/abs2 videos", "workout2 videos")
    close(person)
    expect(pills(person, LEGS)).to_have_text(["leg day/abs", "workout"])
    expect(person.chip("leg day/abs")).to_have_attribute("aria-pressed", "true")
    person.sees(RUN, LEGS)
    wait_until(person.page, lambda: "leg day/abs" in stored_data(person))
    person.page.route("**/changes?**", lambda route: route.abort())
    person.reload()
    expect(pills(person, LEGS)).to_have_text(["leg day/abs", "workout"])
    person.page.unroute("**/changes?**")

    person.load_again()
    expect(pills(person, RUN)).to_have_text(["leg day/abs"])
    other.load_again()
    expect(pills(other, LEGS)).to_have_text(["legs"])


def test_a_double_click_on_a_chip_chooses_only_its_tag(visit: Open) -> None:
    """The chip moves to the front, so the second click hits the one that saves a search."""
    person = visit(1400, 900, user="Dag Tags", videos={LEGS: "abs, back, legs"})
    chips, mouse = person.page.locator(".chips .chip"), person.page.mouse
    box = chips.nth(2).bounding_box()
    assert box
    mouse.click(box["x"] + 15, box["y"] + 10)
    expect(chips).to_have_text(["legs1", "Save this search", "abs1", "back1"])
    mouse.down(click_count=2)
    mouse.up(click_count=2)
    assert person.page.url.endswith("/?tags=legs")
    expect(chips).to_have_text(["legs1", "Save this search", "abs1", "back1"])


def test_choosing_a_tag_scrolls_to_the_top(visit: Open, client_of: ClientOf) -> None:
    with client_of("Yul Tags") as client:
        links = (f"https://youtu.be/many-vid-{number:02}" for number in range(40))
        import_library(client, [{"url": link, "tags": ["legs"]} for link in links])
    person = visit(user="Yul Tags")
    expect(person.page.locator(".count")).to_have_text("40 videos")
    person.page.evaluate("scrollTo(0, 2000)")
    wait_until(person.page, lambda: person.page.evaluate("scrollY") == 2000)
    open_tags(person)
    person.page.locator(".tag-name").click()
    expect(person.page.locator("dialog")).to_be_hidden()
    wait_until(person.page, lambda: person.page.evaluate("scrollY") == 0)
    person.page.wait_for_timeout(300)
    assert person.page.evaluate("scrollY") == 0


def test_renaming_onto_another_tag_announces_the_merge(visit: Open) -> None:
    person = sign_in_new(
        visit, "Rut Tags", **{LEGS: "hiit, x, workout", YOGA: "workout", RUN: "hiit"}
    )
    open_tags(person)
    rename(person, "hiit", " WORKOUT ")
    said = "The tag “workout” exists. Merging puts it on 3 videos."
    expect(person.page.locator(".tag-form")).to_contain_text(said)
    person.page.keyboard.press("Escape")
    lists(person, "hiit2 videos", "workout2 videos", "x1 video")
    expect(person.button("Rename the tag hiit")).to_be_focused()

    rename(person, "hiit", "WORKOUT")
    person.button("Merge").click()
    lists(person, "workout3 videos", "x1 video")
    expect(person.button("Rename the tag workout")).to_be_focused()
    person.sees_toast("Merged")
    person.button("Undo").click()
    lists(person, "hiit2 videos", "workout2 videos", "x1 video")
    rename(person, "hiit", "WORKOUT")
    person.button("Merge").click()
    lists(person, "workout3 videos", "x1 video")
    close(person)
    expect(pills(person, LEGS)).to_have_text(["workout", "x"])
    person.load_again()
    expect(pills(person, LEGS)).to_have_text(["workout", "x"])
    expect(pills(person, RUN)).to_have_text(["workout"])


def test_the_focus_follows_the_numbers_of_tags(visit: Open) -> None:
    person = sign_in_new(visit, "Nia Tags", **{LEGS: "week 2, week 10, week 11"})
    open_tags(person)
    lists(person, "week 21 video", "week 101 video", "week 111 video")
    person.button("Remove the tag week 2 from all videos").click()
    person.button("Remove tag").click()
    lists(person, "week 101 video", "week 111 video")
    expect(person.button("Rename the tag week 10")).to_be_focused()


def test_removing_a_tag_from_all_videos_asks_with_their_number(visit: Open) -> None:
    other = sign_in_new(visit, "Sam Tags", **{LEGS: "legs"})
    person = sign_in_new(visit, "Silke Tags", **{LEGS: "legs, a", YOGA: "legs"})
    person.chip("legs").click()
    open_tags(person)
    person.button("Remove the tag legs from all videos").click()
    question = person.page.get_by_role(
        "group", name="Remove “legs” from 2 videos? The videos stay."
    )
    expect(question).to_be_visible()
    person.button("Cancel").click()
    lists(person, "a1 video", "legs2 videos")
    expect(person.button("Remove the tag legs from all videos")).to_be_focused()

    person.page.keyboard.press("Enter")
    person.button("Remove tag").click()
    lists(person, "a1 video")
    expect(person.button("Rename the tag a")).to_be_focused()
    person.sees_toast("Removed from 2 videos")
    person.page.keyboard.press("Control+z")
    lists(person, "a1 video", "legs2 videos")
    person.button("Remove the tag legs from all videos").click()
    person.button("Remove tag").click()
    lists(person, "a1 video")
    close(person)
    person.sees(YOGA, LEGS)
    person.load_again()
    expect(pills(person, LEGS)).to_have_text(["a"])
    expect(pills(person, YOGA)).to_have_count(0)
    other.load_again()
    expect(pills(other, LEGS)).to_have_text(["legs"])


def test_an_invalid_tag_stays_in_the_field_with_the_reason(visit: Open) -> None:
    person = sign_in_new(visit, "Ted Tags", **{LEGS: "legs"})
    open_tags(person)
    for wrong in ("a, b", "", "x" * 65):
        rename(person, "legs", wrong)
        person.button("Save").click()
        expect(person.page.get_by_role("alert")).not_to_be_empty()
        expect(person.page.get_by_label("Name of the tag")).to_have_value(wrong)
        person.button("Cancel").click()
    lists(person, "legs1 video")


def test_an_offline_rename_fails_and_keeps_the_typed_name(visit: Open) -> None:
    person = sign_in_new(visit, "Una Tags", **{LEGS: "legs"})
    open_tags(person)
    person.go_offline()
    notice = person.page.get_by_text("Connect to rename or remove tags.")
    expect(notice).to_be_visible()
    rename(person, "legs", "arms")
    person.button("Save").click()
    expect(person.page.get_by_role("alert")).to_contain_text("Can't reach your library")
    person.context.set_offline(False)
    expect(notice).to_be_hidden()
    expect(person.page.get_by_label("Name of the tag")).to_have_value("arms")
    person.button("Save").click()
    lists(person, "arms1 video")


def test_queued_changes_are_sent_before_a_rename(visit: Open) -> None:
    person = sign_in_new(visit, "Vic Tags", **{LEGS: "legs"})
    person.page.route("**/videos", lambda route: route.abort())
    person.save(f"https://youtu.be/{YOGA}", "legs")
    person.sees_toast("Saved here")
    person.page.unroute("**/videos")
    open_tags(person)
    rename(person, "legs", "arms")
    person.button("Save").click()
    lists(person, "arms2 videos")


def test_a_late_rename_response_does_not_change_the_next_user_s_tags(visit: Open) -> None:
    sign_in_new(visit, "Wim Tags", **{LEGS: "legs"})
    person = sign_in_new(visit, "Wes Tags", **{LEGS: "legs"})
    late = rename_without_waiting(person)
    person.sign_out()
    person.button("Wim Tags").click()
    expect(pills(person, LEGS)).to_have_text(["legs"])
    late[0].fulfill(body=json.dumps({"name": "arms", "videos": 1}), content_type="application/json")
    person.page.wait_for_timeout(300)
    expect(person.page.locator(".toasts")).not_to_contain_text("Renamed")
    expect(pills(person, LEGS)).to_have_text(["legs"])
    assert "arms" not in stored_data(person)


def test_a_pending_rename_is_not_sent_for_the_next_user(visit: Open) -> None:
    sign_in_new(visit, "Zac Tags", **{LEGS: "legs"})
    person = sign_in_new(visit, "Zoe Tags", **{LEGS: "legs"})
    held = hold(person, "**/videos")
    with person.page.expect_request("**/videos"):
        person.save(f"https://youtu.be/{YOGA}")
    person.button("Close").first.click()
    open_tags(person)
    rename(person, "legs", "arms")
    person.button("Save").click()
    person.button("Close").first.click()
    asked: list[str] = []
    person.page.on("request", lambda request: asked.append(request.method))
    person.sign_out(discards=True)
    person.button("Zac Tags").click()
    expect(person.page.locator(".person")).to_contain_text("Zac")
    held[0].abort()
    expect(pills(person, LEGS)).to_have_text(["legs"])
    person.page.wait_for_timeout(300)
    assert "PATCH" not in asked
    person.load_again()
    expect(pills(person, LEGS)).to_have_text(["legs"])


def test_a_refused_rename_is_shown_after_the_list_closed(visit: Open) -> None:
    person = sign_in_new(visit, "Yan Tags", **{LEGS: "legs"})
    late = rename_without_waiting(person)
    late[0].fulfill(status=422, body=json.dumps({"type": "#invalid-input", "detail": "Not this."}))
    person.sees_toast("Couldn't do this: arms – Not this.")


def test_a_long_tag_list_has_a_search_field(visit: Open) -> None:
    tags = [f"tag {letter}" for letter in "abcdefghijkl"]
    person = sign_in_new(visit, "Xia Tags", **{LEGS: ",".join([*tags, "Łódź"])})
    open_tags(person)
    field = person.page.get_by_label("Find a tag")
    field.fill("lod")
    lists(person, "Łódź1 video")
    field.fill("nothing")
    expect(person.page.get_by_text("No tag matches.")).to_be_visible()
    field.press("Escape")
    expect(person.page.locator(".tag-row")).to_have_count(13)


def test_a_search_without_a_match_ends_after_a_rename(visit: Open) -> None:
    person = sign_in_new(visit, "Elke Tags", **{LEGS: ",".join(f"tag {n}" for n in range(13))})
    open_tags(person)
    field = person.page.get_by_label("Find a tag")
    field.fill("tag 7")
    rename(person, "tag 7", "arms")
    person.page.keyboard.press("Enter")
    expect(person.button("Rename the tag arms")).to_be_focused()
    expect(field).to_have_value("")


def test_a_tag_of_the_list_shows_its_videos_whatever_the_filters_hide(visit: Open) -> None:
    person = visit(user="Ivy Tags", videos={LEGS: "legs", RUN: "run"}, path="/?without=legs&max=5")
    expect(person.page.get_by_role("heading", name="No matches")).to_be_visible()
    open_tags(person)
    person.page.get_by_role("dialog").get_by_role("button", name="legs", exact=True).click()
    person.sees(LEGS)
