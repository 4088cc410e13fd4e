"""P3: an unchanged list with a matching ETag, against the whole list.

Run: python -m bench.p3_not_modified
"""

import sys

import httpx

from bench import servers
from bench.harness import Ask, Goal, Sandbox, judge, take_turns
from bench.tokens import Signer

GOALS = [Goal("whole list", 1.5)]


def unchanged(newest: Ask) -> Ask:
    """Return the request with a current ETag; check that it gets 304."""
    etag = httpx.get(newest.url, headers=newest.headers).headers["ETag"]
    again = Ask(newest.url, {**newest.headers, "If-None-Match": etag})
    status = httpx.get(again.url, headers=again.headers).status_code
    if status != 304:
        sys.exit(f"An unchanged list was answered with {status} instead of 304")
    return again


def main() -> int:
    with Sandbox() as sandbox:
        newest = servers.service(sandbox, sandbox.sqlite_url("service"), Signer()).newest
        rates = take_turns({"not modified": unchanged(newest), "whole list": newest})
    return judge("P3  GET /videos?limit=50, If-None-Match", rates, GOALS)


if __name__ == "__main__":
    sys.exit(main())
