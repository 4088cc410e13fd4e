"""What a first visit loads: the library first, then the sheets."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.support.web.pages import Held, Visitor, sign_in_by_cookie, wait_until
from tests.support.web.stories import LEGS, ClientOf, Open

pytestmark = pytest.mark.browser

MAX_SHIFT = 0.05
"""Cumulative layout shift; below 0.1 is good (web.dev/cls)."""
NOTE_SHIFTS = """
    window.shift = 0;
    new PerformanceObserver((list) => {
        for (const one of list.getEntries()) if (!one.hadRecentInput) window.shift += one.value;
    }).observe({ type: "layout-shift", buffered: true });
"""
SHEETS = "**/views/sheets.js"
CODE = re.compile(r"/assets/.+\.(js|css)$")


@pytest.fixture
def visitor(visit: Open, core_dev: tuple[str, str], client_of: ClientOf) -> Visitor:
    """A signed-in user with one video and a German browser, before the page is open."""
    name = "Fia First"
    with client_of(name) as client:
        client.post("/videos", json={"url": f"https://youtu.be/{LEGS}"})
    person = visit(path="/config.json", locale="de-DE")
    sign_in_by_cookie(person.context, core_dev, name)
    return person


def test_sheets_load_after_the_library_and_a_tap_waits_for_them(visitor: Visitor) -> None:
    page = visitor.page
    loaded: list[str] = []
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    library = Held(page, "**/changes?*", "GET")
    page.on("request", lambda request: loaded.append(request.url))
    page.route(SHEETS, hold)
    page.goto("/")
    library.wait()
    assert not held
    library.release()
    wait_until(page, lambda: held)
    expect(page.locator("#videos .card")).to_have_count(1)
    links = page.locator("link[rel=stylesheet], link[rel=modulepreload], script[type=module]")
    named = set(links.evaluate_all("all => all.map(one => one.href || one.src)"))
    before = loaded[: loaded.index(held[0].request.url)]
    assert {url for url in before if CODE.search(url)} == named

    page.get_by_role("button", name="Mehr", exact=True).click()
    expect(page.locator("dialog")).to_be_hidden()
    held[0].continue_()
    expect(page.locator("dialog[open]")).to_be_visible()


def test_a_sheet_that_fails_to_load_shows_a_message_and_opens_after_a_reload(
    visitor: Visitor,
) -> None:
    page = visitor.page
    more = page.get_by_role("button", name="Mehr", exact=True)
    page.route(SHEETS, lambda route: route.fulfill(status=404))  # as after an update
    page.goto("/")
    expect(page.locator("#videos .card")).to_have_count(1)
    page.route("**/config.json", lambda route: route.abort())
    more.click()
    visitor.sees_toast("nicht erreichbar")

    page.unroute("**/config.json")
    more.click()
    visitor.sees_toast("Das wurde nicht geladen")
    page.unroute(SHEETS)
    page.get_by_role("button", name="Erneut versuchen").click()
    expect(page.locator("dialog[open]")).to_be_visible()


def test_loading_the_sign_in_shifts_no_layout(visit: Open) -> None:
    person = visit(path="/config.json")
    person.page.add_init_script(NOTE_SHIFTS)
    person.page.goto("/")
    expect(person.page.get_by_label("New user")).to_be_visible()
    expect(person.button("Lars")).to_be_visible()
    person.page.wait_for_timeout(300)
    assert person.page.evaluate("shift") <= MAX_SHIFT


NOTE_FORMATTERS = """
    window.made = [];
    for (const name of ["Collator", "NumberFormat", "DateTimeFormat", "PluralRules"])
        Intl[name] = class extends Intl[name] {
            constructor(...all) { super(...all); made.push(name); }
        };
    for (const [type, name] of [
        [Date, "toLocaleDateString"], [Number, "toLocaleString"], [String, "localeCompare"],
    ]) {
        const method = type.prototype[name];
        type.prototype[name] = function (...all) {
            made.push(name);
            return method.apply(this, all);
        };
    }
"""


def test_the_library_needs_no_formatter_of_the_browser(visitor: Visitor) -> None:
    """The first one takes a slow phone 50 ms."""
    page = visitor.page
    page.add_init_script(NOTE_FORMATTERS)
    page.goto("/")
    expect(page.locator("#videos .card")).to_have_count(1)
    assert page.evaluate("made") == []
    assert page.evaluate("new Intl.Collator() && made") == ["Collator"]


def test_the_sign_in_needs_no_formatter_of_the_browser(visit: Open) -> None:
    person = visit(path="/config.json", locale="de-DE")
    person.page.add_init_script(NOTE_FORMATTERS)
    person.page.goto("/")
    expect(person.button("Lars")).to_be_visible()
    assert person.page.evaluate("made") == []
