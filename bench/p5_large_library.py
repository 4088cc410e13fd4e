"""P5: one user with 100,000 videos: the newest 50 with two tags, and a search for two words.

Each has several cases, since skipped rows cost more than matches.

Run: python -m bench.p5_large_library
"""

import json
import sys
from statistics import median

from bench import limits, servers
from bench.harness import Ask, Sandbox
from bench.library import Saved, fill
from bench.limits import Caller, Limit
from bench.tokens import Signer

VIDEOS = 100_000
TIMES = 50
TAGS_MS, SEARCH_MS = 5, 60
CASES = {
    "two tags, often together": ("tags=even,third", 50, TAGS_MS),
    "two tags, one of them rare": ("tags=even,rare", 50, TAGS_MS),
    "two tags, never together": ("tags=old,new", 0, TAGS_MS),
    "two words found everywhere": ("q=bench+video", 50, SEARCH_MS),
    "two words, one of them rare": ("q=bench+needle", 10, SEARCH_MS),
    "two words found nowhere": ("q=nowhere+neither", 0, SEARCH_MS),
}


def video(number: int) -> Saved:
    tags = {
        "even": number % 2 == 0,
        "third": number % 3 == 0,
        "rare": number % 1000 == 0,
        "old": number < VIDEOS // 2,
        "new": number >= VIDEOS // 2,
    }
    needle = " needle" if number % 10_000 == 0 else ""
    title = f"A bench video with the usual length of a title {number}{needle}"
    return Saved(number, title, tuple(name for name, carried in tags.items() if carried))


def median_ms(caller: Caller, ask: Ask, expected: int) -> float:
    """Return the median time on one connection; check the number of videos first."""
    _, body = caller.call(ask)
    if len(json.loads(body)["videos"]) != expected:
        sys.exit(f"{ask.url} did not find {expected} videos: {body[:300]!r}")
    return median(caller.call(ask)[0] for _ in range(TIMES))


def main() -> int:
    signer = Signer()
    with Sandbox() as sandbox:
        settings = servers.prepare(sandbox, sandbox.sqlite_url("large"), signer)
        fill(sandbox.path / "large.db", 1, [video(number) for number in range(VIDEOS)])
        base_url = servers.serve(sandbox, settings)
        caller = Caller(base_url)
        headers = {"Authorization": f"Bearer {signer.token('user_0')}"}
        measured = [
            Limit(
                case,
                median_ms(caller, Ask(f"{base_url}/videos?limit=50&{query}", headers), expected),
                at_most_ms,
                "ms",
            )
            for case, (query, expected, at_most_ms) in CASES.items()
        ]
    return limits.judge("P5  one user with 100,000 videos, medians", measured)


if __name__ == "__main__":
    sys.exit(main())
