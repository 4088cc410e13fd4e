import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import jwt
import pytest
from typer.testing import CliRunner

from devclerk.command import app
from devclerk.people import People
from devclerk.store import open_folder

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in an empty folder, without settings in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("CORE_", "CLERK_", "DATABASE_"))]:
        monkeypatch.delenv(name)


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, result.stdout, result.stderr


class Dev:
    """A running `core dev`, with the guide that it printed when it was ready."""

    def __init__(self, **environment: str) -> None:
        command = ["-m", "core.cli", "dev", "--port", "0", "--clerk-port", "0", "--data", "my data"]
        self.environment = os.environ | {"PYTHONPATH": str(ROOT)} | environment
        self.process = subprocess.Popen(
            [sys.executable, *command],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.watch = threading.Timer(PATIENCE_S, self.process.kill)
        self.watch.start()
        self.guide = self._read_guide()
        self.ports = [int(port) for port in re.findall(r": http://127\.0\.0\.1:(\d+)", self.guide)]

    def _read_guide(self) -> str:
        assert self.process.stdout
        lines: list[str] = []
        for line in self.process.stdout:
            lines.append(line)
            if line.lstrip().startswith("curl") and " -d " in line:
                return "".join(lines)
        raise AssertionError("".join(lines) + self.end(signal.SIGKILL))

    def paste(self, line: str) -> str:
        """Run a line of the guide in a shell; return its output."""
        return subprocess.run(
            ["sh", "-c", line],
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=PATIENCE_S,
        ).stdout

    def end(self, number: signal.Signals) -> str:
        """Send a signal, and return the output on standard error."""
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=PATIENCE_S)
        self.watch.cancel()
        return errors


@pytest.fixture
def start_dev() -> Iterator[Callable[..., Dev]]:
    started: list[Dev] = []

    def start(**environment: str) -> Dev:
        started.append(Dev(**environment))
        return started[-1]

    yield start
    for dev in started:
        dev.end(signal.SIGKILL)


def assert_ports_closed(ports: list[int]) -> None:
    assert len(ports) == 2
    for port in ports:
        with socket.socket() as caller:
            assert caller.connect_ex(("127.0.0.1", port)) != 0


def test_the_guides_curl_lines_save_a_video_and_list_it(start_dev: Callable[..., Dev]) -> None:
    dev = start_dev(
        CORE_ENV="development",
        CLERK_JWKS_URL="https://clerk.example.com/another/instance",
        CLERK_SECRET_KEY="sk_live_of_another_instance",
    )
    list_videos, save_video = [line for line in dev.guide.splitlines() if "curl" in line]
    assert json.loads(dev.paste(list_videos)) == {"videos": [], "count": 0, "next_cursor": None}
    assert json.loads(dev.paste(save_video))["tags"] == "music"
    assert json.loads(dev.paste(list_videos))["count"] == 1
    assert Path("my data/core.db").is_file()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_both_servers_quietly(
    start_dev: Callable[..., Dev], number: signal.Signals
) -> None:
    dev = start_dev()
    errors = dev.end(number)
    assert dev.process.returncode == 0
    assert "Traceback" not in errors
    assert_ports_closed(dev.ports)


def test_no_server_outlives_a_kill(start_dev: Callable[..., Dev]) -> None:
    dev = start_dev()
    dev.end(signal.SIGKILL)
    assert_ports_closed(dev.ports)


