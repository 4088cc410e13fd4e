"""Core's commands in processes of their own, which end with their test."""

import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60
PORTS = range(16_000, 32_000)
OURS = ("CORE_", "CLERK_", "DATABASE_")

_PASS_PORT_ON = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(sys.argv[2], sys.argv[2:])
"""
_LISTENS = re.compile(r"Core(?: listens on|:) (http://\S+)|The (worker) runs")


@dataclass(frozen=True)
class Server:
    """A `core serve`, `dev` or `worker` with all of its processes, and where it answers."""

    process: subprocess.Popen[str]
    url: str
    log: Path

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 0

    def kill(self) -> None:
        """Kill all of its processes with SIGKILL, as a power cut does."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE_S)

    def terminate(self) -> None:
        """Send SIGTERM, as an operator does."""
        self.process.terminate()


def run_server(folder: Path, *arguments: str, **environment: str) -> AbstractContextManager[Server]:
    """Run `core` with these arguments in the folder; enter the context once it listens."""
    return _run(folder, [sys.executable, "-m", "core.cli", *arguments], environment)


def run_server_on(
    listening: socket.socket, folder: Path, *arguments: str, **environment: str
) -> AbstractContextManager[Server]:
    """Pass an open port as systemd does: as descriptor 3, to this process only."""
    fd = listening.fileno()
    program = [sys.executable, "-c", _PASS_PORT_ON, str(fd), sys.executable, "-m", "core.cli"]
    return _run(folder, [*program, *arguments], environment, pass_fds=[fd])


@contextmanager
def _run(
    folder: Path, command: list[str], environment: dict[str, str], pass_fds: Sequence[int] = ()
) -> Iterator[Server]:
    log = folder / "log.txt"
    with log.open("a", encoding="utf-8") as errors:
        process = subprocess.Popen(
            command,
            pass_fds=pass_fds,
            cwd=folder,
            env=_inherited() | environment,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
    watch = threading.Timer(PATIENCE_S, process.kill)
    watch.start()
    server = Server(process, "", log)
    try:
        url = _read_url(server)
        watch.cancel()  # from now on the test may end the process
        yield Server(process, url, log)
    finally:
        server.kill()
        watch.cancel()
        if process.stdout:
            process.stdout.close()


@contextmanager
def run_dev(folder: Path, *options: str, **environment: str) -> Iterator[tuple[str, str]]:
    """Run `core dev`, by default without titles; gives its address and that of the stand-in."""
    command = ["dev", "--port", "0", "--clerk-port", "0", *options]
    with run_server(folder, *command, **environment) as server:
        clerk = re.search(r"http://\S+", next(iter(server.process.stdout or ())))
        assert clerk
        yield server.url, clerk[0]


def free_port(in_a_row: int = 1) -> int:
    """Find a free port of loopback, or the first of several free ones in a row.

    The ports are below the ephemeral range, from which the system may take one at any time.
    """
    while True:
        first = secrets.choice(PORTS)
        if all(_is_free(first + further) for further in range(in_a_row)):
            return first


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _inherited() -> dict[str, str]:
    """Return the environment without Core's settings, and with titles off."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
    return environment | {"PYTHONPATH": str(ROOT), "CORE_METADATA": "false"}


def _read_url(server: Server) -> str:
    for line in server.process.stdout or ():
        match = _LISTENS.match(line)
        if match:
            return match[1] or match[2]
    raise AssertionError(server.log.read_text(encoding="utf-8"))
