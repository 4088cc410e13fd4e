"""The web app after an update of the service."""

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.support.servers import ROOT, free_port, run_server
from tests.support.web.pages import wait_for_worker, wait_until

pytestmark = pytest.mark.browser

Serve = Callable[[], AbstractContextManager[str]]


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A copy of the service that a test may change."""
    for name in ("core", "devclerk"):
        shutil.copytree(ROOT / name, tmp_path / "code" / name)
    return tmp_path / "code"


@pytest.fixture
def serve(code: Path, tmp_path: Path) -> Serve:
    """Start the copy, each time on the same ports."""
    ports = [str(free_port()), str(free_port())]

    @contextmanager
    def serve() -> Iterator[str]:
        command = ["dev", "--port", ports[0], "--clerk-port", ports[1]]
        with run_server(tmp_path, *command, PYTHONPATH=str(code)) as server:
            yield server.url

    return serve


def version(page: Page) -> str:
    """Return the version of the page's files."""
    address = page.locator("link[rel=stylesheet]").first.get_attribute("href") or ""
    found = re.fullmatch(r"/assets/(\w+)/app\.css", urlsplit(address).path)
    assert found
    return found[1]


def test_a_cached_page_reloads_itself_after_an_update(
    serve: Serve, code: Path, browser: Browser
) -> None:
    context = browser.new_context()
    context.grant_permissions(["local-network-access"])
    page = context.new_page()
    with serve() as url:
        page.goto(url)
        page.get_by_role("button", name="Lily").wait_for()
        wait_for_worker(page)
        before = version(page)
    with (code / "core/web/app.css").open("a", encoding="utf-8") as styles:
        styles.write("/* newer */\n")
    with serve() as url:
        asked: list[str] = []
        page.on("framenavigated", lambda frame: asked.append(frame.url))
        answer = page.goto(url)
        assert answer
        assert answer.from_service_worker
        wait_until(page, lambda: len(asked) > 1)
        page.get_by_role("button", name="Lily").wait_for()
        assert version(page) != before
    context.close()
