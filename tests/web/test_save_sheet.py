"""The save sheet: suggestions, preview and drafts."""

import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from tests.support.web.pages import axe_faults, overflowing
from tests.support.web.stories import (
    ABS,
    LEGS,
    YOGA,
    Open,
    link_field,
    sees_draft,
    tag_field,
)

pytestmark = pytest.mark.browser


def test_a_playlist_link_offers_the_import_and_text_hides_paste(visit: Open) -> None:
    person = visit(user="Pat Saves")
    person.open_save_sheet()
    expect(person.button("Paste")).to_be_visible()
    link_field(person).fill(
        "https://www.youtube.com/playlist?list=PLrAXtmErZgOeiKm4sgNOknGvNjby9efdf"
    )
    expect(person.button("Paste")).to_be_hidden()
    expect(person.button("Import playlists")).to_be_hidden()
    person.button("Save").click()
    expect(person.page.get_by_role("alert").first).to_contain_text("This is a playlist.")
    person.button("Import playlists").click()
    expect(person.page.get_by_role("heading", name="Import and export")).to_be_visible()
    expect(person.page).to_have_url(re.compile(r"/#import$"))


def test_tags_are_completed_by_frequency_or_created_by_a_tap(visit: Open) -> None:
    person = visit(
        user="Cat Saves", videos={LEGS: "workout", "jNQXAC9IVRw": "workout", YOGA: "word"}
    )
    person.open_save_sheet()
    offered = person.page.locator(".offered .chip")
    expect(offered).to_have_text(["word", "workout"])  # last used first
    tag_field(person).fill("wor")
    expect(offered).to_have_text(["workout", "word"])
    person.button("Create tag “wor”").click()
    expect(person.button("Remove the tag wor")).to_be_visible()
    expect(tag_field(person)).to_be_focused()
    tag_field(person).fill("WORD")
    expect(person.page.get_by_role("button", name="Create tag")).to_be_hidden()


def test_a_closed_draft_is_kept_or_discarded(visit: Open) -> None:
    person = visit(user="Dot Saves")
    person.open_save_sheet()
    link_field(person).fill("half a link")
    person.page.keyboard.press("Escape")
    person.sees_toast("Draft kept")
    sees_draft(person, "half a link")
    expect(person.page.locator(".toast")).to_have_count(0)
    person.page.keyboard.press("Escape")
    person.button("Discard").click()
    sees_draft(person)
    person.load_again()
    expect(link_field(person)).to_have_value("")


def test_a_recognised_link_shows_its_picture_its_title_and_whether_it_is_saved(
    visit: Open, axe: str
) -> None:
    person = visit(user="Eve Saves", videos={LEGS: "legs"})
    query = {"text": f'Watch "20 min yoga" on YouTube https://youtu.be/{YOGA}'}
    asked: list[str] = []
    person.page.on("request", lambda request: asked.append(request.url))
    person.page.goto(f"/save?{urlencode(query)}")
    preview = person.page.locator(".preview")
    expect(preview).to_have_text("20 min yoga")
    expect(preview.locator(".picture")).to_be_visible()
    assert f"https://i.ytimg.com/vi/{YOGA}/mqdefault.jpg" in asked
    assert axe_faults(person, axe) == []
    assert overflowing(person) == []
    link_field(person).fill(f"https://www.youtube.com/shorts/{LEGS}")
    expect(preview).to_contain_text("Already saved.")
    expect(preview).to_contain_text(f"YouTube {LEGS}")
    link_field(person).fill("https://youtu.be/half")
    expect(preview).to_be_hidden()
    link_field(person).fill(f"https://youtu.be/{ABS}")
    expect(preview).to_have_text(f"YouTube {ABS}")


@pytest.mark.parametrize("size", [(740, 360), (360, 400)])
def test_the_save_button_covers_no_field_that_has_the_focus(
    visit: Open, size: tuple[int, int]
) -> None:
    person = visit(*size, user=f"Lars {size[0]}", videos={LEGS: "legs"}, path="/save")
    page = person.page
    page.get_by_label("YouTube link").fill(f"https://youtu.be/{LEGS}")
    expect(page.locator(".preview")).to_be_visible()
    field = page.get_by_label("Add a tag")
    page.locator("dialog.sheet").evaluate("sheet => sheet.scrollTo(0, 0)")
    field.evaluate("field => field.blur() || field.focus()")
    foot = page.locator(".sheet-foot").bounding_box()
    box = field.bounding_box()
    assert foot
    assert box
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= foot["y"]
