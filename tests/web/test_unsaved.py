"""Typed text is not lost when its form can't be saved as it is, or the page ends."""

import pytest
from playwright.sync_api import expect

from tests.support.web.pages import Visitor, wait_until
from tests.support.web.player import FakePlayer
from tests.support.web.stories import ClientOf, Open
from tests.support.web.training import done, enter, mark, open_log, rows

pytestmark = pytest.mark.browser

HIDE = "document.dispatchEvent(new Event('visibilitychange'))"
HIDDEN = "Object.defineProperty(document, 'hidden', { value: true, configurable: true })"


def note(person: Visitor) -> None:
    person.page.get_by_label("Note", exact=True).fill("Mind the knees")


def has_note(person: Visitor, client_of: ClientOf, name: str) -> None:
    """Wait until Core has the note."""
    with client_of(name) as client:
        wait_until(person.page, lambda: "Mind the knees" in client.get("/notes").text)
        (found,) = client.get("/notes").json()["notes"]
    assert found["at_s"] == 12


def test_closing_a_form_with_an_invalid_field_keeps_the_others(
    visit: Open, client_of: ClientOf
) -> None:
    person = enter(visit, client_of, "Uma Unsaved")
    page = person.page
    person.card("20 min legs").click()
    FakePlayer(person).play(12)
    mark(person).click()
    note(person)
    page.get_by_label("At", exact=True).fill("one minute")
    done(person).click()
    has_note(person, client_of, "Uma Unsaved")
    page.get_by_label("Minutes").fill("0")
    page.get_by_label("Comment").fill("Both sides")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_be_hidden()
    open_log(person)
    expect(rows(person).first).to_contain_text("Both sides")


def test_a_page_that_ends_while_text_is_typed_saves_it(visit: Open, client_of: ClientOf) -> None:
    person = enter(visit, client_of, "Ulla Unsaved")
    page = person.page
    person.card("20 min legs").click()
    FakePlayer(person).play(12)
    mark(person).click()
    note(person)
    page.evaluate(f"{HIDDEN}; {HIDE}")  # as a phone that shows another app
    has_note(person, client_of, "Ulla Unsaved")
    expect(page.get_by_label("Note", exact=True)).to_have_value("Mind the knees")
    person.button("Finish").click()
    done(person).click()
    page.get_by_label("Comment").fill("Both sides")
    person.load_again()
    FakePlayer(person)
    person.button("Edit").click()
    page.get_by_role("textbox", name="Title").fill("Legs at last")
    person.load_again()
    expect(page.locator("dialog h2")).to_have_text("Legs at last")
    with client_of("Ulla Unsaved") as client:
        wait_until(page, lambda: "Both sides" in client.get("/workouts").text)
        wait_until(page, lambda: "Legs at last" in client.get("/videos").text)


def test_finish_shows_why_a_form_is_not_saved(visit: Open, client_of: ClientOf) -> None:
    person = enter(visit, client_of, "Ute Unsaved", 1400, 800)
    page = person.page
    person.card("20 min legs").click()
    FakePlayer(person).play(12)
    mark(person).click()
    person.button("Until here").click()  # at the moment of the mark
    person.button("Finish").click()
    expect(page.get_by_text("The end comes after the start.")).to_be_in_viewport(ratio=1)
    person.button("Delete").last.click()
    done(person).click()
    page.get_by_label("Minutes").fill("0")
    person.button("Finish").click()
    expect(page.get_by_text("Enter 1 to 1,440 minutes.")).to_be_in_viewport(ratio=1)
