"""Saved searches: chips that set the filters, on two devices, offline, by keyboard and finger."""

import pytest
from playwright.sync_api import Locator, expect

from tests.support.web.pages import LOOK_AGAIN, Visitor, serious, too_wide
from tests.support.web.stories import ABS, LEGS, YOGA, ClientOf, Open, sheet

pytestmark = pytest.mark.browser

VIDEOS = {LEGS: "legs", YOGA: "legs,yoga", ABS: "abs"}


def searches(person: Visitor) -> Locator:
    return person.page.locator(".search-chip .chip")


def name_it(person: Visitor, name: str) -> None:
    person.page.get_by_label("Name", exact=True).fill(name)
    person.page.keyboard.press("Enter")
    expect(sheet(person)).to_be_hidden()


def test_a_search_is_saved_applied_renamed_and_deleted_with_undo(
    visit: Open, client_of: ClientOf, axe: str
) -> None:
    person = visit(who="Ada Searches", videos=VIDEOS)
    expect(person.button("Save this search")).to_have_count(0)
    person.chip("legs").click()
    person.chip("yoga").click()
    person.button("Save this search").click()
    field = person.page.get_by_label("Name", exact=True)
    expect(field).to_have_value("legs yoga")
    field.fill(" ")
    person.page.keyboard.press("Enter")
    expect(person.page.get_by_role("alert")).to_contain_text("Write a name")
    assert serious(person, axe) == []
    name_it(person, "Both")
    expect(searches(person)).to_have_attribute("aria-pressed", "true")
    expect(person.button("Save this search")).to_have_count(0)
    assert serious(person, axe) == []
    assert too_wide(person) == []

    searches(person).click()
    person.sees(ABS, YOGA, LEGS)
    person.page.reload()
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
        person.page.evaluate(LOOK_AGAIN)
        expect(person.page.locator(".notice")).to_have_count(0)
        [saved] = client.get("/searches").json()["searches"]
        assert (saved["name"], saved["query"]) == ("Legs & yoga", "tags=legs,yoga")
        client.post("/searches", json={"name": "Elsewhere", "query": "q=no+match"})
        person.page.evaluate(LOOK_AGAIN)
        expect(searches(person)).to_have_text(["Legs & yoga", "Elsewhere"])


def test_a_finger_renames_offline_in_german_and_the_service_hears_of_it_later(
    visit: Open, client_of: ClientOf
) -> None:
    with client_of("Bea Searches") as client:
        client.post("/searches", json={"name": "Kurz", "query": "max=20"})
        person = visit(who="Bea Searches", videos=VIDEOS, has_touch=True, locale="de-DE")
        expect(searches(person)).to_have_text("Kurz")
        searches(person).dispatch_event("pointerdown", {"pointerType": "touch", "isPrimary": True})
        name = person.page.get_by_role("dialog", name="Gespeicherte Suche")
        expect(name).to_be_visible()
        person.context.set_offline(True)
        name_it(person, "Ganz kurz")
        person.chip("abs").tap()
        person.button("Diese Suche speichern").tap()
        name_it(person, "GANZ KURZ 2")
        expect(searches(person)).to_have_text(["Ganz kurz", "GANZ KURZ 2"])
        expect(person.page.locator(".notice")).to_contain_text("2 Änderungen")
        person.comes_online()
        expect(person.page.locator(".notice")).to_have_count(0)
        names = [one["name"] for one in client.get("/searches").json()["searches"]]
        assert names == ["Ganz kurz", "GANZ KURZ 2"]
