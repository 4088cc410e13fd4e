"""R8, in part: the p99 of saves while the host of the titles is down or slow.

It is compared with the same service with titles off. Run: python -m bench.r8_metadata
"""

import socket
import sys
from statistics import median

from bench import limits, servers
from bench.harness import Sandbox, free_port, p99_ms, ratio, take_turns
from bench.limits import Limit
from bench.tokens import Signer

ROUNDS = 11
SLOWER = 1.05


def main() -> int:
    signer = Signer()
    # It listens but never accepts: the kernel completes connections, and no response is sent.
    with Sandbox() as sandbox, socket.create_server(("127.0.0.1", 0)) as silent:
        ports = {"down": free_port(), "slow": silent.getsockname()[1]}
        asks = {"off": servers.service(sandbox, sandbox.sqlite_url("off"), signer).save}
        for name, port in ports.items():
            url = f"http://127.0.0.1:{port}/oembed"
            more = {"CORE_METADATA": "true", "CORE_METADATA_URL": url}
            asks[name] = servers.service(sandbox, sandbox.sqlite_url(name), signer, **more).save
        p99s_ms = take_turns(asks, ROUNDS, p99_ms)
    print("  ".join(f"{name} {median(values):.1f} ms" for name, values in p99s_ms.items()))
    return limits.judge(
        "R8  p99 of POST /videos, against titles off",
        [
            Limit(f"host {name}", ratio(p99s_ms[name], p99s_ms["off"]), SLOWER, "x")
            for name in ports
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
