"""R16: the server's memory while forty answers wait for a client that does not read them.

Run: python -m bench.r16_unread
"""

import socket
import sys
import time
from contextlib import ExitStack
from urllib.parse import urlsplit

from bench import limits, servers
from bench.harness import Sandbox, end
from bench.library import Saved, fill
from bench.limits import Limit
from bench.p6_transfer import more_memory
from bench.tokens import Signer

ANSWERS = 40
MORE_MB = 100
SETTLES_S = 10
PATHS = ("/videos", "/videos?sort=title", "/videos?limit=500", "/exports", "/exports?format=html")


def large(number: int) -> Saved:
    """A video of 13 KB: letters of four bytes in its title and in the most tags allowed."""
    tags = tuple(f"{tag:02}" + "\U0001f9d8" * 62 for tag in range(50))
    return Saved(number, f"{number:06}" + "\U0001f9d8" * 294, tags)


def ask(base_url: str, path: str, token: str) -> socket.socket:
    """Send a request and read no response."""
    parts = urlsplit(base_url)
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    connection.connect((parts.hostname, parts.port))
    head = f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {token}\r\n\r\n"
    connection.sendall(head.encode())
    return connection


def main() -> int:
    signer = Signer()
    measured = []
    with Sandbox() as sandbox:
        settings = servers.prepare(sandbox, sandbox.sqlite_url("unread"), signer)
        fill(sandbox.path / "unread.db", 1, [large(number) for number in range(3_000)])
        for path in PATHS:
            memories: list[float] = []
            base_url = servers.serve(sandbox, settings)
            with more_memory(sandbox.processes[-1].pid, memories), ExitStack() as connections:
                for _ in range(ANSWERS):
                    connections.enter_context(ask(base_url, path, signer.token("user_0")))
                time.sleep(SETTLES_S)
            end(sandbox.processes[-1])
            measured.append(Limit(path, memories[0], MORE_MB, "MB"))
    return limits.judge(f"R16  more memory with {ANSWERS} unread answers", measured)


if __name__ == "__main__":
    sys.exit(main())
