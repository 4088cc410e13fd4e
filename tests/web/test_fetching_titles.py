"""The web app while YouTube's titles are fetched."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

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


def test_the_title_of_a_saved_video_is_shown_automatically(person: Visitor) -> None:
    person.save(f"https://youtu.be/{KEYS[0]}")
    person.sees(f"Title of {KEYS[0]}")
    expect(person.page.get_by_text("Fetching titles")).to_be_hidden()
