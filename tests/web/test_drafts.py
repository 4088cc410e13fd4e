"""The web app: what is typed in the save sheet outlives whatever comes between."""

import re

import pytest
from playwright.sync_api import expect

from tests.web.conftest import Open
from tests.web.pages import LOOK_AGAIN, Held
from tests.web.test_sheets import LEGS, meet
from tests.web.test_typed import LINK, begin, link_field, opens_with, tag_field

pytestmark = pytest.mark.browser


def test_nothing_is_typed_into_what_is_on_its_way(visit: Open) -> None:
    person = meet(visit, "Abe Drafts")
    held = Held(person.page, "**/videos", "POST")
    person.save(LINK, "legs")
    held.wait()
    expect(person.page.locator(".link-box")).to_have_attribute("inert", "")
    person.page.keyboard.type("lost")
    held.release()
    person.sees(re.sub(".*/", "", LINK))
    opens_with(person)


def test_what_was_typed_is_there_after_a_reload(visit: Open) -> None:
    person = meet(visit, "Bea Drafts")
    begin(person)
    person.page.reload()
    expect(link_field(person)).to_have_value(LINK)
    expect(tag_field(person)).to_have_value("half")
    person.button("Close").first.click()
    person.page.reload()
    opens_with(person, LINK, tags=1, typed="half")


def test_a_closed_sheet_stays_closed_over_a_new_sign_in_and_keeps_what_was_typed(
    visit: Open,
) -> None:
    person = meet(visit, "Cal Drafts")
    begin(person)
    person.button("Close").first.click()
    person.page.route("**/videos?**", lambda route: route.fulfill(status=401, json={}))
    person.page.evaluate(LOOK_AGAIN)
    person.is_told_at_the_door("Your session has ended")
    person.page.unroute("**/videos?**")
    person.button("Cal Drafts").click()
    expect(person.page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    expect(person.page.locator("dialog.sheet")).to_be_hidden()
    opens_with(person, LINK, tags=1, typed="half")


def test_what_was_refused_is_changed_without_losing_what_is_typed(visit: Open) -> None:
    person = meet(visit, "Dot Drafts")
    begin(person)
    person.button("Save").click()
    person.sees(re.sub(".*/", "", LINK))
    held = Held(person.page, "**/videos", "POST")
    person.save("https://example.com/nothing", "one")
    held.wait()
    person.button("Close").first.click()
    begin(person)
    person.button("Close").first.click()
    held.release()
    notices = person.page.locator(".notices")
    expect(notices).to_contain_text("https://example.com/nothing")
    person.button("Change it").click()
    expect(link_field(person)).to_have_value("https://example.com/nothing")
    link_field(person).fill(f"https://youtu.be/{LEGS}")
    person.button("Save").click()
    expect(person.card(LEGS)).to_be_visible()
    expect(notices).to_be_empty()
    opens_with(person, LINK, tags=1, typed="half")
