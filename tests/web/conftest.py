import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.npm import install
from tests.servers import run_dev
from tests.web.pages import Visitor, answer_for_youtube, sign_in_as

Open = Callable[..., Visitor]
AXE = "axe-core@4.11.0"
ClientOf = Callable[[str], httpx.Client]


@pytest.fixture(scope="session")
def dev_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("web")


@pytest.fixture(scope="session")
def core_dev(dev_folder: Path) -> Iterator[tuple[str, str]]:
    """The service and the stand-in for Clerk, as `make run` starts them.

    A library that fixtures fill here is for the session too: the test processes take tests from
    each other, so that a file's fixtures can be set up more than once.
    """
    with run_dev(dev_folder) as addresses:
        yield addresses


@pytest.fixture(scope="session")
def client_of(core_dev: tuple[str, str], dev_folder: Path) -> ClientOf:
    """Sign somebody in without a browser."""

    def client_of(name: str) -> httpx.Client:
        return sign_in_as(core_dev[0], name, dev_folder / "data")

    return client_of


@pytest.fixture(scope="session")
def axe() -> str:
    return (install(AXE) / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def visit(browser: Browser, core_dev: tuple[str, str]) -> Iterator[Open]:
    """Open the page in a browser profile that shares nothing; whatever it complains of fails."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def visit(width: int = 360, height: int = 740, path: str = "/", **more: Any) -> Visitor:
        size: Any = {"width": width, "height": height}
        options = {"service_workers": "block", "reduced_motion": "reduce"} | more
        context = browser.new_context(viewport=size, base_url=core_dev[0], **options)
        context.grant_permissions(["local-network-access", "clipboard-read"])
        context.route(re.compile(r"^https://"), answer_for_youtube)
        contexts.append(context)
        visitor = Visitor(context, complaints)
        visitor.page.goto(path)
        return visitor

    yield visit
    for context in contexts:
        context.close()
    assert complaints == []
