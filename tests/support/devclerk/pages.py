"""A page in a real Chromium with exactly the code of docs/web.md."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from devclerk.keys import publishable_key

ROOT = Path(__file__).parents[3]
HTML = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Sign in</title>
<main><div id="sign-in"></div><div id="user-button"></div></main>
<script type="module" src="/page.js"></script>"""


@contextmanager
def open_page(browser: Browser, core: str, clerk: str) -> Iterator[Page]:
    """Open the page at the service's own origin, in a new browser profile.

    An uncaught error fails the test, and so does a violation of the Content-Security-Policy.
    """
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            complaints.append(message.text)

    with browser.new_context(base_url=core) as context:
        context.set_default_timeout(30_000)
        context.grant_permissions(["local-network-access"])  # a routed page has no address space
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on("console", listen)
        _serve(context, core, clerk)
        page = context.new_page()
        page.goto("/")
        yield page
        assert complaints == []


def _serve(context: BrowserContext, core: str, clerk: str) -> None:
    text = (ROOT / "docs/web.md").read_text(encoding="utf-8")
    script, policy = (
        re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)[0] for language in ("js", "text")
    )
    headers = {"Content-Security-Policy": " ".join(policy.split()).replace("{frontend_api}", clerk)}
    config = {"publishable_key": publishable_key(clerk), "frontend_api": clerk}
    context.route(
        f"{core}/",
        lambda route: route.fulfill(body=HTML, content_type="text/html", headers=headers),
    )
    context.route(
        f"{core}/page.js",
        lambda route: route.fulfill(body=script, content_type="text/javascript"),
    )
    context.route(f"{core}/config.json", lambda route: route.fulfill(json=config))


def list_videos(page: Page) -> int:
    """Request the list with the page's token; return the status."""
    return int(
        page.evaluate(
            """async () => {
                const headers = { Authorization: `Bearer ${await Clerk.session.getToken()}` };
                return (await fetch("/videos", { headers })).status;
            }"""
        )
    )


def wait_for_another_token(page: Page, old: str) -> None:
    """Request tokens until there is a new one; the policy blocks Playwright's own waiting."""
    for _ in range(150):
        if page.evaluate("Clerk.session.getToken()") != old:
            return
        page.wait_for_timeout(200)
    raise AssertionError("the token was never renewed")
