"""P6: import 100,000 links and export them; the time and memory of each.

During the import another user saves a video every tenth of a second.

Run: python -m bench.p6_transfer
"""

import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from bench import limits, servers
from bench.harness import Sandbox
from bench.limits import Limit
from bench.tokens import Signer

LINKS = 100_000
IMPORT_S, IMPORT_MB = 10, 100
EXPORT_S, EXPORT_MB = 3, 20
SAVE_MS = 100
PATIENCE_S = 120


class Client:
    """One persistent connection with a user's token."""

    def __init__(self, base_url: str, token: str) -> None:
        self.connection = HTTPConnection(urlsplit(base_url).netloc)
        self.headers = {"Authorization": f"Bearer {token}"}

    def call(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> bytes:
        headers = self.headers | ({"Content-Type": kind} if kind else {})
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        if answer.status >= 300:
            sys.exit(f"{path} answered {answer.status}: {answer.read()[:300]!r}")
        return answer.read()


def links() -> bytes:
    """Return a text of distinct links, in two forms."""
    forms = ("https://www.youtube.com/watch?v=k{:010}\n", "https://youtu.be/k{:010}?t=42\n")
    return "".join(forms[number % 2].format(number) for number in range(LINKS)).encode()


def memory_mb(pid: int, field: str) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition(f"{field}:")[2].split()[0]) / 1024


@contextmanager
def more_memory(pid: int, found: list[float]) -> Iterator[None]:
    """Append the rise of the resident memory to its peak, in megabytes."""
    before = memory_mb(pid, "VmRSS")
    Path(f"/proc/{pid}/clear_refs").write_text("5")  # reset the peak
    yield
    found.append(memory_mb(pid, "VmHWM") - before)


@contextmanager
def saving(client: Client, times_ms: list[float]) -> Iterator[None]:
    """Save a video every tenth of a second in the background."""
    done = threading.Event()

    def save() -> None:
        while not done.wait(0.1):
            body = json.dumps({"url": f"https://youtu.be/s{len(times_ms):010}"}).encode()
            began = time.perf_counter()
            client.call("POST", "/videos", body, "application/json")
            times_ms.append((time.perf_counter() - began) * 1000)

    thread = threading.Thread(target=save)
    thread.start()
    yield
    done.set()
    thread.join()


def import_links(client: Client) -> None:
    begun = json.loads(client.call("POST", "/imports", links(), "text/plain"))
    deadline = time.monotonic() + PATIENCE_S
    while begun["state"] in {"waiting", "running"} and time.monotonic() < deadline:
        time.sleep(0.1)
        begun = json.loads(client.call("GET", f"/imports/{begun['id']}"))
    if (begun["state"], begun["imported"]) != ("done", LINKS):
        sys.exit(f"The import ended as {begun}")


def main() -> int:
    signer = Signer()
    memories: list[float] = []
    saves_ms: list[float] = []
    with Sandbox() as sandbox:
        room = {"CORE_MAX_VIDEOS": str(LINKS)}
        settings = servers.prepare(sandbox, sandbox.sqlite_url("transfer"), signer, **room)
        base_url = servers.serve(sandbox, settings)
        pid = sandbox.processes[-1].pid
        client = Client(base_url, signer.token("user_0"))
        other = Client(base_url, signer.token("user_1"))
        began = time.perf_counter()
        with more_memory(pid, memories), saving(other, saves_ms):
            import_links(client)
        import_s = time.perf_counter() - began
        began = time.perf_counter()
        with more_memory(pid, memories):
            exported = client.call("GET", "/exports")
        export_s = time.perf_counter() - began
    if len(json.loads(exported)["videos"]) != LINKS:
        sys.exit("The export does not have every video")
    return limits.judge(
        "P6  100,000 links",
        [
            Limit("import", import_s, IMPORT_S, "s"),
            Limit("its memory", memories[0], IMPORT_MB, "MB"),
            Limit("concurrent saves, median", median(saves_ms), SAVE_MS, "ms"),
            Limit("concurrent saves, slowest", max(saves_ms), SAVE_MS * 10, "ms"),
            Limit("export as JSON", export_s, EXPORT_S, "s"),
            Limit("its memory", memories[1], EXPORT_MB, "MB"),
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
