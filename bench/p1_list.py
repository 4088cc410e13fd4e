"""P1: the newest 50 videos of a signed-in person, against PocketBase, the floor and the ceiling.

Run: python -m bench.p1_list
"""

import sys

from bench import parties
from bench.harness import Goal, Room, judge, take_turns
from bench.tokens import Signer

GOALS = [Goal("pocketbase", 6), Goal("floor", 12), Goal("ceiling", 0.55)]


def main() -> int:
    signer = Signer()
    with Room() as room:
        asks = {
            "service": parties.service(room, room.sqlite_url("service"), signer).newest,
            "pocketbase": parties.pocketbase(room).newest,
            "floor": parties.floor(room, room.sqlite_url("floor"), signer).newest,
            "ceiling": parties.ceiling(room, signer),
        }
        rates = take_turns(asks)
    return judge("P1  GET /videos?limit=50", rates, GOALS)


if __name__ == "__main__":
    sys.exit(main())
