import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.store import Store
from tests.support.app.devices import Device, Servers, StandIn
from tests.support.app.libraries import KEYS, link
from tests.support.servers import run_dev


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """The service and the stand-in for Clerk, as `core dev` runs them."""
    with run_dev(tmp_path_factory.mktemp("dev")) as addresses:
        yield Servers(*addresses)


@pytest.fixture
async def device(
    servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Device]:
    """A device with the app, signed out; the teardown closes every store opened on it."""
    device, opened = Device(servers, tmp_path), list[Store]()
    open_store = Store.open

    def open_and_remember(store: Store, *services: Any) -> None:
        opened.append(store)
        open_store(store, *services)

    monkeypatch.setattr(Store, "open", open_and_remember)
    yield device
    for store in opened:
        store.close()
    await asyncio.sleep(0)  # cancelled requests end before the client closes
    await device.client.aclose()


@pytest.fixture
async def stand_in() -> AsyncIterator[StandIn]:
    """A server with responses that the real servers never send."""
    async with StandIn() as stand_in:
        yield stand_in


@pytest.fixture
async def store(device: Device) -> Store:
    """The store of a device where a new user has signed in."""
    await device.sign_in(f"Person {time.time_ns()}")
    store = Store()
    store.open(device.auth, device.api, device.storage)
    return store


@pytest.fixture
async def saved_video(store: Store) -> None:
    """Save one video as the user of the store."""
    await store.load()
    await store.save(link(KEYS[0]), ["legs"])
