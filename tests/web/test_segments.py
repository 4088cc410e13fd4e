"""A segment of a video repeats until the user stops it, or changes its note."""

import pytest
from playwright.sync_api import expect

from tests.support.web.player import FakePlayer
from tests.support.web.stories import ClientOf, Open
from tests.support.web.training import done, enter, mark

pytestmark = pytest.mark.browser


def test_a_segment_that_is_changed_or_deleted_stops_repeating(
    visit: Open, client_of: ClientOf
) -> None:
    person = enter(visit, client_of, "Sven Segments")
    person.card("20 min legs").click()
    player = FakePlayer(person)
    mark(person).click()
    person.button("Finish").click()
    player.play(10)
    mark(person).click()
    player.play(10)
    person.button("Until here").click()
    person.page.get_by_label("Note", exact=True).fill("Squats")
    person.button("Finish").click()

    def repeat(segment: str, start_s: int) -> None:
        person.button(segment).click()
        expect(person.button(segment)).to_have_attribute("aria-pressed", "true")
        player.is_at(start_s)
        player.drag_to(18)

    def goes_on() -> None:
        player.play(4)
        player.is_at(22)

    repeat("0:10–0:20", 10)
    person.button("Squats").click()
    person.page.get_by_label("At", exact=True).fill("12")
    person.button("Finish").click()
    expect(person.button("0:10–0:20")).to_have_count(0)  # the page draws after the next paint
    goes_on()
    repeat("0:12–0:20", 12)
    player.play(14)
    assert player.ask("player.seconds") < 32  # it repeated
    person.button("0:00").click()  # outside of the segment
    player.is_at(0)
    expect(person.button("0:12–0:20")).to_have_attribute("aria-pressed", "false")
    repeat("0:12–0:20", 12)
    person.button("Squats").click()
    person.button("Delete").last.click()
    expect(person.button("0:12–0:20")).to_have_count(0)
    goes_on()


def test_letters_of_a_note_are_no_shortcuts_after_its_time_was_changed(
    visit: Open, client_of: ClientOf
) -> None:
    person = enter(visit, client_of, "Dora Dead Bug")
    person.card("20 min legs").click()
    player = FakePlayer(person)
    player.play(20)
    mark(person).click()
    player.play(5)
    text, keys = person.page.get_by_label("Note", exact=True), person.page.keyboard
    person.button("Until here").click()
    keys.type("dead ")
    person.page.get_by_role("button", name="5 s").click()
    keys.type("bug")
    expect(text).to_have_value("dead bug")
    person.button("Until here").focus()
    keys.type("den")
    expect(text).to_have_value("dead bug")
    expect(done(person)).to_have_text("Done")
    expect(person.page.get_by_label("Add a tag")).to_have_count(0)
