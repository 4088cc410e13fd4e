"""A stand-in for YouTube's player: a page at its address that speaks the same protocol."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Error, Frame, Route

from tests.support.web.pages import ONE_VIDEO, Visitor, wait_until
from tests.support.web.stories import LEGS

PAGE = Path(__file__).with_name("player.html")
EnterPlayer = Callable[..., tuple[Visitor, list[dict[str, Any]]]]
PLAYERS = re.compile(r"^https://www\.youtube-nocookie\.com/embed/")


def serve_players(person: Visitor) -> None:
    """Serve the stand-in for every player that this browser opens from now on."""
    body = PAGE.read_text(encoding="utf-8")

    def serve(route: Route) -> None:
        route.fulfill(body=body, content_type="text/html")

    person.context.route(PLAYERS, serve)


class FakePlayer:
    """The player in the open sheet. Time passes only in `play`."""

    def __init__(self, person: Visitor) -> None:
        self.person = person
        wait_until(person.page, self._listens)

    def _listens(self) -> bool:
        try:
            return bool(self._frames) and self.ask("player.listens")
        except Error:  # the frame is loading another address
            return False

    @property
    def _frames(self) -> list[Frame]:
        return [one for one in self.person.page.frames if PLAYERS.match(one.url)]

    @property
    def frame(self) -> Frame:
        return self._frames[0]

    def ask(self, script: str) -> Any:
        return self.frame.evaluate(script)

    def play(self, seconds: float) -> None:
        self.ask(f"player.play({seconds})")

    def drag_to(self, seconds: float) -> None:
        self.ask(f"player.moveTo({seconds})")

    def is_at(self, seconds: float) -> None:
        wait_until(self.person.page, lambda: self.ask("player.seconds") == seconds)

    def is_in_state(self, state: int) -> None:
        wait_until(self.person.page, lambda: self.ask("player.state") == state)

    def shows(self, key: str) -> None:
        wait_until(self.person.page, lambda: self.ask("player.key") == key)

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.frame.url).query)


def note_changes(person: Visitor) -> list[dict[str, Any]]:
    """Collect the bodies of the page's PATCH requests of a video from now on."""
    sent: list[dict[str, Any]] = []

    def note(route: Route) -> None:
        if route.request.method == "PATCH":
            sent.append(json.loads(route.request.post_data or "{}"))
        route.fallback()

    person.page.route(ONE_VIDEO, note)
    return sent


def open_player(person: Visitor, key: str = LEGS) -> FakePlayer:
    person.card(key).click()
    return FakePlayer(person)
