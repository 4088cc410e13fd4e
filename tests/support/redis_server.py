"""A real redis-server on loopback, which tests may stop, kill and start again."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.support.servers import free_port

PATIENCE_S = 30

needs_redis = pytest.mark.skipif(
    not (shutil.which("redis-server") or os.environ.get("CI")),
    reason="redis-server is missing (Debian: apt install redis-server)",
)


class RedisServer:
    """One port of loopback, and the server that listens there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self._process = subprocess.Popen(
            ["redis-server", *options, "--dir", str(self._folder)], stdout=subprocess.DEVNULL
        )
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            with suppress(ConnectionRefusedError), socket.create_connection(self._address):
                return
            time.sleep(0.01)
        raise AssertionError("redis-server does not listen")

    @property
    def _address(self) -> tuple[str, int]:
        return "127.0.0.1", self.port

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(PATIENCE_S)

    def freeze(self) -> None:
        """Make it accept connections and answer nothing."""
        self._process.send_signal(signal.SIGSTOP)


@contextmanager
def run_redis(folder: Path) -> Iterator[RedisServer]:
    server = RedisServer(folder)
    try:
        yield server
    finally:
        server.kill()
