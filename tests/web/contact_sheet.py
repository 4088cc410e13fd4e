"""Screenshots for a design review: `make pictures` puts the main screens on one contact sheet."""

import os
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.support.web.pages import FOCUS_TAB, Visitor, save
from tests.support.web.stories import ClientOf

pytestmark = pytest.mark.browser

FOLDER = os.environ.get("CORE_PICTURES", "")
"""The folder of the screenshots."""

SIZES = [(320, 640), (360, 740), (800, 1000), (1400, 900)]
LOOKS = list(product(SIZES, ("light", "dark"), ("en-GB", "de-DE")))
TOUCH_PX = 1000
ROW_PX = 480
GAP_PX = 16
TITLES = {
    "Kettlebell basics in 20 minutes": "kettlebell,20 minutes,favourite",
    "Leg day without equipment": "legs,no equipment",
    "Morning yoga for stiff backs": "yoga,morning",
    "Tabata: eight rounds and done": "20 minutes,no equipment",
    "Your first 5 kilometres": "running,favourite",
    "Stretching after a long run": "running,stretching,20 minutes",
    "تمارين الصباح للمبتدئين": "morning",
}

Open = Callable[..., Visitor]


@pytest.fixture(scope="module")
def first(client_of: ClientOf) -> Iterator[int]:
    """Give Dana a library with one video in the trash; return the id of the first video."""
    with client_of("Dana Designs") as dana:
        ids = [save(dana, f"design{at:05}", *one) for at, one in enumerate(TITLES.items())]
        dana.post("/videos/batch", json={"ids": ids[-1:], "action": "delete"})
        save(dana, "design00009", *list(TITLES.items())[-1])
        yield ids[0]


def screens(person: Visitor, first: int) -> Iterator[str]:
    """Open the main screens by address, since labels differ by language."""
    page = person.page
    cards = page.locator("#videos .card")
    expect(cards).to_have_count(len(TITLES))
    yield "library"
    for address in (f"#video-{first}", f"#video-{first}-edit", "#help", "#import", "#tags"):
        page.goto(f"/{address}")
        expect(page.locator("dialog[open]")).to_be_visible()
        yield address.strip("#").replace(str(first), "1")
    page.goto("/#trash")
    expect(page.locator(".trash-row")).to_have_count(1)
    yield "trash"
    page.goto("/save?url=https://youtu.be/dQw4w9WgXcQ")
    page.locator("#tag-field").fill("wor")
    yield "save"
    page.goto("/")
    expect(cards).to_have_count(len(TITLES))
    cards.first.locator("a").focus()
    page.keyboard.press("x")
    yield "select"
    page.keyboard.press("Escape")
    page.context.set_offline(True)
    page.evaluate(FOCUS_TAB)
    expect(page.locator(".notice")).to_be_visible()
    yield "offline"


@pytest.fixture(scope="module")
def rows() -> Iterator[dict[str, list[Image.Image]]]:
    """Collect the screenshots of each screen, then save them as one contact sheet."""
    kept: dict[str, list[Image.Image]] = {}
    yield kept
    contact_sheet(list(kept.values())).save(Path(FOLDER) / "contact-sheet.png", optimize=True)


@pytest.mark.parametrize("look", LOOKS)
def test_each_look_is_on_the_contact_sheet(
    visit: Open,
    first: int,
    rows: dict[str, list[Image.Image]],
    look: tuple[tuple[int, int], str, str],
) -> None:
    size, scheme, locale = look
    touch: dict[str, Any] = {"has_touch": True, "is_mobile": True} if size[0] < TOUCH_PX else {}
    person = visit(*size, user="Dana Designs", color_scheme=scheme, locale=locale, **touch)
    for name in screens(person, first):
        person.page.wait_for_timeout(300)
        file = Path(FOLDER) / f"sheet-{name}-{size[0]}-{scheme}-{locale[:2]}.png"
        person.page.screenshot(path=file)
        with Image.open(file) as seen:
            width = round(seen.width * ROW_PX / seen.height)
            rows.setdefault(name, []).append(seen.convert("RGB").resize((width, ROW_PX)))


def contact_sheet(rows: list[list[Image.Image]]) -> Image.Image:
    """One row for each screen, one column for each look."""
    width = max(sum(one.width + GAP_PX for one in row) for row in rows) + GAP_PX
    sheet = Image.new("RGB", (width, len(rows) * (ROW_PX + GAP_PX) + GAP_PX), "#808080")
    for at, row in enumerate(rows):
        left = GAP_PX
        for one in row:
            sheet.paste(one, (left, GAP_PX + at * (ROW_PX + GAP_PX)))
            left += one.width + GAP_PX
    return sheet
