"""Saves that wait for the network: their cards, their titles and *Discard*."""

import pytest
from playwright.sync_api import expect

from tests.support.web.pages import Held, Visitor, save
from tests.support.web.stories import ClientOf, Open

pytestmark = pytest.mark.browser

LEGS, YOGA, ABS = "dQw4w9WgXcQ", "BGQWPY4IigY", "ABCDEFGHIJK"


def go_offline_with_one_video(visit: Open, user: str) -> Visitor:
    person = visit(user=user, videos={ABS: "abs"})
    person.sees(ABS)
    person.go_offline()
    return person


def test_a_waiting_save_has_its_title_and_is_found_until_it_is_sent(visit: Open) -> None:
    person = go_offline_with_one_video(visit, "Uta Waiting")
    person.save(f'Watch "20 min legs" on YouTube\nhttps://youtu.be/{LEGS}', "legs")
    waiting = person.card("Not synced yet")
    expect(waiting.locator(".card-title")).to_have_text("20 min legs")
    search = person.page.get_by_role("searchbox")
    none = person.page.get_by_role("heading", name="No matches")
    count = person.page.locator(".count")
    expect(count).to_have_text("2 videos")
    for query, found in (("20 LEGS", 1), ("nothing", 0), (LEGS, 1), ("abs", 0)):
        search.fill(query)
        expect(waiting).to_have_count(found)
        expect(count).to_have_text("0 of 2" if query == "nothing" else "1 of 2")
        expect(none).to_have_count(int(query == "nothing"))
    person.page.locator(".toast").hover()  # it stays while the pointer is on it
    person.go_online()
    expect(person.page.locator(".toast")).to_have_count(0)


def test_a_waiting_save_of_a_known_video_adds_its_tags(visit: Open, client_of: ClientOf) -> None:
    elsewhere = client_of("Uwe Known")
    save(elsewhere, LEGS, "Leg day", "legs")
    elsewhere.close()
    person = visit(user="Uwe Known")
    person.sees("Leg day")
    person.go_offline()
    person.save(f"https://youtu.be/{LEGS}", "home")
    expect(person.page.locator(".notices")).to_contain_text("1 change not synced.")
    expect(person.page.locator(".count")).to_have_text("1 video")
    person.sees_tags(**{"Leg day": "legs home"})
    person.go_online()
    expect(person.page.locator(".notices")).to_be_empty()
    person.sees_tags(**{"Leg day": "legs home"})


def test_waiting_saves_count_in_chips_and_are_known_to_the_next_save(visit: Open) -> None:
    person = go_offline_with_one_video(visit, "Una Next")
    page = person.page
    for number, (key, tags) in enumerate([(LEGS, "abs,brand"), (YOGA, "yoga"), (LEGS, "twice")], 1):
        person.save(f"https://youtu.be/{key}", tags)
        expect(page.locator(".notices")).to_contain_text(f"{number} change")
        expect(page.locator("dialog")).to_be_hidden()
    expect(page.locator("#videos .card-title")).to_have_text(
        [f"YouTube {key}" for key in (YOGA, LEGS, ABS)]
    )
    expect(person.card(LEGS).locator(".pill")).to_have_text(["abs", "brand", "twice"])
    expect(page.locator(".count")).to_have_text("3 videos")
    expect(person.chip("abs").locator(".chip-count")).to_have_text("2")
    person.chip("brand").click()
    expect(page.locator("#videos .card")).to_have_count(1)
    expect(page.get_by_role("button", name="Play these")).to_be_hidden()
    person.chip("brand").click()
    person.button("Select").click()
    person.button("Select all").click()
    expect(page.locator(".select-count")).to_have_text("1 selected")
    page.keyboard.press("Escape")
    expect(page.locator(".select-bar")).to_be_hidden()
    person.open_save_sheet()
    page.get_by_label("YouTube link").fill(f"https://youtu.be/{LEGS}")
    expect(page.locator(".preview")).to_contain_text("Already saved.")
    expect(page.locator(".offered")).to_contain_text("brand")


def test_a_discarded_save_can_be_undone(visit: Open) -> None:
    person = go_offline_with_one_video(visit, "Ulf Undo")
    person.save(f"https://youtu.be/{LEGS}", "legs")
    waiting = person.card("Not synced yet")
    waiting.get_by_role("button", name="Discard").click()
    person.sees_toast("Discarded")
    expect(waiting).to_have_count(0)
    person.button("Undo").click()
    expect(waiting).to_contain_text("legs")
    waiting.get_by_role("button", name="Discard").click()
    person.sees_toast("Discarded")
    person.page.keyboard.press("Control+z")
    expect(waiting).to_contain_text("legs")
    person.go_online()
    person.sees(LEGS, ABS)
    person.sees_tags(**{f"YouTube {LEGS}": "legs"})


def test_a_change_in_flight_cannot_be_discarded(visit: Open) -> None:
    person = visit(user="Ada Example")
    person.page.route("**/videos", lambda route: route.abort())
    person.save(f"https://youtu.be/{LEGS}")
    expect(person.button("Discard")).to_be_enabled()
    person.page.unroute("**/videos")
    held = Held(person.page, "**/videos", "POST")
    person.button("Send now").click()
    expect(person.button("Discard")).to_be_disabled()
    held.release()
    person.sees(LEGS)
