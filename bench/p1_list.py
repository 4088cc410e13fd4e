"""P1: the newest 50 videos of a signed-in user, against PocketBase, the floor and the ceiling.

Run: python -m bench.p1_list
"""

import sys

from bench import servers
from bench.harness import Goal, Sandbox, judge, take_turns
from bench.tokens import Signer

GOALS = [Goal("pocketbase", 6), Goal("floor", 12), Goal("ceiling", 0.55)]


def main() -> int:
    signer = Signer()
    with Sandbox() as sandbox:
        asks = {
            "service": servers.service(sandbox, sandbox.sqlite_url("service"), signer).newest,
            "pocketbase": servers.pocketbase(sandbox).newest,
            "floor": servers.floor(sandbox, sandbox.sqlite_url("floor"), signer).newest,
            "ceiling": servers.ceiling(sandbox, signer),
        }
        rates = take_turns(asks)
    return judge("P1  GET /videos?limit=50", rates, GOALS)


if __name__ == "__main__":
    sys.exit(main())
