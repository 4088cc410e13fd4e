"""The web app with Clerk's own scripts from npm, as in production."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import ConsoleMessage, Request, Route, expect

from tests.support.devclerk.clerk_scripts import fetch_scripts
from tests.support.devclerk.pages import wait_for_another_token
from tests.support.servers import run_dev
from tests.support.web.pages import Visitor, stored_data

pytestmark = [pytest.mark.browser, pytest.mark.node]

PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="9"/>'
RENEWAL_REFUSED = re.compile(r"status of 401 .*/sessions/\w+/tokens\?")
LEGS, YOGA = "dQw4w9WgXcQ", "BGQWPY4IigY"

Open = Callable[..., Visitor]


@pytest.fixture(scope="session")
def core_dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The service; its tokens last 20 seconds, and clerk-js renews them after three."""
    options = ["--token-lifetime", "20", "--clerk-scripts", str(fetch_scripts())]
    with run_dev(tmp_path_factory.mktemp("clerk"), *options) as servers:
        yield servers


@pytest.fixture(scope="session")
def client_of() -> None:
    """Override the session's fixture, which signs in at another server."""


def test_a_user_signs_in_renews_the_token_and_signs_out_with_clerk_js(visit: Open) -> None:
    person = visit()
    page, faults = person.page, watch(person)
    page.reload()
    first = sign_in(person, "lily@example.com")
    expect(page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    person.save(f"https://youtu.be/{LEGS}", "legs")
    person.sees(LEGS)

    wait_for_another_token(page, page.evaluate("Clerk.session.getToken()"))
    with page.expect_request(lambda request: request.method == "POST" and is_list(request)) as sent:
        person.save(f"https://youtu.be/{YOGA}", "yoga")
    person.sees(YOGA, LEGS)
    assert sent.value.headers["authorization"] not in {first, None}
    expect(page.locator("dialog")).to_be_hidden()
    page.reload()
    person.sees(YOGA, LEGS)

    person.button("Open user menu").click()
    person.button("Manage account").click()
    expect(page.get_by_role("heading", name="Profile details")).to_be_visible()
    page.keyboard.press("Escape")
    person.button("Open user menu").click()
    person.button("Sign out").click()
    expect(page.get_by_label("Email address")).to_be_visible()
    sign_in(person, "lars@example.com")
    expect(page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    assert LEGS not in stored_data(person)
    assert faults == []


def watch(person: Visitor) -> list[str]:
    """Collect console errors and requests to other hosts; answer thumbnails.

    Clerk refuses a renewal that clerk-js sends during the sign-out.
    """
    faults: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        fault = f"{message.text} {message.location.get('url')}"
        if message.type == "error" and not RENEWAL_REFUSED.search(fault):
            faults.append(fault)

    def answer(route: Route) -> None:
        if urlsplit(route.request.url).hostname != "i.ytimg.com":
            faults.append(route.request.url)
        route.fulfill(body=PICTURE, content_type="image/svg+xml")

    person.context.route(re.compile("^https://"), answer)
    person.page.on("console", listen)
    return faults


def sign_in(person: Visitor, email: str) -> str:
    """Sign in with Clerk's form; return the `Authorization` of the first read."""
    person.page.get_by_label("Email address").fill(email)
    with person.page.expect_request(is_list) as asked:
        person.button("Continue").click()
    expect(person.page.locator(".person").get_by_role("button")).to_be_visible()
    return asked.value.headers["authorization"]


def is_list(request: Request) -> bool:
    return urlsplit(request.url).path in {"/videos", "/changes"}
