"""The trash: its videos, their days left, and restoring them."""

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Route, expect

from tests.support.web.pages import Visitor, axe_faults, save, wait_until
from tests.support.web.stories import ClientOf, Open

pytestmark = [pytest.mark.browser, pytest.mark.node]

MANY = 70
OF_THE_TRASH = re.compile(r"/videos\?deleted=true")


@pytest.fixture
def enter(visit: Open, client_of: ClientOf, request: pytest.FixtureRequest) -> Any:
    """Sign a new user in, with these videos."""

    def enter(*titles: str, **more: Any) -> tuple[Visitor, httpx.Client, dict[str, int]]:
        name = request.node.name.removeprefix("test_").replace("_", " ")[:40]
        client = client_of(name)
        request.addfinalizer(client.close)
        ids = {title: save(client, f"trash{at:06}", title) for at, title in enumerate(titles)}
        person = visit(user=name, **more)
        return person, client, ids

    return enter


def open_trash(person: Visitor) -> None:
    person.open_place("Trash")
    expect(person.page.get_by_role("heading", name="Trash", exact=True)).to_be_visible()


def rows(person: Visitor) -> Locator:
    return person.page.locator(".trash-row:not(.skeleton)")


def holds(person: Visitor, *titles: str) -> None:
    expect(rows(person).locator(".card-title")).to_have_text(list(titles))


def test_the_trash_lists_the_last_deleted_first_and_restores(enter: Any) -> None:
    person, client, ids = enter("One", "Two", "Three", "Four")
    for title in ("Three", "One", "Four"):
        client.delete(f"/videos/{ids[title]}")
    open_trash(person)
    holds(person, "Four", "One", "Three")
    expect(rows(person).first).to_contain_text("30 days left")
    person.button("Restore One").click()
    person.sees_toast("Restored")
    holds(person, "Four", "Three")
    expect(person.button("Restore Three")).to_be_focused()
    person.button("Restore all 2").click()
    person.sees_toast("2 videos restored")
    expect(person.page.get_by_role("heading", name="The trash is empty")).to_be_visible()
    person.button("Close").first.click()
    person.sees("Four", "Three", "Two", "One")
    assert len(client.get("/videos").json()["videos"]) == len(ids)
    assert person.page.url.endswith("/")


def test_scrolling_loads_more_of_the_trash(enter: Any) -> None:
    titles = [f"Video {number:02}" for number in range(MANY)]
    person, client, ids = enter(*titles)
    client.post("/videos/batch", json={"ids": list(ids.values()), "action": "delete"})
    open_trash(person)
    expect(rows(person).first).to_be_visible()
    assert rows(person).count() < MANY
    dialog = person.page.locator("dialog")

    def all_are_there() -> bool:
        dialog.evaluate("dialog => dialog.scrollTo(0, 1e6)")
        return rows(person).count() == MANY

    wait_until(person.page, all_are_there)


def test_unsent_deletions_are_in_the_trash_as_not_synced(enter: Any) -> None:
    person, client, ids = enter("One", "Two", "Three", width=1400, height=900)
    client.delete(f"/videos/{ids['One']}")
    person.page.evaluate("dispatchEvent(new Event('online'))")
    person.sees("Three", "Two")
    person.go_offline()
    person.button("Select").click()
    person.button("Select all").click()
    person.button("Delete").click()
    open_trash(person)
    holds(person, "Three", "Two")
    expect(rows(person).first).to_contain_text("Not synced yet")
    expect(person.page.get_by_role("heading", name="You're offline")).to_be_visible()
    person.button("Restore Three").click()
    holds(person, "Two")
    person.context.set_offline(False)
    holds(person, "Two", "One")
    expect(rows(person).first).to_contain_text("30 days left")
    expect(person.page.get_by_role("heading", name="You're offline")).to_have_count(0)
    person.button("Close").first.click()
    person.sees("Three")


def test_restoring_a_purged_video_says_that_it_is_gone(enter: Any) -> None:
    person, client, ids = enter("One", "Two")
    client.delete(f"/videos/{ids['One']}")
    open_trash(person)
    holds(person, "One")
    gone = {"changed": [], "missing": [ids["One"]]}
    person.page.route("**/videos/batch", lambda route: route.fulfill(json=gone))
    person.page.route(OF_THE_TRASH, lambda route: route.fulfill(json=EMPTY))
    person.button("Restore One").click()
    person.sees_toast("no longer exists")
    expect(person.page.get_by_role("heading", name="The trash is empty")).to_be_visible()
    person.page.keyboard.press("Escape")
    person.sees("Two")


EMPTY = {"videos": [], "count": 0, "next_cursor": None}


def test_every_state_of_the_trash_is_accessible(enter: Any, axe: str) -> None:
    person, *_ = enter("One", "Two", bypass_csp=True, color_scheme="dark")
    person.sees("Two", "One")
    open_trash(person)
    expect(person.page.get_by_role("heading", name="The trash is empty")).to_be_visible()
    assert axe_faults(person, axe) == []
    broken = {"type": "/problems#internal-error", "detail": "Broken.", "status": 500}
    person.page.route(OF_THE_TRASH, lambda route: route.fulfill(status=500, json=broken))
    reopen(person)
    expect(person.page.get_by_role("heading", name="Something went wrong")).to_be_visible()
    assert axe_faults(person, axe) == []
    person.page.unroute(OF_THE_TRASH)
    person.go_offline()
    reopen(person)
    expect(person.page.get_by_role("heading", name="You're offline")).to_be_visible()
    assert axe_faults(person, axe) == []
    person.context.set_offline(False)
    expect(person.page.get_by_role("heading", name="The trash is empty")).to_be_visible()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    person.page.route(OF_THE_TRASH, hold)
    reopen(person)
    expect(person.page.get_by_label("Loading the trash")).to_be_visible()
    assert axe_faults(person, axe) == []
    for route in held:
        route.continue_()


def reopen(person: Visitor) -> None:
    person.page.keyboard.press("Escape")
    expect(person.page.locator("dialog")).to_be_hidden()
    open_trash(person)
