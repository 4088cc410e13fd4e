"""P4: the newest 50 among 3,000,000 rows of 60,000 people, against 1,000 rows of 20 people.

The same twenty people's worth of requests goes to both. Then people who were never asked for, one
after the other, each time with the file thrown out of the system's cache.

Run: python -m bench.p4_many_people (about two minutes and 2 GB in /var/tmp)
"""

import os
import random
import sys
from pathlib import Path
from statistics import median

from bench import limits, parties
from bench.harness import Ask, Goal, Room, judge, take_turns
from bench.library import Saved, fill
from bench.limits import Caller, Limit
from bench.tokens import Signer

MANY, FEW = 60_000, 20
LIBRARY = [Saved(number, f"A bench video {number}", ("a", "b")) for number in range(50)]
GOALS = [Goal("1,000 rows", 0.9)]
COLD_PEOPLE = 200
COLD_MS = 2


def newest_of_some(base_url: str, signer: Signer, people: int) -> Ask:
    """Ask for twenty people in turn, spread over the whole file."""
    tokens = [signer.token(f"user_{number}") for number in range(0, people, people // FEW)]
    return Ask(f"{base_url}/videos?limit=50", {}, "people.lua", tokens)


def cold_ms(base_url: str, signer: Signer, file: Path) -> float:
    """Return the median of first answers, each read from the disk."""
    caller = Caller(base_url)
    caller.call(Ask(f"{base_url}/health", {}))
    took: list[float] = []
    for number in random.sample(range(MANY), COLD_PEOPLE):
        headers = {"Authorization": f"Bearer {signer.token(f'user_{number}')}"}
        forget(file)
        took_ms, _ = caller.call(Ask(f"{base_url}/videos?limit=50", headers))
        took.append(took_ms)
    return median(took)


def forget(file: Path) -> None:
    """Throw a file out of the system's cache."""
    descriptor = os.open(file, os.O_RDONLY)
    os.fsync(descriptor)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


def main() -> int:
    signer = Signer()
    with Room() as room:
        base_urls = {}
        for name, people in (("3,000,000 rows", MANY), ("1,000 rows", FEW)):
            file = room.path / f"{people}.db"
            prepared = parties.prepare(room, f"sqlite:///{file}", signer)
            fill(file, people, LIBRARY)
            base_urls[name] = parties.serve(room, prepared)
        cold = cold_ms(base_urls["3,000,000 rows"], signer, room.path / f"{MANY}.db")
        asks = {
            "3,000,000 rows": newest_of_some(base_urls["3,000,000 rows"], signer, MANY),
            "1,000 rows": newest_of_some(base_urls["1,000 rows"], signer, FEW),
        }
        rates = take_turns(asks)
    missed = judge("P4  GET /videos?limit=50 of twenty people in turn", rates, GOALS)
    first = Limit("first answer from the disk, median", cold, COLD_MS, "ms")
    return missed | limits.judge("", [first])


if __name__ == "__main__":
    sys.exit(main())
