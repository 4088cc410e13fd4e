"""One device, one person after the other: what is late for the first is nothing to the second."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
import pytest

from app.store import Store
from tests.app.devices import Device, walk

pytestmark = pytest.mark.anyio

LINK = "https://youtu.be/dQw4w9WgXcQ"
ACTIONS: dict[str, Callable[[Store], Coroutine[Any, Any, Any]]] = {
    "load": Store.load,
    "save": lambda store: store.save("https://youtu.be/9bZkp7q19f0", []),
    "tag": lambda store: store.tag(store.library.videos[0], add=["a"]),
    "delete": lambda store: store.delete(store.library.videos[0]),
}


class Slow:
    """Core's next answer, on a slow way to the device; or the next request, on its way there."""

    def __init__(self, device: Device, message: str = "response") -> None:
        self._sent, self._arrives = asyncio.Event(), asyncio.Event()
        device.client.event_hooks[message].append(self._travel)

    async def _travel(self, _message: httpx.Request | httpx.Response) -> None:
        if not self._sent.is_set():
            self._sent.set()
            await self._arrives.wait()

    async def begin(self, action: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Begin something, and return when its message is under way."""
        task = asyncio.create_task(action)
        await self._sent.wait()
        return task

    async def end(self, task: asyncio.Task[Any]) -> None:
        self._arrives.set()
        await task


@pytest.fixture
async def store(device: Device, request: pytest.FixtureRequest) -> Store:
    """A store at a device where somebody new has signed in, who has saved one video."""
    store = Store()
    store.open(device.auth, device.api)
    await sign_in(store, f"First {request.node.name}")
    await store.load()
    await store.save(LINK, ["legs"])
    return store


async def sign_in(store: Store, name: str) -> None:
    signing_in = asyncio.create_task(store.sign_in())
    while store.sign_in_url is None:  # noqa: ASYNC110  a store tells nobody but Flet
        await asyncio.sleep(0.01)
    await walk(store.sign_in_url, name)
    await signing_in


@pytest.mark.parametrize("action", ACTIONS)
async def test_an_answer_to_the_first_person_changes_nothing_for_the_second(
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


async def test_whoever_signs_out_is_not_told_so_by_what_was_under_way(device: Device, store: Store):
    slow = Slow(device)
    task = await slow.begin(store.load())
    await store.sign_out()
    await slow.end(task)
    assert (store.person, store.fault, store.sign_in_fault) == (None, None, None)


async def test_undo_of_the_first_person_is_not_asked_in_the_name_of_the_second(
    device: Device, store: Store
):
    video = store.library.videos[0]
    await store.delete(video)
    assert store.notice
    undo = store.notice.undo
    assert undo
    await store.sign_out()
    await sign_in(store, "Second who deleted nothing")
    await undo()
    assert device.asked(f"/videos/{video.id}/restore") == []
    assert store.notice is None


async def test_undo_waits_for_the_deletion_that_it_takes_back(device: Device, store: Store):
    slow, before = Slow(device, "request"), store.library.videos
    deleting = await slow.begin(store.delete(before[0]))
    assert store.notice
    assert store.notice.undo
    undoing = asyncio.ensure_future(store.notice.undo())
    await asyncio.wait([undoing], timeout=0.3)
    await slow.end(deleting)
    await undoing
    assert store.library.videos == before
    await store.load()
    assert store.library.videos == before
    assert device.asked(f"/videos/{before[0].id}/restore") == [200]


@pytest.mark.parametrize("action", ["save", "delete"])
async def test_a_list_asked_for_before_a_change_does_not_undo_it(
    device: Device, store: Store, action: str
):
    slow = Slow(device)
    task = await slow.begin(store.load())
    await ACTIONS[action](store)
    after = store.library.videos
    await slow.end(task)
    assert store.library.videos == after
    assert len(after) == (2 if action == "save" else 0)
