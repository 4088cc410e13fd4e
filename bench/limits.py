"""Absolute limits, and a client that times single requests."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import urlsplit

from bench.harness import Ask


@dataclass(frozen=True)
class Limit:
    """A measurement and its maximum, both in `unit`."""

    what: str
    measured: float
    at_most: float
    unit: str


def judge(title: str, limits: Sequence[Limit]) -> int:
    """Print measurements and limits; return 1 if one is above its limit, else 0."""
    print(title)
    for limit in limits:
        verdict = "reached" if limit.measured <= limit.at_most else "MISSED"
        print(
            f"  {limit.what:<34}{limit.measured:>10,.2f} {limit.unit}"
            f"   limit {limit.at_most:g} {limit.unit}   {verdict}"
        )
    return int(any(limit.measured > limit.at_most for limit in limits))


class Caller:
    """One persistent connection; httpx would add a large part to these figures."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.connection = HTTPConnection(parts.hostname or "", parts.port)

    def call(self, ask: Ask) -> tuple[float, bytes]:
        """Return how long the answer took, in milliseconds, and the answer."""
        target = urlsplit(ask.url)._replace(scheme="", netloc="").geturl()
        began = time.perf_counter()
        self.connection.request("GET", target, headers=dict(ask.headers))
        answer = self.connection.getresponse()
        body = answer.read()
        took_ms = (time.perf_counter() - began) * 1000
        if answer.status != 200:
            raise RuntimeError(f"{ask.url} answered {answer.status}: {body[:200]!r}")
        return took_ms, body
