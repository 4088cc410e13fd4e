"""The page of docs/web.md with the stand-in's scripts."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.devclerk.pages import list_videos, open_page, wait_for_another_token
from tests.support.servers import run_dev

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The URLs of the service and the stand-in; a token is renewed after two seconds."""
    with run_dev(tmp_path_factory.mktemp("dev"), "--token-lifetime", "12") as servers:
        yield servers


@pytest.fixture
def page(browser: Browser, servers: tuple[str, str]) -> Iterator[Page]:
    with open_page(browser, *servers) as page:
        yield page


def button(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_a_user_signs_in_stays_signed_in_after_a_reload_and_signs_out(page: Page) -> None:
    button(page, "Lily")
    expect(page.locator("#user-button")).to_contain_text("Lily")
    expect(page.locator("#sign-in")).to_be_empty()
    assert list_videos(page) == 200
    told = "Clerk.user.fullName + Clerk.user.primaryEmailAddress.emailAddress + Clerk.isSignedIn"
    assert page.evaluate(told) == "Lilylily@example.comtrue"
    page.reload()
    expect(page.locator("#user-button")).to_contain_text("Lily")
    button(page, "Open user menu")
    button(page, "Sign out")
    expect(page.get_by_role("button", name="Lars")).to_be_visible()
    expect(page.locator("#user-button")).to_be_empty()
    assert page.evaluate("[Clerk.user, Clerk.session]") == [None, None]


def test_a_new_user_is_added_and_an_unknown_e_mail_shows_an_error(page: Page) -> None:
    page.get_by_label("New user").fill("mia@example.com")
    button(page, "Add and sign in")
    expect(page.get_by_role("alert")).to_have_text("Unknown e-mail: mia@example.com.")
    page.get_by_label("New user").fill("Mia Example")
    button(page, "Add and sign in")
    expect(page.locator("#user-button")).to_contain_text("Mia Example")
    assert list_videos(page) == 200


def test_a_token_is_cached_and_renewed_before_it_expires(page: Page) -> None:
    button(page, "Lily")
    expect(page.locator("#user-button")).to_contain_text("Lily")
    first, same, fresh = (
        page.evaluate(f"Clerk.session.getToken({options})")
        for options in ("", "", "{ skipCache: true }")
    )
    assert first == same
    wait_for_another_token(page, fresh)
    assert list_videos(page) == 200


def test_a_session_that_ended_elsewhere_ends_here(page: Page) -> None:
    button(page, "Lily")
    expect(page.locator("#user-button")).to_contain_text("Lily")
    other = page.context.new_page()
    other.goto("/")
    button(other, "Open user menu")
    button(other, "Sign out")
    expect(other.get_by_role("button", name="Lily")).to_be_visible()
    ask = "Clerk.session.getToken({ skipCache: true }).catch((error) => error.status)"
    assert page.evaluate(ask) == 401
    expect(page.get_by_role("button", name="Lily")).to_be_visible()


def test_offline_a_renewal_fails_and_the_user_stays_signed_in(page: Page) -> None:
    button(page, "Lily")
    expect(page.locator("#user-button")).to_contain_text("Lily")
    page.context.set_offline(offline=True)
    refused = "Clerk.session.getToken({ skipCache: true }).then(() => false, () => true)"
    assert page.evaluate(refused)
    assert page.evaluate("Clerk.user.firstName") == "Lily"
    page.context.set_offline(offline=False)
    assert list_videos(page) == 200


def test_a_sign_in_dialog_keeps_the_page(page: Page) -> None:
    expect(page.get_by_role("button", name="Lily")).to_be_visible()
    page.evaluate("document.body.dataset.typed = 'half a title'; Clerk.openSignIn()")
    page.get_by_role("dialog").get_by_role("button", name="Lars").click()
    expect(page.locator("#user-button")).to_contain_text("Lars")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.evaluate("document.body.dataset.typed") == "half a title"
