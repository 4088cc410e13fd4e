"""The app in Chromium, from the first sign-in to the second user.

`CORE_PICTURES=docs/pictures` saves its screenshots there.
"""

import asyncio
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from app.sync.note_changes import add_note
from app.sync.workout_changes import add_workout
from app.training import today
from tests.support.app.browsers import Screen, serve_app
from tests.support.app.devices import Device, Servers

pytestmark = pytest.mark.browser

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

LOOKS = ["phone-light", "phone-dark", "wide-dark", "wide-light"]
TRIED = LOOKS if os.environ.get("SOAK") or os.environ.get("CORE_PICTURES") else LOOKS[::2]
"""`make test` runs two of them."""

Open = Callable[..., Screen]


@pytest.fixture(scope="module")
def app_url(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve_app(servers, tmp_path_factory.mktemp("app") / "app.log") as url:
        yield url


@pytest.fixture
def open_screen(browser: Browser, app_url: str) -> Iterator[Open]:
    """Open the app in browser contexts that share only its process."""
    contexts = []

    def open_screen(
        width: int = 400, height: int = 800, scheme: Any = "light", locale: str = "en-GB"
    ) -> Screen:
        size: Any = {"width": width, "height": height}
        context = browser.new_context(viewport=size, color_scheme=scheme, locale=locale)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        contexts.append(context)
        return Screen(context, app_url)

    yield open_screen
    for context in contexts:
        context.close()


def keep_picture(screen: Screen, name: str) -> None:
    if folder := os.environ.get("CORE_PICTURES"):
        screen.picture(Path(folder) / f"{name}.png")


def test_a_user_saves_finds_plays_deletes_and_the_next_user_sees_no_data(
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
    save(screen, f"https://youtu.be/{YOGA}", "yoga, workout")
    screen.sees(f"YouTube {LEGS}")

    screen.tap("legs 1")
    screen.misses(f"YouTube {YOGA}")
    save_search(screen)
    screen.tap("legs 1")
    screen.write("Search", "nothing has this")
    screen.sees("No matches")
    screen.tap("Show all videos")
    screen.sees(f"YouTube {YOGA}")
    screen.write("Search", "YOG")
    screen.misses(f"YouTube {LEGS}")
    screen.write("Search", "")

    screen.tap(f"YouTube {LEGS}")
    assert played(screen) == f"https://www.youtube.com/watch?v={LEGS}&t=42s"
    delete(screen)
    screen.sees("Deleted")
    screen.misses(f"YouTube {LEGS}")
    screen.undo()
    screen.sees(f"YouTube {LEGS}")
    edit_train_and_restore(screen)

    screen.tap("Account")
    screen.tap("Sign out")
    assert "prompt=login" in screen.sign_in("Lars")
    screen.sees("Nothing here yet")
    screen.tap("Account")
    screen.tap("Delete all my data")
    screen.tap("Delete everything")
    screen.button("Sign in").wait_for()

    other = open_screen(locale="de-AT")
    other.sign_in("Lily", "Im Browser anmelden")
    other.sees(f"YouTube {LEGS}")
    other.sees("Yoga at home")
    other.sees("noch nicht gemacht")
    other.tap("Kurze Beine")
    other.misses("Yoga at home")
    other.tap(f"YouTube {LEGS}")
    other.tap("Zurück")  # Flutter's own word
    other.sees("1 von 2")


@pytest.mark.soak
@pytest.mark.parametrize("look", TRIED)
def test_the_main_screens_show_a_filled_library(
    open_screen: Open, servers: Servers, tmp_path: Path, look: str
) -> None:
    shape, scheme = look.split("-")
    with ThreadPoolExecutor(1) as other:  # Playwright's loop runs in this thread
        other.submit(asyncio.run, fill(servers, tmp_path)).result()
    screen = open_screen(400 if shape == "phone" else 1200, scheme=scheme)
    screen.sign_in("Chris")
    screen.sees("Kettlebell basics")
    keep_picture(screen, f"app-library-{look}")
    screen.tap("Kettlebell basics")
    screen.page.get_by_role("heading", name="Kettlebell basics").wait_for()
    screen.sees("Elbows close")
    keep_picture(screen, f"app-video-{look}")
    screen.tap("Back")
    screen.tap("Account")
    screen.tap("Workout log")
    screen.sees("This week: 1 workout")
    keep_picture(screen, f"app-log-{look}")


async def fill(servers: Servers, folder: Path) -> None:
    """Fill Chris's library from another device, unless an earlier parameter has."""
    device = Device(servers, folder)
    await device.sign_in("Chris")
    known = await device.api.read_changes()
    if not (known and known.videos):
        await fill_empty(device)
    filled = await device.api.read_changes()
    assert filled
    assert len(filled.notes) == 2
    await device.client.aclose()


async def fill_empty(device: Device) -> None:
    for number, (title, tags) in enumerate(reversed(TITLES.items())):
        saved, _ = await device.api.save_video(f"https://youtu.be/picture{number:04}", tags)
        await device.api.update_video(saved.id, title=title)
    for change in (
        add_workout(saved, today(), 20),
        add_note(saved, at_s=83, end_s=100, text="Elbows close"),
        add_note(saved, at_s=None, end_s=None, text="The blue mat"),
    ):
        await change.kind.send(device.api, change)


def save(screen: Screen, text: str, tags: str) -> None:
    screen.write("YouTube link", text)
    screen.write("Tags", tags)
    screen.tap("Save")
    screen.sees("Saved")


def save_search(screen: Screen) -> None:
    """Save the current filters."""
    screen.tap("Save this search")
    screen.write("Name", "Kurze Beine")
    screen.tap("Save")
    screen.button("Kurze Beine").wait_for()


def edit_train_and_restore(screen: Screen) -> None:
    """Edit a video, log a workout, delete the video, and restore it from the trash."""
    screen.tap(f"YouTube {YOGA}")
    screen.tap("Edit")
    screen.write("Title", "Yoga at home")
    screen.write("Start", "1:05")
    screen.tap("Save")
    screen.sees("from 1:05")
    screen.tap("Done")
    screen.sees("today · ×1")
    screen.tap("Hard")
    screen.tap("Finish")
    write_note(screen, "Elbows close", "1:23")
    delete(screen)
    screen.misses("Yoga at home")
    screen.tap("Account")
    screen.tap("Trash")
    screen.tap("Restore Yoga at home")
    screen.sees("The trash is empty")
    screen.tap("Back")
    screen.write("Search", "elbows")
    screen.sees("Yoga at home")
    screen.misses(f"YouTube {LEGS}")
    screen.write("Search", "")
    play_on_and_read_the_log(screen)


def write_note(screen: Screen, text: str, at: str) -> None:
    screen.tap("Add a note")
    screen.write("Note", text)
    screen.write("At", at)
    screen.tap("Finish")
    screen.sees(at)


def play_on_and_read_the_log(screen: Screen) -> None:
    """Get another suggestion, play both videos, and find the workout in the log."""
    screen.tap("What today?")
    screen.sees(f"YouTube {LEGS}")
    screen.tap("Another")
    screen.sees("Yoga at home")
    screen.tap("Back")
    screen.tap("Play these videos")
    screen.tap("Play in this order")
    screen.sees("1 of 2")
    screen.sees("Elbows close")
    screen.tap("Next video")
    screen.sees("2 of 2")
    screen.tap("Share")
    screen.sees("Link copied")
    copied = screen.page.evaluate("navigator.clipboard.readText()")
    assert copied == f"https://www.youtube.com/watch?v={LEGS}&t=42s"
    screen.tap("Back")
    screen.tap("Back")
    screen.tap("Account")
    screen.tap("Workout log")
    screen.sees("This week: 1 workout")
    screen.sees("Hard")
    screen.tap("Back")


def delete(screen: Screen) -> None:
    """Delete the open video, and wait until its view is closed: Undo moves until then."""
    screen.tap("Delete")
    screen.button("Delete").wait_for(state="detached")


def played(screen: Screen) -> str:
    """Play the open video; return the YouTube URL that opens."""
    screen.context.route("https://www.youtube.com/**", lambda route: route.fulfill(body="YouTube"))
    with screen.context.expect_page() as opened:
        screen.tap("Play")
    opened.value.close()
    return opened.value.url
