"""A page in a real Chromium that does what docs/web.md says, and nothing else."""

import re
from pathlib import Path

from playwright.sync_api import Browser, Page

from devclerk.keys import publishable_key

ROOT = Path(__file__).parents[2]
HTML = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Sign in</title>
<main><div id="sign-in"></div><div id="person"></div></main>
<script type="module" src="/page.js"></script>"""


def open_page(browser: Browser, core: str, clerk: str) -> Page:
    """Open the page at the service's own origin, in a browser profile of its own."""
    context = browser.new_context(base_url=core)
    context.grant_permissions(["local-network-access"])
    context.set_default_timeout(30_000)
    script = re.search(r"```js\n(.*?)```", (ROOT / "docs/web.md").read_text("utf-8"), re.DOTALL)
    assert script
    config = {"publishable_key": publishable_key(clerk), "frontend_api": clerk}
    context.route(f"{core}/", lambda route: route.fulfill(body=HTML, content_type="text/html"))
    context.route(
        f"{core}/page.js",
        lambda route: route.fulfill(body=script[1], content_type="text/javascript"),
    )
    context.route(f"{core}/config.json", lambda route: route.fulfill(json=config))
    page = context.new_page()
    page.goto("/")
    return page


def list_videos(page: Page) -> int:
    """Ask the service with the page's token; returns the status."""
    return int(
        page.evaluate(
            """async () => {
                const headers = { Authorization: `Bearer ${await Clerk.session.getToken()}` };
                return (await fetch("/videos", { headers })).status;
            }"""
        )
    )
