"""Drafts of the save sheet survive reloads, refusals, sign-ins and other interruptions."""

import re
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Locator, expect

from tests.support.web.pages import Held, Visitor, stored_data
from tests.support.web.stories import (
    LEGS,
    LINK,
    Open,
    link_field,
    sees_draft,
    sheet,
    sign_in_new,
    start_draft,
    tag_field,
)

pytestmark = pytest.mark.browser

NOTHING = "https://example.com/nothing"
SHARED = f"her own words https://youtu.be/{LEGS}"


def save_and_close(person: Visitor) -> Held:
    """Save a link that Core refuses, and close the sheet before the response."""
    held = Held(person.page, "**/videos", "POST")
    person.save(NOTHING, "one")
    held.wait()
    person.button("Close").first.click()
    return held


def refuse_one(person: Visitor) -> Locator:
    """Let Core refuse a save whose sheet is closed; return the notices."""
    save_and_close(person).release()
    notices = person.page.locator(".notices")
    expect(notices).to_contain_text(f"Couldn't do this: {NOTHING}")
    return notices


def test_the_save_form_is_inert_while_it_is_sent(visit: Open) -> None:
    person = sign_in_new(visit, "Abe Drafts")
    held = Held(person.page, "**/videos", "POST")
    person.save(LINK, "legs")
    held.wait()
    expect(person.page.locator(".link-box")).to_have_attribute("inert", "")
    person.page.keyboard.type("lost")
    held.release()
    person.sees(re.sub(".*/", "", LINK))
    sees_draft(person)


def test_a_draft_survives_a_reload(visit: Open) -> None:
    person = sign_in_new(visit, "Bea Drafts")
    start_draft(person)
    person.load_again()
    expect(link_field(person)).to_have_value(LINK)
    expect(tag_field(person)).to_have_value("half")
    person.button("Close").first.click()
    person.reload()
    sees_draft(person, LINK, tags=1, typed="half")


