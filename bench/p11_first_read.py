"""P11: the bytes on the wire of the first read of a library of 10,000 videos.

The client reads the whole list, page by page, and accepts gzip.

Run: python -m bench.p11_first_read
"""

import sys
import time
from random import Random
from statistics import median

import httpx

from bench import limits, servers
from bench.harness import Sandbox
from bench.library import Saved, fill
from bench.limits import Limit
from bench.tokens import Signer

VIDEOS = 10_000
WORDS = ["yoga", "legs", "stretch", "kettlebell", "core", "Anfänger", "ランニング", "łódź", "run"]
MINUTES = 3_000_000
"""The videos were saved at irregular times within six years."""
AT_MOST_MB = 0.5
ROUNDS = 5
TEXT, GZIP = "identity", "gzip"


def library() -> list[Saved]:
    """Make up videos like those of w1_web, at random times, each with up to three of 200 tags."""
    chance = Random(1)
    return [
        Saved(
            number,
            " ".join([*chance.choices(WORDS, k=6), str(number)]),
            tuple({f"tag {min(200, int(chance.paretovariate(0.6)))}" for _ in range(3)}),
        )
        for number in sorted(chance.sample(range(MINUTES), VIDEOS))
    ]


def read_all(url: str, token: str, coding: str) -> tuple[int, float]:
    """Read the whole list; return the bytes of its bodies on the wire, and the seconds."""
    headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": coding}
    sent_bytes, found, cursor = 0, 0, None
    began_s = time.perf_counter()
    with httpx.Client(base_url=url, headers=headers) as client:
        while found == 0 or cursor:
            answer = client.get("/videos", params={"cursor": cursor} if cursor else None)
            answer.raise_for_status()
            if answer.headers.get("content-encoding", TEXT) != coding:
                sys.exit(f"A list was not sent as {coding}")
            sent_bytes += answer.num_bytes_downloaded
            page = answer.json()
            found, cursor = found + len(page["videos"]), page["next_cursor"]
    if found != VIDEOS:
        sys.exit(f"The list had {found} videos instead of {VIDEOS}")
    return sent_bytes, time.perf_counter() - began_s


def main() -> int:
    signer = Signer()
    with Sandbox() as sandbox:
        settings = servers.prepare(sandbox, sandbox.sqlite_url("first"), signer)
        fill(sandbox.path / "first.db", 1, library())
        url = servers.serve(sandbox, settings)
        token = signer.token("user_0")
        taken = {
            coding: [read_all(url, token, coding) for _ in range(ROUNDS)] for coding in (TEXT, GZIP)
        }
    for coding, rounds in taken.items():
        print(f"  {coding}: {rounds[0][0]:,} bytes in {median(s for _, s in rounds):.3f} s")
    (wire_bytes, _), *_ = taken[GZIP]
    return limits.judge(
        "P11  the first read of 10,000 videos",
        [Limit("on the wire, with gzip", wire_bytes / 1_000_000, AT_MOST_MB, "MB")],
    )


if __name__ == "__main__":
    sys.exit(main())
