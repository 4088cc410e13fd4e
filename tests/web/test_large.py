"""A large library: only cards near the viewport are drawn, and scrolling still works."""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.web.pages import (
    FOCUS_TAB,
    Held,
    Visitor,
    import_library,
    save,
    stored_reads,
    wait_until,
)
from tests.support.web.stories import ClientOf

pytestmark = pytest.mark.browser

MANY = 1_200
COUNT = f"{MANY:,} videos"
MAX_DRAWN = 240
MAX_BLOCKS = 40
"""Each element behind a sheet delays its opening."""
MAX_AT_FIRST = 12
"""Cards that are drawn first: they fill a screen."""
MAX_PART = 251_000
"""Characters that the page stores at a time."""
TAGS = 42
MAX_SHIFT = 0.05
FIRST_DRAW = """new MutationObserver(() => {
    const count = (selector) => document.querySelectorAll(selector).length;
    const cards = count("#videos .card");
    if (!cards || window.first) return;
    const without = ".train .chip-box:nth-of-type(4)";
    window.first = { cards, chips: count(".chips .chip"), options: count(`${without} option`) };
}).observe(document, { childList: true, subtree: true })"""
"""Note how many elements the first draw of the library has."""
DRAWN = """const drawn = [];
let frame = 0;
const count = (selector) => document.querySelectorAll(selector).length;
const next = () => {
    frame += 1;
    requestAnimationFrame(next);
};
next();
new MutationObserver(() => drawn.push({
    frame,
    skeletons: count(".library .skeleton"),
    chips: count(".chips .chip"),
    options: count(".train .chip-box:nth-of-type(4) option"),
    cards: count("#videos .card"),
})).observe(document, { childList: true, subtree: true });
window.shift = 0;
new PerformanceObserver((list) => {
    for (const { value, sources } of list.getEntries())
        if (sources.some(({ node }) => node?.closest(".library"))) window.shift += value;
}).observe({ type: "layout-shift" });
Object.assign(window, { drawn });
null"""
"""Record what the page shows after each of its tasks, the number of the frame, and the shift.

The sign-in is so recent that the browser would not count the shift."""
IS_HEIGHT_KNOWN = """() => {
    const [list, page] = ["#videos", "#videos .videos"].map((one) => document.querySelector(one));
    const known = Number.parseFloat(list.style.getPropertyValue("--page-height"));
    return Math.abs(known - page.getBoundingClientRect().height) < 1;
}"""
"""Whether the pages that are not drawn have the height of the first one."""
PRESS = """(chip) => new Promise((resolve) => {
    let hasFrame = false;
    const watcher = new MutationObserver((changes) => {
        const added = changes.flatMap(({ addedNodes }) => [...addedNodes]);
        const cards = added.filter((node) => node.matches?.(".card")).length;
        if (cards) resolve({ pressed, hasFrame, cards });
    });
    watcher.observe(document.querySelector("#videos"), { childList: true, subtree: true });
    chip.click();
    const pressed = chip.ariaPressed;
    requestAnimationFrame(() => (hasFrame = true));
})"""
"""Press a chip; tell how it looked then, and how many cards the first change of the list added."""

Open = Callable[..., Visitor]


@pytest.fixture(scope="session")
def library(client_of: ClientOf) -> None:
    """Give Max a library, the newest video first."""
    videos: list[dict[str, Any]] = [
        {
            "url": f"https://youtu.be/max{number:08}",
            "title": f"Title {number}",
            "tags": ["odd" if number % 2 else "even", f"set {number % (TAGS - 2)}"],
            "created_at": f"2024-01-01T00:{59 - number // 60:02}:{59 - number % 60:02}Z",
        }
        for number in range(MANY)
    ]
    with client_of("Max Example") as person:
        import_library(person, videos)


def sign_in(person: Visitor) -> Page:
    """Sign in, and wait until the page has measured the height of blocks that are not drawn."""
    person.sign_in("Max Example")
    expect(person.page.locator(".count")).to_have_text(COUNT)
    expect(person.page.locator("#videos")).to_have_attribute("style", re.compile("page-height"))
    return person.page


def go_to_the_end(person: Visitor) -> None:
    """Press End until the end is drawn: a press during a long draw may get lost."""
    last = person.card(f"Title {MANY - 1}")

    def press() -> int:
        person.page.keyboard.press("End")
        return last.count()

    wait_until(person.page, press)
    expect(last).to_be_in_viewport()


def cards(page: Page) -> list[str]:
    return page.locator("#videos .card-title").all_text_contents()


@pytest.mark.parametrize(("width", "height"), [(360, 740), (1400, 900)])
@pytest.mark.usefixtures("library")
def test_only_cards_near_the_viewport_are_drawn(visit: Open, width: int, height: int) -> None:
    person = visit(width, height)
    page = sign_in(person)
    blocks = page.locator("#videos .videos")
    assert cards(page)[:3] == ["Title 0", "Title 1", "Title 2"]
    assert blocks.count() <= MAX_BLOCKS
    go_to_the_end(person)
    assert len(cards(page)) <= MAX_DRAWN
    assert blocks.count() <= MAX_BLOCKS
    page.keyboard.press("Home")
    expect(person.card("Title 0").first).to_be_in_viewport()
    assert len(cards(page)) <= MAX_DRAWN


