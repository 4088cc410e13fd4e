"""P1, P2 and P3 of this tree against another revision of it, in the same run.

Run: python -m bench.against REVISION
"""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from bench import servers
from bench.harness import ROOT, Ask, Goal, Sandbox, judge, take_turns
from bench.tokens import Signer

LISTS, SAVES = 0.97, 0.95
ROUNDS = 9


def main() -> int:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    signer = Signer()
    with Sandbox() as sandbox:
        before = check_out(sys.argv[1], sandbox.path / "before")
        now = servers.service(sandbox, sandbox.sqlite_url("now"), signer)
        old = servers.service(sandbox, sandbox.sqlite_url("old"), signer, PYTHONPATH=str(before))
        asks = {
            "P1  GET /videos?limit=50": (now.newest, old.newest, LISTS),
            "P3  the same, 304": (unchanged(now.newest), unchanged(old.newest), LISTS),
            "P2  POST /videos": (now.save, old.save, SAVES),
        }
        missed = 0
        for title, (mine, theirs, at_least) in asks.items():
            rates = take_turns({"now": mine, "before": theirs}, ROUNDS)
            missed += judge(title, rates, [Goal("before", at_least)])
    return int(missed > 0)


def check_out(revision: str, to: Path) -> Path:
    """Write the tree of a revision; it runs with the packages of this one."""
    to.mkdir()
    archive = subprocess.run(
        ["git", "-C", str(ROOT), "archive", revision], capture_output=True, check=True
    ).stdout
    subprocess.run(["tar", "-x", "-C", str(to)], input=archive, check=True)
    return to


def unchanged(ask: Ask) -> Ask:
    """Return the request with an ETag that matches every state."""
    return replace(ask, headers={**ask.headers, "If-None-Match": "*"})


if __name__ == "__main__":
    sys.exit(main())
