"""`core doctor` finds errors and warnings, says how to fix them, and prints no secret."""

import asyncio
import json
import os
import re
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

from core.cli import app
from core.config import SECRETS
from core.database import sqlite
from core.migrations import runner
from tests.support.citus import stand_in
from tests.support.databases import as_superuser, execute_as_superuser
from tests.support.factories import environ_for
from tests.support.servers import free_port, run_server
from tests.support.tokens import SigningKey, new_signing_key

Environment = dict[str, str]


@pytest.fixture
def environment(
    tmp_path: Path,
    new_database_url: Callable[[str], str],
    signing_key: SigningKey,
    monkeypatch: pytest.MonkeyPatch,
) -> Environment:
    """Settings without an error or a warning."""
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
    """Return the exit code and the output."""
    result = CliRunner().invoke(app, ["doctor"], env=environment)
    for secret in filter(None, map(environment.get, SECRETS)):
        assert secret not in result.output
    return result.exit_code, result.output


def test_a_healthy_service_has_no_finding(environment: Environment):
    assert examine(environment) == (0, "Errors: 0. Warnings: 0.\n")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"CLERK_AUTHORIZED_PARTIES": "http://videos.example.com"}, "is not https"),
        ({"CORE_ENV": "staging", "CLERK_AUTHORIZED_PARTIES": ""}, "tokens of browsers"),
        ({"CORE_ALLOW_IMPERSONATION": "true"}, "can act as any user"),
        ({"CLERK_SECRET_KEY": ""}, "e-mail and name"),
        ({"CLERK_WEBHOOK_SIGNING_SECRET": ""}, "Add a webhook"),
        ({"CORE_WORKERS": "4"}, "4 processes count separately"),
        ({"CORE_RATE_LIMIT_USER": "off"}, "one of them is off"),
        ({"CLERK_SECRET_KEY": "sk_test_secret"}, "a development instance of Clerk"),
        ({"CORE_TRUSTED_PROXIES": ""}, "share one limit"),
    ],
)
def test_a_warning_is_printed_and_is_no_failure(
    environment: Environment, change: Environment, said: str
):
    code, output = examine(environment | change)
    assert (code, output.count("Warning: ")) == (0, 1), output
    assert said in output


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"CLERK_AUTHORIZED_PARTIES": "https://videos.example.com/a"}, "must be an origin like"),
        ({"CLERK_FURTHER_ISSUERS": "http://clerk.example.com"}, "must be an https address"),
        ({"CLERK_AUTHORIZED_PARTIES": ""}, "CLERK_AUTHORIZED_PARTIES: needed in production"),
        ({"DATABASE_URL": "sqlite:///nowhere.db"}, "`core db upgrade` creates it"),
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
def test_an_error_is_printed_and_fails(environment: Environment, change: Environment, said: str):
    code, output = examine(environment | change)
    assert code == 1
    assert len(re.findall("^Error: ", output, re.MULTILINE)) == 1, output
    assert said in output


def test_an_outdated_schema_is_an_error(environment: Environment):
    runner.downgrade(environment["DATABASE_URL"], "base")
    code, output = examine(environment)
    assert code == 1
    assert "Run `core db upgrade` first." in output


@pytest.mark.parametrize("secret", [".env", "key.txt", "core.db"])
def test_a_private_file_readable_by_others_is_a_warning(environment: Environment, secret: str):
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


