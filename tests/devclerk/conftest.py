import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn

from devclerk.app import create_app


@pytest.fixture(scope="module", autouse=True)
def development() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("CORE_ENV", "development")
        yield


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the stand-in at `issuer`."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def issuer(data: Path, development: None) -> Iterator[str]:  # noqa: ARG001  it must run first
    """The URL of a running stand-in, one for the tests of a file."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        issuer = f"http://127.0.0.1:{listening.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(create_app(data, issuer), log_level="warning"))
        thread = threading.Thread(target=server.run, args=[[listening]])
        thread.start()
        yield issuer
        server.should_exit = True
        thread.join(timeout=10)
    assert not thread.is_alive()


@pytest.fixture
def http(issuer: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=issuer, trust_env=False, timeout=10) as client:
        yield client
