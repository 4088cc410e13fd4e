"""Every screen of the web app: accessibility, keyboard, sorting, layout, language.

`CORE_PICTURES=docs/pictures` saves screenshots there.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.support.web.pages import Visitor, axe_faults, overflowing, save
from tests.support.web.stories import ClientOf

pytestmark = [pytest.mark.browser, pytest.mark.node]

DESKTOP = 1000
LOOKS = [(360, 740, "light"), (360, 740, "dark"), (800, 1100, "dark"), (1400, 900, "light")]
"""Width, height and colours. Each screen takes half a second: `make test` tries two of them."""
TRIED = LOOKS if os.environ.get("SOAK") or os.environ.get("CORE_PICTURES") else LOOKS[1::2]
TITLES = {
    "Kettlebell basics in 20 minutes": "kettlebell,20 minutes,favourite",
    "Leg day without equipment": "legs,no equipment",
    "Morning yoga for stiff backs": "yoga,morning",
    "Tabata: eight rounds and done": "20 minutes,no equipment",
    "Your first 5 kilometres": "running,favourite",
    "Push-ups from zero to fifty": "no equipment,arms",
    "Stretching after a long run": "running,stretching,20 minutes",
    "Core and balance on one mat": "core,morning",
}
DELETED = {"Ten minutes of nothing but burpees": "no equipment", "Warm-up for cold days": ""}

Open = Callable[..., Visitor]


@pytest.fixture(scope="session")
def library(client_of: ClientOf) -> None:
    """Give Chris a library, and two videos in the trash."""
    with client_of("Chris") as chris:
        for number, (title, tags) in enumerate(reversed((TITLES | DELETED).items())):
            save(chris, f"picture{number:04}", title, tags)
        gone = [video["id"] for video in chris.get("/videos").json()["videos"][-len(DELETED) :]]
        chris.post("/videos/batch", json={"ids": gone, "action": "delete"})


def screens(person: Visitor) -> Iterator[str]:
    """Go through every screen."""
    page = person.page
    expect(person.button("Chris")).to_be_visible()
    yield "sign-in"
    person.sign_in("Chris")
    person.sees(*TITLES)
    yield "library"
    person.chip("running").click()
    page.get_by_role("searchbox").fill("stretch")
    person.sees("Stretching after a long run")
    yield "found"
    page.get_by_role("searchbox").fill("nothing")
    expect(page.get_by_role("heading", name="No matches")).to_be_visible()
    yield "none"
    person.button("Show all videos").click()
    page.keyboard.press("Escape")
    person.card("Kettlebell").click()
    expect(page.locator("iframe")).to_be_visible()
    yield "video"
    person.button("Edit").click()
    yield "edit"
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_be_hidden()
    for name, opens in (("card", f"More for {next(iter(TITLES))}"), ("play", "Play these videos")):
        person.button(opens).click()
        yield name
        page.keyboard.press("Escape")
        expect(page.locator("dialog")).to_be_hidden()
    yield from screens_of_saving(person)
    page.keyboard.press("?")
    yield "help"
    yield from screens_of_places(person)
    yield from screens_of_many(person)


def screens_of_saving(person: Visitor) -> Iterator[str]:
    page = person.page
    page.keyboard.press("a")
    page.get_by_label("YouTube link").fill("https://youtu.be/dQw4w9WgXcQ")
    page.get_by_label("Add a tag").fill("legs, ")
    yield "save"
    page.get_by_label("YouTube link").fill("https://example.com/")
    person.button("Save").click()
    expect(page.get_by_role("alert").first).not_to_be_empty()
    yield "refused"
    page.keyboard.press("Escape")
    person.button("Discard").click()
    expect(page.locator("dialog")).to_be_hidden()


def screens_of_places(person: Visitor) -> Iterator[str]:
    page = person.page
    page.keyboard.press("Escape")
    person.open_place("Import and export")
    yield "import"
    person.button("Close").click()
    person.open_place("Edit tags")
    person.button("Rename the tag arms").click()
    page.get_by_label("Name of the tag").fill("CORE")
    person.button("Remove the tag legs from all videos").click()
    yield "tags"
    person.button("Close").click()
    person.open_place("Trash")
    expect(page.locator(".trash-row")).to_have_count(len(DELETED))
    yield "trash"
    page.keyboard.press("Escape")


def screens_of_many(person: Visitor) -> Iterator[str]:
    person.button("Select").click()
    for title in list(TITLES)[:3]:
        person.card(title).click()
    yield "selected"
    person.button("Tags").click()
    expect(person.button("Remove the tag yoga from 1 video")).to_be_visible()
    yield "selected-tags"


@pytest.mark.soak
@pytest.mark.parametrize(("width", "height", "scheme"), TRIED)
@pytest.mark.usefixtures("library")
def test_every_screen_is_accessible_and_fits_the_window(
    visit: Open, axe: str, width: int, height: int, scheme: str
) -> None:
    touch = {"has_touch": True, "is_mobile": True} if width < DESKTOP else {}
    person = visit(width, height, color_scheme=scheme, bypass_csp=True, **touch)
    for name in screens(person):
        keep_picture(person, f"web-{name}-{width}-{scheme}")
        assert axe_faults(person, axe) == [], name
        assert overflowing(person) == [], name


def keep_picture(person: Visitor, name: str) -> None:
    if folder := os.environ.get("CORE_PICTURES"):
        file = Path(folder) / f"{name}.png"
        person.page.mouse.move(0, 0)  # away from elements with a hover style
        person.page.wait_for_timeout(300)
        person.page.screenshot(path=file)
        with Image.open(file) as seen:
            seen.quantize(128, dither=Image.Dither.NONE).save(file, optimize=True)


@pytest.mark.usefixtures("library")
def test_the_library_works_by_keyboard_alone(visit: Open) -> None:
    person = visit(1400, 900, user="Chris")
    person.sees(*TITLES)
    keys, focused = person.page.keyboard, person.page.locator(":focus")
    keys.press("/")
    expect(person.page.get_by_role("searchbox")).to_be_focused()
    keys.press("Escape")
    keys.press("ArrowDown")
    expect(focused).to_contain_text("Kettlebell")
    keys.press("ArrowRight")
    expect(focused).to_contain_text("Leg day")
    keys.press("Enter")
    expect(person.page.locator("iframe")).to_be_visible()
    keys.press("Escape")
    expect(focused).to_contain_text("Leg day")
    keys.press("e")
    expect(person.page.get_by_label("Add a tag")).to_be_focused()
    keys.press("Escape")
    expect(focused).to_contain_text("Leg day")
    keys.press("Delete")
    person.sees_toast("Deleted")
    expect(focused).to_contain_text("Morning yoga")
    person.button("Undo").click()
    person.sees_toast("Restored")


@pytest.mark.usefixtures("library")
def test_sort_by_orders_the_library(visit: Open) -> None:
    person = visit(user="Chris")
    person.sees(*TITLES)
    sort = person.page.get_by_label("Sort by")
    sort.select_option("Title A–Z")
    person.sees(*sorted(TITLES))
    sort.select_option("Oldest")
    person.sees(*reversed(TITLES))
    sort.select_option("Newest")
    person.sees(*TITLES)


@pytest.mark.usefixtures("library")
def test_the_chosen_layout_survives_a_reload(visit: Open) -> None:
    person = visit(800, 1100, user="Chris")
    lefts = "cards => [...new Set(cards.map(card => card.getBoundingClientRect().left))].length"
    cards = person.page.locator("#videos .card")
    expect(cards).to_have_count(len(TITLES))
    assert cards.evaluate_all(lefts) > 1
    person.button("Show as a list").click()
    expect(person.button("Show as a grid")).to_be_focused()
    assert cards.evaluate_all(lefts) == 1
    person.load_again()
    expect(cards).to_have_count(len(TITLES))
    assert cards.evaluate_all(lefts) == 1
    person.button("Show as a grid").click()
    expect(person.button("Show as a list")).to_be_focused()
    assert cards.evaluate_all(lefts) > 1


@pytest.mark.parametrize(
    ("phone", "words"), [("Android 16", "YouTube's Share menu"), ("iPhone", "“Paste”")]
)
def test_a_phone_shows_how_to_save_from_youtube(visit: Open, phone: str, words: str) -> None:
    person = visit(
        has_touch=True, is_mobile=True, user_agent=f"Mozilla/5.0 ({phone})", user="Chris"
    )
    person.button("More").click()
    expect(person.page.get_by_role("dialog")).to_contain_text(words)
    expect(person.page.get_by_role("dialog")).not_to_contain_text("Drag", use_inner_text=True)


def test_the_page_is_german_in_a_german_browser(visit: Open) -> None:
    person = visit(locale="de-DE")
    person.page.get_by_label("New user").fill("Uwe Beispiel")
    person.button("Add and sign in").click()
    expect(person.page.get_by_role("heading", name="Noch nichts da")).to_be_visible()
    expect(person.page.locator(".message")).to_contain_text("einen YouTube-Link")
    expect(person.page.locator(".message")).to_contain_text("um ihn wiederzufinden")
    assert person.page.locator("html").get_attribute("lang") == "de"
    person.button("Erstes Video speichern").click()
    person.page.get_by_label("YouTube-Link").fill("https://example.com/")
    person.button("Speichern").click()
    expect(person.page.get_by_role("alert").first).to_contain_text("führt nicht zu YouTube")


def test_rotation_changes_the_layout_until_the_user_chooses_one(
    visit: Callable[..., Visitor],
) -> None:
    person = visit(700, 1100, user="Tom Turns")
    root = person.page.locator("html")
    expect(root).to_have_attribute("data-layout", "list")
    person.page.set_viewport_size({"width": 1100, "height": 700})
    expect(root).to_have_attribute("data-layout", "grid")
    person.save("https://youtu.be/dQw4w9WgXcQ")
    person.button("Show as a list").click()
    person.page.set_viewport_size({"width": 700, "height": 1100})
    person.page.set_viewport_size({"width": 1100, "height": 700})
    expect(root).to_have_attribute("data-layout", "list")


def test_enter_or_a_tag_applies_the_typed_search_immediately(
    visit: Callable[..., Visitor],
) -> None:
    person = visit(1400, 900, user="Tim Seeks")
    for key, tag in (("dQw4w9WgXcQ", "legs"), ("BGQWPY4IigY", "yoga")):
        person.save(f"https://youtu.be/{key}", tag)
        expect(person.card(key)).to_be_visible()
    person.page.clock.install()
    search = person.page.get_by_role("searchbox")
    search.fill("bgqw")
    search.press("Enter")
    person.sees("BGQWPY4IigY")
    search.fill("dqw4")
    person.chip("legs").click()
    person.sees("dQw4w9WgXcQ")
    expect(search).to_have_value("dqw4")


def test_a_double_click_on_a_card_keeps_its_sheet_open(visit: Callable[..., Visitor]) -> None:
    person = visit(1400, 900, user="Ted Clicks")
    person.save("https://youtu.be/dQw4w9WgXcQ")
    person.card("dQw4w9WgXcQ").dblclick()
    person.page.wait_for_timeout(300)
    expect(person.page.locator("iframe")).to_be_visible()
