"""R16: one client attacks, and another user's list is measured.

Each attack of `bench/attacks/` runs for ten seconds against a `core serve` of its own. The other
user asks for the newest 50 of 50 videos, one after the other, before the attack and during it.

Run: python -m bench.r16_one_client [part of an attack's name]   (about five minutes)
"""

import json
import shutil
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import httpx

from bench import servers
from bench.attacks.__main__ import ATTACKS
from bench.attacks.requests import WORDS
from bench.harness import ROOT, Ask, Sandbox, end
from bench.library import Saved, fill
from bench.limits import Caller
from bench.tokens import Signer

SLOWER, WORST_S, FAULT_KIB, MEMORY_MB = 10, 0.5, 16, 100
ATTACK_S, ANSWER_S, PATIENCE_S, QUIET_CALLS, PAUSE_S = 10, 20, 90, 200, 0.005
VIDEOS, MANY_VIDEOS = 20_000, 100_000
VICTIM = "user_victim"
TITLE = " ".join(WORDS)
WEBHOOK_SECRET = f"whsec_{b64encode(b'bench' * 6).decode()}"


@dataclass(frozen=True)
class Figures:
    """The result of one attack: the other user's times, the responses, and the memory."""

    quiet_ms: float
    median_ms: float
    worst_ms: float
    fault_kib: float
    memory_mb: float
    statuses: dict[str, int]

    @property
    def missed(self) -> list[str]:
        limits = {
            "median": self.median_ms > SLOWER * self.quiet_ms,
            "worst": self.worst_ms > WORST_S * 1000,
            "fault": self.fault_kib > FAULT_KIB,
            "memory": self.memory_mb > MEMORY_MB,
        }
        return [name for name, passed in limits.items() if passed]


class Service:
    """A running `core serve` whose attacker has a library, and whose other user has 50 videos."""

    def __init__(
        self, sandbox: Sandbox, database: Path, signer: Signer, settings: dict[str, str]
    ) -> None:
        copy = sandbox.path / f"{database.stem}-{len(sandbox.processes)}.db"
        shutil.copyfile(database, copy)
        url = servers.serve(sandbox, settings | {"DATABASE_URL": f"sqlite:///{copy}"})
        self.process = sandbox.processes[-1]
        headers = {"Authorization": f"Bearer {signer.token(VICTIM)}"}
        self.newest = Ask(f"{url}/videos?limit={servers.PAGE}", headers)
        for number in range(servers.PAGE):
            body = {"url": f"https://youtu.be/victims{number:04}", "title": "A video"}
            answer = httpx.post(f"{url}/videos", json=body, headers=headers, timeout=ANSWER_S)
            answer.raise_for_status()
        self.caller = self._connect()

    def _connect(self) -> Caller:
        caller = Caller(self.newest.url)
        caller.connection.timeout = ANSWER_S
        return caller

    def call_ms(self) -> float:
        """Time the other user's list; the time is infinite when the service has ended."""
        began = time.perf_counter()
        try:
            return self.caller.call(self.newest)[0]
        except (OSError, HTTPException, RuntimeError):
            self.caller = self._connect()
            time.sleep(PAUSE_S)
            return float("inf") if self.process.poll() is not None else _waited_ms(began)

    def memory_mb(self) -> float:
        """Resident memory; 0 when the process has ended."""
        with suppress(OSError, IndexError):
            status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
            return int(status.partition("VmRSS:")[2].split()[0]) / 1024
        return 0


def _waited_ms(began: float) -> float:
    """Count a failed request as too late, however quickly it failed."""
    return max((time.perf_counter() - began) * 1000, WORST_S * 1000 + 1)


@contextmanager
def highest_memory(service: Service, found: list[float]) -> Iterator[None]:
    """Record the memory five times a second."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.2):
            found.append(service.memory_mb())

    found.append(service.memory_mb())
    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def attack(service: Service, name: str, tokens: list[str]) -> Figures:
    """Measure the other user without the attack, then while it runs."""
    address = urlsplit(service.newest.url)
    command = [
        sys.executable,
        "-m",
        "bench.attacks",
        name,
        str(address.hostname),
        str(address.port),
    ]
    memory: list[float] = []
    with subprocess.Popen(
        [*command, str(ATTACK_S)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as attacker:
        assert attacker.stdin  # noqa: S101  a pipe, as asked for
        assert attacker.stdout  # noqa: S101  same
        print(json.dumps(tokens), file=attacker.stdin, flush=True)
        attacker.stdout.readline()
        quiet = [service.call_ms() for _ in range(QUIET_CALLS)]
        with highest_memory(service, memory):
            print(file=attacker.stdin, flush=True)
            under = _calls_while_running(service, attacker)
        said = attacker.stdout.readline()
    seen = json.loads(said or '{"statuses": {}, "largest_fault_bytes": 0}')
    return Figures(
        median(quiet),
        median(under),
        max(under),
        seen["largest_fault_bytes"] / 1024,
        max(memory) - memory[0],
        seen["statuses"],
    )


def _calls_while_running(service: Service, attacker: subprocess.Popen[str]) -> list[float]:
    """Call until the attack ends; end one that hangs, or whose service is dead."""
    found: list[float] = []
    deadline = time.monotonic() + PATIENCE_S
    while attacker.poll() is None:
        found.append(service.call_ms())
        if service.process.poll() is not None or time.monotonic() > deadline:
            attacker.kill()
        time.sleep(PAUSE_S)
    return found or [float("inf")]


def libraries(sandbox: Sandbox, signer: Signer) -> tuple[dict[str, str], Path, Path]:
    """Fill a library of 20,000 long titles and one of 100,000 short ones with a tag on each."""
    settings = servers.prepare(sandbox, sandbox.sqlite_url("long"), signer)
    settings["CLERK_WEBHOOK_SIGNING_SECRET"] = WEBHOOK_SECRET
    long, many = sandbox.path / "long.db", sandbox.path / "many.db"
    shutil.copyfile(long, many)
    fill(long, 1, [Saved(number, TITLE, ("a", "b")) for number in range(VIDEOS)])
    fill(many, 1, [Saved(n, "A video", ("everywhere", "b")) for n in range(MANY_VIDEOS)])
    return settings, long, many


def main() -> int:
    part = " ".join(sys.argv[1:])
    signer, missed = Signer(), 0
    tokens = [signer.token("user_0"), signer.token("user_1")]
    print(f"R16  another user's list: median ≤ {SLOWER} x its quiet one, worst ≤ {WORST_S} s,")
    print(f"     a fault's answer ≤ {FAULT_KIB} KiB, memory ≤ {MEMORY_MB} MB more")
    with Sandbox() as sandbox:
        settings, long, many = libraries(sandbox, signer)
        for name in (one for one in ATTACKS if part in one):
            service = Service(sandbox, many if "rename" in name else long, signer, settings)
            figures = attack(service, name, tokens)
            end(service.process)
            missed += bool(figures.missed)
            _print(name, figures)
    return int(missed > 0)


def _print(name: str, figures: Figures) -> None:
    print(
        f"  {name:<26}{figures.quiet_ms:>6.1f} → {figures.median_ms:>8.1f} ms"
        f"  worst {figures.worst_ms:>9.1f} ms  fault {figures.fault_kib:>8.1f} KiB"
        f"  memory {figures.memory_mb:>7.0f} MB  {_verdict(figures)}  {figures.statuses}",
        flush=True,
    )


def _verdict(figures: Figures) -> str:
    return f"MISSED ({', '.join(figures.missed)})" if figures.missed else "reached"


if __name__ == "__main__":
    sys.exit(main())
