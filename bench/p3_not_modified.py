"""P3: a list that has not changed since the client last had it, against sending it again.

Run: python -m bench.p3_not_modified
"""

import sys

import httpx

from bench import parties
from bench.harness import Ask, Goal, Room, judge, take_turns
from bench.tokens import Signer

GOALS = [Goal("whole list", 1.5)]


def unchanged(newest: Ask) -> Ask:
    """Ask again with the ETag of an answer, having seen that this is a 304."""
    etag = httpx.get(newest.url, headers=newest.headers).headers["ETag"]
    again = Ask(newest.url, {**newest.headers, "If-None-Match": etag})
    status = httpx.get(again.url, headers=again.headers).status_code
    if status != 304:
        sys.exit(f"An unchanged list was answered with {status} instead of 304")
    return again


def main() -> int:
    with Room() as room:
        newest = parties.service(room, room.sqlite_url("service"), Signer()).newest
        rates = take_turns({"not modified": unchanged(newest), "whole list": newest})
    return judge("P3  GET /videos?limit=50, If-None-Match", rates, GOALS)


if __name__ == "__main__":
    sys.exit(main())
