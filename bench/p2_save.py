"""P2: saving a video durably, against PocketBase (which runs synchronous=NORMAL) and the floor.

Run: python -m bench.p2_save
"""

import sys

from bench import parties
from bench.harness import Goal, Room, judge, take_turns
from bench.tokens import Signer

GOALS = [Goal("pocketbase", 1.2), Goal("floor", 7)]


def main() -> int:
    signer = Signer()
    with Room() as room:
        asks = {
            "service": parties.service(room, room.sqlite_url("service"), signer).save,
            "pocketbase": parties.pocketbase(room).save,
            "floor": parties.floor(room, room.sqlite_url("floor"), signer).save,
        }
        rates = take_turns(asks)
    return judge("P2  POST /videos", rates, GOALS)


if __name__ == "__main__":
    sys.exit(main())
