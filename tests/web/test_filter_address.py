"""The filters of the library in the address: Back, a reload, a link, and the next user."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.support.web.pages import Visitor
from tests.support.web.stories import ABS, LEGS, YOGA, Open, sheet

pytestmark = pytest.mark.browser

VIDEOS = {LEGS: "legs", YOGA: "legs,yoga", ABS: "abs"}


def address_is(person: Visitor, query: str, fragment: str = "") -> None:
    """Wait until the address is exactly this."""
    wanted = f"{'?' if query else ''}{query}{'#' if fragment else ''}{fragment}"
    expect(person.page).to_have_url(re.compile(rf"//[^/]+/{re.escape(wanted)}$"))


def search(person: Visitor, *texts: str) -> None:
    """Type these texts, and wait for the debounce after each."""
    field = person.page.get_by_label("Search", exact=True)
    for text in texts:
        field.fill(text)
        expect(person.page).to_have_url(re.compile(rf"[?&]q={text}$" if text else r"^(?!.*[?&]q=)"))


def test_back_undoes_each_filter_and_a_whole_search(visit: Open) -> None:
    person = visit(user="Ada Address", videos=VIDEOS, width=1400)
    person.chip("legs").click()
    address_is(person, "tags=legs")
    search(person, "y", "yo", "yog")
    address_is(person, "tags=legs&q=yog")
    person.sees(YOGA)
    person.load_again()
    person.sees(YOGA)
    expect(person.page.get_by_label("Search", exact=True)).to_have_value("yog")
    person.page.go_back()
    address_is(person, "tags=legs")
    person.sees(YOGA, LEGS)
    search(person, "x", "")
    person.page.get_by_label("Kind").select_option("untagged")
    person.page.go_back()
    address_is(person, "tags=legs")
    person.page.get_by_label("Without").select_option("yoga")
    address_is(person, "tags=legs&without=yoga")
    person.sees(LEGS)
    person.button("not yoga").click()
    person.page.go_back()
    person.page.go_back()
    person.page.go_back()
    address_is(person, "")
    person.sees(ABS, YOGA, LEGS)
    expect(person.chip("legs")).to_have_attribute("aria-pressed", "false")


def test_back_empties_the_focused_search_field_for_good(visit: Open) -> None:
    person = visit(user="Cai Address", videos=VIDEOS)
    field = person.page.get_by_label("Search", exact=True)
    field.click()
    search(person, "yog")
    person.sees(YOGA)
    person.page.go_back()
    address_is(person, "")
    expect(field).to_have_value("")
    expect(field).to_be_focused()
    person.chip("legs").click()
    address_is(person, "tags=legs")
    person.sees(YOGA, LEGS)


def test_sheets_and_selection_keep_the_filters_and_their_history(visit: Open) -> None:
    person = visit(user="Bea Address", videos=VIDEOS, path="/?tags=LEGS,gone&max=x&other=1")
    person.sees(YOGA, LEGS)
    address_is(person, "tags=LEGS")
    person.card(YOGA).click()
    address_is(person, "tags=LEGS", f"video-{urlsplit(person.page.url).fragment.split('-')[-1]}")
    sheet(person).locator(".video-tags").get_by_text("yoga").click()
    person.sees(YOGA)
    address_is(person, "tags=yoga")
    person.page.go_back()
    address_is(person, "tags=LEGS")
    person.sees(YOGA, LEGS)
    person.button("Select").click()
    address_is(person, "tags=LEGS", "select")
    person.chip("yoga").click()
    address_is(person, "tags=LEGS,yoga", "select")
    person.page.go_back()
    expect(person.page.locator(".select-bar")).to_be_hidden()
    address_is(person, "tags=LEGS,yoga")
    person.page.go_back()
    person.sees(YOGA, LEGS)
    person.open_save_sheet()
    person.page.go_back()
    address_is(person, "tags=LEGS")
    person.sees(YOGA, LEGS)


def test_back_shows_the_next_user_no_filter_but_the_stored_order(
    visit: Open,
) -> None:
    person = visit(user="Cleo Address", videos=VIDEOS)
    search(person, "legs")
    person.page.get_by_label("Sort by").select_option("oldest")
    address_is(person, "q=legs&sort=oldest")
    person.sees(LEGS, YOGA)
    person.chip("yoga").click()
    address_is(person, "tags=yoga&q=legs&sort=oldest")
    person.sign_out()
    person.sign_up("Dan Address")
    address_is(person, "sort=oldest")
    expect(person.page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    person.page.go_back()
    address_is(person, "sort=oldest")
    expect(person.page.get_by_label("Search", exact=True)).to_have_value("")
