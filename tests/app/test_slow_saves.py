"""A save whose response arrives after the user left the screen."""

import asyncio

import flet as ft
import httpx
import pytest

from app.store import Store
from tests.support.app.devices import Device
from tests.support.app.windows import Window, keys, open_window, save_in, show_route

pytestmark = pytest.mark.anyio
LINK = "https://youtu.be/dQw4w9WgXcQ"
REFUSED = "https://example.com/"


class Hold:
    """Holds the responses to saves back, until `go` is set."""

    def __init__(self, device: Device) -> None:
        self.arrived, self.go = asyncio.Event(), asyncio.Event()
        device.client.event_hooks["response"].append(self._wait)

    async def _wait(self, response: httpx.Response) -> None:
        if response.request.method == "POST":
            self.arrived.set()
            await self.go.wait()


async def leave_while_saving(window: Window, hold: Hold, link: str, route: str) -> None:
    saving = asyncio.create_task(save_in(window, link, "legs"))
    await hold.arrived.wait()
    await show_route(window, route)
    hold.go.set()
    await saving


async def test_a_slow_save_does_not_close_the_screen_that_the_user_opened_since(
    device: Device, store: Store, monkeypatch: pytest.MonkeyPatch
):
    window, routes = await open_window(store), list[str]()
    monkeypatch.setattr("app.views.save.open_library", lambda: routes.append("/"))
    await leave_while_saving(window, Hold(device), LINK, "/log")
    await window.until("Saved")
    await asyncio.sleep(0.1)
    assert (routes, keys(store)) == ([], ["dQw4w9WgXcQ"])


async def test_a_save_that_is_refused_after_the_user_left_says_so(device: Device, store: Store):
    window = await open_window(store)
    await leave_while_saving(window, Hold(device), REFUSED, "/")
    await window.until(f"Couldn't do this: {REFUSED} – This is not a YouTube link")
    await show_route(window, "/save")
    assert window.find(ft.TextField, "YouTube link").value == REFUSED