def test_a_closed_draft_survives_a_new_sign_in_and_its_sheet_stays_closed(
    visit: Open,
) -> None:
    person = sign_in_new(visit, "Cal Drafts")
    start_draft(person)
    person.button("Close").first.click()
    person.lose_session()
    person.page.unroute("**/changes?**")
    person.button("Cal Drafts").click()
    expect(person.page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    expect(person.page.locator("dialog.sheet")).to_be_hidden()
    sees_draft(person, LINK, tags=1, typed="half")


def test_editing_a_refused_save_keeps_the_other_draft(visit: Open) -> None:
    person = sign_in_new(visit, "Dot Drafts")
    start_draft(person)
    person.button("Save").click()
    person.sees(re.sub(".*/", "", LINK))
    held = save_and_close(person)
    start_draft(person)
    person.button("Close").first.click()
    held.release()
    notices = person.page.locator(".notices")
    expect(notices).to_contain_text(NOTHING)
    person.button("Change it").click()
    expect(link_field(person)).to_have_value(NOTHING)
    link_field(person).fill(f"https://youtu.be/{LEGS}")
    person.button("Save").click()
    expect(person.card(LEGS)).to_be_visible()
    expect(notices).to_be_empty()
    sees_draft(person, LINK, tags=1, typed="half")


def test_an_edited_refused_save_is_marked_unsaved_and_stays_editable(visit: Open) -> None:
    person = sign_in_new(visit, "Eva Drafts")
    notices = refuse_one(person)
    person.button("Change it").click()
    link_field(person).fill(LINK)
    tag_field(person).fill("half")
    person.button("Close").first.click()
    expect(notices).to_have_text(re.compile(f"Edited, not saved yet: one · {LINK}|{LINK}"))
    expect(notices).not_to_contain_text("example.com")
    person.button("Change it").click()
    expect(link_field(person)).to_have_value(LINK)
    expect(tag_field(person)).to_have_value("half")
    link_field(person).fill(f"{LINK}?t=7")
    person.load_again()
    expect(link_field(person)).to_have_value(f"{LINK}?t=7")
    person.button("Save").click()
    expect(person.page.locator("#videos a")).to_have_count(1)
    expect(notices).to_be_empty()


def test_a_half_typed_tag_is_kept_with_a_refused_save(visit: Open) -> None:
    person = sign_in_new(visit, "Ivy Drafts")
    refuse_one(person)
    for _ in range(2):
        person.button("Change it").click()
        tag_field(person).fill("half")
        person.button("Close").first.click()
        expect(person.page.locator(".notices")).to_contain_text("not saved yet")
        person.button("Change it").click()
        expect(tag_field(person)).to_have_value("half")
        person.button("Close").first.click()


def test_a_second_refusal_replaces_the_first_notice(visit: Open) -> None:
    person = sign_in_new(visit, "Fin Drafts")
    notices = refuse_one(person)
    person.button("Change it").click()
    link_field(person).fill(f"{NOTHING}/more")
    held = Held(person.page, "**/videos", "POST")
    person.button("Save").click()
    held.wait()
    expect(notices).not_to_contain_text("Couldn't do this")
    person.button("Close").first.click()
    held.release()
    expect(notices.locator(".notice")).to_have_count(1)
    expect(notices).to_contain_text(f"{NOTHING}/more")


def test_a_refusal_dismissed_in_another_tab_stays_dismissed(visit: Open) -> None:
    person = sign_in_new(visit, "Gil Drafts")
    refuse_one(person)
    other = person.open_tab()
    person.button("Change it").click()
    link_field(person).fill(LINK)
    other.button("Dismiss").click()
    expect(other.page.locator(".notices")).to_be_empty()
    person.button("Close").first.click()
    expect(sheet(person)).to_be_hidden()
    other.load_again()
    expect(other.page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    expect(other.page.locator(".notices")).to_be_empty()


def test_a_change_refused_after_the_session_ended_is_reported_at_the_next_sign_in(
    visit: Open,
) -> None:
    person = sign_in_new(visit, "Hal Drafts")
    held = save_and_close(person)
    person.context.clear_cookies()
    person.page.evaluate("Clerk.session.getToken({ skipCache: true }).catch(() => {})")
    person.sees_sign_in_notice("1 change is not synced.")
    held.release()
    person.button("Hal Drafts").click()
    expect(person.page.locator(".notices")).to_contain_text(NOTHING)


def test_a_shared_draft_survives_a_reload_and_keeps_the_other_draft(
    visit: Open,
) -> None:
    person = sign_in_new(visit, "Jan Drafts")
    start_draft(person)
    person.button("Close").first.click()
    expect(sheet(person)).to_be_hidden()
    person.page.goto(f"/save?{urlencode({'text': SHARED})}")
    expect(link_field(person)).to_have_value(SHARED)
    assert urlsplit(person.page.url).query == ""
    tag_field(person).fill("shared,")
    tag_field(person).fill("part")
    person.load_again()
    expect(link_field(person)).to_have_value(SHARED)
    expect(person.button("Remove the tag shared")).to_be_visible()
    expect(tag_field(person)).to_have_value("part")
    person.button("Save").click()
    expect(person.card("her own words")).to_be_visible()
    sees_draft(person, LINK, tags=1, typed="half")


def test_forward_shows_no_shared_text_to_the_next_user(visit: Open) -> None:
    person = sign_in_new(visit, "Kai Drafts")
    person.page.goto(f"/save?{urlencode({'text': SHARED})}")
    expect(link_field(person)).to_have_value(SHARED)
    person.page.go_back()
    expect(sheet(person)).to_be_hidden()
    person.sign_out()
    person.sign_up("Leo Drafts")
    person.page.go_forward()
    expect(link_field(person)).to_have_value("")


def test_a_link_shared_before_a_switch_of_users_is_not_offered_to_the_next(visit: Open) -> None:
    person = sign_in_new(visit, "Max Drafts", LEGS)
    person.context.clear_cookies()
    person.page.goto(f"/save?{urlencode({'text': SHARED})}")
    person.sign_up("Ned Drafts")
    expect(person.page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    expect(sheet(person)).to_be_hidden()
    assert "her own" not in stored_data(person)


def test_hiding_the_page_stores_the_draft(visit: Open) -> None:
    person = sign_in_new(visit, "Oli Drafts")
    start_draft(person)
    hide = "Object.defineProperty(document, 'hidden', { value: true })"
    person.page.evaluate(f"{hide}; document.dispatchEvent(new Event('visibilitychange'))")
    kept = person.page.evaluate("sessionStorage.getItem('core-drafts')")
    assert LINK in kept
    assert "half" in kept
