"""The layout of the web app: nothing wraps, touches or covers what it should not."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import FloatRect, Locator, expect

from tests.support.web.pages import Visitor, import_library, overflowing
from tests.support.web.stories import ClientOf
from tests.support.web.touch import FINGER_PX, MISSED

pytestmark = pytest.mark.browser

Open = Callable[..., Visitor]
PHONE: dict[str, Any] = {"has_touch": True, "is_mobile": True}
LONG, ARABIC = "x" * 64, "تمارين الصباح"
MANY = 1_001

LINES = """element => {
    const range = document.createRange();
    range.selectNodeContents(element);
    return new Set([...range.getClientRects()].map(one => Math.round(one.bottom))).size;
}"""
"""Count the lines of an element's text; an icon counts as its own line."""
WORDS_IN_LINES = f"""all => all.filter(one => one.offsetParent).flatMap(one => {{
    const texts = document.createNodeIterator(one, NodeFilter.SHOW_TEXT);
    const broken = [];
    for (let text; (text = texts.nextNode()); ) if (({LINES})(text) > 1) broken.push(text.data);
    return broken;
}})"""


def video(number: int, tags: list[str], **more: str) -> dict[str, Any]:
    made = {"url": f"https://youtu.be/look{number:07}", "title": f"Title {number}", "tags": tags}
    return made | {"created_at": f"2024-01-01T00:{number // 60 % 60:02}:{number % 60:02}Z"} | more


@pytest.fixture(scope="session")
def large(client_of: ClientOf) -> None:
    """Give Kim more than a thousand videos; all but one carry `fast`."""
    with client_of("Kim Large") as person:
        import_library(person, [video(n, ["alle", *(["fast"] if n else [])]) for n in range(MANY)])


@pytest.fixture(scope="session")
def tagged(client_of: ClientOf) -> None:
    """Give Tia 200 tags, and one that is long and frequent."""
    with client_of("Tia Tagged") as person:
        import_library(
            person, [video(n, [f"tag{n:03}", *([LONG] if n < 12 else [])]) for n in range(200)]
        )


@pytest.fixture(scope="session")
def arabic(client_of: ClientOf) -> None:
    """Give Nur Arabic titles, channels and tags, and one video in the trash."""
    with client_of("Nur Arabic") as person:
        named = {"title": ARABIC, "channel": ARABIC}
        import_library(person, [video(n, [ARABIC] if n else [], **named) for n in range(3)])
        gone = person.get("/videos").json()["videos"][0]["id"]
        person.delete(f"/videos/{gone}").raise_for_status()


def enter(visit: Open, name: str, *size: int, **more: Any) -> Visitor:
    person = visit(*size, user=name, **more)
    expect(person.page.locator("#videos .card").first).to_be_visible()
    return person


