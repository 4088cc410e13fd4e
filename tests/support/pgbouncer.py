"""A real PgBouncer in front of the tests' PostgreSQL."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.support.needs import missing
from tests.support.servers import PATIENCE_S, free_port

_CONFIGURATION = """
[databases]
* = host={socket_folder} user=core
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
default_pool_size = {connections}
"""


@contextmanager
def run_pgbouncer(database_url: str, mode: str, connections: int) -> Iterator[str]:
    """Run it in front of a database, with that many connections; give the database's new URL."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if not program:
        missing("pgbouncer is not installed (Debian: apt install pgbouncer)")
    url = urlsplit(database_url)
    [socket_folder] = parse_qs(url.query)["host"]
    port = free_port()
    # Not one of pytest's folders: PgBouncer refuses to run as root, and its user can't read those.
    with tempfile.TemporaryDirectory(prefix="core-pgbouncer-") as folder:
        path = Path(folder, "pgbouncer.ini")
        path.write_text(
            _CONFIGURATION.format(
                socket_folder=socket_folder, port=port, mode=mode, connections=connections
            )
        )
        Path(folder).chmod(0o755)
        log = Path(folder, "log.txt")
        with log.open("w") as out:
            process = subprocess.Popen(
                [program, str(path)], stdout=out, stderr=out, user=_user_of(socket_folder)
            )
        try:
            _wait_for(process, port, log)
            yield f"postgresql://core@127.0.0.1:{port}{url.path}"
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


def _user_of(socket_folder: str) -> int | None:
    """Return the only user who may open PostgreSQL's socket; None: the current user."""
    return Path(socket_folder).stat().st_uid if os.getuid() == 0 else None


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < deadline_s:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.01)
    raise AssertionError(log.read_text(encoding="utf-8"))
