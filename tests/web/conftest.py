from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.support.npm import install
from tests.support.servers import run_dev
from tests.support.web.pages import Visitor, save, sign_in_as, sign_in_by_cookie
from tests.support.web.player import EnterPlayer, note_changes, serve_players
from tests.support.web.stories import LEGS, ClientOf, Open
from tests.support.web.tabs import Tabs, noted_uses

AXE = "axe-core@4.11.0"


@pytest.fixture(scope="session")
def dev_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("web")


@pytest.fixture(scope="session")
def core_dev(dev_folder: Path) -> Iterator[tuple[str, str]]:
    """The service and the stand-in for Clerk, as `make run` starts them.

    Fixtures that fill a library here have session scope too: the test processes steal tests from
    each other, so module fixtures may run more than once.
    """
    with run_dev(dev_folder) as addresses:
        yield addresses


@pytest.fixture(scope="session")
def client_of(core_dev: tuple[str, str], dev_folder: Path) -> ClientOf:
    """Sign a user in without a browser."""

    def client_of(name: str) -> httpx.Client:
        return sign_in_as(core_dev[0], name, dev_folder / "data")

    return client_of


@pytest.fixture(scope="session")
def axe() -> str:
    return (install(AXE) / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def tabs() -> Iterator[Tabs]:
    """The tabs that the tests of a worker use one after another."""
    with noted_uses() as uses:
        yield Tabs(uses)


@pytest.fixture
def visit(
    browser: Browser, tabs: Tabs, core_dev: tuple[str, str], client_of: ClientOf
) -> Iterator[Open]:
    """Open the page in an empty profile; console errors, exceptions and dialogs fail the test.

    `user`, new or known, is signed in first and has saved `videos` (each with its tags), the
    newest last. Without `user` the page shows the sign-in.
    """

    def visit(
        width: int = 360,
        height: int = 740,
        path: str = "/",
        user: str = "",
        videos: Mapping[str, str] = MappingProxyType({}),
        **more: Any,
    ) -> Visitor:
        visitor = tabs.lend(browser, core_dev, (width, height), **more)
        if user:
            sign_in_by_cookie(visitor.context, core_dev, user)
        if videos:
            with client_of(user) as client:
                for key, tags in videos.items():
                    save(client, key, tags=tags)
        visitor.page.goto(path)
        if user:
            visitor.wait_for_user(user)
        return visitor

    yield visit
    assert tabs.take_back() == []


@pytest.fixture
def enter_player(visit: Open, client_of: ClientOf) -> EnterPlayer:
    """Sign in a new user with these videos, and serve the stand-in player.

    Every video has these `fields`. Returns the visitor, and the changes that the page sends.
    """

    def enter_player(name: str, *keys: str, **fields: Any) -> tuple[Visitor, list[dict[str, Any]]]:
        with client_of(name) as client:
            for key in keys or (LEGS,):
                number = save(client, key, tags="one")
                if fields:
                    client.patch(f"/videos/{number}", json=fields).raise_for_status()
        person = visit(user=name)
        serve_players(person)
        expect(person.page.locator("#videos .card")).to_have_count(len(keys) or 1)
        return person, note_changes(person)

    return enter_player
