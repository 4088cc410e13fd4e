"""The web app with a library as a whole: in, out, and gone."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Route, expect

from tests.web.pages import Visitor

pytestmark = pytest.mark.browser

DATA = Path(__file__).parents[1] / "data"


def test_a_library_comes_in_goes_out_and_is_erased(visit: Callable[..., Visitor]) -> None:
    person = visit()
    page = person.page
    person.join("Pia Example")
    person.button("More").click()
    page.get_by_label("Import a file").set_input_files(DATA / "takeout.zip")
    expect(page.locator(".data")).to_contain_text("was there already")
    page.keyboard.press("Escape")
    expect(page.locator("#videos .card").first).to_be_visible()
    shown = page.locator("#videos .card").count()

    person.button("More").click()
    held: list[Route] = []
    page.route("**/exports", lambda route: held.append(route))  # noqa: PLW0108  # Playwright takes no built-in
    person.button("Export").click()
    expect(person.button("Export")).to_be_disabled()
    expect(page.locator(".data")).to_contain_text("being written")
    with page.expect_download() as downloading:
        held[0].continue_()
    expect(person.button("Export")).to_be_enabled()
    exported = json.loads(Path(downloading.value.path()).read_text(encoding="utf-8"))
    assert len(exported["videos"]) == shown

    person.button("Delete all my data").click()
    person.button("Delete everything for good").click()
    expect(person.button("Lars")).to_be_visible()


def test_an_import_goes_on_with_its_sheet_closed_and_over_a_lost_network(
    visit: Callable[..., Visitor],
) -> None:
    person = visit()
    page = person.page
    person.join("Quin Example")
    person.button("More").click()
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
    person.told("1 video imported")
    person.sees("dQw4w9WgXcQ")
    assert lost == ["once"]
    person.button("Show the report").click()
    expect(page.locator(".report")).to_contain_text("There is no web link here")
    person.button("Close").first.click()

    person.sign_out()
    person.join("Rosa Example")
    person.button("More").click()
    expect(person.button("Export")).to_be_visible()
    expect(page.locator(".report")).to_have_count(0)


def test_a_report_is_in_the_language_of_whoever_reads_it(visit: Callable[..., Visitor]) -> None:
    person = visit(locale="de-DE")
    page = person.page
    page.get_by_label("Somebody new").fill("Ute Beispiel")
    person.button("Add and sign in").click()
    person.button("Mehr").click()
    file = page.get_by_label("Datei importieren")
    file.set_input_files(links("https://youtu.be/dQw4w9WgXcQ", "https://example.com/"))
    expect(page.locator(".report")).to_contain_text("Der Link führt nicht zu YouTube.")
    file.set_input_files(links('{"videos": [', name="x.json"))
    expect(page.locator(".data")).to_contain_text("Diese Datei ist kein gültiges JSON.")


def links(*lines: str, name: str = "links.txt") -> FilePayload:
    return {"name": name, "mimeType": "text/plain", "buffer": "\n".join(lines).encode()}
