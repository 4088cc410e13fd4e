"""`core doctor` finds what is wrong and what is doubtful, says what to do, and prints no secret."""

import json
import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from urllib.request import urlopen

import pytest
from typer.testing import CliRunner

from core import sqlite
from core.cli import app
from core.config import SECRETS
from core.migrations import runner
from tests.factories import environ_for
from tests.servers import free_port, run_server
from tests.tokens import SigningKey

Environment = dict[str, str]


@pytest.fixture
def environment(
    tmp_path: Path,
    new_database_url: Callable[[str], str],
    signing_key: SigningKey,
    monkeypatch: pytest.MonkeyPatch,
) -> Environment:
    """Settings with which nothing is wrong and nothing doubtful."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("CORE_", "CLERK_", "DATABASE_"))]:
        monkeypatch.delenv(name)
    url = new_database_url("sqlite")
    Path(url.removeprefix("sqlite:///")).chmod(0o600)
    return environ_for(
        url,
        signing_key,
        CORE_ENV="production",
        CORE_TRUSTED_PROXIES="127.0.0.1",
        CLERK_AUTHORIZED_PARTIES="https://videos.example.com",
        CLERK_SECRET_KEY="sk_live_secret",
        CLERK_WEBHOOK_SIGNING_SECRET="whsec_" + "A" * 32,
    )


def examine(environment: Environment) -> tuple[int, str]:
    """Return the exit code and what it says."""
    result = CliRunner().invoke(app, ["doctor"], env=environment)
    for secret in filter(None, map(environment.get, SECRETS)):
        assert secret not in result.output
    return result.exit_code, result.output


def test_nothing_is_found_where_all_is_well(environment: Environment):
    assert examine(environment) == (0, "0 wrong, 0 doubtful.\n")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"CLERK_AUTHORIZED_PARTIES": "http://videos.example.com"}, "is not https"),
        ({"CORE_ENV": "staging", "CLERK_AUTHORIZED_PARTIES": ""}, "tokens of browsers"),
        ({"CORE_ALLOW_IMPERSONATION": "true"}, "can act as anybody"),
        ({"CLERK_SECRET_KEY": ""}, "e-mail and name"),
        ({"CLERK_WEBHOOK_SIGNING_SECRET": ""}, "Add a webhook"),
        ({"CORE_WORKERS": "4"}, "4 processes count apart"),
        ({"CORE_RATE_LIMIT_USER": "off"}, "one of them is off"),
        ({"CLERK_SECRET_KEY": "sk_test_secret"}, "a development instance of Clerk"),
        ({"CORE_TRUSTED_PROXIES": ""}, "shares one limit"),
    ],
)
def test_what_is_doubtful_is_said_and_is_no_failure(
    environment: Environment, change: Environment, said: str
):
    code, output = examine(environment | change)
    assert (code, output.count("Doubtful: ")) == (0, 1), output
    assert said in output


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"CLERK_AUTHORIZED_PARTIES": "https://videos.example.com/"}, "is no origin"),
        ({"CLERK_AUTHORIZED_PARTIES": ""}, "CLERK_AUTHORIZED_PARTIES: needed in production"),
        ({"DATABASE_URL": "sqlite:///nowhere.db"}, "`core db upgrade` makes one"),
        ({"DATABASE_URL": "postgresql://core@127.0.0.1:1/core"}, "The database can't be used"),
        (
            {"CLERK_JWT_KEY": "-----BEGIN PUBLIC KEY-----\nno\n-----END PUBLIC KEY-----"},
            "CLERK_JWT_KEY: ",
        ),
        (
            {
                "CORE_ENV": "staging",
                "CLERK_JWT_KEY": "",
                "CLERK_JWKS_URL": "http://127.0.0.1:1/keys",
            },
            "can't be read at",
        ),
        ({"CORE_RATE_LIMIT_STORE": "redis://:word@127.0.0.1:1/0"}, "no Redis answers there"),
        ({"CORE_IMPORT_FOLDER": "/dev/null/imports"}, "may not write /dev/null, so"),
    ],
)
def test_what_is_wrong_is_said_and_fails(environment: Environment, change: Environment, said: str):
    code, output = examine(environment | change)
    assert (code, output.count("Wrong: ")) == (1, 1), output
    assert said in output


def test_an_outdated_schema_is_wrong(environment: Environment):
    runner.downgrade(environment["DATABASE_URL"], "base")
    code, output = examine(environment)
    assert code == 1
    assert "Run `core db upgrade` first." in output


@pytest.mark.parametrize("secret", [".env", "key.txt", "core.db"])
def test_a_file_that_others_may_open_is_doubtful(environment: Environment, secret: str):
    file = Path(secret)
    if secret == "core.db":
        file = Path(environment["DATABASE_URL"].removeprefix("sqlite:///"))
    else:
        file.touch()
    if secret == "key.txt":
        file.write_text(environment["CLERK_SECRET_KEY"])
        environment |= {"CLERK_SECRET_KEY": "", "CLERK_SECRET_KEY_FILE": "key.txt"}
    for mode, doubts in ((0o600, 0), (0o640, 1), (0o604, 1)):
        file.chmod(mode)
        code, output = examine(environment)
        assert (code, output.count("chmod 600` on")) == (0, doubts), output


def test_a_database_that_may_not_be_written_is_wrong(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everything
    code, output = examine(environment)
    assert code == 1
    assert "may not write" in output


def test_a_disk_that_is_nearly_full_is_doubtful(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
):
    usage = SimpleNamespace(free=12_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    code, output = examine(environment)
    assert code == 0
    assert "12 MB left" in output


def test_an_unfixed_sqlite_is_doubtful(environment: Environment, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sqlite, "wal_is_safe", lambda _: False)
    code, output = examine(environment)
    assert code == 0
    assert "does without" in output


def test_a_role_that_row_level_security_does_not_bind_is_doubtful(
    environment: Environment, new_database_url: Callable[[str], str]
):
    url = new_database_url("postgresql")
    assert examine(environment | {"DATABASE_URL": url})[1] == "0 wrong, 0 doubtful.\n"
    superuser = url.replace("core@/", "postgres:@/")
    code, output = examine(environment | {"DATABASE_URL": superuser})
    assert code == 0
    assert "no BYPASSRLS" in output


def test_a_port_is_wrong_when_somebody_else_has_it(environment: Environment, tmp_path: Path):
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        taken.listen(0)
        environment |= {"CORE_PORT": str(taken.getsockname()[1])}
        code, output = examine(environment)
    assert code == 1
    assert "CORE_HOST, CORE_PORT: Core can't listen there" in output
    with run_server(tmp_path, "serve", **environment):
        assert examine(environment)[0] == 0


def test_ports_of_the_metrics_are_wrong_when_somebody_else_has_them(
    environment: Environment, tmp_path: Path
):
    port = free_port(in_a_row=2)
    environment |= {"CORE_METRICS_PORT": str(port), "CORE_WORKERS": "2"}
    environment |= {"CORE_PORT": str(port + 1)}
    assert "for each further worker, is CORE_PORT" in examine(environment)[1]
    environment |= {"CORE_PORT": str(free_port())}
    with closing(socket.create_server(("127.0.0.1", port + 1))):
        code, output = examine(environment)
    assert code == 1
    assert f"CORE_METRICS_PORT: port {port + 1} can't be used: " in output
    with run_server(tmp_path, "serve", **environment) as server:
        assert urlopen(f"{server.url}/health/ready").status == 200
        assert examine(environment)[0] == 0


def test_a_folder_of_another_user_takes_no_imports(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    environment |= {"CORE_IMPORT_FOLDER": str(tmp_path)}
    assert examine(environment)[0] == 0
    monkeypatch.setattr(os, "getuid", lambda: tmp_path.stat().st_uid + 1)
    code, output = examine(environment)
    assert code == 1
    assert f"{tmp_path} is another user's" in output


def test_a_folder_that_can_not_be_looked_at_is_no_end_of_it(
    environment: Environment, tmp_path: Path
):
    environment |= {"CORE_IMPORT_FOLDER": str(tmp_path / ("long" * 100))}
    assert examine(environment) == (0, "0 wrong, 0 doubtful.\n")


def test_an_address_that_others_reach_is_doubtful_and_one_that_is_not_ours_is_wrong(
    environment: Environment,
):
    code, output = examine(environment | {"CORE_HOST": "192.0.2.1"})
    assert code == 1
    assert "plain HTTP" in output
    assert "Core can't listen there" in output


# ------------------------------------------------------------------- keys and the clock


@contextmanager
def key_server(signing_key: SigningKey, date: str | None) -> Iterator[str]:
    """Serve the key set, at the time that the server believes it is."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(200)
            if date != "":
                self.send_header("Date", date or self.date_time_string())
            self.end_headers()
            self.wfile.write(json.dumps({"keys": [signing_key.jwk]}).encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/keys"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("date", "code", "said"),
    [
        (None, 0, "0 wrong, 0 doubtful."),
        ("", 0, "0 wrong, 0 doubtful."),
        ("once upon a time", 0, "0 wrong, 0 doubtful."),
        ("Sun, 22 Nov 2020 12:00:00 GMT", 1, "s ahead, and tokens"),
        ("Sun, 22 Nov 2099 12:00:00 GMT", 1, "s behind, and tokens"),
    ],
)
def test_the_clock_is_compared_with_the_key_server_s(
    environment: Environment, signing_key: SigningKey, date: str | None, code: int, said: str
):
    with key_server(signing_key, date) as url:
        keys = {"CORE_ENV": "staging", "CLERK_JWT_KEY": "", "CLERK_JWKS_URL": url}
        found = examine(environment | keys)
    assert found[0] == code
    assert said in found[1]
