"""The web app: a title of one's own, in place of YouTube's."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.web.conftest import ClientOf
from tests.web.pages import Visitor, save

pytestmark = pytest.mark.browser

LEGS = "dQw4w9WgXcQ"
SENT_AND_LATER = 4
"""How often a library is read as changes are sent, and for titles in the seconds after that."""

Open = Callable[..., Visitor]


def open_video(visit: Open, name: str) -> tuple[Visitor, Locator]:
    """Somebody new saves a video and opens it; gives the field for its title, not yet shown."""
    person = visit()
    person.join(name)
    person.save(f"https://youtu.be/{LEGS}", "legs")
    person.card(LEGS).click()
    return person, person.page.get_by_role("textbox", name="Title")


def heading(person: Visitor) -> Locator:
    return person.page.locator("dialog h2")


def test_a_title_is_written_in_place_and_taken_back(visit: Open) -> None:
    person, field = open_video(visit, "Ada Example")
    keys = person.page.keyboard
    person.button("Edit the title").click()
    expect(field).to_be_focused()
    field.fill("  Leg day,\n at home ")
    keys.press("Enter")
    expect(heading(person)).to_have_text("Leg day, at home")
    expect(person.button("Edit the title")).to_be_focused()

    keys.press("Enter")
    expect(field).to_have_value("Leg day, at home")
    field.fill("not this")
    keys.press("Escape")
    expect(heading(person)).to_have_text("Leg day, at home")
    keys.press("Escape")
    person.sees("Leg day, at home")
    person.reload()
    person.sees("Leg day, at home")

    person.card("Leg day").click()
    person.button("Edit the title").click()
    field.fill("")
    with person.page.expect_response("**/videos/*"):
        person.button("Save").click()
    expect(heading(person)).to_have_text(f"YouTube {LEGS}")
    person.button("Close").first.click()
    again = visit()
    again.button("Ada Example").click()
    again.sees(f"YouTube {LEGS}")


def test_what_is_refused_is_said_and_still_there_to_be_mended(visit: Open) -> None:
    person, field = open_video(visit, "Bea Example")
    person.button("Edit the title").click()
    field.fill("x" * 301)
    expect(field).to_have_value("x" * 300)

    person.page.route("**/videos/*", refuse)
    field.fill("Leg days")
    person.button("Save").click()
    alert = person.page.locator("#title-fault")
    expect(alert).to_have_text("Not this one.")
    expect(field).to_have_value("Leg days")
    field.fill("Leg day")
    expect(alert).to_be_empty()
    person.page.unroute("**/videos/*")
    person.button("Save").click()
    expect(heading(person)).to_have_text("Leg day")
    person.page.reload()
    expect(heading(person)).to_have_text("Leg day")


def refuse(route: Route) -> None:
    problem = {"type": "https://core.test/problems#invalid-input", "detail": "Not this one."}
    route.fulfill(status=422, body=json.dumps(problem), content_type="application/problem+json")


def test_a_refusal_that_comes_too_late_names_what_was_typed(visit: Open) -> None:
    person, field = open_video(visit, "Cleo Example")
    person.context.set_offline(True)
    person.button("Edit the title").click()
    field.fill("Leg day")
    person.button("Save").click()
    person.button("Close").first.click()
    person.sees("Leg day")
    person.page.route("**/videos/*", refuse)
    person.context.set_offline(False)
    told = "This did not work: Leg day – Not this one."
    expect(person.page.locator(".notice").filter(has_text=told)).to_be_visible()
    person.sees(LEGS)


def test_without_a_network_a_title_waits_and_is_sent_later(visit: Open) -> None:
    person, field = open_video(visit, "Dora Example")
    person.context.set_offline(True)
    person.button("Edit the title").click()
    field.fill("Leg day")
    person.button("Save").click()
    expect(heading(person)).to_have_text("Leg day")
    person.button("Close").first.click()
    person.sees("Leg day")
    with person.page.expect_response("**/videos/*") as sent:
        person.context.set_offline(False)
    assert sent.value.status == 200
    again = visit()
    again.button("Dora Example").click()
    again.sees("Leg day")


def test_a_title_that_comes_after_a_save_that_waited_is_shown_by_itself(
    visit: Open, client_of: ClientOf
) -> None:
    with client_of("Xia Titles") as client:
        person = visit()
        person.sign_in("Xia Titles")
        person.page.route("**/videos", lambda route: route.abort())
        person.save(f"https://youtu.be/{LEGS}")
        person.told("Kept on this device")
        person.save("https://youtu.be/ABCDEFGHIJK")
        expect(person.page.locator(".card.waiting")).to_have_count(2)
        read: list[str] = []
        person.page.on("request", lambda request: read.append(request.url))
        person.page.unroute("**/videos")
        person.button("Send now").click()
        expect(person.page.locator(".notices")).to_be_empty()
        for video in client.get("/videos").json()["videos"]:
            client.patch(f"/videos/{video['id']}", json={"title": f"Day {video['video_key']}"})
    person.sees("Day ABCDEFGHIJK", f"Day {LEGS}")
    person.page.wait_for_timeout(6_500)
    assert len([url for url in read if "/videos?" in url]) <= SENT_AND_LATER


def test_a_title_that_is_half_written_is_kept_when_the_sheet_is_closed(visit: Open) -> None:
    person, field = open_video(visit, "Etta Example")
    person.button("Edit the title").click()
    field.fill("Leg day")
    with person.page.expect_response("**/videos/*") as sent:
        person.button("Close").first.click()
    assert sent.value.json()["title"] == "Leg day"
    person.sees("Leg day")


def test_what_is_no_other_title_is_not_sent_when_the_sheet_is_closed(
    visit: Open, client_of: ClientOf
) -> None:
    with client_of("Judy Example") as ines:
        save(ines, LEGS, "Leg day")
    person = visit()
    person.button("Judy Example").click()
    asked: list[str] = []
    person.page.on("request", lambda request: asked.append(request.method))
    for text in ("", "Leg day"):
        person.card("Leg day").click()
        person.button("Edit the title").click()
        person.page.get_by_role("textbox", name="Title").fill(text)
        person.button("Close").first.click()
        expect(person.page.locator("dialog")).to_be_hidden()
    person.sees("Leg day")
    assert "PATCH" not in asked


def test_a_title_that_is_half_written_goes_with_its_video(visit: Open) -> None:
    person, field = open_video(visit, "Flo Example")
    expect(person.page.locator("iframe")).to_be_visible()
    link = person.page.url
    person.page.goto("/config.json")
    person.page.goto(link)
    person.button("Edit the title").click()
    field.fill("Leg day")
    asked: list[str] = []
    person.page.on("request", lambda request: asked.append(request.method))
    person.page.get_by_role("button", name="Delete").click()
    expect(person.page.locator("dialog")).to_be_hidden()
    person.button("Undo").click()
    person.told("It is back")
    assert "PATCH" not in asked


def test_all_that_names_the_video_goes_by_its_title(visit: Open) -> None:
    person, field = open_video(visit, "Gwen Example")
    person.button("Edit the title").click()
    field.fill("Leg day")
    field.press("Enter")
    player = person.page.locator("iframe")
    expect(player).to_have_attribute("title", "YouTube player: Leg day")
    expect(person.button("Delete Leg day")).to_be_visible()
