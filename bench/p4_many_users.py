"""P4: the newest 50 among 3,000,000 rows of 60,000 users, against 1,000 rows of 20 users.

Both get the requests of twenty users. Then other users are measured one after the other; before
each request the file is removed from the system's cache.

Run: python -m bench.p4_many_users (about two minutes and 2 GB in /var/tmp)
"""

import os
import random
import sys
from pathlib import Path
from statistics import median

from bench import limits, servers
from bench.harness import Ask, Goal, Sandbox, judge, take_turns
from bench.library import Saved, fill
from bench.limits import Caller, Limit
from bench.tokens import Signer

MANY, FEW = 60_000, 20
LIBRARY = [Saved(number, f"A bench video {number}", ("a", "b")) for number in range(50)]
GOALS = [Goal("1,000 rows", 0.9)]
COLD_USERS = 200
COLD_MS = 2


def newest_of_some(base_url: str, signer: Signer, users: int) -> Ask:
    """Return a request for twenty users in turn, spread over the whole file."""
    tokens = [signer.token(f"user_{number}") for number in range(0, users, users // FEW)]
    return Ask(f"{base_url}/videos?limit=50", {}, "users.lua", tokens)


def cold_ms(base_url: str, signer: Signer, file: Path) -> float:
    """Return the median of first responses, each read from the disk."""
    caller = Caller(base_url)
    caller.call(Ask(f"{base_url}/health", {}))
    took: list[float] = []
    for number in random.sample(range(MANY), COLD_USERS):
        headers = {"Authorization": f"Bearer {signer.token(f'user_{number}')}"}
        forget(file)
        took_ms, _ = caller.call(Ask(f"{base_url}/videos?limit=50", headers))
        took.append(took_ms)
    return median(took)


def forget(file: Path) -> None:
    """Remove a file from the system's cache."""
    descriptor = os.open(file, os.O_RDONLY)
    os.fsync(descriptor)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


def main() -> int:
    signer = Signer()
    with Sandbox() as sandbox:
        base_urls = {}
        for name, users in (("3,000,000 rows", MANY), ("1,000 rows", FEW)):
            file = sandbox.path / f"{users}.db"
            prepared = servers.prepare(sandbox, f"sqlite:///{file}", signer)
            fill(file, users, LIBRARY)
            base_urls[name] = servers.serve(sandbox, prepared)
        cold = cold_ms(base_urls["3,000,000 rows"], signer, sandbox.path / f"{MANY}.db")
        asks = {
            "3,000,000 rows": newest_of_some(base_urls["3,000,000 rows"], signer, MANY),
            "1,000 rows": newest_of_some(base_urls["1,000 rows"], signer, FEW),
        }
        rates = take_turns(asks)
    missed = judge("P4  GET /videos?limit=50 of twenty users in turn", rates, GOALS)
    first = Limit("first answer from the disk, median", cold, COLD_MS, "ms")
    return missed | limits.judge("", [first])


if __name__ == "__main__":
    sys.exit(main())
