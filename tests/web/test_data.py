"""Import, export, and deletion of a whole library in the web app."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from tests.support.web.pages import Visitor
from tests.support.web.stories import links
from tests.support.web.touch import FINGER_PX, MISSED

pytestmark = pytest.mark.browser

LINK = "https://youtu.be/dQw4w9WgXcQ"
DATA = Path(__file__).parents[1] / "data"


def test_a_library_is_imported_exported_and_erased(visit: Callable[..., Visitor]) -> None:
    person = visit(user="Pia Example")
    page = person.page
    person.open_place("Import and export")
    page.get_by_label("Import a file").set_input_files(DATA / "takeout.zip")
    expect(page.locator(".data")).to_contain_text("already in your library")
    page.keyboard.press("Escape")
    expect(page.locator("#videos .card").first).to_be_visible()
    shown = page.locator("#videos .card").count()

    person.open_place("Import and export")
    held: list[Route] = []
    page.route("**/exports", lambda route: held.append(route))  # noqa: PLW0108  # Playwright takes no built-in
    person.button("Export").click()
    expect(person.button("Export")).to_be_disabled()
    expect(page.locator(".data")).to_contain_text("Exporting your library")
    with page.expect_download() as downloading:
        held[0].continue_()
    expect(person.button("Export")).to_be_enabled()
    exported = json.loads(Path(downloading.value.path()).read_text(encoding="utf-8"))
    assert len(exported["videos"]) == shown

    person.button("Close").click()
    person.delete_all_data()


def test_the_report_of_an_import_calls_no_workout_a_video(visit: Callable[..., Visitor]) -> None:
    person = visit(user="Wim Example")
    workout = {"video_key": "dQw4w9WgXcQ", "title": "Legs", "day": "2026-11-05", "id": 7}
    library = json.dumps({"videos": [{"url": LINK}], "workouts": [workout]})
    person.open_place("Import and export")
    file = person.page.get_by_label("Import a file")
    file.set_input_files(links(library, name="core.json"))
    expect(person.page.locator(".data .told p").first).to_have_text("2 imported")


def test_import_polling_survives_a_closed_sheet_and_a_network_error(
    visit: Callable[..., Visitor],
) -> None:
    person = visit(user="Quin Example")
    page = person.page
    person.button("Import").click()
    lost: list[str] = []

    def lose_once(route: Route) -> None:
        if lost:
            route.continue_()
        else:
            lost.append("once")
            route.abort()

    page.route("**/imports/*", lose_once)
    page.get_by_label("Import a file").set_input_files(links("https://youtu.be/dQw4w9WgXcQ", "x"))
    expect(page.locator(".data")).to_contain_text("Importing")
    person.button("Close").first.click()
    person.sees_toast("1 imported")
    person.sees("dQw4w9WgXcQ")
    assert lost == ["once"]
    person.button("Show the report").click()
    expect(page.locator(".report")).to_contain_text("There is no web link here")
    person.button("Close").first.click()

    person.sign_out()
    person.sign_up("Rosa Example")
    person.open_place("Import and export")
    expect(person.button("Export")).to_be_visible()
    expect(page.locator(".report")).to_have_count(0)


def test_an_import_report_follows_the_browsers_language(visit: Callable[..., Visitor]) -> None:
    person = visit(locale="de-DE")
    page = person.page
    page.get_by_label("New user").fill("Ute Beispiel")
    person.button("Add and sign in").click()
    person.button("Importieren").click()
    file = page.get_by_label("Datei importieren")
    file.set_input_files(links("https://youtu.be/dQw4w9WgXcQ", "https://example.com/"))
    expect(page.locator(".report")).to_contain_text("Der Link führt nicht zu YouTube.")
    file.set_input_files(links('{"videos": [', name="x.json"))
    expect(page.locator(".data")).to_contain_text("Das ist kein gültiges JSON.")


def test_an_import_shows_its_progress_and_takes_no_second_file(
    visit: Callable[..., Visitor],
) -> None:
    person = visit(user="Sid Example")
    page = person.page
    person.button("Import").click()
    imported = [1]

    def slow(route: Route) -> None:
        answer = route.fetch()
        under_way = {"state": "running", "total": 3, "failed_count": 0, "merged": 0}
        so_far = under_way | {"imported": imported[-1]} if imported else {}
        route.fulfill(response=answer, json=answer.json() | so_far)

    page.route("**/imports/*", slow)
    for _ in range(2):
        page.get_by_label("Import a file").set_input_files(links(LINK))
        expect(page.get_by_role("progressbar")).to_have_js_property("value", 1)
        expect(page.get_by_role("progressbar")).to_have_js_property("max", 3)
        expect(person.button("Import a file")).to_be_disabled()
        expect(page.get_by_text("Importing… You")).to_be_visible()
        imported.append(2)
        expect(page.get_by_role("progressbar")).to_have_js_property("value", 2)
        imported.clear()
        expect(page.get_by_role("progressbar")).to_be_hidden()
        expect(person.button("Import a file")).to_be_enabled()
        imported.append(1)


def test_a_file_is_imported_again_in_the_format_that_the_user_chooses(
    visit: Callable[..., Visitor],
) -> None:
    person = visit(user="Fay Format")
    page = person.page
    person.open_place("Import and export")
    rows = f'<a href="{LINK}">Legs</a> <a href="https://example.com/">Other</a>'
    bookmarks = f"<!DOCTYPE NETSCAPE-Bookmark-file-1><dl><dt>{rows}</dl>"
    page.get_by_label("Import a file").set_input_files(links(bookmarks, name="bookmarks.html"))
    expect(page.locator(".data")).to_contain_text("Not imported: 1")
    choice = page.get_by_label("Format")
    expect(choice).to_have_value("html")
    assert page.evaluate("""() => {
        const find = (selector) => document.querySelector(selector);
        const place = find(".report").compareDocumentPosition(find(".told select"));
        return place === Node.DOCUMENT_POSITION_FOLLOWING;
    }"""), "the faulty rows come first"
    choice.select_option("Text with links")
    with page.expect_request("**/imports?format=text"):
        person.button("Import again").click()
    expect(page.locator(".data")).to_contain_text("already in your library")


def test_a_long_report_says_how_many_rows_there_are(visit: Callable[..., Visitor]) -> None:
    person = visit(user="Tea Example")
    page = person.page
    person.open_place("Import and export")
    page.get_by_label("Import a file").set_input_files(links(LINK, "x", "y"))
    expect(page.locator(".data")).to_contain_text("Not imported: 2")
    assert page.locator(".data select").evaluate_all(MISSED, FINGER_PX) == []
    expect(page.locator(".data")).not_to_contain_text("more")
    page.get_by_label("Import a file").set_input_files(links(LINK, *["x"] * 1_234))
    expect(page.locator(".data")).to_contain_text("Not imported: 1,234")
    expect(page.locator(".report li")).to_have_count(100)
    expect(page.locator(".data")).to_contain_text("1,134 more")


def test_deleting_all_data_is_sent_once_and_can_be_retried(
    visit: Callable[..., Visitor],
) -> None:
    person = visit(user="Una Erases")
    page = person.page
    person.button("More").click()
    held: list[Route] = []
    page.route("**/me", lambda route: held.append(route))  # noqa: PLW0108  Playwright writes on it
    person.button("Delete all my data").click()
    erase = person.button("Delete everything")
    erase.dblclick()
    expect(erase).to_be_disabled()
    expect(person.button("Cancel")).to_be_disabled()
    assert len(held) == 1
    held[0].abort()
    expect(page.locator(".about", has=erase)).to_contain_text("Can't reach your library")
    page.unroute("**/me")
    erase.click()
    expect(person.button("Lars")).to_be_visible()
