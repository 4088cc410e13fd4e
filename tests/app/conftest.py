from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.app.devices import Device, Servers, StandIn
from tests.servers import run_dev


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """The service and the stand-in for Clerk, as `core dev` runs them."""
    with run_dev(tmp_path_factory.mktemp("dev")) as addresses:
        yield Servers(*addresses)


@pytest.fixture
async def device(servers: Servers, tmp_path: Path) -> AsyncIterator[Device]:
    """A device with the app on it, and nobody signed in."""
    device = Device(servers, tmp_path)
    yield device
    await device.client.aclose()


@pytest.fixture
async def stand_in() -> AsyncIterator[StandIn]:
    """A server that answers what the real ones don't."""
    async with StandIn() as stand_in:
        yield stand_in
