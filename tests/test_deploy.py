"""The files of deploy/ match the service and each other, and their commands work."""

import asyncio
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from configparser import ConfigParser
from pathlib import Path

import asyncpg
import pytest

from core.api.middleware.body_limit import MAX_BODY_MIB, MAX_IMPORT_MIB
from core.cli.backups import back_up
from core.config import Settings
from core.migrations import runner
from core.models import SCHEMA_REVISION

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
UNITS = sorted(DEPLOY.glob("core*.*"))
CORE = f"{sys.executable} -m core.cli"
BACKUPS = "/var/lib/core-backups"


def read(name: str) -> ConfigParser:
    parser = ConfigParser(interpolation=None, strict=False)  # systemd adds up lines of one name
    parser.read_string((DEPLOY / name).read_text(encoding="utf-8"))
    return parser


def run(command: list[str], database: Path) -> str:
    """Run it with this database, and return its output."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    environment["DATABASE_URL"] = f"sqlite:///{database}"
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
def database(tmp_path: Path) -> Path:
    runner.upgrade(f"sqlite:///{tmp_path}/core.db")
    return tmp_path / "core.db"


def test_the_stop_timeout_is_longer_than_the_shutdown():
    given_s = int(read("core.service")["Service"]["TimeoutStopSec"])
    assert given_s > Settings.model_fields["CORE_SHUTDOWN_TIMEOUT_S"].default


def test_systemd_never_gives_up_while_the_database_is_down():
    restart_s = int(read("core.service")["Service"].get("RestartSec", "0"))
    assert 4 * restart_s > 10  # By default systemd gives up after 5 starts within 10 seconds.


def test_the_documented_stop_closes_the_socket_too():
    text = (ROOT / "docs/deploy.md").read_text(encoding="utf-8")
    stops = re.findall(r"systemctl stop [^`]+", text)
    assert stops == ["systemctl stop core.socket core.service"]


@pytest.mark.parametrize("proxy", ["Caddyfile", "nginx.conf"])
def test_the_proxies_forward_to_the_port_of_the_service(proxy: str):
    address = read("core.socket")["Socket"]["ListenStream"]
    said = re.findall(r"(?:reverse_proxy |http://)([\d.:]+)", (DEPLOY / proxy).read_text())
    assert set(said) == {address}
    default = Settings(CORE_ENV="development")
    assert address == f"{default.CORE_HOST}:{default.CORE_PORT}"


def test_nginx_accepts_the_body_size_of_the_service_and_caddy_has_no_limit():
    server, _, imports = (DEPLOY / "nginx.conf").read_text().partition("location = /imports {")
    limits = [re.findall(r"client_max_body_size (\d+)m;", part) for part in (server, imports)]
    assert limits == [[str(MAX_BODY_MIB)], [str(MAX_IMPORT_MIB)]]
    assert "request_body" not in (DEPLOY / "Caddyfile").read_text()


def test_the_import_spool_survives_a_restart():
    service = read("core.service")["Service"]
    name, _, folder = service["Environment"].partition("=")
    assert name == "CORE_IMPORT_FOLDER"
    assert folder.startswith(f"/var/lib/{service['StateDirectory']}/")
    assert f"{name}={folder}\n" in (ROOT / "docs/deploy.md").read_text(encoding="utf-8")


def test_the_proxies_generate_the_request_id():
    assert "header_up X-Request-ID {http.request.uuid}" in (DEPLOY / "Caddyfile").read_text()
    assert "proxy_set_header X-Request-ID $request_id;" in (DEPLOY / "nginx.conf").read_text()


def test_the_proxies_time_out_slow_headers():
    assert "read_header 10s" in (DEPLOY / "Caddyfile").read_text()
    assert "client_header_timeout 10s;" in (DEPLOY / "nginx.conf").read_text()
    assert int(read("core.service")["Service"]["LimitNOFILE"]) > 10_000


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here")
def test_systemd_accepts_the_units(tmp_path: Path):
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8").replace("/opt/core/bin/core", sys.executable)
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    names = [str(tmp_path / unit.name) for unit in UNITS]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *names],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here")
@pytest.mark.parametrize("unit", sorted(DEPLOY.glob("*.service")), ids=lambda unit: unit.name)
def test_systemd_rates_the_exposure_of_the_services_low(unit: Path):
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_nightly_backup_makes_one_and_deletes_the_oldest(database: Path):
    ours = database.parent / "backups"
    ours.mkdir()
    old, young, other = ours / "core-1.db", ours / "core-2.db", ours / "else"
    for file, days in ((old, 32), (young, 29), (other, 32)):
        file.touch()
        os.utime(file, times=(time.time() - days * 86_400,) * 2)
    service = read("core-backup.service")["Service"]
    for step in (service["ExecStart"], service["ExecStartPost"]):
        line = step.replace("/opt/core/bin/core", CORE).replace(BACKUPS, str(ours))
        run(shlex.split(line.replace("%%", "%")), database)
    (made,) = set(ours.iterdir()) - {young, other}
    assert re.fullmatch(r"core-\d{8}T\d{6}\.db", made.name)


def test_the_documented_restore_raises_every_revision(
    new_postgresql_url: Callable[[], str],
):
    url = new_postgresql_url()
    runner.upgrade(url)
    text = (ROOT / "docs/deploy.md").read_text(encoding="utf-8")
    raised = re.findall(r"^UPDATE users .*;$", text, re.MULTILINE)

    async def raise_revisions() -> tuple[int, int]:
        connection = await asyncpg.connect(url.replace("core@/", "postgres:@/"))
        await connection.execute(
            "INSERT INTO users (id, clerk_id, revision, banned, created_at, updated_at)"
            " VALUES (1, 'user_lily', 7, false, now(), now())"
        )
        await connection.execute("".join(raised))
        row = await connection.fetchrow("SELECT revision, synced_from FROM users")
        await connection.close()
        return row["revision"], row["synced_from"]

    revision, synced_from = asyncio.run(raise_revisions())
    assert revision == synced_from > 1_000_000_000


def test_the_documented_drill_restores_the_newest_backup(database: Path, tmp_path: Path):
    text = (ROOT / "docs/deploy.md").read_text(encoding="utf-8")
    _, _, rest = text.partition("**The drill.**")
    drill = rest.split("```sh\n")[1].split("```")[0].replace(BACKUPS, str(tmp_path / "backups"))
    (tmp_path / "backups").mkdir()
    back_up(database, tmp_path / "backups" / "core-20261122T033000.db")
    (tmp_path / "backups" / "core-20261121T033000.db").write_text("an older one")
    for _ in range(2):
        said = run(["sh", "-ec", f'core() {{ {CORE} "$@"; }}\n{drill}'], database)
        assert said.endswith(f"{SCHEMA_REVISION} (up to date)\n")
        assert (tmp_path / "backups" / "drill" / "core.db").exists()
