"""The places (tags, log, import, trash), and installing the page as an app."""

import pytest
from playwright.sync_api import expect

from tests.support.web.stories import LEGS, Open, sheet

pytestmark = pytest.mark.browser

PLACES = ["Edit tags", "Workout log", "Import and export", "Trash"]
INSTALLABLE = """() => {
    const event = new Event("beforeinstallprompt", { cancelable: true });
    event.prompt = async () => document.body.setAttribute("data-asked", "");
    dispatchEvent(event);
}"""
"""The event of a browser that can install the page."""


def test_a_wide_window_has_the_places_in_a_side_bar(visit: Open) -> None:
    person = visit(1400, 900, user="Wes Places", videos={LEGS: "legs"})
    side = person.page.get_by_role("navigation", name="Places")
    expect(side.get_by_role("button")).to_have_text(["All videos", *PLACES])
    person.page.get_by_role("searchbox").fill("nothing")
    person.page.get_by_role("searchbox").press("Enter")
    expect(person.page.get_by_role("heading", name="No matches")).to_be_visible()
    side.get_by_role("button", name="All videos").click()
    person.sees(LEGS)
    side.get_by_role("button", name="Trash").click()
    expect(person.page.get_by_role("heading", name="The trash is empty")).to_be_visible()


def test_a_phone_has_the_places_and_install_under_more(visit: Open) -> None:
    person = visit(user="Ned Places")
    person.button("Import").click()
    expect(person.button("Import a file")).to_be_visible()
    person.button("Close").click()
    person.button("More").click()
    expect(sheet(person).get_by_role("navigation").get_by_role("button")).to_have_text(PLACES)
    expect(person.button("Install")).to_be_hidden()
    person.page.evaluate(INSTALLABLE)
    person.button("Install").click()
    expect(person.page.locator("body")).to_have_attribute("data-asked", "")
    expect(person.button("Install")).to_be_hidden()
