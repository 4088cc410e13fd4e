"""The same page with Clerk's own scripts, from npm, in place of the stand-in's."""

import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

from tests.devclerk.pages import ROOT, list_videos, open_page, wait_for_another_token
from tests.needs import missing
from tests.servers import run_dev

pytestmark = [pytest.mark.browser, pytest.mark.node]

PACKAGES = {"clerk-js": "@clerk/clerk-js@6.40.0", "ui": "@clerk/ui@1.36.0"}
SCRIPT = re.compile(r".*/npm/@clerk/(clerk-js|ui)@[\d.]+/([\w./-]+)")
PATIENCE_S = 120


@pytest.fixture(scope="module")
def scripts() -> dict[str, Path]:
    """Where npm's packages are unpacked, without what they were built of; kept in build/."""
    if not shutil.which("npm"):
        missing("npm is needed, and is not here")
    return {name: _fetch(package) for name, package in PACKAGES.items()}


def _fetch(package: str) -> Path:
    """Unpack beside the target, then rename: two test processes may do it at once."""
    target = ROOT / "build" / package.replace("/", "-")
    if target.exists():
        return target / "package"
    fresh = target.with_name(f"{target.name}.{os.getpid()}")
    fresh.mkdir(parents=True)
    command = ["npm", "pack", "--silent", "--pack-destination", str(fresh), package]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE_S)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        shutil.rmtree(fresh)
        missing(f"npm could not fetch {package}: {(error.stderr or b'').decode()[-500:]}")
    [archive] = fresh.glob("*.tgz")
    with tarfile.open(archive) as files:
        files.extractall(fresh, filter="data")
    try:
        fresh.rename(target)
    except OSError:
        shutil.rmtree(fresh)  # another process was faster
    return target / "package"


@pytest.fixture
def page(browser: Browser, scripts: dict[str, Path], tmp_path: Path) -> Iterator[Page]:
    """The page; its tokens hold for 20 seconds, which clerk-js renews after three."""

    def answer(route: Route) -> None:
        found = SCRIPT.fullmatch(route.request.url)
        assert found, route.request.url
        script = (scripts[found[1]] / found[2]).read_bytes()
        headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "text/javascript"}
        route.fulfill(body=script, headers=headers)

    with (
        run_dev(tmp_path, "--token-lifetime", "20") as servers,
        open_page(browser, *servers, answer_script=answer) as page,
    ):
        yield page


def sign_in(page: Page, email: str) -> None:
    page.get_by_label("Email address").fill(email)
    page.get_by_role("button", name="Continue", exact=True).click()


def has_failed(request: Request) -> bool:
    """Tell whether it was refused; what a reload broke off was not."""
    if request.failure:
        return request.failure != "net::ERR_ABORTED"
    answer = request.response()
    return answer is not None and not answer.ok


def test_a_person_signs_in_gets_a_renewed_token_and_signs_out(page: Page) -> None:
    requests: list[Request] = []
    page.on("request", lambda request: requests.append(request))  # noqa: PLW0108  it marks what it is given
    page.reload()
    sign_in(page, "lily@example.com")
    expect(page.locator("#person").get_by_role("button")).to_be_visible()
    expect(page.locator("#sign-in")).to_be_empty()
    told = "Clerk.user.fullName + Clerk.user.primaryEmailAddress.emailAddress + Clerk.isSignedIn"
    assert page.evaluate(told) == "Lilylily@example.comtrue"
    assert page.evaluate("Clerk.version").startswith("6.")
    assert list_videos(page) == 200

    wait_for_another_token(page, page.evaluate("Clerk.session.getToken()"))
    assert list_videos(page) == 200

    page.reload()
    page.locator("#person").get_by_role("button").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Email address")).to_be_visible()
    expect(page.locator("#person")).to_be_empty()
    assert page.evaluate("[Clerk.user, Clerk.session]") == [None, None]
    page.reload()
    expect(page.get_by_label("Email address")).to_be_visible()

    sign_in(page, "lars@example.com")
    expect(page.locator("#person").get_by_role("button")).to_be_visible()
    assert page.evaluate("Clerk.user.firstName") == "Lars"
    assert list_videos(page) == 200
    assert {urlsplit(request.url).hostname for request in requests} == {"127.0.0.1"}
    assert [request.url for request in requests if has_failed(request)] == []


def test_who_has_no_account_is_told_so(page: Page) -> None:
    sign_in(page, "nobody@example.com")
    expect(page.get_by_text("Nobody has the e-mail nobody@example.com.")).to_be_visible()


def test_a_session_that_ended_elsewhere_ends_here(page: Page) -> None:
    sign_in(page, "lily@example.com")
    expect(page.locator("#person").get_by_role("button")).to_be_visible()
    end = page.evaluate("`${Clerk.proxyUrl}/v1/client/sessions/${Clerk.session.id}/end`")
    page.context.request.post(end)
    ask = "Clerk.session.getToken({ skipCache: true }).catch((error) => error.status)"
    assert page.evaluate(ask) == 401
    expect(page.get_by_label("Email address")).to_be_visible()
