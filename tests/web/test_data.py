"""The web app with a library as a whole: in, out, and gone."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.web.pages import Visitor

pytestmark = pytest.mark.browser

DATA = Path(__file__).parents[1] / "data"


def test_a_library_comes_in_goes_out_and_is_erased(visit: Callable[..., Visitor]) -> None:
    person = visit()
    page = person.page
    page.get_by_label("Somebody new").fill("Pia Example")
    person.button("Add and sign in").click()
    person.button("More").click()
    page.get_by_label("Import a file").set_input_files(DATA / "takeout.zip")
    expect(page.locator(".told")).to_contain_text("imported")
    page.keyboard.press("Escape")
    expect(page.locator("#videos .card").first).to_be_visible()
    shown = page.locator("#videos .card").count()

    person.button("More").click()
    with page.expect_download() as downloading:
        person.button("Export").click()
    exported = json.loads(Path(downloading.value.path()).read_text(encoding="utf-8"))
    assert len(exported["videos"]) == shown

    person.button("Delete all my data").click()
    person.button("Delete everything for good").click()
    expect(person.button("Lars")).to_be_visible()
