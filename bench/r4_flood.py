"""R4: the p99 of valid requests during a flood of forged tokens.

It is compared with the p99 during a load of as many valid clients, since a busy core slows both.
The key server is up, slow, failing or silent. The flood begins after the cooldown of key fetches.

Run: python -m bench.r4_flood (about five minutes)
"""

import json
import math
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from statistics import median, quantiles

import jwt

from bench import limits, servers
from bench.harness import SCRIPTS, Ask, Sandbox, ratio
from bench.limits import Caller, Limit
from bench.tokens import Signer

DELAYS_S = {"up": 0.0, "slow": 1.0, "failing": 0.0, "silent": 60.0}
ROUNDS, FLOOD_S, COOLDOWN_S = 3, 5, 61
TOKENS = 100
SLOWER = 2
FETCHES_A_MINUTE = 10


class KeyServer(ThreadingHTTPServer):
    """Serves the first request correctly, and later ones according to its state."""

    daemon_threads = True
    fetches = 0

    def __init__(self, state: str, signer: Signer) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.state = state
        key = jwt.algorithms.RSAAlgorithm.to_jwk(signer.key.public_key(), as_dict=True)
        self.body = json.dumps({"keys": [key | {"kid": "ins_bench"}]}).encode()


class _Answer(BaseHTTPRequestHandler):
    server: KeyServer

    def do_GET(self) -> None:
        self.server.fetches += 1
        is_first = self.server.fetches == 1
        if not is_first:
            time.sleep(DELAYS_S[self.server.state])
        failing = self.server.state == "failing" and not is_first
        with suppress(BrokenPipeError):  # the client has timed out
            self.send_response(503 if failing else 200)
            self.end_headers()
            self.wfile.write(self.server.body)

    def log_message(self, *_: object) -> None: ...


@contextmanager
def key_server(state: str, signer: Signer) -> Iterator[KeyServer]:
    with KeyServer(state, signer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def forged() -> list[str]:
    """Sign with a foreign key: a third each with the known key id, short and Clerk-like ids."""
    stranger, each = Signer(), range(TOKENS // 3)
    bad = [stranger.token(f"user_{number}") for number in each]
    claims = jwt.decode(bad[0], options={"verify_signature": False})
    key_ids = [f"ins_{number}" for number in each] + [f"ins_{number:027}" for number in each]
    headers = [{"typ": "JWT", "kid": key_id} for key_id in key_ids]
    return bad + [jwt.encode(claims, stranger.key, "RS256", headers=one) for one in headers]


def p99_ms(newest: Ask, others: Sequence[str]) -> float:
    """Send requests in sequence during a load of 16 connections with the other tokens."""
    command = ["wrk", "-t1", "-c16", f"-d{FLOOD_S}s", "-s", str(SCRIPTS / "users.lua")]
    caller, took_ms = Caller(newest.url), []
    with subprocess.Popen(
        [*command, newest.url, "--", "0", *others], stdout=subprocess.DEVNULL
    ) as load:
        while load.poll() is None:
            took_ms.append(caller.call(newest)[0])
    return quantiles(took_ms, n=100)[-1]


def main() -> int:
    signer = Signer()
    good, bad = [signer.token(f"user_{number}") for number in range(TOKENS)], forged()
    calm: dict[str, list[float]] = {state: [] for state in DELAYS_S}
    flooded: dict[str, list[float]] = {state: [] for state in DELAYS_S}
    with ExitStack() as stack:
        sandbox = stack.enter_context(Sandbox())
        key_servers, asks = {}, {}
        for state in DELAYS_S:
            key_servers[state] = server = stack.enter_context(key_server(state, signer))
            url = f"http://127.0.0.1:{server.server_port}/keys"
            more = {"CLERK_JWT_KEY": "", "CLERK_JWKS_URL": url}
            asks[state] = servers.service(sandbox, sandbox.sqlite_url(state), signer, **more).newest
        began_s = time.monotonic()
        for _ in range(ROUNDS):
            time.sleep(COOLDOWN_S)
            for state, newest in asks.items():
                flooded[state].append(p99_ms(newest, bad))
                calm[state].append(p99_ms(newest, good))
        minutes = math.ceil((time.monotonic() - began_s) / 60)
        fetches = max(server.fetches for server in key_servers.values())
    print("  ".join(f"{state} {median(flooded[state]):.1f} ms" for state in DELAYS_S))
    slower = {state: ratio(flooded[state], calm[state]) for state in DELAYS_S}
    return limits.judge(
        "R4  p99 of GET /videos in a flood, against as many valid clients",
        [
            *(Limit(f"key server {state}", slower[state], SLOWER, "x") for state in DELAYS_S),
            Limit("fetches, the first included", fetches, 1 + FETCHES_A_MINUTE * minutes, ""),
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
