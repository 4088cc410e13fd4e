"""Start servers, load them in turns, compare their medians.

The servers share core 0; this program and its load generator `wrk` have core 1. A shared machine
is noisy, so a figure is a ratio against another server measured in the same minute.
"""

import itertools
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import NoReturn, Self

SERVER_CORE, LOAD_CORE = 0, 1
ROUNDS = 5
ROUND_S = 3
READY_S = 30
SCRIPTS = Path(__file__).parent
ROOT = SCRIPTS.parent

_round_numbers = itertools.count(1)


@dataclass(frozen=True)
class Ask:
    """One request to repeat: a GET, unless a wrk script makes another request."""

    url: str
    headers: Mapping[str, str]
    script: str | None = None
    arguments: Sequence[str] = ()


@dataclass(frozen=True)
class Goal:
    """The minimum speed of the measured server, as a multiple of another server's."""

    against: str
    at_least: float


class Sandbox:
    """A folder on the disk and the processes started in it; exit ends and removes them all.

    The folder is in /var/tmp because /tmp is often memory, where a durable save costs nothing.
    """

    def __enter__(self) -> Self:
        for program in ("wrk", "taskset"):
            if shutil.which(program) is None:
                sys.exit(f"{program} is missing (Debian: apt install wrk util-linux)")
        if not {SERVER_CORE, LOAD_CORE} <= os.sched_getaffinity(0):
            sys.exit("Two cores are needed: one for the servers, one for the load")
        signal.signal(signal.SIGTERM, _stop)
        os.sched_setaffinity(0, {LOAD_CORE})
        self.path = Path(tempfile.mkdtemp(prefix="core-bench-", dir="/var/tmp"))
        self.processes: list[subprocess.Popen[bytes]] = []
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes:
            end(process)
        shutil.rmtree(self.path)

    def sqlite_url(self, name: str) -> str:
        """Return the URL of a database file in this sandbox."""
        return f"sqlite:///{self.path / name}.db"

    def run(self, command: Sequence[str], env: Mapping[str, str]) -> None:
        """Run a command until it ends; it must succeed."""
        done = subprocess.run(
            command, env=self._environment(env), cwd=self.path, capture_output=True, check=False
        )
        if done.returncode:
            sys.exit(f"{command} failed:\n{(done.stdout + done.stderr).decode()}")

    def start(self, command: Sequence[str], env: Mapping[str, str], port: int) -> int:
        """Start a server on its core, wait until it listens, and return its process id."""
        log = self.path / f"{len(self.processes)}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                ["taskset", "-c", str(SERVER_CORE), *command],
                env=self._environment(env),
                cwd=self.path,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        self.processes.append(process)
        if not _listens(process, port):
            sys.exit(f"{command} does not listen:\n{log.read_text()[-2000:]}")
        return process.pid

    def _environment(self, env: Mapping[str, str]) -> dict[str, str]:
        """Return an environment with this work tree, without the service's outer settings."""
        ours = ("CORE_", "CLERK_", "DATABASE_URL")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        return {**kept, "PYTHONPATH": str(ROOT), **env}


def _stop(*_: object) -> NoReturn:
    sys.exit("stopped")


def end(process: subprocess.Popen[bytes]) -> None:
    """Stop a server and its child processes: by SIGTERM, after five seconds by SIGKILL."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _listens(process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + READY_S
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return True
        time.sleep(0.005)
    return False


def load(ask: Ask, duration_s: int = ROUND_S) -> float:
    """Send the request on 16 connections; return responses per second. An error ends the run."""
    rate = re.search(r"Requests/sec:\s+([\d.]+)", _report(ask, duration_s))
    if rate is None:
        sys.exit("wrk gave no rate")
    return float(rate[1])


def p99_ms(ask: Ask, duration_s: int = ROUND_S) -> float:
    """Send the request as `load` does; return the 99th percentile in milliseconds."""
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)\b", _report(ask, duration_s))
    if p99 is None:
        sys.exit("wrk gave no percentile")
    return float(p99[1]) * {"us": 0.001, "ms": 1, "s": 1_000}[p99[2]]


def _report(ask: Ask, duration_s: int) -> str:
    command = ["wrk", "-t1", "-c16", "--latency", "--timeout", "10s", f"-d{duration_s}s"]
    for name, value in ask.headers.items():
        command += ["-H", f"{name}: {value}"]
    if ask.script:
        command += ["-s", str(SCRIPTS / ask.script)]
    command += [ask.url, "--", str(next(_round_numbers)), *ask.arguments]
    report = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in report or "Socket errors" in report:
        sys.exit(f"{ask.url} answered with errors:\n{report}")
    return report


def take_turns(
    asks: Mapping[str, Ask], rounds: int = ROUNDS, measure: Callable[[Ask], float] = load
) -> dict[str, list[float]]:
    """Load each server once a round; alternate rounds are reversed, so that a drift cancels."""
    for ask in asks.values():
        load(ask, duration_s=1)
    rates: dict[str, list[float]] = {name: [] for name in asks}
    for turn in range(rounds):
        order = list(asks)[:: 1 if turn % 2 == 0 else -1]
        for name in order:
            rates[name].append(measure(asks[name]))
    return rates


def ratio(measured: Sequence[float], against: Sequence[float]) -> float:
    """Return the median ratio of the rounds: only the same minute is comparable."""
    return median(a / b for a, b in zip(measured, against, strict=True))


def judge(title: str, rates: Mapping[str, Sequence[float]], goals: Sequence[Goal]) -> int:
    """Print the first server's rate against the others'; return 1 when it misses a goal, else 0."""
    subject, *_ = rates
    print(f"{title}\n  {subject:<14}{median(rates[subject]):>9,.0f}/s")
    missed = 0
    for goal in goals:
        reached = ratio(rates[subject], rates[goal.against])
        verdict = "reached" if reached >= goal.at_least else "MISSED"
        missed += verdict == "MISSED"
        print(
            f"  {goal.against:<14}{median(rates[goal.against]):>9,.0f}/s"
            f"{reached:>8.2f} x   goal {goal.at_least:g} x   {verdict}"
        )
    return int(missed > 0)