def test_a_read_only_database_is_an_error(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everything
    code, output = examine(environment)
    assert code == 1
    assert "may not write" in output


def test_a_nearly_full_disk_is_a_warning(environment: Environment, monkeypatch: pytest.MonkeyPatch):
    usage = SimpleNamespace(free=12_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    code, output = examine(environment)
    assert code == 0
    assert "12 MB left" in output


def test_an_sqlite_with_the_wal_bug_is_a_warning(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sqlite, "wal_is_safe", lambda _: False)
    code, output = examine(environment)
    assert code == 0
    assert "does not use" in output


def test_a_role_that_bypasses_row_level_security_is_a_warning(
    environment: Environment, new_database_url: Callable[[str], str]
):
    url = new_database_url("postgresql")
    assert examine(environment | {"DATABASE_URL": url})[1] == "Errors: 0. Warnings: 0.\n"
    superuser = as_superuser(url)
    code, output = examine(environment | {"DATABASE_URL": superuser})
    assert code == 0
    assert "no BYPASSRLS" in output


def test_a_replica_that_is_no_standby_is_an_error_and_one_that_is_down_a_warning(
    environment: Environment, new_database_url: Callable[[str], str]
):
    url = new_database_url("postgresql")
    environment |= {"DATABASE_URL": url, "CORE_DATABASE_REPLICA_URL": url}
    code, output = examine(environment)
    assert code == 1
    assert "CORE_DATABASE_REPLICA_URL: this server is no standby" in output
    environment |= {"CORE_DATABASE_REPLICA_URL": "postgresql://core@127.0.0.1:9/core"}
    code, output = examine(environment)
    assert code == 0
    assert "CORE_DATABASE_REPLICA_URL: the primary answers all reads." in output


LACKS_SETTINGS = (
    "Citus lacks the setting plan_cache_mode on server 2. Run `core db distribute` again."
)
NOT_DISTRIBUTED = (
    "These tables are not distributed, so Citus can't use them: accounts, alembic_version"
)


@pytest.mark.parametrize(
    ("servers", "said"),
    [
        ("VALUES (1, true, ''), (2, true, '')", [LACKS_SETTINGS, NOT_DISTRIBUTED]),
        ("VALUES (1, true, '1'), (2, false, '')", ["Server 2 of the Citus cluster"]),
    ],
)
def test_an_unfit_citus_cluster_is_an_error(
    environment: Environment,
    new_database_url: Callable[[str], str],
    servers: str,
    said: list[str],
):
    url = new_database_url("postgresql")
    asyncio.run(execute_as_superuser(url, stand_in(servers)))
    code, output = examine(environment | {"DATABASE_URL": url})
    assert code == 1
    for finding in said:
        assert finding in output


def test_a_port_in_use_is_an_error(environment: Environment, tmp_path: Path):
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        taken.listen(0)
        environment |= {"CORE_PORT": str(taken.getsockname()[1])}
        code, output = examine(environment)
    assert code == 1
    assert "CORE_HOST, CORE_PORT: Core can't listen there" in output
    with run_server(tmp_path, "serve", **environment):
        assert examine(environment)[0] == 0


def test_metrics_ports_in_use_are_an_error(environment: Environment, tmp_path: Path):
    port = free_port(in_a_row=2)
    environment |= {"CORE_METRICS_PORT": str(port), "CORE_WORKERS": "2"}
    environment |= {"CORE_PORT": str(port + 1)}
    assert "of a further worker, is CORE_PORT" in examine(environment)[1]
    environment |= {"CORE_PORT": str(free_port())}
    with closing(socket.create_server(("127.0.0.1", port + 1))):
        code, output = examine(environment)
    assert code == 1
    assert f"CORE_METRICS_PORT: port {port + 1} can't be used: " in output
    with run_server(tmp_path, "serve", **environment) as server:
        assert urlopen(f"{server.url}/health/ready").status == 200
        assert examine(environment)[0] == 0


def test_an_import_folder_of_another_account_is_an_error(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    environment |= {"CORE_IMPORT_FOLDER": str(tmp_path)}
    assert examine(environment)[0] == 0
    monkeypatch.setattr(os, "getuid", lambda: tmp_path.stat().st_uid + 1)
    code, output = examine(environment)
    assert code == 1
    assert f"{tmp_path} is another user's" in output


def test_an_unusable_import_folder_does_not_stop_the_other_checks(
    environment: Environment, tmp_path: Path
):
    environment |= {"CORE_IMPORT_FOLDER": str(tmp_path / ("long" * 100))}
    assert examine(environment) == (0, "Errors: 0. Warnings: 0.\n")


def test_an_address_of_another_machine_is_an_error_and_plain_http_a_warning(
    environment: Environment,
):
    code, output = examine(environment | {"CORE_HOST": "192.0.2.1"})
    assert code == 1
    assert "plain HTTP" in output
    assert "Core can't listen there" in output


# ------------------------------------------------------------------- keys and the clock


@contextmanager
def key_server(signing_key: SigningKey, date: str | None = None) -> Iterator[str]:
    """Serve the key set, with the time of the server's clock."""
    with json_server({"keys": [signing_key.jwk]}, date) as url:
        yield f"{url}/keys"


@contextmanager
def json_server(document: object, date: str | None = None, status: int = 200) -> Iterator[str]:
    """Answer every request with this document, with the time of the server's clock."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(status)
            if date != "":
                self.send_header("Date", date or self.date_time_string())
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("date", "code", "said"),
    [
        (None, 0, "Errors: 0. Warnings: 0."),
        ("", 0, "Errors: 0. Warnings: 0."),
        ("once upon a time", 0, "Errors: 0. Warnings: 0."),
        ("Sun, 22 Nov 2020 12:00:00 GMT", 1, "s ahead, and tokens"),
        ("Sun, 22 Nov 2099 12:00:00 GMT", 1, "s behind, and tokens"),
    ],
)
def test_the_clock_is_compared_with_the_key_server(
    environment: Environment, signing_key: SigningKey, date: str | None, code: int, said: str
):
    with key_server(signing_key, date) as url:
        keys = {"CORE_ENV": "staging", "CLERK_JWT_KEY": "", "CLERK_JWKS_URL": url}
        found = examine(environment | keys)
    assert found[0] == code
    assert said in found[1]


def test_a_further_issuer_must_sign_with_the_same_keys(
    environment: Environment, signing_key: SigningKey
):
    def examine_with(issuer: str) -> tuple[int, str]:
        return examine(environment | keys | {"CLERK_FURTHER_ISSUERS": issuer})

    other = {"keys": [new_signing_key().jwk]}
    same = {"keys": [signing_key.jwk | {"kid": "ins_other"}, *other["keys"]]}
    with key_server(signing_key) as url, json_server(same) as one, json_server(other) as two:
        keys = {"CORE_ENV": "staging", "CLERK_JWT_KEY": "", "CLERK_JWKS_URL": url}
        assert examine_with(one) == (0, "Errors: 0. Warnings: 0.\n")
        code, output = examine_with(f"{two} {one}")
        assert (code, output.count("Error: ")) == (1, 1)
        assert f"{two} signs with other keys" in output
        code, output = examine_with("http://127.0.0.1:1")
        assert (code, output.count("Warning: ")) == (0, 1)
        assert "can't be compared with yours" in output
    keys = {}
    assert examine_with("https://satellite.invalid") == (0, "Errors: 0. Warnings: 0.\n")


@pytest.mark.parametrize(
    ("document", "status", "code", "said"),
    [
        ({"oauth_jwt_access_tokens": True}, 200, 0, "Errors: 0. Warnings: 0."),
        ({"oauth_jwt_access_tokens": False}, 200, 1, "opaque access tokens (oat_…)"),
        ({}, 200, 0, "does not say whether"),
        ([], 200, 0, "does not say whether"),
        ({"errors": []}, 401, 0, "does not say whether"),
    ],
)
def test_opaque_oauth_tokens_are_an_error(
    environment: Environment, document: object, status: int, code: int, said: str
):
    with json_server(document, status=status) as url:
        clerk = {"CLERK_API_URL": url, "CLERK_OAUTH_CLIENT_IDS": "oauth_app"}
        found = examine(environment | clerk)
        assert found[0] == code, found[1]
        assert said in found[1]
        for without in ("CLERK_OAUTH_CLIENT_IDS", "CLERK_SECRET_KEY"):
            assert "opaque" not in examine(environment | clerk | {without: ""})[1]
