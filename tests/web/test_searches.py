"""Saved searches: chips that set the filters, on two devices, offline, by keyboard and touch."""

import httpx
import pytest
from playwright.sync_api import Locator, expect

from tests.support.web.pages import FOCUS_TAB, Visitor, axe_faults, overflowing, wait_until
from tests.support.web.stories import ABS, LEGS, YOGA, ClientOf, Open, sheet
from tests.support.web.touch import FINGER_PX

pytestmark = pytest.mark.browser

VIDEOS = {LEGS: "legs", YOGA: "legs,yoga", ABS: "abs"}


def searches(person: Visitor) -> Locator:
    return person.page.locator(".search-chip .chip")


def queries_of(client: httpx.Client) -> dict[str, str]:
    return {one["name"]: one["query"] for one in client.get("/searches").json()["searches"]}


def name_it(person: Visitor, name: str) -> None:
    person.page.get_by_label("Name", exact=True).fill(name)
    person.page.keyboard.press("Enter")
    expect(sheet(person)).to_be_hidden()


def test_a_search_is_saved_applied_renamed_and_deleted_with_undo(
    visit: Open, client_of: ClientOf, axe: str
) -> None:
    person = visit(user="Ada Searches", videos=VIDEOS)
    expect(person.button("Save this search")).to_have_count(0)
    person.chip("legs").click()
    person.chip("yoga").click()
    person.button("Save this search").click()
    field = person.page.get_by_label("Name", exact=True)
    expect(field).to_have_value("legs yoga")
    field.fill(" ")
    person.page.keyboard.press("Enter")
    expect(person.page.get_by_role("alert")).to_contain_text("Write a name")
    assert axe_faults(person, axe) == []
    name_it(person, "Both")
    expect(searches(person)).to_have_attribute("aria-pressed", "true")
    expect(person.button("Save this search")).to_have_count(0)
    assert axe_faults(person, axe) == []
    assert overflowing(person) == []

    searches(person).click()
    person.sees(ABS, YOGA, LEGS)
    person.load_again()
    searches(person).focus()
    person.page.keyboard.press("Enter")
    person.sees(YOGA)
    person.page.go_back()
    person.sees(ABS, YOGA, LEGS)
    person.page.keyboard.press("Tab")
    person.page.keyboard.press("Enter")
    name_it(person, "Legs & yoga")
    expect(searches(person)).to_have_text("Legs & yoga")
    person.button("More for Legs & yoga").click()
    sheet(person).get_by_role("button", name="Delete").click()
    expect(searches(person)).to_have_count(0)
    person.button("Undo").click()
    expect(searches(person)).to_have_text("Legs & yoga")
    with client_of("Ada Searches") as client:
        wait_until(person.page, lambda: queries_of(client) == {"Legs & yoga": "tags=legs,yoga"})
        client.post("/searches", json={"name": "Elsewhere", "query": "q=no+match"})
        person.page.evaluate(FOCUS_TAB)
        expect(searches(person)).to_have_text(["Legs & yoga", "Elsewhere"])


def test_the_sheet_of_a_search_names_its_filters(visit: Open, client_of: ClientOf) -> None:
    query = "tags=legs,yoga&match=any&without=abs&kind=unavailable&max=20&rest=7&q=mat&sort=title"
    with client_of("Fay Searches") as client:
        client.post("/searches", json={"name": "Many", "query": query}).raise_for_status()
    person = visit(user="Fay Searches", videos=VIDEOS)
    person.button("More for Many").click()
    named = "legs · yoga · Any of these tags · not abs · Unavailable · ≤ 20 min · Not for 7 days"
    expect(sheet(person)).to_contain_text(f"{named} · mat · Title")
    person.page.keyboard.press("Escape")
    person.chip("yoga").click()
    person.button("Save this search").click()
    expect(sheet(person).locator(".soft")).to_have_text("yoga")


