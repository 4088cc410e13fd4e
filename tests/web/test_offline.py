"""The web app without a network, and two people at one device."""

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import expect

from tests.web.pages import Visitor

pytestmark = pytest.mark.browser

LEGS, YOGA = "dQw4w9WgXcQ", "BGQWPY4IigY"

Open = Callable[..., Visitor]


def test_it_opens_without_a_network_and_sends_later_what_was_saved_there(visit: Open) -> None:
    person = visit(service_workers="allow")
    person.join("Ida Example")
    person.save(f"https://youtu.be/{LEGS}", "legs")
    person.told("Saved")
    person.page.wait_for_function("navigator.serviceWorker.controller")

    person.context.set_offline(True)
    person.page.goto(f"/save?{urlencode({'text': f'https://youtu.be/{YOGA}'})}")
    person.page.get_by_label("Add a tag").fill("yoga")
    person.button("Save").click()
    person.told("Kept on this device")
    expect(person.card("Waits for the network")).to_contain_text(YOGA)
    expect(person.card(LEGS)).to_be_visible()
    person.page.reload()
    expect(person.card("Waits for the network")).to_contain_text(YOGA)
    person.page.get_by_role("searchbox").fill("legs")
    person.sees(LEGS)
    person.page.get_by_role("searchbox").fill("")

    person.context.set_offline(False)
    expect(person.card("Waits for the network")).to_have_count(0)
    person.sees(YOGA, LEGS)


def test_the_next_person_sees_and_sends_nothing_that_waits(visit: Open) -> None:
    first = visit()
    first.join("Nora Example")
    first.page.route("**/videos", lambda route: route.abort())
    first.save(f"https://youtu.be/{LEGS}")
    first.told("Kept on this device")
    first.sign_out()
    first.page.unroute("**/videos")
    first.join("Otto Example")
    expect(first.page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    first.sign_out()
    first.button("Nora Example").click()
    first.sees(LEGS)


def test_a_bookmark_saves_what_is_being_watched_and_closes(visit: Open) -> None:
    person = visit(1400, 900)
    person.join("Kim Example")
    person.button("More").click()
    link = person.page.get_by_role("link", name="Save in Core")
    script = (link.get_attribute("href") or "").removeprefix("javascript:")
    watching = person.context.new_page()
    watching.goto(f"https://www.youtube.com/watch?v={YOGA}")
    with person.context.expect_page() as opened:
        watching.evaluate(script)
    window = opened.value
    assert urlsplit(window.url).path == "/save"
    with window.expect_event("close"):
        window.get_by_role("button", name="Save", exact=True).click()
    person.page.reload()
    person.page.keyboard.press("Escape")
    person.sees(YOGA)
