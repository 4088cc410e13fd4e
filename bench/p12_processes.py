"""P12: the processor time of a request with two processes on one PostgreSQL, against one.

Two cores can't run two processes, PostgreSQL and the load at full speed. So the figure is the
processor time: two processes with a core each serve 1.7 times as much as one if a request costs
at most 2 / 1.7 of what it costs with one.

Run: python -m bench.p12_processes
"""

import os
import sys
from pathlib import Path
from statistics import median

from bench import servers
from bench.harness import ROUND_S, ROUNDS, Ask, Sandbox, load
from bench.p9_postgresql import postgresql
from bench.tokens import Signer

MOST = 2 / 1.7
"""How often the time of one process a request may take with two."""


def main() -> int:
    signer = Signer()
    with Sandbox() as sandbox, postgresql(sandbox) as folder:
        url = f"postgresql://bench@/service?host={folder}"
        one = servers.service(sandbox, url, signer)
        first = sandbox.processes[-1].pid
        two = servers.service(sandbox, url, signer, CORE_WORKERS="2")
        second = sandbox.processes[-1].pid
        missed = 0
        for name in ("newest", "save"):
            asks = [(getattr(one, name), first), (getattr(two, name), second)]
            for ask, _ in asks:
                load(ask, duration_s=1)
            rounds = [[_cost_us(*each) for each in asks] for _ in range(ROUNDS)]
            alone, together = (median(each) for each in zip(*rounds, strict=True))
            ratio = median(both / single for single, both in rounds)
            missed += ratio > MOST
            verdict = "MISSED" if ratio > MOST else "reached"
            print(
                f"P12 {name}: {alone:,.0f} µs of processor time with one process, "
                f"{together:,.0f} with two: {ratio:.2f} x   limit {MOST:.2f} x   {verdict}"
            )
    return int(missed > 0)


def _cost_us(ask: Ask, server_pid: int) -> float:
    """Return the processor time of the server's processes for each request, in microseconds."""
    before_s = _spent_s(server_pid)
    requests = load(ask) * ROUND_S
    return (_spent_s(server_pid) - before_s) / requests * 1e6


def _spent_s(pid: int) -> float:
    """Return the processor time of a process and its children. Source: man 5 proc_pid_stat."""
    folder = Path(f"/proc/{pid}")
    fields = (folder / "stat").read_text(encoding="ascii").rpartition(")")[2].split()
    children = (folder / f"task/{pid}/children").read_text(encoding="ascii").split()
    own_s = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own_s + sum(_spent_s(int(child)) for child in children)


if __name__ == "__main__":
    sys.exit(main())
