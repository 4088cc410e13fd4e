"""N1: another user's lists and saves while one user with 50,000 videos sends expensive requests.

Each attack uses eight connections without a pause; its responses are ignored.

Run: python -m bench.n1_neighbours
"""

import itertools
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from multiprocessing import Event, Process
from statistics import median
from urllib.parse import urlsplit

from bench import limits, servers
from bench.harness import Sandbox
from bench.library import Saved, fill
from bench.limits import Limit
from bench.tokens import Signer

VIDEOS = 50_000
CONNECTIONS = 8
WATCHED_S = 6
WORDS = "+".join(f"word{number}" for number in range(8))
BATCHES = itertools.count()

Request = tuple[str, str, object]


def searches() -> Iterator[Request]:
    yield from itertools.repeat(("GET", f"/videos?q={WORDS}&limit=50", None))


def lists() -> Iterator[Request]:
    paths = ["/videos", "/videos?sort=title&limit=1", "/videos?tags=odd,even&limit=50", "/tags"]
    yield from (("GET", path, None) for path in itertools.cycle(paths))


def renames() -> Iterator[Request]:
    for before, after in itertools.cycle([("all", "every"), ("every", "all")]):
        yield "PATCH", f"/tags/{before}", {"name": after}


def exports() -> Iterator[Request]:
    yield from itertools.repeat(("GET", "/exports", None))


ATTACKS: dict[str, Callable[[], Iterator[Request]]] = {
    "searches": searches,
    "lists": lists,
    "renames": renames,
    "exports": exports,
}


@dataclass(frozen=True)
class Client:
    """One connection that carries one user's token."""

    connection: HTTPConnection
    token: str

    @classmethod
    def open(cls, base_url: str, token: str) -> "Client":
        parts = urlsplit(base_url)
        return cls(HTTPConnection(parts.hostname or "", parts.port), token)

    def ask(self, method: str, path: str, body: object = None) -> tuple[float, int]:
        """Return how long the answer took, in milliseconds, and its status."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        content = None if body is None else json.dumps(body)
        began = time.perf_counter()
        self.connection.request(method, path, content, headers)
        answer = self.connection.getresponse()
        answer.read()
        return (time.perf_counter() - began) * 1000, answer.status


def attack(base_url: str, token: str, kind: str, stop: object) -> None:
    client = Client.open(base_url, token)
    for request in ATTACKS[kind]():
        if stop.is_set():  # type: ignore[attr-defined]  # multiprocessing has no type for it
            return
        client.ask(*request)


@contextmanager
def under(base_url: str, token: str, kind: str | None) -> Iterator[None]:
    stop = Event()
    arguments = (base_url, token, kind, stop)
    attackers = [Process(target=attack, args=arguments) for _ in range(CONNECTIONS if kind else 0)]
    for process in attackers:
        process.start()
    yield
    stop.set()
    for process in attackers:
        process.join(10)
        process.kill()


def watch(base_url: str, token: str) -> tuple[list[float], list[float]]:
    """Return how long this user's lists and saves take, in milliseconds."""
    client, lists_ms, saves_ms = Client.open(base_url, token), list[float](), list[float]()
    until_s = time.monotonic() + WATCHED_S
    while time.monotonic() < until_s:
        for _ in range(10):
            lists_ms.append(client.ask("GET", "/videos?limit=50")[0])
        link = f"https://youtu.be/n{next(BATCHES):010}"
        took_ms, status = client.ask("POST", "/videos", {"url": link})
        if status != 201:
            sys.exit(f"a save was answered {status}")
        saves_ms.append(took_ms)
        time.sleep(0.02)
    return lists_ms, saves_ms


def video(number: int) -> Saved:
    tags = ("all", "odd" if number % 2 else "even")
    return Saved(number, f"A bench video with the usual length of a title {number}", tags)


def main() -> int:
    signer, measured = Signer(), list[Limit]()
    with Sandbox() as sandbox:
        settings = servers.prepare(sandbox, sandbox.sqlite_url("large"), signer)
        fill(sandbox.path / "large.db", 1, [video(number) for number in range(VIDEOS)])
        base_url = servers.serve(sandbox, settings)
        attacker, other = signer.token("user_0"), signer.token("user_other")
        watch(base_url, other)
        quiet_ms = median(watch(base_url, other)[0])
        print(f"quiet: a list takes {quiet_ms:.2f} ms")
        for kind in ATTACKS:
            with under(base_url, attacker, kind):
                time.sleep(1)
                lists_ms, saves_ms = watch(base_url, other)
            measured += [
                Limit(f"{kind}: median list", median(lists_ms) / quiet_ms, 10, "x"),
                Limit(f"{kind}: worst list", max(lists_ms), 500, "ms"),
                Limit(f"{kind}: worst save", max(saves_ms), 1_000, "ms"),
            ]
    return limits.judge("N1  another user, while one with 50,000 videos attacks", measured)


if __name__ == "__main__":
    sys.exit(main())
