"""Two users on one device: late responses to the first user do not affect the second."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
import pytest

from app.store import Store
from tests.support.app.devices import Device, follow_sign_in

pytestmark = pytest.mark.anyio

LINK = "https://youtu.be/dQw4w9WgXcQ"
ACTIONS: dict[str, Callable[[Store], Coroutine[Any, Any, Any]]] = {
    "load": Store.load,
    "save": lambda store: store.save("https://youtu.be/9bZkp7q19f0", []),
    "edit": lambda store: store.edit(store.library.videos[0], add_tags=["a"]),
    "delete": lambda store: store.delete(store.library.videos[0]),
}


class Slow:
    """Delays the next response from Core, or the next request to it."""

    def __init__(self, device: Device, message: str = "response") -> None:
        self._sent, self._released = asyncio.Event(), asyncio.Event()
        device.client.event_hooks[message].append(self._delay)

    async def _delay(self, _message: httpx.Request | httpx.Response) -> None:
        if not self._sent.is_set():
            self._sent.set()
            await self._released.wait()

    async def begin(self, action: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Begin an action, and return once its message is delayed."""
        task = asyncio.create_task(action)
        await self._sent.wait()
        return task

    async def end(self, task: asyncio.Task[Any]) -> None:
        self._released.set()
        await task


@pytest.fixture
async def store(device: Device, request: pytest.FixtureRequest) -> Store:
    """The store of a device where a new user has signed in and saved one video."""
    store = Store()
    store.open(device.auth, device.api, device.storage)
    await sign_in(store, f"First {request.node.name}")
    await store.load()
    await store.save(LINK, ["legs"])
    return store


async def sign_in(store: Store, name: str) -> None:
    signing_in = asyncio.create_task(store.sign_in())
    while store.sign_in_url is None:  # noqa: ASYNC110  a store notifies only Flet
        await asyncio.sleep(0.01)
    await follow_sign_in(store.sign_in_url, name)
    await signing_in


@pytest.mark.parametrize("action", ACTIONS)
async def test_a_response_to_the_first_user_changes_nothing_for_the_second(
    device: Device, store: Store, action: str
):
    slow = Slow(device)
    task = await slow.begin(ACTIONS[action](store))
    await store.sign_out()
    await sign_in(store, f"Second {action}")
    await store.load()
    await slow.end(task)
    assert store.person == device.auth.person
    assert store.person
    assert store.person.name == f"Second {action}"
    assert store.library.loaded
    said = (store.library.videos, store.notice, store.fault, store.sign_in_fault)
    assert said == ((), None, None, None)


async def test_signing_out_during_a_request_shows_no_fault(device: Device, store: Store):
    slow = Slow(device)
    task = await slow.begin(store.load())
    await store.sign_out()
    await slow.end(task)
    assert (store.person, store.fault, store.sign_in_fault) == (None, None, None)


async def test_undo_of_the_first_user_is_not_sent_for_the_second(device: Device, store: Store):
    await store.delete(store.library.videos[0])
    assert store.notice
    undo: Any = store.notice.undo
    await store.sign_out()
    await sign_in(store, "Second who deleted nothing")
    device.responses.clear()
    await undo()
    assert device.responses == []
    assert device.auth.person == store.person
    assert [store.notice, *store.library.videos] == [None]


async def test_undo_is_sent_after_its_deletion(device: Device, store: Store):
    slow, ids = Slow(device, "request"), shown(store)
    deleting = await slow.begin(store.delete(store.library.videos[0]))
    assert store.notice
    undo: Any = store.notice.undo
    assert shown(store) == []
    undoing = asyncio.ensure_future(undo())
    await asyncio.sleep(0)
    assert shown(store) == ids
    await slow.end(deleting)
    await undoing
    assert shown(store) == ids
    assert device.statuses("/videos/batch") == [200, 200]


def shown(store: Store) -> list[int]:
    return [video.id for video in store.library.videos]


async def test_an_unsent_change_of_the_first_user_is_not_sent_for_the_second(
    device: Device, store: Store
):
    device.has_network = False
    await store.edit(store.library.videos[0], title="Private")
    assert len(device.files) == 2
    await store.sign_out()
    device.has_network = True
    await sign_in(store, "Second who changed nothing")
    device.responses.clear()
    await store.load()
    assert {one.request.method for one in device.responses} == {"GET"}
    assert len(device.files) == 1


@pytest.mark.parametrize(("action", "count"), [("save", 2), ("delete", 0)])
async def test_a_stale_read_does_not_undo_a_change(
    device: Device, store: Store, action: str, count: int
):
    slow = Slow(device)
    reading = await slow.begin(store.load())
    device.responses.clear()
    acting = asyncio.create_task(ACTIONS[action](store))
    # Until Core has applied the change and the app shows it.
    while not device.responses or len(store.library.videos) != count:  # noqa: ASYNC110  as above
        await asyncio.sleep(0.01)
    await slow.end(reading)
    assert len(store.library.videos) == count
    await acting
    assert len(store.library.videos) == count
