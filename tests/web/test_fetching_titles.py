"""The web app while YouTube's titles are fetched."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, FilePayload, expect

from tests.support.servers import run_dev
from tests.support.web.pages import Visitor, sign_in_by_cookie
from tests.support.web.stories import links
from tests.support.web.youtube import TitleServer, title_server

pytestmark = pytest.mark.browser

KEYS = [f"fetching{number:03}" for number in range(5)]


@pytest.fixture
def youtube() -> Iterator[TitleServer]:
    with title_server() as server:
        yield server


@pytest.fixture
def person(browser: Browser, youtube: TitleServer, tmp_path: Any) -> Iterator[Visitor]:
    problems: list[str] = []
    titles = {"CORE_METADATA": "true", "CORE_METADATA_URL": youtube.oembed_url}
    with run_dev(tmp_path, **titles) as servers:
        context = browser.new_context(base_url=servers[0], service_workers="block")
        context.grant_permissions(["local-network-access"])
        sign_in_by_cookie(context, servers, "Tia Titles")
        visitor = Visitor(context, problems)
        visitor.page.goto("/")
        visitor.wait_for_user("Tia Titles")
        yield visitor
        context.close()
    assert problems == []


def test_titles_of_an_import_are_fetched_and_shown_automatically(
    person: Visitor, youtube: TitleServer
) -> None:
    youtube.open.clear()
    person.open_place("Import and export")
    file = links(*(f"https://youtu.be/{key}" for key in KEYS))
    person.page.get_by_label("Import a file").set_input_files(file)
    fetching = person.page.get_by_text("Fetching titles… 5 left")
    expect(fetching).to_be_visible()
    person.button("Close").first.click()
    person.sees(*(f"YouTube {key}" for key in KEYS))
    youtube.open.set()
    person.sees(*(f"Title of {key}" for key in KEYS))
    expect(person.page.get_by_text("Fetching titles")).to_be_hidden()


@pytest.mark.parametrize("width", [360, 1400])
def test_fetched_titles_and_channels_do_not_move_the_list(
    person: Visitor, youtube: TitleServer, width: int
) -> None:
    page = person.page
    page.set_viewport_size({"width": width, "height": 900})
    youtube.open.clear()
    youtube.prefix = "Strength for the whole body without equipment: "
    rows = "".join(f"https://youtu.be/{key},legs\n" for key in KEYS)
    file: FilePayload = {
        "name": "videos.csv",
        "mimeType": "text/csv",
        "buffer": f"url,tags\n{rows}".encode(),
    }
    person.open_place("Import and export")
    page.get_by_label("Import a file").set_input_files(file)
    expect(page.get_by_text("Fetching titles… 5 left")).to_be_visible()
    person.button("Close").first.click()
    heights = "cards => cards.map(one => Math.round(one.getBoundingClientRect().height))"
    cards = page.locator("#videos .card")
    before = cards.evaluate_all(heights)
    youtube.open.set()
    expect(cards.last).to_contain_text("A channel")
    expect(cards.last).to_contain_text("Strength")
    assert cards.evaluate_all(heights) == before
    assert len(before) == len(KEYS)


def test_the_title_of_a_saved_video_is_shown_automatically(person: Visitor) -> None:
    person.save(f"https://youtu.be/{KEYS[0]}")
    person.sees(f"Title of {KEYS[0]}")
    expect(person.page.get_by_text("Fetching titles")).to_be_hidden()
