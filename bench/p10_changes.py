"""P10: the service's time for the changes since a token, in libraries of 10,000 and 100,000 videos.

One video changed since the token. It also measures no change, and the first page of all videos.

Run: python -m bench.p10_changes
"""

import json
import sys
from statistics import median

from bench import limits, servers
from bench.harness import Ask, Sandbox
from bench.library import Saved, fill
from bench.limits import Caller, Limit
from bench.tokens import Signer

SIZES = (10_000, 100_000)
TIMES = 200
ONE_CHANGE_MS = 1.0
FIRST_PAGE_MS = 150


def measure(sandbox: Sandbox, size: int) -> list[Limit]:
    signer = Signer()
    settings = servers.prepare(sandbox, sandbox.sqlite_url(f"of-{size}"), signer)
    library = [
        Saved(number, f"A bench video with the usual length of a title {number}", ("legs", "abs"))
        for number in range(size)
    ]
    fill(sandbox.path / f"of-{size}.db", 1, library)
    base_url = servers.serve(sandbox, settings)
    caller = Caller(base_url)
    headers = {"Authorization": f"Bearer {signer.token('user_0')}"}

    def median_ms(since: int, expected: int | None, times: int = TIMES) -> float:
        ask = Ask(f"{base_url}/changes?since={since}", headers)
        _, body = caller.call(ask)
        if expected is not None and len(json.loads(body)["videos"]) != expected:
            sys.exit(f"{ask.url} did not find {expected} videos: {body[:300]!r}")
        return median(caller.call(ask)[0] for _ in range(times))

    of = f"of {size:,}"
    return [
        Limit(f"one change {of}", median_ms(size - 1, 1), ONE_CHANGE_MS, "ms"),
        Limit(f"no change {of}", median_ms(size, 0), ONE_CHANGE_MS, "ms"),
        Limit(f"the first page {of}", median_ms(0, None, 10), FIRST_PAGE_MS, "ms"),
    ]


def main() -> int:
    with Sandbox() as sandbox:
        measured = [limit for size in SIZES for limit in measure(sandbox, size)]
    return limits.judge("P10  GET /changes, medians", measured)


if __name__ == "__main__":
    sys.exit(main())
