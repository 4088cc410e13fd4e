"""Run one attack: `python -m bench.attacks NAME HOST PORT SECONDS`, with tokens on standard input.

Prints `ready` when the requests are built, starts on a line of input, and prints counts as JSON.
"""

import asyncio
import json
import os
import sys

from bench.attacks import connections, requests, uploads
from bench.attacks.client import Target

ATTACKS = {
    "endless tag in an upload": uploads.endless_tag,
    "400,000 wrong items": requests.wrong_items,
    "60,000 unknown fields": requests.unknown_fields,
    "14,000 query parameters": requests.query_parameters,
    "8 searches for 63 words": requests.long_searches,
    "unread answers": connections.unread_answers,
    "held connections": connections.held_connections,
    "webhook bodies": connections.webhook_bodies,
    "folders of commas": uploads.folders_of_commas,
    "rename of a tag": requests.tag_renames,
    "50 exports": requests.parallel_exports,
    "unfinished uploads": connections.unfinished_uploads,
}


def main() -> None:
    name, host, port, seconds = sys.argv[1:]
    os.nice(19)  # the measured user shares this core
    target = Target(host, int(port), json.loads(sys.stdin.readline()), float(seconds))
    attack = ATTACKS[name](target)
    print("ready", flush=True)
    sys.stdin.readline()
    target.begin()
    asyncio.run(attack())
    seen = target.seen
    print(json.dumps({"statuses": seen.statuses, "largest_fault_bytes": seen.largest_fault_bytes}))


if __name__ == "__main__":
    main()