@pytest.mark.parametrize(
    ("width", "height", "most", "chips"), [(360, 1000, 9, 9), (1400, 900, 12, 30)]
)
@pytest.mark.usefixtures("library")
def test_the_first_draw_fills_a_screen_and_the_rest_follows(
    visit: Open, width: int, height: int, most: int, chips: int
) -> None:
    phone = width < height
    person = visit(width, height, has_touch=phone, is_mobile=phone)
    page = person.page
    page.evaluate(FIRST_DRAW)
    sign_in(person)
    first = page.evaluate("first")
    assert 0 < first["cards"] <= most
    assert 0 < first["chips"] <= chips
    assert first["options"] == 1
    without = page.get_by_label("Without")
    expect(without.locator("option")).to_have_count(1 + TAGS)
    expect(page.locator(".chips .chip")).to_have_count(TAGS)
    wait_until(page, lambda: len(cards(page)) > MAX_AT_FIRST)
    assert cards(page)[:MAX_AT_FIRST] == [f"Title {number}" for number in range(MAX_AT_FIRST)]
    wait_until(page, lambda: page.evaluate(IS_HEIGHT_KNOWN))


@pytest.mark.parametrize(("width", "height"), [(360, 740), (1400, 900)])
@pytest.mark.usefixtures("library")
def test_each_frame_of_the_first_draw_adds_one_part(visit: Open, width: int, height: int) -> None:
    person = visit(width, height)
    page = person.page
    page.evaluate(DRAWN)
    sign_in(person)
    expect(page.get_by_label("Without").locator("option")).to_have_count(1 + TAGS)
    drawn = page.evaluate("drawn")
    filters = next(each for each in drawn if each["chips"])
    assert (filters["cards"], filters["skeletons"] > 0) == (0, True)
    videos = next(each for each in drawn if each["cards"])
    assert (videos["skeletons"], videos["options"]) == (0, 1)
    assert videos["frame"] > filters["frame"]
    for before, after in pairwise(drawn):
        assert after["cards"] - before["cards"] <= MAX_AT_FIRST
        more_chips, more_options = (after[part] > before[part] for part in ("chips", "options"))
        assert not (more_chips and more_options)
    assert page.evaluate("shift") <= MAX_SHIFT


def begins(whole: list[str], part: list[str]) -> bool:
    """Return whether this part, longer than a page, begins the whole."""
    return len(part) > MAX_AT_FIRST and part == whole[: len(part)]


@pytest.mark.usefixtures("library")
def test_a_filter_shows_its_press_and_then_draws_one_screen_first(visit: Open) -> None:
    page = sign_in(visit(1400, 900))
    everything = [f"Title {number}" for number in range(MANY)]
    wait_until(page, lambda: begins(everything, cards(page)))
    chip = page.locator(".chips .chip").filter(has_text="odd")
    seen = chip.evaluate(PRESS)
    assert (seen["pressed"], seen["hasFrame"]) == ("true", True)
    assert 0 < seen["cards"] <= MAX_AT_FIRST
    odd = [f"Title {number}" for number in range(1, MANY, 2)]
    wait_until(page, lambda: begins(odd, cards(page)))


@pytest.mark.usefixtures("library")
def test_a_search_scrolls_to_its_first_result(visit: Open) -> None:
    person = visit()
    page = sign_in(person)
    go_to_the_end(person)
    page.get_by_role("searchbox").fill("odd")
    expect(page.locator(".count")).to_have_text(f"{MANY // 2} of {MANY:,}")
    expect(page.locator("#videos .card").first).to_be_in_viewport()
    assert cards(page)[:2] == ["Title 1", "Title 3"]


@pytest.mark.usefixtures("library")
def test_arrow_keys_reach_cards_that_were_not_drawn(visit: Open) -> None:
    person = visit()
    page = sign_in(person)
    focused = page.locator(":focus")
    for number in range(80):
        expect(page.get_by_text(f"Title {number}", exact=True)).to_be_attached()
        page.keyboard.press("ArrowDown")
        expect(focused).to_contain_text(f"Title {number}")


@pytest.mark.usefixtures("library")
def test_a_large_library_is_stored_in_parts_and_shown_without_a_read(visit: Open) -> None:
    person = visit()
    page = sign_in(person)
    wait_until(page, lambda: sum(len(one["pages"]) for one in stored_reads(page)) > 1)
    assert all(len(text) < MAX_PART for one in stored_reads(page) for text in one["pages"])
    page.route("**/changes?**", lambda route: route.abort())
    person.load_again()
    expect(page.locator(".count")).to_have_text(COUNT)
    page.get_by_role("searchbox").fill(f"Title {MANY - 1}")
    person.sees(f"Title {MANY - 1}")


@pytest.mark.usefixtures("library")
def test_a_library_stays_complete_during_a_read(visit: Open, client_of: ClientOf) -> None:
    person = visit()
    page = sign_in(person)
    rest = Held(page, "**/changes?*", "GET")
    with client_of("Max Example") as elsewhere:
        new = save(elsewhere, "maxmaxmax99", "One more")
        page.evaluate(FOCUS_TAB)
        rest.wait()
        expect(page.locator(".count")).to_have_text(COUNT)
        rest.release()
        expect(page.locator(".count")).to_have_text(f"{MANY + 1:,} videos")
        elsewhere.delete(f"/videos/{new}").raise_for_status()