def test_the_filters_of_a_saved_search_are_replaced_with_undo(
    visit: Open, client_of: ClientOf, axe: str
) -> None:
    person = visit(user="Cleo Searches", videos=VIDEOS)
    with client_of("Cleo Searches") as client:
        for name, query in (("Long", "q=long"), ("Mine", "tags=abs")):
            client.post("/searches", json={"name": name, "query": query})
        person.page.evaluate(FOCUS_TAB)
        expect(searches(person)).to_have_text(["Long", "Mine"])
        replaces = sheet(person).get_by_role("button", name="Use the current filters")
        person.button("More for Mine").click()
        expect(sheet(person).get_by_role("button", name="Delete")).to_be_visible()
        expect(replaces).to_have_count(0)  # no filter is set
        person.page.keyboard.press("Escape")
        person.chip("legs").click()
        person.button("More for Mine").click()
        assert axe_faults(person, axe) == []
        replaces.click()
        person.sees_toast("Filters replaced")
        expect(searches(person)).to_have_text(["Mine", "Long"])  # the applied search comes first
        expect(searches(person).first).to_have_attribute("aria-pressed", "true")
        wait_until(person.page, lambda: queries_of(client)["Mine"] == "tags=legs")
        person.button("Undo").click()
        expect(searches(person).first).to_have_attribute("aria-pressed", "false")
        wait_until(person.page, lambda: queries_of(client)["Mine"] == "tags=abs")


def test_a_tag_removed_everywhere_leaves_saved_searches_until_undo(
    visit: Open, client_of: ClientOf
) -> None:
    person = visit(user="Dora Searches", videos=VIDEOS)
    with client_of("Dora Searches") as client:
        saved = {"Alone": "tags=legs", "Both": "tags=abs,LEGS&match=any", "Other": "tags=abs"}
        for name, query in saved.items():
            client.post("/searches", json={"name": name, "query": query})
        person.page.evaluate(FOCUS_TAB)
        expect(searches(person)).to_have_count(3)
        person.page.goto("/#tags")
        person.button("Remove the tag legs from all videos").click()
        person.button("Remove tag").click()
        person.sees_toast("Removed from 2 videos")
        expect(searches(person)).to_have_text(["Both", "Other"])
        person.button("Undo").click()
        expect(searches(person)).to_have_text(["Alone", "Both", "Other"])
        wait_until(person.page, lambda: queries_of(client) == saved)


def test_chosen_tags_come_before_saved_searches_and_keep_the_focus(
    visit: Open, client_of: ClientOf
) -> None:
    with client_of("Edda Searches") as client:
        for name in ("A long name of a saved search", "Another long name of a search"):
            client.post("/searches", json={"name": name, "query": f"q={name.split()[0]}"})
    person = visit(user="Edda Searches", videos=VIDEOS)
    person.chip("legs").focus()
    person.page.keyboard.press("Enter")
    expect(person.chip("legs")).to_be_in_viewport()
    expect(person.chip("legs")).to_be_focused()
    expect(person.page.locator(".chips > .chip").first).to_contain_text("legs")


def test_a_search_renamed_offline_by_touch_in_german_is_sent_later(
    visit: Open, client_of: ClientOf
) -> None:
    with client_of("Bea Searches") as client:
        client.post("/searches", json={"name": "Kurz", "query": "max=20"})
        person = visit(user="Bea Searches", videos=VIDEOS, has_touch=True, locale="de-DE")
        expect(searches(person)).to_have_text("Kurz")
        searches(person).dispatch_event("pointerdown", {"pointerType": "touch", "isPrimary": True})
        name = person.page.get_by_role("dialog", name="Gespeicherte Suche")
        expect(name).to_be_visible()
        person.context.set_offline(True)
        name_it(person, "Ganz kurz")
        person.chip("abs").tap()
        person.button("Diese Suche speichern").tap()
        name_it(person, "GANZ KURZ 2")
        expect(searches(person)).to_have_text(["GANZ KURZ 2", "Ganz kurz"])
        expect(person.page.locator(".notice")).to_contain_text("2 Änderungen")
        person.go_online()
        expect(person.page.locator(".notice")).to_have_count(0)
        names = [one["name"] for one in client.get("/searches").json()["searches"]]
        assert names == ["Ganz kurz", "GANZ KURZ 2"]


def test_a_saved_search_with_a_short_name_is_large_enough_for_a_finger(
    visit: Open, client_of: ClientOf
) -> None:
    with client_of("Ida Searches") as client:
        client.post("/searches", json={"name": "A", "query": "max=20"})
    person = visit(user="Ida Searches", videos=VIDEOS, has_touch=True, is_mobile=True)
    chip = searches(person)
    more = person.page.locator(".search-chip .round")
    expect(chip).to_have_text("A")
    left, right = chip.bounding_box(), more.bounding_box()
    assert left
    assert right
    assert right["x"] - left["x"] >= FINGER_PX
    chip.tap()
    expect(chip).to_have_attribute("aria-pressed", "true")
