"""Programs of ours in processes of their own: ended as one, and never outliving a test."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATIENCE_S = 60
OURS = ("CORE_", "CLERK_", "DATABASE_")

_LISTENS = re.compile(r"Core(?: listens on|:) (http://\S+)")


@dataclass(frozen=True)
class Server:
    """A `core serve` or `core dev` with all of its processes, and where it answers."""

    process: subprocess.Popen[str]
    url: str
    log: Path

    def kill(self) -> None:
        """Kill all of its processes at once, as a power cut would."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE_S)

    def terminate(self) -> None:
        """Ask it to end, as an operator does."""
        self.process.terminate()


@contextmanager
def run_server(folder: Path, *arguments: str, **environment: str) -> Iterator[Server]:
    """Run `core` with these arguments inside the folder, from when it listens."""
    log = folder / "log.txt"
    with log.open("a", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "core.cli", *arguments],
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
        yield Server(process, _read_url(server), log)
    finally:
        server.kill()
        watch.cancel()
        if process.stdout:
            process.stdout.close()


def _inherited() -> dict[str, str]:
    """Return the environment without settings of ours."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
    return environment | {"PYTHONPATH": str(ROOT)}


def _read_url(server: Server) -> str:
    for line in server.process.stdout or ():
        match = _LISTENS.match(line)
        if match:
            return match[1]
    raise AssertionError(server.log.read_text(encoding="utf-8"))
