"""The service against a Clerk that we did not write: Vercel's emulator, in a process of its own.

Our own stand-in may share a misunderstanding of Clerk with the service; the emulator can't.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from core.database.sqlite import sqlite3
from core.migrations import runner
from tests.support.needs import missing

pytestmark = pytest.mark.node

ROOT = Path(__file__).parents[1]
PACKAGE = "emulate@0.11.0"
PATIENCE_S = 60
SECRET_KEY = "sk_test_any_will_do"
# The emulator would listen on every address; it takes the socket that we opened on loopback.
PRELOAD = """
import net from "node:net";
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function () { return listen.call(this, { fd: FD }); };
"""


@pytest.fixture(scope="module")
def emulate() -> Path:
    """The emulator's folder, installed by npm and kept in build/ for the next run."""
    if not (shutil.which("node") and shutil.which("npm")):
        missing("Node.js and npm are needed, and are not here")
    installed = ROOT / "build" / PACKAGE
    if not installed.exists():
        _install(installed)
    return installed / "node_modules" / "emulate" / "dist" / "index.js"


def _install(target: Path) -> None:
    """Install next to the target, then rename, because two test processes may install it."""
    fresh = target.with_name(f"{target.name}.{os.getpid()}")
    fresh.mkdir(parents=True)
    options = ["--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"]
    command = ["npm", "install", *options, "--prefix", str(fresh), PACKAGE]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=2 * PATIENCE_S)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        shutil.rmtree(fresh)
        missing(f"npm could not install {PACKAGE}: {(error.stderr or b'').decode()[-500:]}")
    try:
        fresh.rename(target)
    except OSError:
        shutil.rmtree(fresh)  # another process was faster


def wait_until(condition: Callable[[], object]) -> None:
    """Retry for at most a minute."""
    until_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < until_s
        time.sleep(0.05)


@contextmanager
def running(command: list[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Run a program and end it with the test."""
    process = subprocess.Popen(command, text=True, **options)
    watch = threading.Timer(PATIENCE_S, process.kill)
    watch.start()
    try:
        yield process
    finally:
        process.kill()
        process.communicate()
        watch.cancel()


@dataclass(frozen=True)
class Foreign:
    """The emulator and the service that trusts it."""

    clerk: httpx.Client
    service: httpx.Client
    database: Path

    def new_user(self) -> str:
        person = {
            "first_name": "Lily",
            "last_name": "Example",
            "email_address": ["lily@example.com"],
        }
        return str(self._ask("/v1/users", person)["id"])

    def session_token(self, user_id: str) -> str:
        session = self._ask("/v1/sessions", {"user_id": user_id})
        return str(self._ask(f"/v1/sessions/{session['id']}/tokens", {})["jwt"])

    def stored_profile(self, user_id: str) -> tuple[str | None, str | None] | None:
        query = "SELECT email, name FROM users WHERE clerk_id = ?"
        with closing(sqlite3.connect(self.database)) as connection:
            found: tuple[str | None, str | None] | None
            found = connection.execute(query, (user_id,)).fetchone()
            return found

    def _ask(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self.clerk.post(path, json=body).raise_for_status().json()
        return answer


@pytest.fixture(scope="module")
def foreign(emulate: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Foreign]:
    with ExitStack() as stack:
        issuer = stack.enter_context(_emulator(emulate))
        folder = tmp_path_factory.mktemp("foreign")
        address = stack.enter_context(_service(issuer, folder))
        key = {"Authorization": f"Bearer {SECRET_KEY}"}
        clerk = httpx.Client(base_url=issuer, headers=key, trust_env=False, timeout=PATIENCE_S)
        service = httpx.Client(base_url=address, trust_env=False, timeout=PATIENCE_S)
        clients = stack.enter_context(clerk), stack.enter_context(service)
        foreign = Foreign(*clients, folder / "core.db")
        wait_until(lambda: service.get("/health/ready").is_success)
        yield foreign


@contextmanager
def _emulator(program: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port, fd = listening.getsockname()[1], listening.fileno()
        preload = "data:text/javascript," + PRELOAD.replace("FD", str(fd)).replace("\n", " ")
        issuer = f"http://127.0.0.1:{port}"
        options = ["start", "--service", "clerk", "--port", str(port), "--base-url", issuer]
        command = ["node", f"--import={preload}", str(program), *options]
        with running(command, pass_fds=[fd], stdout=subprocess.DEVNULL):
            yield issuer


@contextmanager
def _service(issuer: str, folder: Path) -> Iterator[str]:
    database_url = f"sqlite:///{folder}/core.db"
    runner.upgrade(database_url)
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "CORE_ENV": "development",
        "CORE_PORT": "0",
        "DATABASE_URL": database_url,
        "CLERK_FRONTEND_API_URL": issuer,
        "CLERK_JWKS_URL": f"{issuer}/v1/jwks",
        "CLERK_API_URL": issuer,
        "CLERK_SECRET_KEY": SECRET_KEY,
    }
    command = [sys.executable, "-m", "core.cli", "serve"]
    with running(command, env=environment, cwd=folder, stdout=subprocess.PIPE) as process:
        assert process.stdout
        found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        assert found, "the service did not start"
        yield found[0]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_the_emulator_s_session_token_is_accepted(foreign: Foreign) -> None:
    token = foreign.session_token(foreign.new_user())
    answer = foreign.service.get("/videos", headers=bearer(token))
    assert answer.status_code == 200
    assert answer.json()["count"] == 0


def test_the_emulator_s_session_token_with_another_user_s_id_is_refused(foreign: Foreign) -> None:
    header, _, signature = foreign.session_token(foreign.new_user()).split(".")
    other = foreign.session_token(foreign.new_user()).split(".")[1]
    forged = f"{header}.{other}.{signature}"
    assert foreign.service.get("/videos", headers=bearer(forged)).status_code == 401


def test_the_emulator_s_backend_api_fills_the_profile(foreign: Foreign) -> None:
    user_id = foreign.new_user()
    foreign.service.get("/videos", headers=bearer(foreign.session_token(user_id)))
    wait_until(lambda: foreign.stored_profile(user_id) == ("lily@example.com", "Lily Example"))


def test_the_emulator_s_id_token_is_refused(foreign: Foreign) -> None:
    form = {
        "user_ref": foreign.new_user(),
        "client_id": "clerk_emulate_client",
        "redirect_uri": "http://localhost:3000/api/auth/callback/clerk",
    }
    sent_back = foreign.clerk.post("/oauth/authorize/callback", data=form)
    code = {
        "grant_type": "authorization_code",
        "code": httpx.URL(sent_back.headers["Location"]).params["code"],
        "client_id": form["client_id"],
        "client_secret": "clerk_emulate_secret",
    }
    id_token = foreign.clerk.post("/oauth/token", data=code).raise_for_status().json()["id_token"]
    assert jwt.decode(id_token, options={"verify_signature": False})["sub"] == form["user_ref"]
    assert foreign.service.get("/videos", headers=bearer(id_token)).status_code == 401
