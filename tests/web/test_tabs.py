"""Tabs that tests share: what one test leaves, and the next one gets."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from tests.support.web.pages import Visitor, stored_data
from tests.support.web.stories import LEGS, YOGA, Open, note_changes_sent, start_draft
from tests.support.web.tabs import Tabs

pytestmark = pytest.mark.browser

Lend = Callable[[tuple[int, int]], Visitor]

DOCUMENT_START = "window.left = 'half'"
CHANGES: dict[str, Callable[[Visitor], object]] = {
    "a script of the page": lambda person: person.page.add_init_script(DOCUMENT_START),
    "a script of the profile": lambda person: person.context.add_init_script(DOCUMENT_START),
    "a function": lambda person: person.page.expose_function("left", lambda: None),
    "a clock": lambda person: person.page.clock.install(),
    "the clock of another tab": lambda person: person.open_tab().page.clock.install(),
    "a single listener": lambda person: person.page.once("load", lambda _: None),
    "a permission": lambda person: person.context.clear_permissions(),
    "emulation": lambda person: person.page.emulate_media(color_scheme="dark"),
    "devtools": lambda person: person.context.new_cdp_session(person.page),
    "a closed page": lambda person: person.page.close(),
}


@pytest.fixture
def lend(browser: Browser, core_dev: tuple[str, str], tabs: Tabs) -> Lend:
    return lambda size: tabs.lend(browser, core_dev, size)


def test_a_tab_is_used_again_without_anything_of_the_test_before(
    visit: Open, tabs: Tabs, lend: Lend
) -> None:
    person = visit(1400, 900, user="Ada Tabs", videos={LEGS: "her-own"})
    page, context = person.page, person.context
    person.chip("her-own").click()
    start_draft(person)
    person.open_tab()
    page.evaluate("name = localStorage.left = sessionStorage.left = document.cookie = 'half=1'")
    context.add_cookies([{"name": "left", "value": "half", "url": "https://youtu.be"}])
    page.route("**/*", lambda route: route.abort())
    context.route("**/*", lambda route: route.abort())
    context.set_offline(True)
    assert tabs.take_back() == []

    again = lend((320, 568))
    assert (again.page, context.pages, context.cookies()) == (page, [page], [])
    assert not [left for left in ("her-own", "half", YOGA) if left in stored_data(again)]
    assert page.evaluate("[name, history.length, innerWidth]") == ["", 1, 320]
    page.goto("/")
    expect(page.get_by_label("New user")).to_be_visible()
    assert not [left for left in ("her-own", "half", YOGA) if left in stored_data(again)]


@pytest.mark.parametrize("change", CHANGES)
def test_a_tab_that_a_test_changed_for_good_is_closed(
    visit: Open, tabs: Tabs, lend: Lend, change: str
) -> None:
    person = visit(path="/config.json")
    CHANGES[change](person)
    assert tabs.take_back() == []
    assert lend((360, 740)).context is not person.context


def test_a_test_with_the_same_options_uses_a_tab_again(visit: Open, tabs: Tabs) -> None:
    person = visit(path="/config.json", locale="de-DE")
    assert tabs.take_back() == []
    assert visit(path="/config.json").context is not person.context
    assert visit(path="/config.json", locale="de-DE").context is person.context


def test_the_listeners_of_a_test_end_with_it(visit: Open, tabs: Tabs, lend: Lend) -> None:
    person = visit(path="/config.json")
    sent, asked = note_changes_sent(person), list[str]()
    person.context.on("request", lambda request: asked.append(request.url))
    assert tabs.take_back() == []
    before = len(asked)
    again = lend((360, 740))
    assert again.page is person.page
    again.page.evaluate("fetch('/videos', { method: 'POST' })")
    assert (sent, len(asked)) == ([], before)


def test_a_tab_with_a_service_worker_is_closed(visit: Open, tabs: Tabs) -> None:
    person = visit(path="/config.json", service_workers="allow")
    assert tabs.take_back() == []
    assert visit(path="/config.json", service_workers="allow").context is not person.context
