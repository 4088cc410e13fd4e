"""P2: saving a video durably, against PocketBase (which runs synchronous=NORMAL) and the floor.

Run: python -m bench.p2_save
"""

import sys

from bench import servers
from bench.harness import Goal, Sandbox, judge, take_turns
from bench.tokens import Signer

GOALS = [Goal("pocketbase", 1.2), Goal("floor", 7)]


def main() -> int:
    signer = Signer()
    with Sandbox() as sandbox:
        asks = {
            "service": servers.service(sandbox, sandbox.sqlite_url("service"), signer).save,
            "pocketbase": servers.pocketbase(sandbox).save,
            "floor": servers.floor(sandbox, sandbox.sqlite_url("floor"), signer).save,
        }
        rates = take_turns(asks)
    return judge("P2  POST /videos", rates, GOALS)


if __name__ == "__main__":
    sys.exit(main())