@pytest.mark.parametrize("option", ["--port", "--clerk-port"])
def test_a_busy_port_is_reported_in_one_sentence(option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        other = "--port" if option == "--clerk-port" else "--clerk-port"
        code, out, errors = run(option, str(port), other, "0")
    assert (code, out) == (2, "")
    busy_port, choice = errors.split(" Choose another: ")
    assert busy_port == f"Port {port} can't be used (Address already in use)."
    assert choice.endswith(f" dev {option} {port + 1}`.\n")


@pytest.mark.parametrize("arguments", [[], ["token", "Lily"]])
def test_another_environment_is_refused(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setenv("CORE_ENV", "production")
    code, out, errors = run(*arguments)
    assert (code, out) == (2, "")
    assert "only with CORE_ENV=development, not with production" in errors
    assert not Path("data").exists()


@pytest.mark.parametrize("arguments", [[], ["token", "Lily"]])
def test_another_environment_in_the_dotenv_file_is_refused(arguments: list[str]) -> None:
    Path(".env").write_text("CORE_ENV=staging\n", encoding="utf-8")
    code, _, errors = run(*arguments)
    assert code == 2
    assert "not with staging" in errors


@pytest.mark.parametrize(
    "line", ["DATABASE_URL=sqlite:///production.db", "CLERK_AUTHORIZED_PARTIES=https://core.test"]
)
@pytest.mark.parametrize("arguments", [[], ["token", "Lily"]])
def test_a_configured_instance_without_core_env_is_refused(
    line: str, arguments: list[str], tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(line + "\n")
    code, _, errors = run(*arguments)
    assert code == 2
    assert "CORE_ENV=development" in errors
    assert not (tmp_path / "data").exists()


def test_a_database_of_v0_2_0_is_unchanged_until_its_owner_is_named(tmp_path: Path) -> None:
    old = (ROOT / "tests/data/core-v0.2.0.db").read_bytes()
    database = tmp_path / "data" / "core.db"
    database.parent.mkdir()
    database.write_bytes(old)
    ended = subprocess.run(
        [sys.executable, "-m", "core.cli", "dev", "--port", "0", "--clerk-port", "0"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert "core db upgrade --legacy-owner CLERK_ID" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert database.read_bytes() == old


def test_an_address_that_other_machines_reach_is_refused() -> None:
    code, _, errors = run("--host", "0.0.0.0")  # noqa: S104  refused
    assert code == 2
    assert "Listen on 127.0.0.1 or localhost, not on 0.0.0.0" in errors


def test_host_and_port_come_from_the_settings_of_the_service() -> None:
    """Each refusal names the value, so the value was read."""
    Path(".env").write_text("CORE_HOST=192.0.2.1\n")
    assert "not on 192.0.2.1" in run()[2]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        over = ("--host", "127.0.0.1", "--port", str(port), "--clerk-port", "0")
        assert f"Port {port} can't be used" in run(*over)[2]
        Path(".env").write_text(f"CORE_PORT={port}\n")
        assert f"Port {port} can't be used" in run("--clerk-port", "0")[2]
    Path(".env").write_text("CORE_PORT=http\n")
    assert "CORE_PORT is a number from 0 to 65535, not http" in run("--clerk-port", "0")[2]


@pytest.mark.parametrize(
    ("given", "options"),
    [
        ([], ""),
        (["PORT=8001"], "--port 8001"),
        (["HOST=localhost", "PORT=0"], "--host localhost --port 0"),
    ],
)
def test_make_run_passes_ports_on(given: list[str], options: str) -> None:
    dry = ["make", "-n", "-C", str(ROOT), "run", *given]
    planned = subprocess.run(dry, capture_output=True, text=True, check=True).stdout
    ran = [line.split() for line in planned.splitlines() if "core dev" in line]
    assert ran == [[".venv/bin/core", "dev", *options.split()]]


def test_a_token_is_printed_for_a_name_in_any_case() -> None:
    code, out, _ = run("token", "lILY", "--lifetime", "90")
    claims = jwt.decode(out.strip(), options={"verify_signature": False})
    person = People(open_folder(Path("data"))).find("Lily")
    assert code == 0
    assert person
    assert claims["sub"] == person.id
    assert claims["exp"] - claims["iat"] == 90
    assert (claims["iss"], claims["azp"]) == ("http://127.0.0.1:8010", "http://127.0.0.1:8000")


def test_an_unknown_name_is_reported_with_the_known_ones() -> None:
    code, out, errors = run("token", "Tove")
    assert (code, out) == (2, "")
    assert errors == "Unknown user: Tove. The users are Chris, Lily, Lars. Add one with --add.\n"


def test_a_new_user_is_added_by_an_option() -> None:
    run("token", "Tove", "--add")
    assert run("token", "Tove")[0] == 0
