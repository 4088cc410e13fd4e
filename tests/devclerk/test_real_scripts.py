"""The same page with Clerk's own scripts from npm."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.support.devclerk.clerk_scripts import fetch_scripts
from tests.support.devclerk.pages import list_videos, open_page, wait_for_another_token
from tests.support.servers import run_dev

pytestmark = [pytest.mark.browser, pytest.mark.node]


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The tokens expire after 20 seconds, and clerk-js renews them after three."""
    options = ["--token-lifetime", "20", "--clerk-scripts", str(fetch_scripts())]
    with run_dev(tmp_path_factory.mktemp("scripts"), *options) as servers:
        yield servers


@pytest.fixture
def page(browser: Browser, servers: tuple[str, str]) -> Iterator[Page]:
    """The page, in a browser profile of the test's own."""
    with open_page(browser, *servers) as page:
        yield page


def sign_in(page: Page, email: str) -> None:
    page.get_by_label("Email address").fill(email)
    page.get_by_role("button", name="Continue", exact=True).click()


def has_failed(request: Request) -> bool:
    """Return whether a request failed; a request that a reload aborted does not count."""
    if request.failure:
        return request.failure != "net::ERR_ABORTED"
    answer = request.response()
    return answer is not None and not answer.ok


def test_a_user_signs_in_gets_a_renewed_token_and_signs_out(page: Page) -> None:
    requests: list[Request] = []
    page.on("request", lambda request: requests.append(request))  # noqa: PLW0108  Playwright sets an attribute on the handler
    page.reload()
    sign_in(page, "lily@example.com")
    expect(page.locator("#user-button").get_by_role("button")).to_be_visible()
    expect(page.locator("#sign-in")).to_be_empty()
    told = "Clerk.user.fullName + Clerk.user.primaryEmailAddress.emailAddress + Clerk.isSignedIn"
    assert page.evaluate(told) == "Lilylily@example.comtrue"
    assert page.evaluate("Clerk.version").startswith("6.")
    assert list_videos(page) == 200

    wait_for_another_token(page, page.evaluate("Clerk.session.getToken()"))
    assert list_videos(page) == 200

    page.reload()
    page.locator("#user-button").get_by_role("button").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Email address")).to_be_visible()
    expect(page.locator("#user-button")).to_be_empty()
    assert page.evaluate("[Clerk.user, Clerk.session]") == [None, None]
    page.reload()
    expect(page.get_by_label("Email address")).to_be_visible()

    sign_in(page, "lars@example.com")
    expect(page.locator("#user-button").get_by_role("button")).to_be_visible()
    assert page.evaluate("Clerk.user.firstName") == "Lars"
    assert list_videos(page) == 200
    assert {urlsplit(request.url).hostname for request in requests} == {"127.0.0.1"}
    assert [request.url for request in requests if has_failed(request)] == []


def test_an_unknown_e_mail_shows_an_error(page: Page) -> None:
    sign_in(page, "unknown@example.com")
    expect(page.get_by_text("Unknown e-mail: unknown@example.com.")).to_be_visible()


def test_a_session_that_ended_elsewhere_ends_here(page: Page) -> None:
    sign_in(page, "lily@example.com")
    expect(page.locator("#user-button").get_by_role("button")).to_be_visible()
    end = page.evaluate("`${Clerk.proxyUrl}/v1/client/sessions/${Clerk.session.id}/end`")
    page.context.request.post(end)
    ask = "Clerk.session.getToken({ skipCache: true }).catch((error) => error.status)"
    assert page.evaluate(ask) == 401
    expect(page.get_by_label("Email address")).to_be_visible()
