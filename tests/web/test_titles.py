"""The web app: the user's own titles, which replace YouTube's."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.support.web.pages import ONE_VIDEO, Visitor, save, wait_until
from tests.support.web.stories import ClientOf

pytestmark = pytest.mark.browser

LEGS = "dQw4w9WgXcQ"
SENT_AND_LATER = 4
"""Reads when changes are sent, and for titles in the seconds after."""

Open = Callable[..., Visitor]


def open_video(visit: Open, name: str) -> tuple[Visitor, Locator]:
    """Open the video of a new user; return its title field, which is not shown yet."""
    person = visit(user=name, videos={LEGS: "legs"})
    person.card(LEGS).click()
    return person, person.page.get_by_role("textbox", name="Title")


def heading(person: Visitor) -> Locator:
    return person.page.locator("dialog h2")


def test_a_title_is_edited_in_place_and_can_be_cleared(visit: Open) -> None:
    person, field = open_video(visit, "Ada Titles")
    keys = person.page.keyboard
    person.button("Edit").click()
    expect(person.page.get_by_label("Add a tag")).to_be_focused()
    field.fill("  Leg day,\n at home ")
    field.press("Enter")
    expect(heading(person)).to_have_text("Leg day, at home")
    expect(person.button("Edit")).to_be_focused()

    keys.press("Enter")
    expect(field).to_have_value("Leg day, at home")
    field.fill("not this")
    keys.press("Escape")
    expect(field).to_have_value("Leg day, at home")
    keys.press("Escape")
    person.sees("Leg day, at home")
    person.reload()
    person.sees("Leg day, at home")

    person.edit("Leg day")
    field.fill("")
    with person.page.expect_response(ONE_VIDEO):
        person.button("Finish").click()
    expect(heading(person)).to_have_text(f"YouTube {LEGS}")
    person.button("Close").first.click()
    again = visit(user="Ada Titles")
    again.sees(f"YouTube {LEGS}")


def test_a_refused_title_stays_in_the_field_with_the_reason(visit: Open) -> None:
    person, field = open_video(visit, "Bea Example")
    person.button("Edit").click()
    field.fill("x" * 301)
    expect(field).to_have_value("x" * 300)

    person.page.route(ONE_VIDEO, refuse)
    field.fill("Leg days")
    person.button("Finish").click()
    alert = person.page.locator("#title-fault")
    expect(alert).to_have_text("Not this one.")
    expect(field).to_have_value("Leg days")
    field.fill("Leg day")
    expect(alert).to_be_empty()
    person.page.unroute(ONE_VIDEO)
    person.button("Finish").click()
    expect(heading(person)).to_have_text("Leg day")
    person.load_again()
    expect(heading(person)).to_have_text("Leg day")


def refuse(route: Route) -> None:
    problem = {"type": "https://core.test/problems#invalid-input", "detail": "Not this one."}
    route.fulfill(status=422, body=json.dumps(problem), content_type="application/problem+json")


def test_a_refusal_after_the_sheet_closed_quotes_the_title(visit: Open) -> None:
    person, field = open_video(visit, "Cleo Example")
    person.go_offline()
    person.button("Edit").click()
    field.fill("Leg day")
    person.button("Finish").click()
    person.button("Close").first.click()
    person.sees("Leg day")
    person.page.route(ONE_VIDEO, refuse)
    person.context.set_offline(False)
    told = "Couldn't do this: Leg day – Not this one."
    expect(person.page.locator(".notice").filter(has_text=told)).to_be_visible()
    person.sees(LEGS)


def test_an_offline_title_is_queued_and_sent_when_online(visit: Open) -> None:
    person, field = open_video(visit, "Dora Example")
    person.go_offline()
    person.button("Edit").click()
    field.fill("Leg day")
    person.button("Finish").click()
    expect(heading(person)).to_have_text("Leg day")
    person.button("Close").first.click()
    person.sees("Leg day")
    with person.page.expect_response(ONE_VIDEO) as sent:
        person.context.set_offline(False)
    assert sent.value.status == 200
    again = visit(user="Dora Example")
    again.sees("Leg day")


def test_fetched_titles_of_queued_saves_are_shown_automatically(
    visit: Open, client_of: ClientOf
) -> None:
    with client_of("Xia Titles") as client:
        person = visit(user="Xia Titles")
        cut_off: list[Route] = []

        def cut(route: Route) -> None:
            cut_off.append(route)
            route.abort()

        person.page.route("**/videos", cut)
        person.save(f"https://youtu.be/{LEGS}")
        person.sees_toast("Saved here")
        person.save("https://youtu.be/ABCDEFGHIJK")
        expect(person.page.locator(".card.waiting")).to_have_count(2)
        wait_until(person.page, lambda: len(cut_off) > 1)  # else both would be sent directly
        expect(person.page.locator("dialog")).to_be_hidden()
        read: list[str] = []
        person.page.on("request", lambda request: read.append(request.url))
        person.page.unroute("**/videos")
        person.button("Send now").click()
        expect(person.page.locator(".notices")).to_be_empty()
        for video in client.get("/videos").json()["videos"]:
            client.patch(f"/videos/{video['id']}", json={"title": f"Day {video['video_key']}"})
    person.sees("Day ABCDEFGHIJK", f"Day {LEGS}")
    person.page.wait_for_timeout(6_500)
    assert len([url for url in read if "/changes?" in url]) <= SENT_AND_LATER


def test_closing_the_sheet_saves_the_typed_title(visit: Open) -> None:
    person, field = open_video(visit, "Etta Example")
    person.button("Edit").click()
    field.fill("Leg day")
    with person.page.expect_response(ONE_VIDEO) as sent:
        person.button("Close").first.click()
    assert sent.value.json()["title"] == "Leg day"
    person.sees("Leg day")


def test_closing_the_sheet_sends_no_empty_or_unchanged_title(
    visit: Open, client_of: ClientOf
) -> None:
    with client_of("Judy Example") as ines:
        save(ines, LEGS, "Leg day")
    person = visit(user="Judy Example")
    asked: list[str] = []
    person.page.on("request", lambda request: asked.append(request.method))
    for text in ("", "Leg day"):
        person.edit("Leg day")
        person.page.get_by_role("textbox", name="Title").fill(text)
        person.button("Close").first.click()
        expect(person.page.locator("dialog")).to_be_hidden()
    person.sees("Leg day")
    assert "PATCH" not in asked


def test_deleting_a_video_discards_its_typed_title(visit: Open) -> None:
    person, field = open_video(visit, "Flo Example")
    expect(person.page.locator("iframe")).to_be_visible()
    link = person.page.url
    person.page.goto("/config.json")
    person.page.goto(link)
    person.button("Edit").click()
    field.fill("Leg day")
    asked: list[str] = []
    person.page.on("request", lambda request: asked.append(request.method))
    person.page.get_by_role("button", name="Delete").click()
    expect(person.page.locator("dialog")).to_be_hidden()
    person.button("Undo").click()
    person.sees_toast("Restored")
    assert "PATCH" not in asked


def test_a_new_title_renames_the_player_and_the_delete_button(visit: Open) -> None:
    person, field = open_video(visit, "Gwen Example")
    person.button("Edit").click()
    field.fill("Leg day")
    field.press("Enter")
    player = person.page.locator("iframe")
    expect(player).to_have_attribute("title", "YouTube player: Leg day")
    expect(person.button("Delete Leg day")).to_be_visible()
