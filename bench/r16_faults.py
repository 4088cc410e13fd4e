"""R16: another user's lists while one client sends requests with as many faults as fit.

The other user lists their newest 50 on one connection, first alone, then during each kind of
request. The memory is the server's increase since before the first request.

Run: python -m bench.r16_faults
"""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPConnection
from statistics import median
from urllib.parse import urlsplit

from bench import limits, servers
from bench.harness import Ask, Sandbox
from bench.limits import Caller, Limit
from bench.p6_transfer import memory_mb, more_memory
from bench.tokens import Signer

BODY_BYTES = 1024 * 1024
ATTACK_S = 5
SLOWER, WORST_MS, FAULT_KIB, MORE_MB = 10, 500, 16, 100


def many(item: str) -> str:
    return ",".join([item] * ((BODY_BYTES - 100) // (len(item) + 1)))


def fields() -> str:
    return ",".join(f'"{number}":1' for number in range(60_000))


BODIES = {
    "wrong tags": f'{{"url":"x","tags":[{many("1")}]}}',
    "empty tags": f'{{"url":"x","tags":[{many(chr(34) * 2)}]}}',
    "lists as tags": f'{{"url":"x","tags":[{many("[]")}]}}',
    "deep tags": f'{{"url":"x","tags":[{many("[" * 150 + "]" * 150)}]}}',
    "19,000 tags": f'{{"url":"x","tags":[{"1," * 19_000}1]}}',
    "unknown fields": f"{{{fields()}}}",
    "fields of a field": f'{{"url":{{{fields()}}}}}',
    "one name again": f"{{{many(chr(34) + 'a' + chr(34) + ':1')}}}",
    "a long name": f'{{"{"n" * 1_000_000}":1}}',
    "a huge number": f'{{"start_s":{"1" * 1_000_000}}}',
    "huge numbers": f'{{"tags":[{many("1" * 4_200)}]}}',
}
QUERIES = {
    "parameters": "&".join(f"{number}=" for number in range(9_000)),
    "one parameter again": "&".join(["q="] * 16_000),
    "a long parameter": "n" * 60_000,
}


class Attacker:
    """One connection that repeats the same request."""

    def __init__(self, base_url: str, token: str) -> None:
        self.connection = HTTPConnection(urlsplit(base_url).netloc)
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.largest_kib = 0.0

    def send(self, what: str) -> None:
        if what in BODIES:
            self.connection.request("POST", "/videos", BODIES[what].encode(), self.headers)
        else:
            self.connection.request("GET", f"/videos?{QUERIES[what]}", headers=self.headers)
        answer = self.connection.getresponse()
        self.largest_kib = max(self.largest_kib, len(answer.read()) / 1024)
        if answer.status != HTTPStatus.UNPROCESSABLE_ENTITY:
            raise RuntimeError(f"{what}: answered {answer.status}")

    @contextmanager
    def attacking(self, what: str) -> Iterator[None]:
        """Send without a pause in the background."""
        done = threading.Event()

        def attack() -> None:
            while not done.is_set():
                self.send(what)

        thread = threading.Thread(target=attack)
        thread.start()
        yield
        done.set()
        thread.join()


def lists_ms(caller: Caller, newest: Ask) -> list[float]:
    """Repeat the list; return the time of each."""
    until_s, took_ms = time.monotonic() + ATTACK_S, []
    while time.monotonic() < until_s:
        took_ms.append(caller.call(newest)[0])
    return took_ms


def main() -> int:
    signer = Signer()
    memories: list[float] = []
    with Sandbox() as sandbox:
        newest = servers.service(sandbox, sandbox.sqlite_url("faults"), signer).newest
        caller = Caller(newest.url)
        attacker = Attacker(newest.url, signer.token("user_1"))
        pid = sandbox.processes[-1].pid
        quiet_ms = median(lists_ms(caller, newest))
        measured = []
        with more_memory(pid, memories):
            for what in (*BODIES, *QUERIES):
                with attacker.attacking(what):
                    took_ms = lists_ms(caller, newest)
                slower = median(took_ms) / quiet_ms
                measured.append(Limit(f"{what}: median", slower, SLOWER, "x"))
                measured.append(Limit(f"{what}: slowest", max(took_ms), WORST_MS, "ms"))
        print(f"alone {quiet_ms:.2f} ms; the server has {memory_mb(pid, 'VmRSS'):.0f} MB")
    measured.append(Limit("largest answer", attacker.largest_kib, FAULT_KIB, "KiB"))
    measured.append(Limit("more memory", memories[0], MORE_MB, "MB"))
    return limits.judge("R16  another user's lists during faults", measured)


if __name__ == "__main__":
    sys.exit(main())
