"""`core serve` in a process of its own: the port, the shutdown, and refused starts."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch
from urllib.request import urlopen

import pytest
from typer.testing import CliRunner

from core import __version__, logs
from core.cli import app
from core.migrations import runner
from core.models import SCHEMA_REVISION
from tests.support.databases import is_citus
from tests.support.factories import ISSUER, ORIGIN, environ_for
from tests.support.servers import run_server
from tests.support.tokens import SigningKey, mint, session_claims

ROOT = Path(__file__).parents[1]
PATIENCE_S = 60

Environment = dict[str, str]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in an empty folder, without settings."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("CORE_", "CLERK_", "DATABASE_"))]:
        monkeypatch.delenv(name)


@pytest.fixture
def environment(new_database_url: Callable[[str], str], signing_key: SigningKey) -> Environment:
    return environ_for(new_database_url("sqlite"), signing_key)


class Serve:
    """A `core serve` in a process of its own."""

    def __init__(self, environment: Environment) -> None:
        self.errors = Path("errors.txt")
        with self.errors.open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "core.cli", "serve"],
                env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self.watch = threading.Timer(PATIENCE_S, self.process.kill)
        self.watch.start()

    def wait_for_address(self) -> str:
        """Return the line that it prints once it listens."""
        assert self.process.stdout
        line = self.process.stdout.readline()
        said = re.fullmatch(r"Core listens on (http://.+:\d+)\n", line)
        assert said, line + self.errors.read_text()
        return said[1]

    def end(self) -> int:
        """Wait for its exit and return the exit code."""
        with self.process:
            code = self.process.wait()
        self.watch.cancel()
        return code


@contextmanager
def serving(environment: Environment) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `core serve`; give the process and its address, and send SIGTERM at the end."""
    serve = Serve(environment)
    try:
        yield serve.process, serve.wait_for_address()
    finally:
        serve.process.terminate()
        serve.end()


def refused(environment: Environment) -> tuple[int, str]:
    """Run `core serve` in this process, where it refuses to start; return exit code and output.

    Its log goes elsewhere: loggers are kept, and the runner's standard error is closed later.
    """
    with patch.object(logs, "sys", SimpleNamespace(stderr=sys.__stderr__)):
        done = CliRunner().invoke(app, ["serve"], env=environment)
    return done.exit_code, done.stderr


def test_serve_binds_a_free_port_and_prints_it_once_it_answers(environment: Environment):
    with serving(environment) as (_, address), urlopen(f"{address}/health") as answer:
        assert json.load(answer)["version"] == __version__
        assert address.startswith("http://127.0.0.1:")
        assert "date" in answer.headers
        assert "server" not in answer.headers


@pytest.mark.parametrize(("host", "shown"), [("::1", "[::1]"), ("localhost", "127.0.0.1")])
def test_serve_listens_on_ipv6_and_on_names(environment: Environment, host: str, shown: str):
    with serving(environment | {"CORE_HOST": host}) as (_, address):
        assert address.startswith(f"http://{shown}:")
        assert urlopen(f"{address}/health").status == 200


def test_several_workers_share_the_port_and_end_together(environment: Environment):
    with serving(environment | {"CORE_WORKERS": "2"}) as (supervisor, address):
        assert "rate_limits_per_process" in Path("errors.txt").read_text()
        assert urlopen(f"{address}/health/ready").status == 200
        supervisor.send_signal(signal.SIGTERM)
        assert supervisor.wait() == 0
        with pytest.raises(OSError, match="refused"):
            urlopen(address)


def test_workers_of_a_killed_supervisor_release_the_port(environment: Environment, tmp_path: Path):
    with run_server(tmp_path, "serve", CORE_WORKERS="2", **environment) as server:
        assert urlopen(f"{server.url}/health").status == 200
        server.process.kill()
        until_s = time.monotonic() + PATIENCE_S
        while listens("127.0.0.1", server.port):
            assert time.monotonic() < until_s
            time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_running_request_is_answered_before_the_shutdown(
    environment: Environment, signing_key: SigningKey, number: signal.Signals
):
    token = mint(signing_key, session_claims("user_Lily", iss=ISSUER, azp=ORIGIN))
    body = b'{"url": "https://youtu.be/in-flight-1"}'
    head = (
        f"POST /videos HTTP/1.1\r\nHost: core\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        "Expect: 100-continue\r\n\r\n"
    )
    with serving(environment) as (process, address):
        host, port = address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), PATIENCE_S) as client:
            client.sendall(head.encode())
            assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
            process.send_signal(number)
            while listens(host, int(port)):
                time.sleep(0.01)
            client.sendall(body)
            answer = client.recv(100)
        assert answer.startswith(b"HTTP/1.1 201 "), Path("errors.txt").read_text()
        assert process.wait() == (-signal.SIGTERM if number == signal.SIGTERM else 0)


def listens(host: str, port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex((host, port)) == 0


def test_serve_loads_no_module_of_other_commands(environment: Environment):
    with serving(environment | {"PYTHONPROFILEIMPORTTIME": "1"}):
        pass
    lines = Path("errors.txt").read_text().splitlines()
    modules = {line.rpartition("|")[2].strip() for line in lines}
    assert {"core.database.session", "core.api.videos"} <= modules
    only_if_set = ("limits", "redis", "prometheus_client")
    for other in (
        "alembic",
        "mako",
        "devclerk",
        "core.cli.backups",
        "clerk_backend_api",
        *only_if_set,
    ):
        assert other not in modules


def test_serve_refuses_a_missing_database(environment: Environment):
    serve = Serve(environment | {"DATABASE_URL": "sqlite:///data/core.db"})
    assert serve.end() == 2
    assert serve.errors.read_text() == (
        "DATABASE_URL: there is no database data/core.db. If that is its place, "
        "`core db upgrade` creates it.\n"
    )
    assert not Path("data").exists()


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_serve_refuses_an_outdated_schema(
    environment: Environment, new_database_url: Callable[[str], str], dialect: str
):
    url = new_database_url(dialect)
    if is_citus(url):
        pytest.skip("the service does not own the tables")
    runner.downgrade(url, "base")
    code, said = refused(environment | {"DATABASE_URL": url})
    assert code == 2
    assert said == (
        f"The database is at no migration, this version needs {SCHEMA_REVISION}. "
        "Run `core db upgrade` first.\n"
    )


def test_serve_fails_with_a_sentence_when_the_database_is_unreachable(environment: Environment):
    code, said = refused(environment | {"DATABASE_URL": "postgresql://core@127.0.0.1:1/core"})
    assert code == 1
    assert "The database can't be used: " in said
    assert "Traceback" not in said


def test_serve_fails_with_a_sentence_when_the_port_is_taken(environment: Environment):
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        code, said = refused(environment | {"CORE_PORT": str(port)})
    assert code == 1
    assert said.startswith("CORE_HOST, CORE_PORT: Core can't listen there: Address already in use")
