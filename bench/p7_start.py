"""P7: from the command `core serve` to its first 200, and its memory then.

Run: python -m bench.p7_start
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench import limits, servers
from bench.harness import Ask, Sandbox, end
from bench.limits import Caller, Limit
from bench.tokens import Signer

STARTS = 7
START_S, MEMORY_MB = 1.0, 90


def start(sandbox: Sandbox, settings: dict[str, str]) -> tuple[float, float]:
    """Start the service once; return seconds and megabytes."""
    began = time.perf_counter()
    base_url = servers.serve(sandbox, settings)
    Caller(base_url).call(Ask(f"{base_url}/health", {}))
    took_s = time.perf_counter() - began
    process = sandbox.processes.pop()
    memory_mb = sum(_memories_mb(process.pid))
    end(process)
    return took_s, memory_mb


def _memories_mb(session: int) -> Iterator[float]:
    """Yield the resident memory of every process of a session."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            after_name = (folder / "stat").read_text().rpartition(")")[2].split()
            status = (folder / "status").read_text()
        except FileNotFoundError:  # the process has ended
            continue
        if after_name[3] == str(session):
            yield int(status.partition("VmRSS:")[2].split()[0]) / 1024


def main() -> int:
    signer = Signer()
    with Sandbox() as sandbox:
        settings = servers.prepare(sandbox, sandbox.sqlite_url("empty"), signer)
        start(sandbox, settings)  # so that all bytecode is compiled
        starts = [start(sandbox, settings) for _ in range(STARTS)]
    return limits.judge(
        "P7  core serve, medians",
        [
            Limit("to the first 200", median(took_s for took_s, _ in starts), START_S, "s"),
            Limit("memory then", median(memory for _, memory in starts), MEMORY_MB, "MB"),
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
