"""Rare states are accessible and fit: offline, empty, loading, errors."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import FilePayload, Route, expect

from tests.support.web.pages import FOCUS_TAB, Visitor, axe_faults, overflowing, save
from tests.support.web.stories import ClientOf

pytestmark = [pytest.mark.browser, pytest.mark.node]

LEGS, YOGA = "dQw4w9WgXcQ", "BGQWPY4IigY"
LINKS = f"https://youtu.be/{YOGA}\nhttps://example.com/nothing-to-see-here\nno link at all"
NO = {"type": "/problems#invalid-input", "detail": "Not this one.", "status": 422}

Open = Callable[..., Visitor]


@pytest.fixture(scope="session", autouse=True)
def library(client_of: ClientOf) -> None:
    with client_of("Rae State") as person:
        save(person, LEGS, "Leg day without any equipment", "legs,no equipment")


def never_answer(route: Route) -> None:
    """Never answer."""


def states_of_the_library(person: Visitor) -> Iterator[str]:
    page = person.page
    page.route("**/changes?*", never_answer)
    person.sign_in("Rae State")
    expect(page.get_by_label("Loading your library")).to_be_visible()
    yield "loading"
    page.route("**/changes?*", lambda route: route.fulfill(status=503, json={}))
    page.reload()
    expect(page.get_by_role("heading", name="Something went wrong")).to_be_visible()
    yield "fault"
    page.unroute("**/changes?*")
    person.button("Try again").click()
    person.sees("Leg day")
    person.go_offline()
    page.evaluate(FOCUS_TAB)
    expect(page.locator(".notices")).to_contain_text("You're offline")
    yield "offline"
    person.save(f"https://youtu.be/{YOGA}", "yoga")
    expect(page.locator(".card.waiting")).to_be_visible()
    yield "waiting"
    page.route("**/videos", lambda route: route.fulfill(status=422, json=NO))
    person.context.set_offline(False)
    expect(page.locator(".notices")).to_contain_text("Couldn't do this")
    yield "refused later"
    page.unroute("**/videos")
    person.button("Dismiss").click()


def states_of_the_data(person: Visitor) -> Iterator[str]:
    page = person.page
    person.sign_out()
    person.sign_up(f"Newcomer {page.viewport_size}")
    expect(page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    yield "empty"
    person.open_place("Import and export")
    file: FilePayload = {"name": "links.txt", "mimeType": "text/plain", "buffer": LINKS.encode()}
    page.get_by_label("Import a file").set_input_files(file)
    expect(page.get_by_text("Not imported:")).to_be_visible()
    yield "import"
    person.button("Close").first.click()
    person.button("More").click()
    person.button("Delete all my data").click()
    expect(person.button("Delete everything")).to_be_visible()
    yield "erase"
    person.button("Delete everything").click()
    expect(person.button("Lars")).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1400, "light")])
def test_rare_states_are_accessible_and_fit_the_window(
    visit: Open, axe: str, width: int, scheme: str
) -> None:
    person = visit(width, 740, color_scheme=scheme, bypass_csp=True)
    for states in (states_of_the_library, states_of_the_data):
        for name in states(person):
            assert axe_faults(person, axe) == [], name
            assert overflowing(person) == [], name


@pytest.mark.parametrize("width", [360, 1400])
def test_the_trash_skeleton_has_the_layout_of_a_row(visit: Open, width: int) -> None:
    person = visit(width, user="Rae State")
    person.sees("Leg day")
    person.page.route("**/videos?deleted*", never_answer)
    person.page.goto("/#trash")
    waiting = person.page.get_by_label("Loading the trash")
    expect(waiting.locator(".line").first).to_be_visible()
    boxes = "rows => [...rows[0].children].map(part => part.getBoundingClientRect().toJSON())"
    picture, line = waiting.locator(".skeleton").evaluate_all(boxes)
    assert line["width"] > picture["width"]
    assert line["left"] > picture["right"]
    assert line["top"] < picture["bottom"]


def test_a_read_of_the_library_keeps_the_focus_in_the_trash(visit: Open) -> None:
    person = visit(user="Rae State")
    person.sees("Leg day")
    person.page.route("**/videos?deleted*", lambda route: route.fulfill(status=503, json={}))
    person.page.goto("/#trash")
    retry = person.button("Try again")
    retry.focus()
    with person.page.expect_response(lambda answer: "/changes?" in answer.url):
        person.page.evaluate(FOCUS_TAB)
    expect(retry).to_be_focused()
