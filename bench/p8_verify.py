"""P8: verifying a new session token, and the same one again.

Run: python -m bench.p8_verify
"""

import asyncio
import sys
import time
from statistics import median

from bench import limits, servers
from bench.limits import Limit
from bench.tokens import Signer
from core.auth.clerk import Clerk
from core.config import Settings

TOKENS = 2_000
FIRST_US, AGAIN_US = 150, 5


async def verify_us(clerk: Clerk, tokens: list[str]) -> float:
    """Verify each token and return the median in microseconds."""
    took_ns = []
    for token in tokens:
        began = time.perf_counter_ns()
        await clerk.verify(token)
        took_ns.append(time.perf_counter_ns() - began)
    return median(took_ns) / 1000


async def both_us() -> tuple[float, float]:
    signer = Signer()
    clerk = Clerk(Settings.load(servers.clerk_settings(signer)))
    tokens = [signer.token(f"user_{number}") for number in range(TOKENS)]
    return await verify_us(clerk, tokens), await verify_us(clerk, tokens)


def main() -> int:
    first, again = asyncio.run(both_us())
    return limits.judge(
        "P8  verify a token, medians",
        [Limit("first time", first, FIRST_US, "µs"), Limit("again", again, AGAIN_US, "µs")],
    )


if __name__ == "__main__":
    sys.exit(main())
