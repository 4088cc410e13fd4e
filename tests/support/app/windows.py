"""A window without a screen: a real Flet session that records its messages to Flutter."""

import asyncio
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from typing import Any, TypeVar

import flet as ft
import msgpack
from flet.controls.context import _context_page
from flet.messaging.connection import Connection
from flet.messaging.protocol import Message, MessageAction, configure_encode_object_for_msgpack
from flet.messaging.session import Session
from flet.pubsub.pubsub_hub import PubSubHub

from app.main import App
from app.store import Store, Unwatched
from app.video import Video

_Control = TypeVar("_Control", bound=ft.BaseControl)

PATIENCE_S = 5


def pack(message: Any) -> bytes:
    """Encode a message for Flutter; Flet also uses this to record which state Flutter has."""
    packed: bytes = msgpack.packb(
        message, default=configure_encode_object_for_msgpack(ft.BaseControl)
    )
    return packed


class Recorder(Connection):
    """Flutter's end of the connection: it records messages and sends none."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.get_running_loop()
        self.executor = ThreadPoolExecutor(1)
        self.pubsubhub = PubSubHub(self.loop, self.executor)
        self.messages: list[bytes] = []

    def send_message(self, message: Message) -> None:
        assert message.action is not MessageAction.SESSION_CRASHED, message.body
        self.messages.append(pack([message.action, message.body]))


class Window:
    """The app's screens for a store, and the user's actions."""

    def __init__(self, store: Store) -> None:
        self.recorder = Recorder()
        self.recorder.page_url = "http://127.0.0.1"
        self.session = Session(self.recorder)
        self.page = self.session.page
        self.page.route = "/"
        pack(self.session.get_page_patch())  # the client has the empty page now
        _context_page.set(self.page)
        self.page.render_views(App, Unwatched(store))

    async def until(self, text: str, *, gone: bool = False) -> None:
        """Wait until a text with this start appears in the window, or disappears."""
        async with asyncio.timeout(PATIENCE_S):
            while any(one.startswith(text) for one in self.texts()) is gone:  # noqa: ASYNC110  Flet has no event for a finished update
                await asyncio.sleep(0.01)

    def texts(self) -> list[str]:
        """Return every text in the window, top view last."""
        return [text for control in self.controls() for text in _texts(control)]

    def texts_on_top(self) -> list[str]:
        """Return every text of the top view."""
        *_, top = (one for one in self.controls() if isinstance(one, ft.View))
        return [text for control in _within(top) for text in _texts(control)]

    def controls(self) -> Iterator[ft.BaseControl]:
        """Yield the controls of all views and dialogs, parents first."""
        yield from _within(self.page.views)
        yield from _within(self.page._dialogs)

    def find(self, kind: type[_Control], text: str) -> _Control:
        """Find the topmost control of this kind that contains this text or tooltip."""
        found = [
            control
            for control in self.controls()
            if isinstance(control, kind) and any(text in _texts(one) for one in _within(control))
        ]
        assert found, f"no {kind.__name__} with {text!r} among {self.texts()}"
        return found[-1]

    async def tap(self, kind: type[ft.BaseControl], text: str, event: str = "click") -> None:
        await self.session.dispatch_event(self.find(kind, text)._i, event, None)
        await asyncio.sleep(0)

    def tap_chip(self, place: int) -> Coroutine[Any, Any, None]:
        """Find a chip by its position; await the result to tap it."""
        return self.session.dispatch_event(chips(self)[place]._i, "select", None)

    async def write(self, label: str, text: str) -> None:
        await self.write_into(self.find(ft.TextField, label), text)

    async def write_into(self, field: ft.TextField, text: str) -> None:
        """Type into a field: first the client changes the value, then it sends the event."""
        self.session.apply_patch(field._i, {"value": text})
        await self.session.dispatch_event(field._i, "change", text)
        await asyncio.sleep(0)


async def open_window(store: Store, text: str = "Nothing here yet") -> Window:
    """Open a window in the test's context: a fixture runs in another contextvars context."""
    window = Window(store)
    await window.until(text)
    return window


async def save_in(window: Window, text: str, tags: str) -> None:
    await window.tap(ft.FloatingActionButton, "Save a video")
    await show_route(window, "/save")
    await window.write("YouTube link", text)
    await window.write("Tags", tags)
    await window.tap(ft.FilledButton, "Save")


async def show_route(window: Window, route: str) -> None:
    """Send the new route, as the client does after `page.navigate`."""
    await window.session.dispatch_event(window.page._i, "route_change", {"route": route})
    await asyncio.sleep(0.05)


async def scroll_to_end(window: Window) -> None:
    lists = [one for one in window.controls() if isinstance(one, ft.ListView)]
    await window.session.dispatch_event(
        lists[-1]._i,
        "scroll",
        {
            "event_type": "update",
            "pixels": 5_000,
            "min_scroll_extent": 0,
            "max_scroll_extent": 5_000,
            "viewport_dimension": 800,
        },
    )
    await asyncio.sleep(0.1)


def chips(window: Window) -> list[ft.Chip]:
    return [one for one in window.controls() if isinstance(one, ft.Chip)]


def keys(store: Store) -> list[str]:
    return [video.video_key for video in store.library.videos]


def _within(held: Any) -> Iterator[ft.BaseControl]:
    if isinstance(held, list | tuple):
        for one in held:
            yield from _within(one)
    elif isinstance(held, ft.BaseControl):
        yield held
        for field in fields(held):
            yield from _within(getattr(held, field.name, None))


def _texts(control: ft.BaseControl) -> Iterator[str]:
    for name in ("value", "content", "label", "title", "tooltip", "action", "error"):
        if isinstance(text := getattr(control, name, None), str):
            yield text


def video(number: int, *tags: str, **more: Any) -> Video:
    """Make a video; a greater number is newer."""
    given = {
        "id": number,
        "video_key": f"key{number}",
        "url": f"https://youtu.be/key{number}",
        "title": f"Title {number}",
        "channel": None,
        "tags": ",".join(tags),
        "start_s": None,
        "availability": "available",
        "thumbnail_url": f"https://i.ytimg.com/vi/key{number}/mqdefault.jpg",
        "created_at": "2026-01-03T10:00:00.000Z",
    }
    return Video.from_json(given | more)