def lines_of(row: Locator) -> int:
    """Count the lines that the children of a row form."""
    boxes = [box(one) for one in row.locator("> :visible").all()]
    return len({round(one["y"] + one["height"] / 2) // 8 for one in boxes})


NOTCH = 59
"""The notch of a phone in landscape, in pixels."""


def right_of(place: Locator) -> float:
    found = box(place)
    return found["x"] + found["width"]


def box(place: Locator) -> FloatRect:
    found = place.bounding_box()
    assert found
    return found


@pytest.mark.parametrize(("width", "height"), [(360, 740), (1400, 900)])
@pytest.mark.usefixtures("tagged")
def test_a_count_stays_on_one_line_next_to_a_long_tag(visit: Open, width: int, height: int) -> None:
    person = enter(visit, "Tia Tagged", width, height)
    chip, short = person.chip(LONG), person.chip("tag000")
    expect(chip.locator(".chip-count")).to_have_text("12")
    assert box(chip)["height"] == box(short)["height"]
    assert chip.locator(".chip-count").evaluate(LINES) == 1


@pytest.mark.parametrize(("width", "height"), [(360, 740), (1400, 900)])
@pytest.mark.usefixtures("tagged")
def test_every_tag_can_be_chosen_however_many_there_are(
    visit: Open, width: int, height: int
) -> None:
    person = enter(visit, "Tia Tagged", width, height)
    expect(person.chip("tag199")).to_have_count(0)
    person.page.get_by_role("searchbox").fill("Title")
    person.button("All 201 tags").click()
    person.page.get_by_label("Find a tag").fill("199")
    person.button("tag199").click()
    expect(person.page.locator("dialog")).to_be_hidden()
    person.sees("Title 199")
    expect(person.page.locator(".count")).to_have_text("1 of 200")
    expect(person.chip("tag199")).to_have_attribute("aria-pressed", "true")
    expect(person.chip("tag199")).to_be_in_viewport()
    expect(person.button("All 201 tags")).to_be_hidden()


@pytest.mark.usefixtures("tagged")
def test_half_a_row_of_tags_shows_that_there_are_more(visit: Open) -> None:
    person = enter(visit, "Tia Tagged", 1400, 900)
    chips = person.page.locator(".chips")
    end = box(chips)["y"] + box(chips)["height"]
    halves = [
        (end - one["top"]) / one["height"]
        for one in chips.locator(".chip").evaluate_all(
            "all => all.map(one => one.getBoundingClientRect().toJSON())"
        )
        if one["top"] < end < one["bottom"]
    ]
    assert halves
    assert all(0.3 < half < 0.7 for half in halves)


@pytest.mark.usefixtures("tagged")
def test_the_backdrop_of_a_sheet_reaches_the_edge(visit: Open) -> None:
    person = enter(visit, "Tia Tagged", 800, 600)
    devtools = person.context.new_cdp_session(person.page)
    devtools.send("Emulation.setScrollbarsHidden", {"hidden": False})
    person.page.keyboard.press("a")
    expect(person.page.get_by_label("YouTube link")).to_be_focused()
    seen = Image.open(io.BytesIO(person.page.screenshot())).convert("L")
    assert person.page.evaluate("innerWidth - document.body.clientWidth") > 0
    edge, behind = seen.crop((797, 20, 798, 21)), seen.crop((770, 20, 771, 21))
    assert abs(edge.tobytes()[0] - behind.tobytes()[0]) < 8


@pytest.mark.parametrize(("width", "height"), [(800, 1100), (720, 900)])
@pytest.mark.usefixtures("tagged")
def test_a_sheet_with_round_corners_touches_no_edge(visit: Open, width: int, height: int) -> None:
    person = enter(visit, "Tia Tagged", width, height)
    person.card("Title 199").click()
    expect(person.page.locator("dialog")).to_be_visible()
    sheet = box(person.page.locator("dialog"))
    assert sheet["x"] >= 16
    assert sheet["x"] + sheet["width"] <= width - 16


@pytest.mark.usefixtures("tagged")
def test_nothing_lies_under_a_notch(visit: Open) -> None:
    person = enter(visit, "Tia Tagged", 844, 390)
    chrome = person.context.new_cdp_session(person.page)
    chrome.send("Emulation.setSafeAreaInsetsOverride", {"insets": {"left": NOTCH, "right": NOTCH}})
    first = person.page.locator("#videos .card").first
    for left in (person.page.locator(".brand"), person.page.locator(".chips .chip").first, first):
        assert box(left)["x"] >= NOTCH
    assert right_of(person.page.locator(".person")) <= 844 - NOTCH
    first.click()
    expect(person.page.locator("dialog.sheet")).to_be_visible()
    for left in (person.button("Close").first, person.button("Edit")):
        assert box(left)["x"] >= NOTCH
    assert right_of(person.page.locator(".video-title")) <= 844 - NOTCH
    assert right_of(person.page.locator(".video-actions .danger")) <= 844 - NOTCH


@pytest.mark.usefixtures("tagged")
def test_a_phone_in_landscape_shows_title_and_player(visit: Open) -> None:
    person = enter(visit, "Tia Tagged", 640, 360, **PHONE)
    person.card("Title 199").click()
    stage = box(person.page.locator("iframe"))
    assert stage["height"] >= 300
    assert stage["width"] == 640
    expect(person.page.get_by_role("heading", name="Title 199")).to_be_in_viewport(ratio=1)
    expect(person.page.locator("iframe")).to_be_in_viewport(ratio=1)


UNDER = """frame => {
    const box = frame.getBoundingClientRect();
    const found = new Set();
    for (let x = box.left + 1; x < box.right; x += 8)
        for (let y = box.top + 1; y < box.bottom; y += 8)
            found.add(document.elementFromPoint(x, y).tagName);
    return [...found];
}"""
"""Return the topmost elements over the area of the player."""


@pytest.mark.parametrize(
    ("width", "height"), [(320, 568), (360, 740), (640, 360), (800, 600), (1400, 900)]
)
@pytest.mark.usefixtures("tagged")
def test_nothing_lies_over_the_player_and_it_is_large_enough(
    visit: Open, width: int, height: int
) -> None:
    person = enter(visit, "Tia Tagged", width, height)
    person.page.locator("#videos a").nth(1).focus()
    person.page.keyboard.press("Delete")
    person.sees_toast("Deleted")
    person.card("Title 199").click()
    expect(person.page.locator("dialog .toast")).to_be_visible()  # Undo is still available
    frame = person.page.locator("iframe")
    assert box(frame)["width"] >= 200
    assert box(frame)["height"] >= 200
    assert frame.evaluate(UNDER) == ["IFRAME"]
    person.button("Undo").click()
    person.sees_toast("Restored")


@pytest.mark.parametrize("width", [320, 360])
@pytest.mark.usefixtures("large")
def test_german_fits_a_small_phone_and_wraps_in_no_button(visit: Open, width: int) -> None:
    person = enter(visit, "Kim Large", width, 640, locale="de-DE", **PHONE)
    page = person.page
    expect(person.chip("alle").locator(".chip-count")).to_have_text("1.001")
    person.chip("fast").click()
    expect(page.locator(".count")).to_have_text("1.000 von 1.001")

    def check(name: str) -> None:
        assert overflowing(person) == [], name
        words = page.locator("button, .button, .count, .select-count, .toast .button")
        assert words.evaluate_all(WORDS_IN_LINES) == [], name

    check("library")
    assert lines_of(page.locator(".order")) == 1
    page.goto("/?q=nothing&rest=7")
    expect(page.locator(".count")).to_have_text("0 von 1.001")
    expect(page.locator(".order .quiet:visible")).to_have_count(0)  # there is nothing to play
    covered = page.get_by_role("button", name="Alle Videos zeigen").evaluate_all(MISSED, FINGER_PX)
    assert covered == []
    assert lines_of(page.locator(".order")) == 1
    page.goto("/?tags=fast&rest=7")
    person.button("Auswählen").click()
    person.card("Title").first.click()
    expect(page.locator(".select-work")).to_contain_text("Abspielen")
    check("selected")
    person.button("Tags").click()
    check("tags of selected")
    first = page.locator(".card").first.get_attribute("data-id")
    for name in (
        "help",
        "tags",
        "trash",
        "play",
        f"card-{first}",
        f"video-{first}",
        f"video-{first}-edit",
    ):
        page.goto(f"/#{name}")
        expect(page.locator("dialog[open]")).to_be_visible()
        check(name)
    page.goto("/save")
    expect(page.get_by_label("YouTube-Link")).to_be_visible()
    check("save")


@pytest.mark.parametrize("width", [320, 360])
@pytest.mark.usefixtures("large")
def test_at_200_percent_text_size_every_control_stays_reachable(visit: Open, width: int) -> None:
    person = enter(visit, "Kim Large", width, 640, locale="de-DE", **PHONE)
    page = person.page
    large = "document.documentElement.style.fontSize = '200%'"
    page.evaluate(large)
    expect(person.button("Open user menu")).to_be_in_viewport()
    assert overflowing(person) == []
    page.context.set_offline(True)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator(".notices .button")).to_be_in_viewport()
    person.button("Auswählen").click()
    person.card("Title").first.click()
    expect(person.button("Tags")).to_be_in_viewport()
    expect(person.button("Löschen")).to_be_in_viewport(ratio=1)
    assert overflowing(person) == []
    page.set_viewport_size({"width": 740, "height": 640})
    expect(person.button("Löschen")).to_be_in_viewport(ratio=1)


@pytest.mark.usefixtures("tagged")
def test_touch_targets_are_large_enough(visit: Open) -> None:
    person = enter(visit, "Tia Tagged", **PHONE)
    page = person.page

    def check(*places: Locator) -> None:
        for place in places:
            expect(place.first).to_be_visible()
            assert place.evaluate_all(MISSED, FINGER_PX) == []

    check(person.chip("tag000"), person.button("Open user menu"), person.button("All 201 tags"))
    page.get_by_role("searchbox").fill("Title 119")
    person.card("Title 119").click()
    check(page.locator(".video-tags .chip"), page.locator(".video-actions .button"))
    person.button("Edit").click()
    check(
        page.locator(".pill.removable"),
        page.get_by_label("Add a tag"),
        page.locator(".offered .chip"),
    )
    person.button("Delete Title 119").click()
    check(person.button("Undo"))
    person.button("Undo").click()
    person.sees_toast("Restored")


@pytest.mark.usefixtures("tagged")
def test_a_tap_clears_the_search(visit: Open) -> None:
    person = enter(visit, "Tia Tagged", **PHONE)
    field = person.page.get_by_role("searchbox")
    field.fill("Title 7")
    expect(person.page.locator(".count")).to_contain_text("of 200")
    field.tap(position={"x": box(field)["width"] - FINGER_PX / 2, "y": FINGER_PX / 2})
    expect(field).to_have_value("")
    expect(person.page.locator(".count")).to_have_text("200 videos")


@pytest.mark.usefixtures("arabic")
def test_names_keep_their_own_text_direction(visit: Open) -> None:
    person = enter(visit, "Nur Arabic")
    page = person.page

    def right_to_left(place: Locator) -> None:
        expect(place.first).to_have_text(ARABIC)
        expect(place.first).to_have_css("direction", "rtl")

    right_to_left(page.locator("#videos .card-sub"))
    person.button("Select").click()
    person.button("Select all").click()
    person.button("Tags").click()
    right_to_left(page.locator(".some-tags .chip-name"))
    page.goto("/#tags")
    right_to_left(page.locator(".tag-name"))
    page.goto("/#trash")
    right_to_left(page.locator(".trash-row .card-title"))


@pytest.mark.usefixtures("tagged")
def test_a_long_tag_does_not_touch_the_lines_of_its_row(visit: Open) -> None:
    person = enter(visit, "Tia Tagged")
    person.page.goto("/#tags")
    row = person.page.locator(".tag-row").filter(has_text=LONG)
    name = row.get_by_role("button", name=LONG, exact=True)
    assert name.evaluate(LINES) > 1
    texts = "one => one.getBoundingClientRect().toJSON()"
    inner, outer = (
        name.evaluate(
            f"one => {{ const range = document.createRange();"
            f" range.selectNodeContents(one); return ({texts})(range); }}"
        ),
        row.evaluate(texts),
    )
    assert inner["top"] - outer["top"] >= 8
    assert outer["bottom"] - inner["bottom"] >= 8


def test_the_progress_bar_of_the_sign_in_has_the_page_s_colours(visit: Open) -> None:
    person = visit(path="/config.json", color_scheme="light")
    person.page.route("**/npm/**", lambda _: None)
    person.page.goto("/")
    expect(person.page.get_by_role("progressbar")).to_have_css("accent-color", "rgb(15, 118, 110)")
