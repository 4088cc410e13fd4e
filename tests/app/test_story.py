"""The app in Chromium, from the first sign-in to the second person.

`CORE_PICTURES=docs/pictures` keeps pictures of it there.
"""

import asyncio
import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Route

from tests.app.browsers import Screen, serve_app
from tests.app.devices import Device, Servers

pytestmark = [pytest.mark.browser, pytest.mark.isolation]

LEGS, YOGA = "dQw4w9WgXcQ", "BGQWPY4IigY"
TITLES = {
    "Kettlebell basics in 20 minutes": ["kettlebell", "20 minutes", "favourite"],
    "Leg day without equipment": ["legs", "no equipment"],
    "Morning yoga for stiff backs": ["yoga", "morning"],
    "Tabata: eight rounds and done": ["20 minutes", "no equipment"],
    "Your first 5 kilometres": ["running", "favourite"],
    "Push-ups from zero to fifty": ["no equipment", "arms"],
    "Stretching after a long run": ["running", "stretching", "20 minutes"],
    "Core and balance on one mat": ["core", "morning"],
    "Shoulders that last a lifetime": ["arms", "stretching"],
}

Open = Callable[..., Screen]


@pytest.fixture
def open_screen(browser: Browser, servers: Servers, tmp_path: Path) -> Iterator[Open]:
    """Open the app in windows that share nothing but its process."""
    with serve_app(servers, tmp_path / "app.log") as url:
        contexts = []

        def open_screen(width: int = 400, height: int = 800, scheme: Any = "light") -> Screen:
            size: Any = {"width": width, "height": height}
            context = browser.new_context(viewport=size, color_scheme=scheme)
            context.route(re.compile(r"^https://"), _answer_for_youtube)
            contexts.append(context)
            return Screen(context, url)

        yield open_screen
        for context in contexts:
            context.close()


def _answer_for_youtube(route: Route) -> None:
    """There is no internet here: pages are empty, and pictures are missing."""
    if route.request.is_navigation_request():
        route.fulfill(body="YouTube")
    else:
        route.abort()


def keep_picture(screen: Screen, name: str) -> None:
    if folder := os.environ.get("CORE_PICTURES"):
        screen.picture(Path(folder) / f"{name}.png")


def test_a_person_saves_finds_plays_deletes_and_leaves_nothing_to_the_next(
    open_screen: Open,
) -> None:
    screen = open_screen()
    screen.button("Sign in").wait_for()
    keep_picture(screen, "app-sign-in")
    screen.sign_in("Lily")
    screen.sees("Nothing here yet")

    screen.tap("Save your first video")
    screen.write("YouTube link", "https://example.com/cooking")
    screen.tap("Save")
    screen.sees("This is not a YouTube link")
    save(screen, f"https://youtu.be/{LEGS}?si=x&t=42", "legs, workout")
    screen.tap("Save a video")
    save(screen, f'Watch "Yoga" on YouTube https://youtu.be/{YOGA}', "yoga, workout")
    screen.sees(f"Video {LEGS}")

    screen.tap("legs 1")
    screen.misses(f"Video {YOGA}")
    screen.tap("legs 1")
    screen.write("Search", "nothing has this")
    screen.sees("No video fits")
    screen.tap("Show all videos")
    screen.sees(f"Video {YOGA}")
    screen.write("Search", "YOG")
    screen.misses(f"Video {LEGS}")
    screen.write("Search", "")

    screen.tap(f"Video {LEGS}")
    assert played(screen) == f"https://www.youtube.com/watch?v={LEGS}&t=42s"
    delete(screen)
    screen.sees("Deleted")
    screen.misses(f"Video {LEGS}")
    screen.tap("Undo")
    screen.sees(f"Video {LEGS}")
    screen.tap(f"Video {YOGA}")
    delete(screen)
    screen.misses(f"Video {YOGA}")

    screen.tap("Account")
    screen.tap("Sign out")
    assert "prompt=login" in screen.sign_in("Lars")
    screen.sees("Nothing here yet")

    other = open_screen()
    other.sign_in("Lily")
    other.sees(f"Video {LEGS}")
    other.misses(f"Video {YOGA}")


@pytest.mark.parametrize("look", ["phone-light", "phone-dark", "wide-light", "wide-dark"])
def test_a_library_looks_like_an_app(
    open_screen: Open, servers: Servers, tmp_path: Path, look: str
) -> None:
    shape, scheme = look.split("-")
    with ThreadPoolExecutor(1) as beside:  # Playwright's loop runs in this thread
        beside.submit(asyncio.run, fill(servers, tmp_path)).result()
    screen = open_screen(400 if shape == "phone" else 1200, scheme=scheme)
    screen.sign_in("Chris")
    screen.sees("Kettlebell basics")
    keep_picture(screen, f"app-library-{look}")
    screen.tap("Kettlebell basics")
    screen.page.get_by_role("heading", name="Kettlebell basics").wait_for()
    screen.sees("20 minutes")
    keep_picture(screen, f"app-video-{look}")


async def fill(servers: Servers, folder: Path) -> None:
    """Give Chris a library, from another device of his."""
    device = Device(servers, folder)
    await device.sign_in("Chris")
    for number, (title, tags) in enumerate(reversed(TITLES.items())):
        saved = await device.api.save_video(f"https://youtu.be/picture{number:04}", tags)
        await device.api.update_video(saved.id, title=title)
    await device.client.aclose()


def save(screen: Screen, text: str, tags: str) -> None:
    screen.write("YouTube link", text)
    screen.write("Tags", tags)
    screen.tap("Save")
    screen.sees("Saved")


def delete(screen: Screen) -> None:
    """Delete what is open, and wait until its view has slid away: Undo moves with it."""
    screen.tap("Delete")
    screen.button("Delete").wait_for(state="detached")


def played(screen: Screen) -> str:
    with screen.context.expect_page() as opened:
        screen.tap("Play")
    opened.value.close()
    return opened.value.url
